//! Defines one key: its name, the field that it sets, and its bounds.

use crate::config::error::{InvalidValue, Problem};
use crate::config::field::{Field, Raw};
use crate::config::settings::Config;

/// One key of the configuration.
pub(crate) struct Key {
    pub section: &'static str,
    pub name: &'static str,
    pub field: FieldOf,
    range: Option<(i64, i64)>,
    pub example: &'static [&'static str],
    pub doc: &'static str,
}

type FieldOf = fn(&mut Config) -> &mut dyn Field;

pub(super) const fn key(section: &'static str, name: &'static str, field: FieldOf) -> Key {
    Key { section, name, field, range: None, example: &[], doc: "" }
}

impl Key {
    /// Inclusive bounds, in the unit of the field.
    pub(super) const fn within(self, range: (i64, i64)) -> Self {
        Self { range: Some(range), ..self }
    }

    /// Entries that the example file shows for a table.
    pub(super) const fn example(self, lines: &'static [&'static str]) -> Self {
        Self { example: lines, ..self }
    }

    /// The documentation of the key, in Markdown. It also appears in the example file, without its
    /// links.
    pub(super) const fn doc(self, text: &'static str) -> Self {
        Self { doc: text, ..self }
    }

    /// The bounds as text, if there are any: `1 to 256`.
    pub fn range(&self, field: &dyn Field) -> Option<String> {
        let (min, max) = self.range?;
        Some(match max {
            i64::MAX => format!("at least {}", field.bound(min)),
            max => format!("{} to {}", field.bound(min), field.bound(max)),
        })
    }

    /// `section.name`
    pub fn path(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }

    /// Sets the key's field, or returns why it can't.
    pub fn set(&self, config: &mut Config, raw: &Raw<'_>) -> Result<(), Problem> {
        let field = (self.field)(config);
        let set = field.set(raw).and_then(|()| match self.range {
            Some((min, max)) => field.within(min, max),
            None => Ok(()),
        });
        set.map_err(|invalid| self.problem(invalid))
    }

    pub fn problem(&self, invalid: InvalidValue) -> Problem {
        Problem::Value { key: self.path(), invalid }
    }
}
