//! Reads and writes tables whose keys are chosen by the user.

use super::error::InvalidValue;
use super::field::{Entries, Field, Raw};
use super::values::{Properties, PropertyFiles, Rates, first_name};
use crate::transaction::Currency;
use std::path::Path;
use toml::de::DeValue;
use toml_edit::{Item, Table, value};

impl Field for Properties {
    fn set(&mut self, _raw: &Raw<'_>) -> Result<(), InvalidValue> {
        Err(InvalidValue::NotATable)
    }

    fn show(&self) -> Item {
        let entries = self.redacted().map(|(name, text)| (name.to_owned(), value(text)));
        Item::Table(Table::from_iter(entries))
    }

    fn kind(&self) -> String {
        "table of values".into()
    }

    fn as_table(&mut self) -> Option<&mut dyn Entries> {
        Some(self)
    }
}

impl Entries for Properties {
    fn set_entry(&mut self, name: &str, raw: &Raw<'_>) -> Result<(), InvalidValue> {
        let text = match raw {
            Raw::Toml { value: DeValue::Integer(number), .. } => number.to_string(),
            Raw::Toml { value: DeValue::Float(number), .. } => number.to_string(),
            Raw::Toml { value: DeValue::Boolean(flag), .. } => flag.to_string(),
            _ => raw.text()?.to_owned(),
        };
        // A variable may override the file under another name of the same property.
        self.0.retain(|known, _| first_name(known) != first_name(name));
        self.0.insert(name.to_owned(), text);
        Ok(())
    }

    fn subject<'n>(&self, name: &'n str) -> &'n str {
        first_name(name)
    }

    /// The client library's properties are lower case with dots, which few shells allow in variable
    /// names.
    fn entry_of_variable(&self, part: &str) -> String {
        part.to_lowercase().replace('_', ".")
    }

    fn variable_example(&self) -> &'static str {
        "REDCARD__KAFKA__PROPERTIES__SASL_USERNAME"
    }
}

impl Field for PropertyFiles {
    fn set(&mut self, _raw: &Raw<'_>) -> Result<(), InvalidValue> {
        Err(InvalidValue::NotATable)
    }

    fn show(&self) -> Item {
        let entries = self.0.iter().map(|(name, path)| (name, value(path.display().to_string())));
        Item::Table(Table::from_iter(entries))
    }

    fn kind(&self) -> String {
        "table of paths".into()
    }

    fn as_table(&mut self) -> Option<&mut dyn Entries> {
        Some(self)
    }
}

/// A relative path in a file is relative to the file's folder.
impl Entries for PropertyFiles {
    fn set_entry(&mut self, name: &str, raw: &Raw<'_>) -> Result<(), InvalidValue> {
        let folder = match raw {
            Raw::Toml { folder, .. } => folder,
            Raw::Variable(_) => Path::new(""),
        };
        let path = folder.join(raw.filled_text()?);
        self.0.retain(|known, _| first_name(known) != first_name(name));
        self.0.insert(name.to_owned(), path);
        Ok(())
    }

    fn subject<'n>(&self, name: &'n str) -> &'n str {
        first_name(name)
    }

    fn entry_of_variable(&self, part: &str) -> String {
        Properties::default().entry_of_variable(part)
    }

    fn variable_example(&self) -> &'static str {
        "REDCARD__KAFKA__PROPERTY_FILES__SASL_PASSWORD"
    }
}

impl Field for Rates {
    fn set(&mut self, _raw: &Raw<'_>) -> Result<(), InvalidValue> {
        Err(InvalidValue::NotATable)
    }

    fn show(&self) -> Item {
        Item::Table(Table::from_iter(self.iter().map(|(code, rate)| (code, value(rate)))))
    }

    fn kind(&self) -> String {
        "table of numbers".into()
    }

    fn as_table(&mut self) -> Option<&mut dyn Entries> {
        Some(self)
    }
}

impl Entries for Rates {
    fn set_entry(&mut self, name: &str, raw: &Raw<'_>) -> Result<(), InvalidValue> {
        let no_currency = || InvalidValue::NoCurrency { entry: name.to_owned() };
        let currency = Currency::parse(name).ok_or_else(no_currency)?;
        let rate = raw.number()?;
        if !(rate.is_finite() && rate > 0.0) {
            return Err(InvalidValue::NotPositive {
                entry: name.to_owned(),
                rate: rate.to_string(),
            });
        }
        self.set(currency, rate);
        Ok(())
    }

    fn subject<'n>(&self, name: &'n str) -> &'n str {
        Currency::parse(name).map_or(name, |currency| currency.code())
    }

    fn entry_of_variable(&self, part: &str) -> String {
        part.to_uppercase()
    }

    fn variable_example(&self) -> &'static str {
        "REDCARD__MONEY__RATES__EUR"
    }
}
