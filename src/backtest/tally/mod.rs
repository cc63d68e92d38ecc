//! Counts cases: by day and outcome, by rule, by card. All counts are integers that are added, so
//! that they are the same whatever the number of threads and the order in which they are merged.
//!
//! ```text
//! a case of a card without labels ─▶ case_tally.rs ─▶ day_tally.rs
//!                                 └▶ card_log.rs: its card, until its day is mature
//! a case of a card with labels, once the truth is known ─▶ the same
//! ```

mod card_hits;
mod card_log;
mod case_tally;
mod comparison_tally;
mod control_tally;
mod day_tally;
mod outcome;

pub use card_hits::{CardHits, HitCount};
pub use card_log::{CardCells, CardLog, DayCards};
pub use case_tally::{CaseTally, CountedCase};
pub use comparison_tally::{ComparisonTally, PairCounts};
pub use control_tally::{CasePlace, ControlTally};
pub use day_tally::{DayTally, RuleCounts};
pub use outcome::{CaseClass, Maturity, day_of};
