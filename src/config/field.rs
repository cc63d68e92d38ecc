//! Defines what a configuration value must support, and how a raw value (from TOML or a variable's
//! text) is read. The types themselves are in scalars.rs and tables.rs.

use super::error::InvalidValue;
use std::path::Path;
use toml::de::DeValue;
use toml_edit::Item;

/// A value before it is parsed.
#[derive(Debug)]
pub(super) enum Raw<'a> {
    /// From a file in this folder.
    Toml { value: &'a DeValue<'a>, folder: &'a Path },
    /// The text of a variable, which can be parsed as any type.
    Variable(&'a str),
}

/// A configuration value of any type.
pub(super) trait Field {
    fn set(&mut self, raw: &Raw<'_>) -> Result<(), InvalidValue>;

    /// The value in TOML.
    fn show(&self) -> Item;

    /// The type as the documentation calls it, in Markdown.
    fn kind(&self) -> String;

    /// A bound of the range, as text.
    fn bound(&self, number: i64) -> String {
        number.to_string()
    }

    /// Checks that the value is between two numbers in its unit (milliseconds for a span).
    fn within(&self, _min: i64, _max: i64) -> Result<(), InvalidValue> {
        Ok(())
    }

    /// The value as a table with entries, if it is one.
    fn as_table(&mut self) -> Option<&mut dyn Entries> {
        None
    }
}

/// A table whose keys are chosen by the user.
pub(super) trait Entries {
    fn set_entry(&mut self, name: &str, raw: &Raw<'_>) -> Result<(), InvalidValue>;

    /// The entry that the last part of a variable's name refers to.
    fn entry_of_variable(&self, part: &str) -> String;

    /// What an entry sets. Entries with different names may set the same.
    fn subject<'n>(&self, name: &'n str) -> &'n str;

    /// A variable that sets an entry, for error messages.
    fn variable_example(&self) -> &'static str;
}

impl Raw<'_> {
    pub fn text(&self) -> Result<&str, InvalidValue> {
        match self {
            Raw::Variable(text) => Ok(text),
            Raw::Toml { value: DeValue::String(text), .. } => Ok(text),
            Raw::Toml { value, .. } => Err(invalid_type("text in quotes", value)),
        }
    }

    pub fn filled_text(&self) -> Result<&str, InvalidValue> {
        match self.text()? {
            "" => Err(InvalidValue::Empty),
            text => Ok(text),
        }
    }

    pub fn integer(&self) -> Result<i64, InvalidValue> {
        const EXPECTED: &str = "a whole number";
        let (digits, radix) = match self {
            Raw::Variable(text) => (*text, 10),
            Raw::Toml { value: DeValue::Integer(number), .. } => (number.as_str(), number.radix()),
            Raw::Toml { value, .. } => return Err(invalid_type(EXPECTED, value)),
        };
        i64::from_str_radix(digits, radix).map_err(|_| invalid_value(EXPECTED, digits))
    }

    pub fn boolean(&self) -> Result<bool, InvalidValue> {
        const EXPECTED: &str = "true or false";
        match self {
            Raw::Variable(text) => text.parse().map_err(|_| invalid_value(EXPECTED, text)),
            Raw::Toml { value: DeValue::Boolean(flag), .. } => Ok(*flag),
            Raw::Toml { value, .. } => Err(invalid_type(EXPECTED, value)),
        }
    }

    pub fn number(&self) -> Result<f64, InvalidValue> {
        const EXPECTED: &str = "a number";
        let text = match self {
            Raw::Variable(text) => text,
            Raw::Toml { value: DeValue::Integer(number), .. } if number.radix() == 10 => {
                number.as_str()
            }
            Raw::Toml { value: DeValue::Float(number), .. } => number.as_str(),
            Raw::Toml { value, .. } => return Err(invalid_type(EXPECTED, value)),
        };
        text.parse().map_err(|_| invalid_value(EXPECTED, text))
    }

    /// Parses one of these names.
    pub fn one_of<T: Copy>(&self, names: &[(T, &str)]) -> Result<T, InvalidValue> {
        let text = self.text()?;
        let found = names.iter().find(|(_, name)| *name == text);
        found.map(|(choice, _)| *choice).ok_or_else(|| {
            let quoted: Vec<_> = names.iter().map(|(_, name)| format!("\"{name}\"")).collect();
            invalid_value(&quoted.join(" or "), text)
        })
    }
}

pub(super) fn invalid_type(expected: &'static str, found: &DeValue<'_>) -> InvalidValue {
    let found = match found {
        DeValue::String(_) => "text in quotes",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    InvalidValue::Type { expected, found }
}

pub(super) fn invalid_value(expected: &str, found: &str) -> InvalidValue {
    InvalidValue::Value { expected: expected.to_owned(), found: found.to_owned() }
}
