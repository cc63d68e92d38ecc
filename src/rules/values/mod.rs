//! Checks the texts of rules and lists against the values that they are compared with.
//!
//! ```text
//! doubt.rs     the check
//! kind.rs      a node of the tree → what is known about its texts
//! form.rs      a text → the one form in which a value can equal it, or why none can
//! oddity.rs    texts that are probably mistakes: quotes, comments, several columns
//! literals.rs  warnings about the literals of rules
//! ```
//!
//! `doubt` is the only check. Literals and list entries both go through it.

mod doubt;
mod form;
mod kind;
mod literals;
mod oddity;

pub use doubt::{Doubt, doubt, message};
pub use kind::{ValueKind, ValueOrigin, field_name};
pub use literals::{DoubtfulLiteral, report, written_text};
