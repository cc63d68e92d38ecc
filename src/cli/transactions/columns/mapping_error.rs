//! Why a table cannot be read with a mapping. All errors are found before the first row is read.

use crate::printable::Printable;
use std::fmt;

/// What is wrong with a mapping, or with a table that it is for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MappingError {
    #[error("{0}")]
    Syntax(String),
    #[error("`delimiter` is one ASCII character, such as \";\" or \"\\t\"")]
    Delimiter,
    #[error("`offset` is `Z` or hours and minutes such as \"+01:00\", not \"{}\"", Printable(.0))]
    Offset(String),
    #[error("`source.{key}` is one of {known}, not \"{}\"", Printable(value))]
    Setting { key: &'static str, known: String, value: String },
    #[error("`[source]` is set for transactions, and applies to their labels as well")]
    LabelSettings,
    #[error("`{}` is not a field of a {message}{}", Printable(field), did_you_mean(near.as_deref()))]
    UnknownField { field: String, message: &'static str, near: Option<String> },
    #[error(
        "`{}` is a column's name, or a table with `column` or `value` and, if need be, `values`",
        Printable(field)
    )]
    Specification { field: String },
    #[error("`{field}` is mapped to column `{}`, which {table} does not have{}",
        Printable(column), did_you_mean(near.as_deref()))]
    NoColumn { field: &'static str, column: String, table: String, near: Option<String> },
    #[error("`{field}` is there twice, with quotes and without")]
    Twice { field: &'static str },
    #[error("several of its columns are called `{}`", Printable(column))]
    SameName { column: String },
    #[error(
        "no column has the required field `{field}`{}; map it in the file for --columns to a column, or to a \
         constant, as in `type = {{ value = \"authorization\" }}`",
        closest(near.as_deref())
    )]
    Required { field: &'static str, near: Option<String> },
    #[error("column `{}` is {found}, which redcard does not read", Printable(column))]
    Type { column: String, found: String },
    #[error("the table has no columns: its first line must have their names")]
    NoHeader,
    #[error(
        "its first line has only one column, and `{0}` in its name: set `delimiter = \"{0}\"` in the file \
         for --columns"
    )]
    WrongDelimiter(char),
    #[error(
        "it begins with a JSON object: --columns is for CSV and Parquet, and JSON Lines need none"
    )]
    Json,
}

/// All errors of a table and its mapping, each with the file that it is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct MappingErrors(Vec<(String, MappingError)>);

impl MappingErrors {
    pub(super) fn one(file: &str, error: MappingError) -> Self {
        Self(vec![(file.to_owned(), error)])
    }

    pub(super) fn push(&mut self, file: &str, error: MappingError) {
        self.0.push((file.to_owned(), error));
    }

    /// The value, if there are no errors.
    pub(super) fn unless_empty<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl std::error::Error for MappingErrors {}

/// One line for each error.
impl fmt::Display for MappingErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (file, error)) in self.0.iter().enumerate() {
            let line_end = if at > 0 { "\n" } else { "" };
            write!(f, "{line_end}{file}: {error}")?;
        }
        Ok(())
    }
}

fn did_you_mean(near: Option<&str>) -> String {
    near.map_or(String::new(), |near| format!("; did you mean `{}`?", Printable(near)))
}

fn closest(near: Option<&str>) -> String {
    near.map_or(String::new(), |near| {
        format!(" (the closest of the other columns is `{}`)", Printable(near))
    })
}
