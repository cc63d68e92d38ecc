//! Compares docs/reference/transaction.md with the code.

use super::*;
use crate::transaction::{FieldType, Need};

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
                assert!(!Change::possible(field).contains(&Change::Dropped), "{path}");
            }
        }
    }
    let listed: Vec<&str> = fields.iter().map(|row| quoted(row[1])[0]).collect();
    let paths = |is_required: bool| {
        let rows = Field::ALL.iter().map(|field| field.row());
        let rows = rows.filter(move |row| (row.need == Need::Required) == is_required);
        rows.map(|row| row.path)
    };
    assert_eq!(listed, paths(true).chain(paths(false)).collect::<Vec<_>>());
}

/// The JSON types of a field, as the page names them.
fn json_type(ty: FieldType) -> &'static str {
    match ty {
        FieldType::Object => "object",
        FieldType::Flag => "boolean",
        FieldType::Latitude | FieldType::Longitude => "number",
        FieldType::Time => "text (number)",
        FieldType::Amount => "number (text)",
        FieldType::CardNumber
        | FieldType::Country
        | FieldType::Currency
        | FieldType::Category
        | FieldType::DeclineReason => "text or number",
        FieldType::Id
        | FieldType::Address
        | FieldType::Text
        | FieldType::CardToken
        | FieldType::LastFour
        | FieldType::Expiry
        | FieldType::MessageType
        | FieldType::Funding
        | FieldType::CardStatus
        | FieldType::Channel
        | FieldType::Check
        | FieldType::ThreeDSecure => "text",
    }
}

#[test]
fn every_field_has_its_type_and_the_reasons_of_its_type() {
    for row in fields() {
        let field = Field::from_path(quoted(row[1])[0]).unwrap().row();
        assert_eq!(row[2], json_type(field.ty), "{}", field.path);
        let has = |code: &str| quoted(row[5]).contains(&code);
        let is_required = field.need == Need::Required && field.ty != FieldType::Currency;
        assert_eq!(has("missing_field"), is_required, "{}", field.path);
        let is_id = matches!(field.ty, FieldType::Id | FieldType::Address);
        assert_eq!(has("card_number_without_key"), is_id, "{}", field.path);
    }
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

/// Decoding drops what it does not handle, so a field that the draft forgets would be lost silently.
#[test]
fn the_value_of_every_field_reaches_the_transaction() {
    let decoder = Decoder::new(with_key());
    let outcome = |json: &str| match decoder.decode(json.as_bytes(), None) {
        Ok((tx, _)) => format!("{tx:?}"),
        Err(rejection) => rejection.to_string(),
    };
    let example: serde_json::Value = serde_json::from_str(EXAMPLE).unwrap();
    for row in Field::ALL.iter().map(|field| field.row()) {
        let value = example.pointer(&format!("/{}", row.path.replace('.', "/")));
        let value = match row.path {
            "card.number" => "\"4111111111111111\"".to_owned(),
            "card.expiry" => "\"2027-01\"".to_owned(),
            "response.reason" => "\"do_not_honor\"".to_owned(),
            "original_id" => "\"t0\"".to_owned(),
            _ if row.ty == FieldType::Object => continue,
            path => value.unwrap_or_else(|| panic!("the example lacks `{path}`")).to_string(),
        };
        let json = example_with(row.path, &value);
        assert_ne!(outcome(&json), outcome(&example_with(row.path, "null")), "`{}`", row.path);
    }
}
