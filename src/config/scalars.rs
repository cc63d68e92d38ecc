//! Reads and writes single values: text, numbers, lengths of time, names, addresses, paths.

use super::duration::ConfigDuration;
use super::error::InvalidValue;
use super::field::{Field, Raw, invalid_type, invalid_value};
use super::values::{Addresses, Guarantee, LogFormat, Payload, Shards, TopicName};
use crate::decode::{Amounts, Times};
use crate::history::FormatVersion;
use crate::rules::Severity;
use crate::transaction::Currency;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use toml::de::DeValue;
use toml_edit::{Item, value};

/// Text, never empty.
impl Field for String {
    fn set(&mut self, raw: &Raw<'_>) -> Result<(), InvalidValue> {
        *self = raw.filled_text()?.to_owned();
        Ok(())
    }

    fn show(&self) -> Item {
        value(self.as_str())
    }

    fn kind(&self) -> String {
        "text".into()
    }
}

/// Empty text is `None`.
impl Field for Option<String> {
    fn set(&mut self, raw: &Raw<'_>) -> Result<(), InvalidValue> {
        let text = raw.text()?;
        *self = (!text.is_empty()).then(|| text.to_owned());
        Ok(())
    }

    fn show(&self) -> Item {
        value(self.as_deref().unwrap_or_default())
    }

    fn kind(&self) -> String {
        "text".into()
    }
}

/// Empty text is `None`. Displayed without the parts that may be secret.
impl Field for Option<Addresses> {
    fn set(&mut self, raw: &Raw<'_>) -> Result<(), InvalidValue> {
        let text = raw.text()?;
        *self = (!text.is_empty()).then(|| Addresses(text.to_owned()));
        Ok(())
    }

    fn show(&self) -> Item {
        value(self.as_ref().map_or(String::new(), Addresses::redacted))
    }

    fn kind(&self) -> String {
        "URL".into()
    }
}

impl Field for bool {
    fn set(&mut self, raw: &Raw<'_>) -> Result<(), InvalidValue> {
        *self = raw.boolean()?;
        Ok(())
    }

    fn show(&self) -> Item {
        value(*self)
    }

    fn kind(&self) -> String {
        "boolean".into()
    }
}

impl Field for usize {
    fn set(&mut self, raw: &Raw<'_>) -> Result<(), InvalidValue> {
        let number = raw.integer()?;
        let negative = |_| invalid_value("a number that is not negative", &number.to_string());
        *self = usize::try_from(number).map_err(negative)?;
        Ok(())
    }

    fn show(&self) -> Item {
        value(i64::try_from(*self).unwrap_or(i64::MAX))
    }

    fn kind(&self) -> String {
        "integer".into()
    }

    fn within(&self, min: i64, max: i64) -> Result<(), InvalidValue> {
        between(i64::try_from(*self).unwrap_or(i64::MAX), min, max, |number| number.to_string())
    }
}

impl Field for i32 {
    fn set(&mut self, raw: &Raw<'_>) -> Result<(), InvalidValue> {
        let number = raw.integer()?;
        let too_large = |_| invalid_value("a smaller number", &number.to_string());
        *self = i32::try_from(number).map_err(too_large)?;
        match *self {
            0 => Err(invalid_value("a positive number, or -1 to leave it to the broker", "0")),
            _ => Ok(()),
        }
    }

    fn show(&self) -> Item {
        value(i64::from(*self))
    }

    fn kind(&self) -> String {
        "integer".into()
    }

    fn within(&self, min: i64, max: i64) -> Result<(), InvalidValue> {
        between(i64::from(*self), min, max, |number| number.to_string())
    }
}

impl Field for FormatVersion {
    fn set(&mut self, raw: &Raw<'_>) -> Result<(), InvalidValue> {
        let number = raw.integer()?;
        let known = u8::try_from(number).ok().and_then(FormatVersion::from_number);
        *self = known.ok_or_else(|| invalid_value("1 or 2", &number.to_string()))?;
        Ok(())
    }

    fn show(&self) -> Item {
        value(i64::from(self.number()))
    }

    fn kind(&self) -> String {
        "`1` or `2`".into()
    }
}

impl Field for ConfigDuration {
    fn set(&mut self, raw: &Raw<'_>) -> Result<(), InvalidValue> {
        const EXPECTED: &str = "a length of time such as \"30d\", \"50ms\" or \"1d12h\"";
        if let Raw::Toml { value: found @ (DeValue::Integer(_) | DeValue::Float(_)), .. } = raw {
            return Err(invalid_type(EXPECTED, found));
        }
        let text = raw.text()?;
        *self = text.parse().map_err(|_| invalid_value(EXPECTED, text))?;
        Ok(())
    }

    fn show(&self) -> Item {
        value(self.to_string())
    }

    fn kind(&self) -> String {
        "duration".into()
    }

    fn within(&self, min: i64, max: i64) -> Result<(), InvalidValue> {
        between(self.as_ms(), min, max, |ms| format!("\"{}\"", ConfigDuration::from_ms(ms)))
    }

