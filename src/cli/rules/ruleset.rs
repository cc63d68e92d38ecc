//! Determines which ruleset a subcommand reads, and what it is compiled for.

use crate::cli::environment::Environment;
use crate::cli::settings::{self, ConfigArgs};
use crate::rules::{self, Sources};
use clap::builder::{PathBufValueParser, TypedValueParser};
use std::path::{Path, PathBuf};

/// `PATH` and `--config FILE`, the same for every subcommand.
#[derive(Debug, clap::Args)]
pub struct RulesetArgs {
    /// Rules file (TOML), or a folder of them
    #[arg(value_name = "PATH", value_parser = path())]
    path: PathBuf,
    #[command(flatten)]
    config: ConfigArgs,
}

/// The sources of a ruleset, and what its rules are compiled for.
#[derive(Debug)]
pub struct RulesetSources {
    pub sources: Sources,
    pub environment: rules::Environment,
    /// Whether there is a configuration file and it sets no lists topic.
    pub is_without_lists_topic: bool,
}

fn path() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| match path.as_os_str() == "-" {
        true => Err("rules are read from a file or a folder, not from standard input"),
        false => Ok(path),
    })
}

impl RulesetArgs {
    /// Reads the files, and the retention and base currency from the configuration.
    pub fn read(&self, environment: &Environment) -> anyhow::Result<RulesetSources> {
        let config = self.config.read(environment)?;
        Ok(RulesetSources {
            sources: settings::sources(Some(&self.path))?,
            environment: config.rules_environment()?,
            is_without_lists_topic: self.config.is_given() && config.topics.lists.is_none(),
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}
