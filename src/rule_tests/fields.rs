//! Lists the names of the fields of a message and of a label, so that misspelled ones can be
//! reported. They are those of `src/transaction/schema.rs` and `src/transaction/label.rs`.

use crate::transaction::{Field, FieldType, LabelField};

pub(super) fn of_message() -> Vec<&'static str> {
    Field::names_in(None)
}

/// The names in a label, or in one of its objects.
pub(super) fn of_label(object: Option<LabelField>) -> Vec<&'static str> {
    LabelField::names_in(object)
}

/// `None` if this field of a label is not an object.
pub(super) fn of_label_section(name: &str) -> Option<Vec<&'static str>> {
    let object = LabelField::find(None, name)?;
    Some(of_label(Some(object))).filter(|names| !names.is_empty())
}

/// `None` if this field is not an object.
pub(super) fn of_section(name: &str) -> Option<Vec<&'static str>> {
    let object = Field::find(None, name).filter(|field| field.row().ty == FieldType::Object);
    object.map(|object| Field::names_in(Some(object)))
}
