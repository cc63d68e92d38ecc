//! Determines which ruleset a subcommand reads, and what it is compiled for.

use super::super::Environment;
use super::super::settings::{self, ConfigArgs};
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
pub struct RulesetJson {
    pub sources: Sources,
    pub environment: rules::Environment,
}

fn path() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| match path.as_os_str() == "-" {
        true => Err("rules are read from a file or a folder, not from standard input"),
        false => Ok(path),
    })
}

impl RulesetArgs {
    /// Reads the files, and the retention and base currency from the configuration.
    pub fn read(&self, environment: &Environment) -> anyhow::Result<RulesetJson> {
        let environment = self.config.read(environment)?.rules_environment()?;
        Ok(RulesetJson { sources: settings::sources(Some(&self.path))?, environment })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}
