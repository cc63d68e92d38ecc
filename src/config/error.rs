//! Defines the errors of a configuration, and their places.
//!
//! No message repeats a value that might be secret: values of `kafka.properties` are never
//! displayed.

use crate::printable::Printable;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// Every error in a configuration, in the order of the file, then of the variables.
#[derive(Debug, Default)]
pub struct Errors(Vec<Located>);

/// One error and its place.
#[derive(Debug)]
pub struct Located {
    pub place: ConfigPlace,
    pub problem: Problem,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigPlace {
    File(PathBuf),
    /// Line and column count from 1, columns in characters.
    Position {
        file: PathBuf,
        line: usize,
        column: usize,
    },
    Variable(String),
    /// No file was read and no variable set it.
    Defaults,
}

#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error("cannot read this file: {0}")]
    Unreadable(io::Error),
    #[error("not TOML: {0}")]
    Syntax(String),
    #[error("unknown section `{name}`{}", Hint(.near))]
    UnknownSection { name: String, near: Option<String> },
    #[error("`{section}` is a section: its keys go under `[{section}]`")]
    NotASection { section: String },
    #[error("unknown key `{name}`{}", Hint(.near))]
    UnknownKey { name: String, near: Option<String> },
    #[error("`{key}` {invalid}")]
    Value { key: String, invalid: InvalidValue },
    #[error("its value is not UTF-8")]
    NotUtf8,
    #[error("`{key}` is a table: name the entry too, as in {example}")]
    NeedsEntry { key: String, example: &'static str },
    /// Found after reading, by the part of redcard that the value is for.
    #[error("{error}{}", Also(.also))]
    Refused { error: Box<dyn std::error::Error + Send + Sync>, also: Vec<(String, ConfigPlace)> },
}

/// Why a value is not valid for its key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidValue {
    #[error("must be {expected}, not {found}")]
    Type { expected: &'static str, found: &'static str },
    #[error("must not be empty")]
    Empty,
    #[error("must be {expected}, not \"{found}\"")]
    Value { expected: String, found: String },
    #[error("must be from {min} to {max}, not {found}")]
    Range { min: String, max: String, found: String },
    #[error("has no entries: it is a single value")]
    NotATable,
    #[error(
        "holds \"{entry}\", which is not a currency (ISO 4217 alphabetic codes, as in \"EUR\")"
    )]
    NoCurrency { entry: String },
    #[error("holds a rate of {rate} for {entry}: it must be a positive number")]
    NotPositive { entry: String, rate: String },
    #[error(
        "holds \"{entry}\" and, on line {line}, \"{earlier}\", which set the same: keep one of them"
    )]
    EntryTwice { entry: String, earlier: String, line: usize },
    #[error("is also set by the variable {earlier}: keep one of them")]
    VariableTwice { earlier: String },
}

/// A suggestion after an unknown name.
struct Hint<'a>(&'a Option<String>);

/// The other values that are involved in an error, listed after it.
struct Also<'a>(&'a [(String, ConfigPlace)]);

impl Errors {
    pub(super) fn push(&mut self, place: ConfigPlace, problem: Problem) {
        self.0.push(Located { place, problem });
    }

    /// Returns the value if there are no errors.
    pub fn unless_empty<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Located> {
        self.0.iter()
    }
}

impl std::error::Error for Errors {}

/// One error per line.
impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, located) in self.0.iter().enumerate() {
            let line_end = if index == 0 { "" } else { "\n" };
            write!(f, "{line_end}{located}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Located {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.problem)
    }
}

impl fmt::Display for ConfigPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConfigPlace::File(file) => write!(f, "{}", Printable(&file.display().to_string())),
            ConfigPlace::Position { file, line, column } => {
                write!(f, "{}:{line}:{column}", Printable(&file.display().to_string()))
            }
            ConfigPlace::Variable(name) => write!(f, "environment variable {name}"),
            ConfigPlace::Defaults => f.write_str("the default configuration"),
        }
    }
}

impl fmt::Display for Hint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(near) => write!(f, "; did you mean `{near}`?"),
            None => f.write_str("; docs/operating/configuration.md lists them all"),
        }
    }
}

impl fmt::Display for Also<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (key, place)) in self.0.iter().enumerate() {
            let before = if index == 0 { "; see also" } else { "," };
            write!(f, "{before} `{key}` ({place})")?;
        }
        Ok(())
    }
}
