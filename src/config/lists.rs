//! Reads and writes lists: a list of texts in TOML, comma separated in a variable.

use super::error::InvalidValue;
use super::field::{Field, Raw, invalid_type, invalid_value};
use crate::decode::{self, Prefix};
use toml::de::DeValue;
use toml_edit::{Array, Item, value};

/// Prefixes of card numbers.
impl Field for Vec<Prefix> {
    fn set(&mut self, raw: &Raw<'_>) -> Result<(), InvalidValue> {
        const EXPECTED: &str = "a list of 1 to 12 digits each, as in [\"622848\"]";
        let prefix = |text: &str| Prefix::parse(text).ok_or_else(|| invalid_value(EXPECTED, text));
        *self = texts(raw, EXPECTED)?.into_iter().map(prefix).collect::<Result<_, _>>()?;
        Ok(())
    }

    fn show(&self) -> Item {
        shown(self.iter().map(Prefix::as_str))
    }

    fn kind(&self) -> String {
        "list of digits".into()
    }
}

/// Fields of a message that are searched for card numbers.
impl Field for Vec<decode::Field> {
    fn set(&mut self, raw: &Raw<'_>) -> Result<(), InvalidValue> {
        const EXPECTED: &str = "a list of fields, as in [\"id\", \"original_id\"]";
        let field = |path: &str| {
            let field = decode::Field::from_path(path).filter(|field| decode::is_searched(*field));
            field.ok_or_else(|| {
                let searched =
                    decode::Field::ALL.iter().filter(|field| decode::is_searched(**field));
                let paths: Vec<_> = searched.map(|field| format!("`{}`", field.path())).collect();
                invalid_value(&format!("a list of fields out of {}", paths.join(", ")), path)
            })
        };
        let mut fields =
            texts(raw, EXPECTED)?.into_iter().map(field).collect::<Result<Self, _>>()?;
        // Each implies the other: a token in one would never match the plain id in the other.
        const IDS: [decode::Field; 2] = [decode::Field::Id, decode::Field::OriginalId];
        if IDS.iter().any(|id| fields.contains(id)) {
            fields.extend(IDS.into_iter().filter(|id| !fields.contains(id)).collect::<Vec<_>>());
        }
        *self = fields;
        Ok(())
    }

    fn show(&self) -> Item {
        shown(self.iter().map(|field| field.path()))
    }

    fn kind(&self) -> String {
        "list of fields".into()
    }
}

/// The entries in a list of texts.
fn texts<'r>(raw: &Raw<'r>, expected: &'static str) -> Result<Vec<&'r str>, InvalidValue> {
    match raw {
        Raw::Variable(text) => {
            Ok(text.split(',').map(str::trim).filter(|entry| !entry.is_empty()).collect())
        }
        Raw::Toml { value: DeValue::Array(entries), .. } => {
            let text = |entry: &'r toml::Spanned<DeValue<'_>>| match entry.get_ref() {
                DeValue::String(text) => Ok(&**text),
                other => Err(invalid_type(expected, other)),
            };
            entries.iter().map(text).collect()
        }
        Raw::Toml { value, .. } => Err(invalid_type(expected, value)),
    }
}

fn shown<'t>(entries: impl Iterator<Item = &'t str>) -> Item {
    value(entries.collect::<Array>())
}
