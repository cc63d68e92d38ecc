//! Plans an evaluation from the typed tree: in which order a rule's conjuncts are computed, and which
//! masks over blocks of charges each aggregate needs.
//!
//! ```text
//! rule ─▶ conjuncts, those that need no card first ─▶ values ─▶ aggregates ─▶ masks
//! ```
//!
//! Each is computed when it is first needed, and kept for the rest of the transaction.

mod atom;
mod blank;
mod classes;
mod code;
mod description;
mod early;
mod planner;

pub use atom::Atom;
pub use blank::{Blank, Values};
pub use code::{Instruction, PerCharge, When};
pub use description::{Mask, MaskSource, Needs, Nested, Plan, Scan, Step, Value};
pub use early::{Condition, EarlyColumn, EarlyTest};
pub use planner::plan;
