//! What an optional field of a transaction costs: how many files of the source name one that nothing
//! treats specially. ARCHITECTURE.md says where such a field goes.

use super::rust_files;
use regex::Regex;
use std::path::Path;

const STRUCT: &str = "src/transaction/model.rs";
const SCHEMA: &str = "src/transaction/schema.rs";

/// The files of the source that name it, without tests, and without the generator, which writes
/// messages by itself.
fn files_naming(name: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let name = Regex::new(&format!(r"\b{}\b", regex::escape(name))).unwrap();
    let named = rust_files(&root.join("src")).into_iter();
    let named = named.filter(|file| name.is_match(&std::fs::read_to_string(file).unwrap()));
    let mut files: Vec<String> = named
        .map(|file| file.strip_prefix(root).unwrap().to_str().unwrap().to_owned())
        .filter(|file| !file.contains("/tests/") && !file.ends_with("tests.rs"))
        .filter(|file| !file.starts_with("src/generate/"))
        .collect();
    files.sort();
    files
}

#[test]
fn an_optional_field_is_named_by_the_schema_and_its_struct_alone() {
    assert_eq!(files_naming("three_d_secure"), [STRUCT, SCHEMA]);
    // Where the name alone is too common, the member is named by the schema alone.
    for member in ["checks.pin", "checks.address", "cardholder.id", "cardholder.country"] {
        assert_eq!(files_naming(member), [SCHEMA], "{member}");
    }
}

#[test]
fn the_architecture_names_the_places_of_an_optional_field() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let row = text.lines().find(|line| line.starts_with("| an optional field of a transaction |"));
    let start = row.and_then(|row| row.split('|').nth(2)).unwrap();
    let named: Vec<&str> = start.split('`').skip(1).step_by(2).collect();
    assert_eq!(named, [SCHEMA, STRUCT]);
}
