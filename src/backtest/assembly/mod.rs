//! Turns what a run counted into a report.
//!
//! ```text
//! FinishedRun ─▶ settle.rs: the truth about cards with labels, counted like the others
//!                  └▶ detection.rs, ruleset.rs, rule.rs, ranking.rs, comparison.rs, sweep.rs
//!                       └▶ assemble.rs ─▶ Report
//! ```

mod assemble;
mod card_hit_lists;
mod card_scores;
mod comparison;
mod control;
mod detection;
mod fraud_examples;
mod money;
mod outcome_counts;
mod ranking;
mod rule;
mod ruleset;
mod settle;
mod settled_card;
mod shard_truth;
mod shown;
mod sweep;

pub use assemble::{BacktestRequest, ReportedInput, assemble};
pub use ranking::BudgetRequest;
pub use sweep::{SweepRequest, SweepSource};
