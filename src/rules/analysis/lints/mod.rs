//! Finds what is valid in a ruleset but probably a mistake. Each lint has a name, a place and a fix.
//!
//! ```text
//! tables.rs       rules that are over, reach no card or change nothing
//! conditions.rs   never true, always true, repeated ◀─ boolean_solver.rs ◀─ value_domain.rs
//! absent.rs       `!=` on a field that is often absent
//! windows.rs      windows that do not always reach back to the start of a day, week or month
//! ruleset.rs      no rule; equal rules ◀─ canonical.rs; unreachable thresholds; unused names
//! ```
//!
//! A lint only states what is certain. It does not judge what a rule does on particular transactions,
//! and it never changes what a ruleset does. Lints know no clock: the caller passes the current date.

mod absent;
mod all;
mod boolean_solver;
mod canonical;
mod conditions;
mod input;
mod ruleset;
mod tables;
mod value_domain;
mod windows;

pub use all::lint;
pub use input::{Input, Places, Rule};
