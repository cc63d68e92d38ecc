//! Determines how transactions are read, from the command line and the configuration.

use super::columns::MappingFile;
use crate::cli::environment::Environment;
use crate::cli::settings::ConfigArgs;
use crate::config::Config;
use crate::decode::Amounts;
use crate::transaction::{Currency, CurrencyError};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::path::PathBuf;

/// The configuration, and settings that often differ per file.
#[derive(Debug, clap::Args)]
pub(crate) struct ReadingArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Whether `amount` counts minor units (2600 is USD 26.00) or major ones (26.00 is)
    #[arg(long, value_name = "UNIT", value_parser = amounts())]
    amounts: Option<Amounts>,
    /// ISO 4217 code for transactions without a `currency`
    #[arg(long, value_name = "CODE", value_parser = currency)]
    default_currency: Option<Currency>,
    /// Which columns of a CSV or Parquet file are which fields (TOML; docs/reference/inputs.md); makes
    /// any file that is not Parquet CSV
    #[arg(long, value_name = "FILE")]
    columns: Option<PathBuf>,
}

impl ReadingArgs {
    /// The file of `--columns`.
    pub fn mapping(&self) -> anyhow::Result<Option<MappingFile>> {
        self.columns.as_deref().map(MappingFile::read).transpose()
    }

    /// The configuration, overridden by the file of `--columns` and by the arguments.
    pub fn read(&self, environment: &Environment) -> anyhow::Result<Config> {
        let mut config = self.config.read(environment)?;
        if let Some(mapping) = self.mapping()? {
            mapping.apply(&mut config);
        }
        config.source.amounts = self.amounts.unwrap_or(config.source.amounts);
        config.source.default_currency = self.default_currency.or(config.source.default_currency);
        Ok(config)
    }
}

fn amounts() -> impl TypedValueParser<Value = Amounts> {
    PossibleValuesParser::new(["minor", "major"]).map(|name| match name.as_str() {
        "major" => Amounts::Major,
        _ => Amounts::Minor,
    })
}

fn currency(code: &str) -> Result<Currency, CurrencyError> {
    Currency::read(code)
}
