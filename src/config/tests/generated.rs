//! The example file and the tables of docs/operating/configuration.md are generated from the keys.
//!
//! ```text
//! REDCARD_GENERATE=1 cargo test --lib config::tests::generated
//! ```

use super::super::*;
use super::NO_VARIABLES;
use std::fmt::Write;
use std::path::{Path, PathBuf};

const PAGE: &str = "docs/operating/configuration.md";
const EXAMPLE: &str = "config/redcard.toml";
const BEGIN: &str = "<!-- generated from src/config/keys: ";
const END: &str = "<!-- end -->";

fn in_repository(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Compares a file with its expected contents, or writes it.
#[expect(clippy::disallowed_methods, reason = "whether files are written is the caller's to say")]
fn check_generated(name: &str, expected: &str) {
    if std::env::var_os("REDCARD_GENERATE").is_some() {
        std::fs::write(in_repository(name), expected).unwrap();
    }
    let found = std::fs::read_to_string(in_repository(name)).unwrap();
    assert!(found == expected, "{name} is out of date: run this test with REDCARD_GENERATE=1");
}

#[test]
fn the_example_file_is_generated_from_the_keys_and_is_the_default() {
    check_generated(EXAMPLE, &Config::example());
    let read = Config::read(Some(&in_repository(EXAMPLE)), NO_VARIABLES).unwrap();
    assert_eq!(read, Config::default());
}

#[test]
fn the_tables_of_the_configuration_page_are_generated_from_the_keys() {
    let page = std::fs::read_to_string(in_repository(PAGE)).unwrap();
    let mut sections: Vec<&str> = keys::all().map(|key| key.section).collect();
    sections.dedup();
    let mut expected = String::new();
    let mut rest = page.as_str();
    for section in sections {
        let begin = format!("{BEGIN}{section} -->\n");
        let (before, after) = rest.split_once(&begin).unwrap_or_else(|| panic!("no {begin}"));
        let (_, after) = after.split_once(END).unwrap();
        expected.extend([before, &begin, &table(section), END]);
        rest = after;
    }
    expected += rest;
    assert!(!rest.contains(BEGIN), "the page has a table of a section that does not exist");
    check_generated(PAGE, &expected);
}

fn table(section: &str) -> String {
    let mut config = Config::default();
    let mut rows = String::from(
        "| key | type | default | range | meaning |\n| --- | --- | --- | --- | --- |\n",
    );
    for key in keys::all().filter(|key| key.section == section) {
        assert!(key.doc.ends_with('.'), "{} needs a documentation in sentences", key.path());
        let field = (key.field)(&mut config);
        let default = match field.show() {
            toml_edit::Item::Table(_) => "{}".to_owned(),
            value => value.to_string().trim().to_owned(),
        };
        let range = key.range(field).unwrap_or_default();
        let (path, kind, doc) = (key.path(), field.kind(), key.doc);
        writeln!(rows, "| `{path}` | {kind} | `{default}` | {range} | {doc} |").unwrap();
    }
    rows
}