    fn bound(&self, ms: i64) -> String {
        ConfigDuration::from_ms(ms).to_string()
    }
}

impl Field for SocketAddr {
    fn set(&mut self, raw: &Raw<'_>) -> Result<(), InvalidValue> {
        let text = raw.text()?;
        let expected = "an address and a port, as in \"127.0.0.1:9464\" or \"[::]:9464\"";
        *self = text.parse().map_err(|_| invalid_value(expected, text))?;
        Ok(())
    }

    fn show(&self) -> Item {
        value(self.to_string())
    }

    fn kind(&self) -> String {
        "address".into()
    }
}

impl Field for Shards {
    fn set(&mut self, raw: &Raw<'_>) -> Result<(), InvalidValue> {
        if matches!(raw.text(), Ok("auto")) {
            *self = Shards::Auto;
            return Ok(());
        }
        let number = match raw {
            Raw::Toml { value: DeValue::String(text), .. } => Err(invalid_shards(text)),
            _ => raw.integer(),
        }?;
        let count = usize::try_from(number).ok().and_then(NonZeroUsize::new);
        *self = Shards::Exactly(count.ok_or_else(|| invalid_shards(&number.to_string()))?);
        Ok(())
    }

    fn show(&self) -> Item {
        match self {
            Shards::Auto => value("auto"),
            Shards::Exactly(count) => count.get().show(),
        }
    }

    fn kind(&self) -> String {
        "`\"auto\"` or integer".into()
    }

    fn within(&self, min: i64, max: i64) -> Result<(), InvalidValue> {
        match self {
            Shards::Auto => Ok(()),
            Shards::Exactly(count) => count.get().within(min, max),
        }
    }
}

fn invalid_shards(found: &str) -> InvalidValue {
    invalid_value("a positive number, or \"auto\" for one a processor", found)
}

impl Field for TopicName {
    fn set(&mut self, raw: &Raw<'_>) -> Result<(), InvalidValue> {
        let text = raw.filled_text()?;
        let expected = "a topic name (letters, digits, `.`, `_` and `-`, at most 249)";
        *self = TopicName::parse(text).ok_or_else(|| invalid_value(expected, text))?;
        Ok(())
    }

    fn show(&self) -> Item {
        value(self.as_str())
    }

    fn kind(&self) -> String {
        "topic".into()
    }
}

/// Empty text is `None`.
impl Field for Option<TopicName> {
    fn set(&mut self, raw: &Raw<'_>) -> Result<(), InvalidValue> {
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

    fn kind(&self) -> String {
        "topic".into()
    }
}

/// Empty text is `None`.
impl Field for Option<Currency> {
    fn set(&mut self, raw: &Raw<'_>) -> Result<(), InvalidValue> {
        let text = raw.text()?;
        let expected = "an ISO 4217 code with a minor unit, such as \"EUR\"";
        *self = match text {
            "" => None,
            code => Some(Currency::parse(code).ok_or_else(|| invalid_value(expected, code))?),
        };
        Ok(())
    }

    fn show(&self) -> Item {
        value(self.map_or("", Currency::code))
    }

    fn kind(&self) -> String {
        "currency".into()
    }
}

/// Empty text is `None`. A relative path in a file is relative to the file's folder.
impl Field for Option<PathBuf> {
    fn set(&mut self, raw: &Raw<'_>) -> Result<(), InvalidValue> {
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

    fn kind(&self) -> String {
        "path".into()
    }
}

/// A type with a few named values.
macro_rules! named {
    ($type:ident { $($variant:ident = $name:literal),+ }) => {
        impl Field for $type {
            fn set(&mut self, raw: &Raw<'_>) -> Result<(), InvalidValue> {
                *self = raw.one_of(&[$(($type::$variant, $name)),+])?;
                Ok(())
            }

            fn show(&self) -> Item {
                value(name_of(&[$(($type::$variant, $name)),+], self))
            }

            fn kind(&self) -> String {
                format!("one of {}", [$(concat!("`\"", $name, "\"`")),+].join(", "))
            }
        }
    };
}

named!(Amounts { Minor = "minor", Major = "major" });
named!(Times {
    Rfc3339 = "rfc3339",
    Rfc3339NoColon = "rfc3339_no_colon",
    UnixSeconds = "unix_seconds",
    UnixMilliseconds = "unix_milliseconds"
});
named!(Guarantee { ExactlyOnce = "exactly_once", AtLeastOnce = "at_least_once" });
named!(Payload { None = "none", Raw = "raw" });
named!(Severity { Low = "low", Medium = "medium", High = "high", Critical = "critical" });
named!(LogFormat { Human = "human", Json = "json" });

fn name_of<T: PartialEq>(names: &[(T, &'static str)], choice: &T) -> &'static str {
    names.iter().find(|(known, _)| known == choice).map_or("", |(_, name)| name)
}

fn between(
    number: i64,
    min: i64,
    max: i64,
    show: impl Fn(i64) -> String,
) -> Result<(), InvalidValue> {
    if (min..=max).contains(&number) {
        return Ok(());
    }
    Err(InvalidValue::Range { min: show(min), max: show(max), found: show(number) })
}
