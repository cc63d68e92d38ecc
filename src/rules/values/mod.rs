//! Checks the texts of rules and lists against the values that they are compared with.
//!
//! ```text
//! suspicion.rs       the check
//! kind.rs            a node of the tree → what is known about its texts
//! form.rs            a text → the one form in which a value can equal it, or why none can
//! likely_mistake.rs  texts that are probably mistakes: quotes, comments, several columns
//! literals.rs        warnings about the literals of rules
//! ```
//!
//! `suspicion` is the only check. Literals and list entries both go through it.

mod form;
mod kind;
mod likely_mistake;
mod literals;
mod suspicion;

pub use kind::{ValueKind, ValueOrigin, field_name};
pub use literals::{SuspectLiteral, report, written_text};
pub use suspicion::{Suspicion, message, suspicion};
