//! Lists every configuration key, one row each, with its name, type, default, range and
//! documentation.
//!
//! Files, variables, the printed configuration, the example file and
//! docs/operating/configuration.md are all derived from these rows. A row's type and default come
//! from the field that it names.

mod endpoints;
mod engine;
mod kafka;
mod messages;
mod notify;

use super::Config;
use super::error::{Problem, Wrong};
use super::field::{Field, Raw};
use super::printed::printable;
use toml_edit::{DocumentMut, Item, Table};

/// One key of the configuration.
pub(super) struct Key {
    pub section: &'static str,
    pub name: &'static str,
    pub field: FieldOf,
    range: Option<(i64, i64)>,
    pub example: &'static [&'static str],
    pub doc: &'static str,
}

type FieldOf = fn(&mut Config) -> &mut dyn Field;

const fn key(section: &'static str, name: &'static str, field: FieldOf) -> Key {
    Key { section, name, field, range: None, example: &[], doc: "" }
}

/// All keys, in the order in which they are documented and printed.
pub(super) fn all() -> impl Iterator<Item = &'static Key> {
    [
        kafka::KAFKA,
        kafka::TOPICS,
        messages::SOURCE,
        messages::MONEY,
        messages::CARD_NUMBERS,
        engine::MEMORY,
        engine::HISTORY,
        engine::RULES,
        engine::DELIVERY,
        engine::DEAD_LETTERS,
        endpoints::HTTP,
        notify::NOTIFY,
        endpoints::LOG,
    ]
    .into_iter()
    .flatten()
}

impl Key {
    /// Inclusive bounds, in the unit of the field.
    const fn within(self, range: (i64, i64)) -> Self {
        Self { range: Some(range), ..self }
    }

    /// Entries that the example file shows for a table.
    const fn example(self, lines: &'static [&'static str]) -> Self {
        Self { example: lines, ..self }
    }

    /// The documentation of the key, in Markdown. The first sentence also appears in the example
    /// file.
    const fn doc(self, text: &'static str) -> Self {
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
        set.map_err(|wrong| self.problem(wrong))
    }

    pub fn problem(&self, wrong: Wrong) -> Problem {
        Problem::Value { key: self.path(), wrong }
    }
}

pub(super) fn find(section: &str, name: &str) -> Option<&'static Key> {
    all().find(|key| key.section == section && key.name == name)
}

pub(super) fn is_section(name: &str) -> bool {
    all().any(|key| key.section == name)
}

/// The minimum similarity at which a name counts as a misspelling of another (Jaro-Winkler, 0 to
/// 1).
const LIKENESS_MIN: f64 = 0.8;

/// The section that was probably meant, also if the name is that of a key.
pub(super) fn near_section(name: &str) -> Option<String> {
    let alike = all().map(|key| (key.section.to_owned(), key.section));
    nearest(name, alike).or_else(|| nearest(name, all().map(|key| (key.path(), key.name))))
}

/// The key that was probably meant, preferably one in the same section.
pub(super) fn near_key(section: &str, name: &str) -> Option<String> {
    let here = all().filter(|key| key.section == section);
    nearest(name, here.map(|key| (key.path(), key.name)))
        .or_else(|| nearest(name, all().map(|key| (key.path(), key.name))))
}

fn nearest<'a>(name: &str, candidates: impl Iterator<Item = (String, &'a str)>) -> Option<String> {
    candidates
        .map(|(shown, known)| (strsim::jaro_winkler(name, known), shown))
        .filter(|(likeness, _)| *likeness >= LIKENESS_MIN)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, shown)| shown)
}

/// Every key with its value, in the order of [`all`].
pub(super) fn to_document(config: &Config) -> DocumentMut {
    let mut config = config.clone();
    let mut document = DocumentMut::new();
    for key in all() {
        let section = document.entry(key.section).or_insert_with(|| Item::Table(Table::new()));
        let shown = printable((key.field)(&mut config).show());
        if let Some(section) = section.as_table_mut() {
            section.insert(key.name, shown);
        }
    }
    document
}
