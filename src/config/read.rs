//! Reads a configuration, and prints one.

use super::error::Errors;
use super::settings::Config;
use super::{example, file, overrides, printed};
use std::ffi::OsString;
use std::path::Path;

impl Config {
    /// Reads a file (`None`: only defaults) and the overrides from the environment.
    pub fn read<N, V>(
        path: Option<&Path>,
        environment: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, Errors>
    where
        N: Into<OsString>,
        V: Into<OsString>,
    {
        let mut config = Self::default();
        let mut errors = Errors::default();
        if let Some(path) = path {
            file::read(path, &mut config, &mut errors);
        }
        overrides::apply(environment, &mut config, &mut errors);
        errors.unless_empty(config)
    }

    /// A configuration file that has every key with its default and its documentation.
    pub fn example() -> String {
        example::example()
    }

    /// The configuration as a TOML document that parses to the same configuration; secrets are redacted.
    pub fn to_toml(&self) -> String {
        printed::to_document(self).to_string()
    }
}
