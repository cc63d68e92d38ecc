//! Lists the names of a message's fields, so that misspelled ones can be reported. They are those of
//! `src/transaction/schema.rs`; docs/reference/transaction.md describes them.

use crate::transaction::{Field, FieldType};

pub(super) fn of_message() -> Vec<&'static str> {
    Field::names_in(None)
}

/// `None` if this field is not an object.
pub(super) fn of_section(name: &str) -> Option<Vec<&'static str>> {
    let object = Field::find(None, name).filter(|field| field.row().ty == FieldType::Object);
    object.map(|object| Field::names_in(Some(object)))
}
