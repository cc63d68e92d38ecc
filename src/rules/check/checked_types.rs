//! What expressions turn out to be before they are values: lists that are never built, charges of
//! macros, and how a number is shown.

use super::super::tree::{Id, Source};
use super::literal_lists::Written;
use std::sync::Arc;

/// What an expression turned out to be.
#[derive(Debug, Clone)]
pub enum Checked {
    Value(Id),
    /// What `.?` gives: a value, or none, without an error.
    Optional(Id),
    Charges(List),
    /// One value per charge of a list.
    Mapped(List, Id),
    /// The different ones among the values of a list's charges.
    Distinct(List, Id),
    /// A list that is written out.
    Values(Written),
    /// `card.countries`
    Countries,
    /// `list("name")`
    Named(u16),
    Charge(Charge),
    /// Already reported.
    Broken,
}

/// A list of remembered charges that is never built.
#[derive(Debug, Clone, Copy)]
pub struct List {
    pub(super) source: Source,
    /// Of the macros over it: how many others they stand in.
    pub(super) depth: u8,
    pub(super) window_ms: i64,
    pub(super) select: Option<Id>,
    /// Whether a person wrote the selection.
    pub(super) written: bool,
}

#[derive(Debug, Clone, Copy)]
pub enum Charge {
    /// The one that the macro at that depth looks at.
    Current(u8),
    /// The one that an aggregate picked: the node of its [`super::super::tree::Output::Picked`].
    Picked(Id),
}

/// How a number is shown to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Money,
    /// In the currency of the transaction.
    MoneyAsCharged,
    Kilometres,
    KilometresPerHour,
}

/// A condition or feature with the names that it uses, in the order of their appearance.
#[derive(Debug, Clone)]
pub struct Named {
    pub id: Id,
    pub names: Vec<(Arc<str>, Id)>,
}
