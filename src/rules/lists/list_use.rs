//! What a named list is compared with, and how its entries are found.

use super::super::types::IdHash;
use super::super::values::ValueKind;

/// A use of a list in a ruleset: what the list is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListUse {
    /// Index into the ruleset's lists; those of the topic follow those with files.
    pub list: usize,
    pub kind: ValueKind,
    pub lookup: Lookup,
    /// The path of the field, as in `merchant.country`, if the list is compared with a field. Equal uses
    /// share one entry, with the field of the first.
    pub field: Option<&'static str>,
    /// The kind of the entry whose values are compared, for `list("name", entry)`.
    pub entry: Option<ValueKind>,
}

/// How entries are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    ByText,
    /// By the hash of an id, for remembered charges.
    ByHash(IdHash),
}
