//! Reads a TOML file into a [`Config`] key by key, so that every error has its line and column.

use super::error::{ConfigPlace, Errors, InvalidValue, Problem};
use super::field::Raw;
use super::keys::{self, Key};
use super::settings::Config;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

type SpannedValue<'i> = Spanned<DeValue<'i>>;

pub(super) fn read(path: &Path, config: &mut Config, errors: &mut Errors) {
    match std::fs::read_to_string(path) {
        Ok(text) => parse(path, &text, config, errors),
        Err(error) => errors.push(ConfigPlace::File(path.to_owned()), Problem::Unreadable(error)),
    }
}

/// Reads `text` as the contents of the file at `path`.
pub(super) fn parse(path: &Path, text: &str, config: &mut Config, errors: &mut Errors) {
    let folder = path.parent().unwrap_or(Path::new(""));
    config.origins.set_file(path);
    let mut file = File { path, text, folder, config, errors, entries: BTreeMap::new() };
    let (table, mut broken) = DeTable::parse_recoverable(text);
    broken.sort_by_key(|error| error.span().unwrap_or_default().start);
    if broken.is_empty() {
        file.sections(table.get_ref());
    }
    for error in broken {
        let syntax = Problem::Syntax(error.message().to_owned());
        file.refuse(error.span().unwrap_or_default(), syntax);
    }
}

/// A file while it is being read.
struct File<'f> {
    path: &'f Path,
    text: &'f str,
    folder: &'f Path,
    config: &'f mut Config,
    errors: &'f mut Errors,
    /// The name and the line of each entry of a table, by the table and what the entry sets.
    entries: BTreeMap<(String, String), (String, usize)>,
}

impl File<'_> {
    fn sections(&mut self, document: &DeTable<'_>) {
        for (name, section) in in_order(document) {
            let text = name.get_ref().as_ref();
            match section.get_ref() {
                _ if !keys::is_section(text) => self.refuse(name.span(), unknown_section(text)),
                DeValue::Table(entries) => self.section(text, entries),
                _ => {
                    self.refuse(name.span(), Problem::NotASection { section: text.to_owned() });
                }
            }
        }
    }

    fn section(&mut self, section: &str, entries: &DeTable<'_>) {
        for (name, value) in in_order(entries) {
            match keys::find(section, name.get_ref()) {
                Some(key) => self.key(key, value),
                None => self.refuse(name.span(), unknown_key(section, name.get_ref())),
            }
        }
    }

    fn key(&mut self, key: &Key, value: &SpannedValue<'_>) {
        if (key.field)(self.config).as_table().is_some() {
            return self.table(key, value);
        }
        let raw = Raw::Toml { value: value.get_ref(), folder: self.folder };
        match key.set(self.config, &raw) {
            Ok(()) => self.note(key.path(), value.span()),
            Err(problem) => self.refuse(value.span(), problem),
        }
    }

    fn table(&mut self, key: &Key, value: &SpannedValue<'_>) {
        match value.get_ref() {
            DeValue::Table(entries) => self.entries(key, "", entries),
            _ => {
                let invalid = InvalidValue::Type { expected: "a table", found: "a single value" };
                self.refuse(value.span(), key.problem(invalid));
            }
        }
    }

    /// Without quotes, `sasl.password` is a table within a table in TOML. Here it means the
    /// property of that name.
    fn entries(&mut self, key: &Key, prefix: &str, entries: &DeTable<'_>) {
        for (name, value) in in_order(entries) {
            let name = format!("{prefix}{}", name.get_ref());
            match value.get_ref() {
                DeValue::Table(nested) => self.entries(key, &format!("{name}."), nested),
                _ => self.entry(key, &name, value),
            }
        }
    }

    fn entry(&mut self, key: &Key, name: &str, value: &SpannedValue<'_>) {
        let raw = Raw::Toml { value: value.get_ref(), folder: self.folder };
        let Some(table) = (key.field)(self.config).as_table() else { return };
        let subject = (key.path(), table.subject(name).to_owned());
        let set = table.set_entry(name, &raw);
        let line = line_and_column(self.text, value.span().start).0;
        if let Some((earlier, line)) = self.entries.insert(subject, (name.to_owned(), line)) {
            let invalid = InvalidValue::EntryTwice { entry: name.to_owned(), earlier, line };
            return self.refuse(value.span(), key.problem(invalid));
        }
        match set {
            Ok(()) => self.note(format!("{}.{name}", key.path()), value.span()),
            Err(invalid) => self.refuse(value.span(), key.problem(invalid)),
        }
    }

    fn note(&mut self, key: String, span: Range<usize>) {
        let place = self.place(span);
        self.config.origins.set(key, place);
    }

    fn refuse(&mut self, span: Range<usize>, problem: Problem) {
        let place = self.place(span);
        self.errors.push(place, problem);
    }

    fn place(&self, span: Range<usize>) -> ConfigPlace {
        let (line, column) = line_and_column(self.text, span.start);
        ConfigPlace::Position { file: self.path.to_owned(), line, column }
    }
}

/// The entries in the order of the file, which TOML's own type does not preserve.
fn in_order<'t, 'i>(
    table: &'t DeTable<'i>,
) -> Vec<(&'t Spanned<toml::de::DeString<'i>>, &'t SpannedValue<'i>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    entries
}

fn unknown_section(name: &str) -> Problem {
    Problem::UnknownSection { name: name.to_owned(), near: keys::near_section(name) }
}

fn unknown_key(section: &str, name: &str) -> Problem {
    let near = keys::near_key(section, name);
    Problem::UnknownKey { name: format!("{section}.{name}"), near }
}

/// Both count from 1; columns are in characters.
fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
    (before.matches('\n').count() + 1, column)
}
