//! What the checker knows about an expression: a value, a list that is never built, or a charge that a
//! macro looks at; and the unit of a number.

use super::super::diagnostics::Span;
use super::super::ir::{Id, Source};
use std::sync::Arc;

/// What to do with a named list instead.
pub const NAMED_LIST_HELP: &str = "a named list is used with `in`: `merchant.id in list(\"name\")`";

/// A checked expression.
#[derive(Debug, Clone)]
pub enum Checked {
    Value(Id),
    /// The result of `.?`: a value that may be absent.
    Optional(Id),
    Charges(List),
    /// One value per charge of a list.
    Mapped(List, Id),
    /// The distinct values of a list's charges.
    Distinct(List, Id),
    /// A literal list.
    Values(LiteralList),
    /// `card.countries`
    Countries,
    /// `list("name")`
    Named(usize),
    /// `list("name", entry)`: the values of an entry.
    ValuesOf(usize, Id),
    Charge(Charge),
    /// An expression with an error, which is already reported.
    Broken,
}

/// A list of remembered charges that is never built.
#[derive(Debug, Clone, Copy)]
pub struct List {
    pub(super) source: Source,
    /// How many other macros enclose the macros over this list.
    pub(super) depth: u8,
    pub(super) window_ms: i64,
    pub(super) select: Option<Id>,
    /// Whether the rule itself contains this window or selection, and not only a shorthand such as
    /// `travel.km`. Alerts show the charges of such lists.
    pub(super) is_explicit: bool,
}

#[derive(Debug, Clone, Copy)]
pub enum Charge {
    /// The charge that the macro at this depth looks at.
    Current(u8),
    /// The charge that an aggregate picked, as the node of its [`super::super::ir::Output::Picked`].
    Picked(Id),
}

/// The unit in which a number is displayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Money,
    /// In the currency of the transaction.
    MoneyAsCharged,
    Kilometres,
    KilometresPerHour,
}

/// A checked expression with the names that it uses, in order of appearance.
#[derive(Debug, Clone)]
pub struct Named {
    pub id: Id,
    pub names: Vec<(Arc<str>, Id)>,
}

#[derive(Debug, Clone, Copy)]
pub struct Item {
    pub value: Id,
    pub span: Span,
    /// The condition for the item to be in the list; `None` for always.
    pub guard: Option<Id>,
}

#[derive(Debug, Clone, Default)]
pub struct LiteralList {
    pub items: Vec<Item>,
    /// The condition for all items to be present; `None` for always.
    pub(super) complete: Option<Id>,
}
