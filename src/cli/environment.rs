//! Defines the environment variables as commands get them.

use std::ffi::OsString;

/// The environment variables, as `config::process_environment` returns them.
pub type Environment = [(OsString, OsString)];
