//! Plans an evaluation from the typed tree: which masks to compute for each block of charges, for
//! which aggregates, in which pass.
//!
//! ```text
//! level 0   values that need no past ─▶ scan ─▶ level 1   values over its results ─▶ scan ─▶ …
//! ```
//!
//! Most rulesets have one level of scans, some have two. Values of this transaction are not
//! planned: each is computed once, when a mask or a rule first needs it.

mod atom;
mod blank;
mod description;
mod early;
mod levels;
mod planner;

pub use atom::Atom;
pub use blank::{Blank, Values};
pub use description::{Mask, MaskSource, Needs, Nested, Plan, RulePlan, Scan, Step, Value};
pub use early::{Condition, EarlyTest};
pub use planner::plan;
