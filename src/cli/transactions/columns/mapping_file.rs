//! Reads the file of `--columns`: which column of a table is which field of a message, and how the
//! table writes its values. docs/reference/inputs.md specifies it.

use super::mapping_error::{MappingError, MappingErrors};
use crate::config::Config;
use crate::decode::{Amounts, Times};
use crate::printable::Printable;
use crate::transaction::Currency;
use anyhow::Context;
use serde::Deserialize;
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use toml::{Table, Value};

const AMOUNTS: &[(&str, Amounts)] = &[("minor", Amounts::Minor), ("major", Amounts::Major)];
const TIMES: &[(&str, Times)] = &[
    ("rfc3339", Times::Rfc3339),
    ("rfc3339_no_colon", Times::Rfc3339NoColon),
    ("unix_seconds", Times::UnixSeconds),
    ("unix_milliseconds", Times::UnixMilliseconds),
];

/// How a table is written, and what its columns are. The fields are not looked up yet: they differ for
/// transactions and labels.
#[derive(Debug)]
pub(crate) struct MappingFile {
    /// The name of the file in error messages.
    pub name: String,
    /// What separates the cells of a line; `None`: by the name of the table.
    pub delimiter: Option<u8>,
    /// Cells with these texts have no value.
    pub missing: Vec<String>,
    /// Appended to times that have no offset from UTC.
    pub offset: Option<String>,
    /// Field and cell; `None` if the file has no table of columns.
    pub columns: Option<Vec<(String, CellSource)>>,
    settings: SourceSettings,
}

/// Where the values of a field come from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum CellSource {
    /// The column of that name, and what some of its texts mean.
    Column { name: String, values: HashMap<String, String> },
    /// The same for every row.
    Constant(String),
}

/// Settings of `[source]` that replace those of the configuration.
#[derive(Debug, Default)]
struct SourceSettings {
    amounts: Option<Amounts>,
    time: Option<Times>,
    default_currency: Option<Currency>,
}

/// As it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    delimiter: Option<String>,
    #[serde(default)]
    missing: Vec<String>,
    offset: Option<String>,
    #[serde(default)]
    source: SourceDocument,
    columns: Option<Table>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceDocument {
    amounts: Option<String>,
    time: Option<String>,
    default_currency: Option<String>,
}

impl MappingFile {
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let name = Printable(&path.display().to_string()).to_string();
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
        Ok(Self::parse(name, &text)?)
    }

    /// Reads the columns of labels. The settings of messages are those of the transactions.
    pub fn read_for_labels(path: &Path) -> anyhow::Result<Self> {
        let file = Self::read(path)?;
        match file.settings.are_set() {
            true => Err(MappingErrors::one(&file.name, MappingError::LabelSettings).into()),
            false => Ok(file),
        }
    }

    fn parse(name: String, text: &str) -> Result<Self, MappingErrors> {
        let parsed: Result<Document, _> = toml::from_str(text);
        let document = parsed.map_err(|error| {
            let message = error.to_string();
            MappingErrors::one(&name, MappingError::Syntax(message.trim_end().to_owned()))
        })?;
        let mut errors = MappingErrors::default();
        let mut refuse = |error| errors.push(&name, error);
        let delimiter = document.delimiter.map(|text| one_character(&text)).transpose();
        let delimiter = delimiter.unwrap_or_else(|error| {
            refuse(error);
            None
        });
        document.offset.as_deref().map_or(Ok(()), check_offset).unwrap_or_else(&mut refuse);
        let mut settings = SourceSettings::default();
        settings.read(&document.source).unwrap_or_else(&mut refuse);
        let columns = document.columns.map(|table| {
            let mut columns = Vec::new();
            read_columns("", &table, &mut columns, &mut refuse);
            columns
        });
        let (missing, offset) = (document.missing, document.offset);
        errors.unless_empty(Self { name, delimiter, missing, offset, columns, settings })
    }

    /// Replaces settings of the configuration.
    pub fn apply(&self, config: &mut Config) {
        let SourceSettings { amounts, time, default_currency } = self.settings;
        config.source.amounts = amounts.unwrap_or(config.source.amounts);
        config.source.time = time.unwrap_or(config.source.time);
        config.source.default_currency = default_currency.or(config.source.default_currency);
    }
}

impl SourceSettings {
    fn are_set(&self) -> bool {
        self.amounts.is_some() || self.time.is_some() || self.default_currency.is_some()
    }

    fn read(&mut self, document: &SourceDocument) -> Result<(), MappingError> {
        self.amounts = named("amounts", document.amounts.as_deref(), AMOUNTS)?;
        self.time = named("time", document.time.as_deref(), TIMES)?;
        if let Some(code) = &document.default_currency {
            let unknown = |_| MappingError::Setting {
                key: "default_currency",
                known: "the codes of ISO 4217".to_owned(),
                value: code.clone(),
            };
            self.default_currency = Some(Currency::read(code).map_err(unknown)?);
        }
        Ok(())
    }
}

fn named<T: Copy>(
    key: &'static str,
    value: Option<&str>,
    known: &[(&str, T)],
) -> Result<Option<T>, MappingError> {
    let Some(value) = value else { return Ok(None) };
    match known.iter().find(|(name, _)| *name == value) {
        Some((_, meaning)) => Ok(Some(*meaning)),
        None => {
            let names: Vec<String> = known.iter().map(|(name, _)| format!("\"{name}\"")).collect();
            Err(MappingError::Setting { key, known: names.join(", "), value: value.to_owned() })
        }
    }
}

