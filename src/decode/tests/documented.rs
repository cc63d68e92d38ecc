//! Compares docs/reference/transaction.md with the code.

use super::*;

const PAGE: &str = include_str!("../../../docs/reference/transaction.md");

/// The rows of the table under a heading, as cells.
fn rows(heading: &str) -> Vec<Vec<&'static str>> {
    let (_, section) = PAGE.split_once(&format!("\n## {heading}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|line| line.split('|').map(str::trim).collect()).collect()
}

/// The backquoted strings in a cell.
pub(super) fn quoted(cell: &'static str) -> Vec<&'static str> {
    cell.split('`').skip(1).step_by(2).collect()
}

pub(super) fn fields() -> Vec<Vec<&'static str>> {
    [rows("Required fields"), rows("Optional fields")].concat()
}

#[test]
fn every_reason_has_its_row_in_the_order_of_the_enumeration() {
    let documented: Vec<&str> = rows("Reason codes").iter().map(|row| quoted(row[1])[0]).collect();
    let codes: Vec<&str> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    assert_eq!(documented, codes);
}

#[test]
fn the_fields_name_reasons_that_exist() {
    for row in fields() {
        for code in quoted(row[5]) {
            assert!(Reason::ALL.iter().any(|reason| reason.code() == code), "{code}");
        }
    }
}

#[test]
fn every_documented_field_is_read_and_no_other() {
    let decoder = Decoder::new(settings());
    let fields = fields();
    for row in &fields {
        let path = quoted(row[1])[0];
        let field = Field::from_path(path).unwrap();
        // Neither an object nor a valid value of any other field.
        let json = example_with(path, "[[]]");
        match decoder.decode(json.as_bytes(), None) {
            Ok((_, notes)) => {
                assert_eq!(notes.changes().collect::<Vec<_>>(), [(field, Change::Dropped, 1)]);
            }
            Err(rejection) => {
                assert_eq!(rejection.reason, Reason::WrongType, "{path}");
                assert!(rejection.message.starts_with(&format!("`{path}` ")), "{rejection}");
                assert!(!field.changes().contains(&Change::Dropped), "{path}");
            }
        }
    }
    let read = include_str!("../draft.rs").matches("\" => ").count();
    assert_eq!(fields.len(), read);
    let listed: Vec<&str> = fields.iter().map(|row| quoted(row[1])[0]).collect();
    assert_eq!(listed, Field::ALL.iter().map(|field| field.path()).collect::<Vec<_>>());
}

/// The example with another value at `path`.
fn example_with(path: &str, value: &str) -> String {
    let mut message: serde_json::Value = serde_json::from_str(EXAMPLE).unwrap();
    let place = path.split('.').fold(&mut message, |value, name| &mut value[name]);
    *place = serde_json::from_str(value).unwrap();
    message.to_string()
}

#[test]
fn the_example_is_the_one_that_is_tested() {
    assert!(PAGE.contains(EXAMPLE));
}
