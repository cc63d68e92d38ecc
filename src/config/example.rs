//! Generates the example file: every key with its default, below its documentation.

use super::field::Field;
use super::keys::{self, Key};
use super::settings::Config;
use std::fmt::Write;
use toml_edit::Item;

/// The maximum width of a comment line, in characters.
const COMMENT_WIDTH: usize = 96;

const HEAD: &str = "\
# redcard's configuration: every key with its default. docs/operating/configuration.md says more.
#
# Environment variables override any key: REDCARD__KAFKA__BROKERS=kafka:9092,
# REDCARD__KAFKA__PROPERTIES__SASL_USERNAME=redcard . Paths are relative to this file's folder.
# Durations are written \"50ms\", \"30s\", \"10m\", \"24h\", \"30d\" or as a sum, \"1d12h\".
# `redcard check --config FILE` checks everything and prints the effective configuration.
";

/// The text of the file.
pub(super) fn example() -> String {
    let mut config = Config::default();
    let mut out = String::from(HEAD);
    let mut section = "";
    for key in keys::all() {
        let field = (key.field)(&mut config);
        let is_new = std::mem::replace(&mut section, key.section) != section;
        if is_new {
            line(&mut out, format_args!("\n[{section}]"));
        }
        match field.show() {
            Item::Table(_) => {
                let name = format!("{section}.{}", key.name);
                line(&mut out, format_args!("\n[{name}]"));
                comment(&mut out, key, field);
                key.example.iter().for_each(|entry| line(&mut out, format_args!("# {entry}")));
            }
            value => {
                comment(&mut out, key, field);
                line(&mut out, format_args!("{} = {}", key.name, value.to_string().trim()));
            }
        }
    }
    out
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{text}");
}

/// The key's documentation, its type and its range.
fn comment(out: &mut String, key: &Key, field: &dyn Field) {
    let kind = capitalised(&field.kind().replace('`', ""));
    let range = key.range(field).map_or(String::new(), |range| format!(", {range}"));
    let mut words = String::from("#");
    let mut width = 1;
    for word in format!("{} {kind}{range}.", without_links(key.doc).trim()).split(' ') {
        if width + 1 + word.chars().count() > COMMENT_WIDTH {
            words += "\n#";
            width = 1;
        }
        width += 1 + word.chars().count();
        words.extend([" ", word]);
    }
    line(out, format_args!("{words}"));
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// Replaces Markdown's `[text](target)` with `text`, and drops links in parentheses.
fn without_links(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, label, after)) = link(rest) {
        match (before.strip_suffix(" ("), after.strip_prefix(')')) {
            (Some(before), Some(after)) => {
                out += before;
                rest = after;
            }
            _ => {
                out.extend([before, label]);
                rest = after;
            }
        }
    }
    out + rest
}

/// Splits at the first link: the text before it, its label, the text after it.
fn link(text: &str) -> Option<(&str, &str, &str)> {
    let (head, tail) = text.split_once("](")?;
    let (before, label) = head.rsplit_once('[')?;
    let (_, after) = tail.split_once(')')?;
    Some((before, label, after))
}