fn one_character(text: &str) -> Result<u8, MappingError> {
    match text.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\r' | b'\n') => Ok(*byte),
        _ => Err(MappingError::Delimiter),
    }
}

/// `Z`, or `+01:00` with or without its colon.
fn check_offset(text: &str) -> Result<(), MappingError> {
    let digits = |text: &[u8]| text.iter().all(u8::is_ascii_digit);
    let is_valid = match text.as_bytes() {
        b"Z" => true,
        [b'+' | b'-', h1, h2, b':', m1, m2] | [b'+' | b'-', h1, h2, m1, m2] => {
            digits(&[*h1, *h2, *m1, *m2])
        }
        _ => false,
    };
    if is_valid { Ok(()) } else { Err(MappingError::Offset(text.to_owned())) }
}

/// Reads a table of columns. A table without `column` and `value` has the fields of an object: without
/// quotes, `card.token` is a table within a table in TOML.
fn read_columns(
    prefix: &str,
    table: &Table,
    columns: &mut Vec<(String, CellSource)>,
    refuse: &mut impl FnMut(MappingError),
) {
    for (name, value) in table {
        let field = format!("{prefix}{name}");
        match value {
            Value::Table(inner) if !is_specification(inner) => {
                read_columns(&format!("{field}."), inner, columns, refuse);
            }
            _ => match cell_source(value) {
                Some(source) => columns.push((field, source)),
                None => refuse(MappingError::Specification { field }),
            },
        }
    }
}

fn is_specification(table: &Table) -> bool {
    ["column", "value", "values"].iter().any(|key| table.contains_key(*key))
}

fn cell_source(value: &Value) -> Option<CellSource> {
    let table = match value {
        Value::String(name) => {
            return Some(CellSource::Column { name: name.clone(), values: HashMap::new() });
        }
        Value::Table(table) => table,
        _ => return None,
    };
    match (table.get("column"), table.get("value"), table.len()) {
        (None, Some(constant), 1) => scalar(constant).map(CellSource::Constant),
        (Some(Value::String(name)), None, 1) => {
            Some(CellSource::Column { name: name.clone(), values: HashMap::new() })
        }
        (Some(Value::String(name)), None, 2) => {
            let values = table.get("values")?.as_table()?.iter();
            let values = values.map(|(text, meaning)| Some((text.clone(), scalar(meaning)?)));
            Some(CellSource::Column { name: name.clone(), values: values.collect::<Option<_>>()? })
        }
        _ => None,
    }
}

/// A single value as a cell would have it.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Boolean(flag) => Some(flag.to_string()),
        Value::Float(_) | Value::Datetime(_) | Value::Array(_) | Value::Table(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<MappingFile, MappingErrors> {
        MappingFile::parse("columns.toml".into(), text)
    }

    fn column(name: &str) -> CellSource {
        CellSource::Column { name: name.into(), values: HashMap::new() }
    }

    #[test]
    fn a_field_may_be_written_with_and_without_quotes() {
        let text = "[columns]\nid = \"a\"\ncard.token = \"b\"\n\"merchant.id\" = { column = \"c\" }\n\
                    type = { value = \"refund\" }\n[columns.response]\n\
                    approved = { column = \"d\", values = { A = true, D = false } }\n";
        let mut columns = parse(text).unwrap().columns.unwrap();
        columns.sort_by(|a, b| a.0.cmp(&b.0));
        let values = HashMap::from([("A".into(), "true".into()), ("D".into(), "false".into())]);
        let expected = [
            ("card.token", column("b")),
            ("id", column("a")),
            ("merchant.id", column("c")),
            ("response.approved", CellSource::Column { name: "d".into(), values }),
            ("type", CellSource::Constant("refund".into())),
        ];
        assert_eq!(columns, expected.map(|(field, source)| (field.to_owned(), source)));
    }

    #[test]
    fn settings_replace_those_of_the_configuration() {
        let mut config = Config::default();
        let text =
            "[source]\namounts = \"major\"\ntime = \"unix_seconds\"\ndefault_currency = \"EUR\"";
        parse(text).unwrap().apply(&mut config);
        let source = &config.source;
        assert_eq!((source.amounts, source.time), (Amounts::Major, Times::UnixSeconds));
        assert_eq!(source.default_currency, Currency::parse("EUR"));
    }

    #[track_caller]
    fn check_error(text: &str, expected: &str) {
        let shown = parse(text).unwrap_err().to_string();
        assert!(shown.starts_with("columns.toml: ") && shown.contains(expected), "{shown}");
    }

    #[test]
    fn what_is_wrong_is_named() {
        check_error("colums = 1", "unknown field `colums`");
        check_error("[columns\n", "line 1, column 9");
        check_error("delimiter = \";;\"", "`delimiter` is one ASCII character");
        check_error("offset = \"CET\"", "`offset` is `Z` or hours and minutes");
        check_error("[source]\ntime = \"iso\"", "`source.time` is one of \"rfc3339\", ");
        check_error(
            "[source]\ndefault_currency = \"XYZ\"",
            "`source.default_currency` is one of the",
        );
        for wrong in ["1", "[\"a\"]", "{ column = \"a\", value = \"b\" }", "{ values = { a = 1 } }"]
        {
            check_error(
                &format!("[columns]\nid = {wrong}"),
                "`id` is a column's name, or a table with",
            );
        }
    }
}
