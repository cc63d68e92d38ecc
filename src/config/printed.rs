//! Prints the configuration with invisible characters in its texts written as TOML escapes. The
//! result parses to the same configuration, and each text stays on one line.

use super::keys;
use super::settings::Config;
use crate::printable::{is_hidden, is_printable};
use std::fmt::Write;
use toml_edit::{DocumentMut, Item, Table, Value, value};

/// Every key with its value, in the order in which keys are documented.
pub(super) fn to_document(config: &Config) -> DocumentMut {
    let mut config = config.clone();
    let mut document = DocumentMut::new();
    for key in keys::all() {
        let section = document.entry(key.section).or_insert_with(|| Item::Table(Table::new()));
        let shown = printable((key.field)(&mut config).show());
        if let Some(section) = section.as_table_mut() {
            section.insert(key.name, shown);
        }
    }
    document
}

/// The same item with every text printable.
fn printable(item: Item) -> Item {
    match item {
        Item::Value(Value::String(text)) if !is_printable(text.value()) => {
            // The escaped text is valid TOML; if it were not, the item would be kept unchanged.
            quoted(text.value()).parse().map_or(Item::Value(Value::String(text)), value::<Value>)
        }
        Item::Table(entries) => {
            let entries = entries.into_iter().map(|(name, item)| (name, printable(item)));
            Item::Table(entries.collect::<Table>())
        }
        other => other,
    }
}

/// A basic string in TOML.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            // Writing to a String cannot fail.
            c if is_hidden(c) => drop(write!(out, "\\U{:08X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_reads_back_as_the_same_and_is_printable() {
        let text = "a\u{1b}\"\\\n\u{202e}ø\u{e0041}";
        let Item::Value(shown) = printable(value(text)) else { panic!("a value") };
        assert!(is_printable(&shown.to_string()), "{shown}");
        assert_eq!(shown.as_str(), Some(text));
        assert_eq!(printable(value("a\\b")).to_string(), value("a\\b").to_string());
    }
}
