//! Explains what each rule saw for one transaction: its condition part by part, and the charges
//! behind each part.
//!
//! It reads what the compiled evaluation gathered, and walks the typed tree for the value of each
//! part as written. This is slow, so it is meant for single transactions. The ruleset must be
//! compiled for it (`Questions::explanations`).

mod contributing_charges;
mod explanation;
mod outliner;
mod unknown_reason;

pub use explanation::{Explanation, Part, RuleOutcome, transaction_fields};
pub use outliner::Outliner;
pub use unknown_reason::Why;
