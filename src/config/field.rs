//! How each type of value is read from TOML or a variable's text, and written back.

use super::error::Wrong;
use super::{LogFormat, Payload, Properties, Rates, Shards, Span, TopicName};
use crate::decode::Amounts;
use crate::transaction::Currency;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use toml::de::DeValue;
use toml_edit::{Item, Table, value};

/// A value as it was found.
#[derive(Debug)]
pub(super) enum Raw<'a> {
    /// In a file of this folder.
    Toml { value: &'a DeValue<'a>, folder: &'a Path },
    /// A variable's text, which stands for any type.
    Variable(&'a str),
}

/// A value of the configuration, whatever its type.
pub(super) trait Field {
    fn set(&mut self, raw: &Raw<'_>) -> Result<(), Wrong>;

    /// As it stands in TOML.
    fn show(&self) -> Item;

    /// Whether the value lies between two numbers of its unit (milliseconds for a span).
    fn within(&self, _min: i64, _max: i64) -> Result<(), Wrong> {
        Ok(())
    }

    /// The same as a table with entries, where it is one.
    fn as_table(&mut self) -> Option<&mut dyn Entries> {
        None
    }
}

/// A table whose keys are the user's own.
pub(super) trait Entries {
    fn set_entry(&mut self, name: &str, raw: &Raw<'_>) -> Result<(), Wrong>;

    /// The entry that the last part of a variable's name stands for.
    fn entry_of_variable(&self, part: &str) -> String;

    /// A variable that sets an entry, for errors.
    fn variable_example(&self) -> &'static str;
}

impl Raw<'_> {
    fn text(&self) -> Result<&str, Wrong> {
        match self {
            Raw::Variable(text) => Ok(text),
            Raw::Toml { value: DeValue::String(text), .. } => Ok(text),
            Raw::Toml { value, .. } => Err(wrong_type("text in quotes", value)),
        }
    }

    fn filled_text(&self) -> Result<&str, Wrong> {
        match self.text()? {
            "" => Err(Wrong::Empty),
            text => Ok(text),
        }
    }

    fn integer(&self) -> Result<i64, Wrong> {
        const EXPECTED: &str = "a whole number";
        let (digits, radix) = match self {
            Raw::Variable(text) => (*text, 10),
            Raw::Toml { value: DeValue::Integer(number), .. } => (number.as_str(), number.radix()),
            Raw::Toml { value, .. } => return Err(wrong_type(EXPECTED, value)),
        };
        i64::from_str_radix(digits, radix).map_err(|_| wrong_value(EXPECTED, digits))
    }

    fn boolean(&self) -> Result<bool, Wrong> {
        const EXPECTED: &str = "true or false";
        match self {
            Raw::Variable(text) => text.parse().map_err(|_| wrong_value(EXPECTED, text)),
            Raw::Toml { value: DeValue::Boolean(flag), .. } => Ok(*flag),
            Raw::Toml { value, .. } => Err(wrong_type(EXPECTED, value)),
        }
    }

    fn number(&self) -> Result<f64, Wrong> {
        const EXPECTED: &str = "a number";
        let text = match self {
            Raw::Variable(text) => text,
            Raw::Toml { value: DeValue::Integer(number), .. } if number.radix() == 10 => {
                number.as_str()
            }
            Raw::Toml { value: DeValue::Float(number), .. } => number.as_str(),
            Raw::Toml { value, .. } => return Err(wrong_type(EXPECTED, value)),
        };
        text.parse().map_err(|_| wrong_value(EXPECTED, text))
    }

    /// One of a few names.
    fn one_of<T: Copy>(&self, names: &[(T, &str)]) -> Result<T, Wrong> {
        let text = self.text()?;
        let found = names.iter().find(|(_, name)| *name == text);
        found.map(|(choice, _)| *choice).ok_or_else(|| {
            let quoted: Vec<_> = names.iter().map(|(_, name)| format!("\"{name}\"")).collect();
            wrong_value(&quoted.join(" or "), text)
        })
    }
}

fn wrong_type(expected: &'static str, found: &DeValue<'_>) -> Wrong {
    let found = match found {
        DeValue::String(_) => "text in quotes",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    Wrong::Type { expected, found }
}

fn wrong_value(expected: &str, found: &str) -> Wrong {
    Wrong::Value { expected: expected.to_owned(), found: found.to_owned() }
}

fn name_of<T: PartialEq>(names: &[(T, &'static str)], choice: &T) -> &'static str {
    names.iter().find(|(known, _)| known == choice).map_or("", |(_, name)| name)
}

fn between(number: i64, min: i64, max: i64, show: impl Fn(i64) -> String) -> Result<(), Wrong> {
    if (min..=max).contains(&number) {
        return Ok(());
    }
    Err(Wrong::Range { min: show(min), max: show(max), found: show(number) })
}

/// Text, never empty.
impl Field for String {
    fn set(&mut self, raw: &Raw<'_>) -> Result<(), Wrong> {
        *self = raw.filled_text()?.to_owned();
        Ok(())
    }

    fn show(&self) -> Item {
        value(self.as_str())
    }
}

impl Field for bool {
    fn set(&mut self, raw: &Raw<'_>) -> Result<(), Wrong> {
        *self = raw.boolean()?;
        Ok(())
    }

    fn show(&self) -> Item {
        value(*self)
    }
}

impl Field for usize {
    fn set(&mut self, raw: &Raw<'_>) -> Result<(), Wrong> {
        let number = raw.integer()?;
        let negative = |_| wrong_value("a number that is not negative", &number.to_string());
        *self = usize::try_from(number).map_err(negative)?;
        Ok(())
    }

    fn show(&self) -> Item {
        value(i64::try_from(*self).unwrap_or(i64::MAX))
    }

    fn within(&self, min: i64, max: i64) -> Result<(), Wrong> {
        between(i64::try_from(*self).unwrap_or(i64::MAX), min, max, |number| number.to_string())
    }
}

impl Field for i32 {
    fn set(&mut self, raw: &Raw<'_>) -> Result<(), Wrong> {
        let number = raw.integer()?;
        let too_large = |_| wrong_value("a smaller number", &number.to_string());
        *self = i32::try_from(number).map_err(too_large)?;
        match *self {
            0 => Err(wrong_value("a positive number, or -1 to leave it to the broker", "0")),
            _ => Ok(()),
        }
    }

    fn show(&self) -> Item {
        value(i64::from(*self))
    }

    fn within(&self, min: i64, max: i64) -> Result<(), Wrong> {
        between(i64::from(*self), min, max, |number| number.to_string())
    }
}

impl Field for Span {
    fn set(&mut self, raw: &Raw<'_>) -> Result<(), Wrong> {
        const EXPECTED: &str = "a length of time such as \"30d\", \"50ms\" or \"1d12h\"";
        if let Raw::Toml { value: found @ (DeValue::Integer(_) | DeValue::Float(_)), .. } = raw {
            return Err(wrong_type(EXPECTED, found));
        }
        let text = raw.text()?;
        *self = text.parse().map_err(|_| wrong_value(EXPECTED, text))?;
        Ok(())
    }

    fn show(&self) -> Item {
        value(self.to_string())
    }

    fn within(&self, min: i64, max: i64) -> Result<(), Wrong> {
        between(self.as_ms(), min, max, |ms| format!("\"{}\"", Span::from_ms(ms)))
    }
}

impl Field for SocketAddr {
    fn set(&mut self, raw: &Raw<'_>) -> Result<(), Wrong> {
        let text = raw.text()?;
        let expected = "an address and a port, as in \"127.0.0.1:9600\" or \"[::]:9600\"";
        *self = text.parse().map_err(|_| wrong_value(expected, text))?;
        Ok(())
    }

    fn show(&self) -> Item {
        value(self.to_string())
    }
}

impl Field for Shards {
    fn set(&mut self, raw: &Raw<'_>) -> Result<(), Wrong> {
        if matches!(raw.text(), Ok("auto")) {
            *self = Shards::Auto;
            return Ok(());
        }
        let number = match raw {
            Raw::Toml { value: DeValue::String(text), .. } => Err(wrong_shards(text)),
            _ => raw.integer(),
        }?;
        let count = usize::try_from(number).ok().and_then(NonZeroUsize::new);
        *self = Shards::Exactly(count.ok_or_else(|| wrong_shards(&number.to_string()))?);
        Ok(())
    }

    fn show(&self) -> Item {
        match self {
            Shards::Auto => value("auto"),
            Shards::Exactly(count) => count.get().show(),
        }
    }

    fn within(&self, min: i64, max: i64) -> Result<(), Wrong> {
        match self {
            Shards::Auto => Ok(()),
            Shards::Exactly(count) => count.get().within(min, max),
        }
    }
}

fn wrong_shards(found: &str) -> Wrong {
    wrong_value("a positive number, or \"auto\" for one a processor", found)
}

impl Field for TopicName {
    fn set(&mut self, raw: &Raw<'_>) -> Result<(), Wrong> {
        let text = raw.filled_text()?;
        let expected = "a topic name (letters, digits, `.`, `_` and `-`, at most 249)";
        *self = TopicName::parse(text).ok_or_else(|| wrong_value(expected, text))?;
        Ok(())
    }

    fn show(&self) -> Item {
        value(self.as_str())
    }
}

/// Empty text is none.
impl Field for Option<TopicName> {
    fn set(&mut self, raw: &Raw<'_>) -> Result<(), Wrong> {
        if raw.text()?.is_empty() {
            *self = None;
            return Ok(());
        }
        let mut name = TopicName(String::new());
        name.set(raw)?;
        *self = Some(name);
        Ok(())
    }

    fn show(&self) -> Item {
        value(self.as_ref().map_or("", TopicName::as_str))
    }
}

/// Empty text is none.
impl Field for Option<Currency> {
    fn set(&mut self, raw: &Raw<'_>) -> Result<(), Wrong> {
        let text = raw.text()?;
        let expected = "an ISO 4217 alphabetic code such as \"EUR\"";
        *self = match text {
            "" => None,
            code => Some(Currency::parse(code).ok_or_else(|| wrong_value(expected, code))?),
        };
        Ok(())
    }

    fn show(&self) -> Item {
        value(self.map_or("", Currency::code))
    }
}

/// Empty text is none; a relative path in a file is relative to the file's folder.
impl Field for Option<PathBuf> {
    fn set(&mut self, raw: &Raw<'_>) -> Result<(), Wrong> {
        let folder = match raw {
            Raw::Toml { folder, .. } => folder,
            Raw::Variable(_) => Path::new(""),
        };
        *self = match raw.text()? {
            "" => None,
            text => Some(folder.join(text)),
        };
        Ok(())
    }

    fn show(&self) -> Item {
        value(self.as_ref().map_or(String::new(), |path| path.display().to_string()))
    }
}

/// A type with a few named values.
macro_rules! named {
    ($type:ident { $($variant:ident = $name:literal),+ }) => {
        impl Field for $type {
            fn set(&mut self, raw: &Raw<'_>) -> Result<(), Wrong> {
                *self = raw.one_of(&[$(($type::$variant, $name)),+])?;
                Ok(())
            }

            fn show(&self) -> Item {
                value(name_of(&[$(($type::$variant, $name)),+], self))
            }
        }
    };
}

named!(Amounts { Minor = "minor", Major = "major" });
named!(Payload { None = "none", Raw = "raw" });
named!(LogFormat { Human = "human", Json = "json" });

impl Field for Properties {
    fn set(&mut self, _raw: &Raw<'_>) -> Result<(), Wrong> {
        Err(Wrong::NotATable)
    }

    fn show(&self) -> Item {
        let entries = self.redacted().map(|(name, text)| (name.to_owned(), value(text)));
        Item::Table(Table::from_iter(entries))
    }

    fn as_table(&mut self) -> Option<&mut dyn Entries> {
        Some(self)
    }
}

impl Entries for Properties {
    fn set_entry(&mut self, name: &str, raw: &Raw<'_>) -> Result<(), Wrong> {
        let text = match raw {
            Raw::Toml { value: DeValue::Integer(number), .. } => number.to_string(),
            Raw::Toml { value: DeValue::Float(number), .. } => number.to_string(),
            Raw::Toml { value: DeValue::Boolean(flag), .. } => flag.to_string(),
            _ => raw.text()?.to_owned(),
        };
        self.0.insert(name.to_owned(), text);
        Ok(())
    }

    /// The client library's properties are lower case with dots, which few shells allow in a name.
    fn entry_of_variable(&self, part: &str) -> String {
        part.to_lowercase().replace('_', ".")
    }

    fn variable_example(&self) -> &'static str {
        "REDCARD__KAFKA__PROPERTIES__SASL_USERNAME"
    }
}

impl Field for Rates {
    fn set(&mut self, _raw: &Raw<'_>) -> Result<(), Wrong> {
        Err(Wrong::NotATable)
    }

    fn show(&self) -> Item {
        Item::Table(Table::from_iter(self.iter().map(|(code, rate)| (code, value(rate)))))
    }

    fn as_table(&mut self) -> Option<&mut dyn Entries> {
        Some(self)
    }
}

impl Entries for Rates {
    fn set_entry(&mut self, name: &str, raw: &Raw<'_>) -> Result<(), Wrong> {
        let no_currency = || Wrong::NoCurrency { entry: name.to_owned() };
        let currency = Currency::parse(name).ok_or_else(no_currency)?;
        let rate = raw.number()?;
        if !(rate.is_finite() && rate > 0.0) {
            return Err(Wrong::NotPositive { entry: name.to_owned(), rate: rate.to_string() });
        }
        self.set(currency, rate);
        Ok(())
    }

    fn entry_of_variable(&self, part: &str) -> String {
        part.to_uppercase()
    }

    fn variable_example(&self) -> &'static str {
        "REDCARD__MONEY__RATES__EUR"
    }
}
