//! Runs the tests that a ruleset contains: `[[test]]` cases, through the pipeline.
//!
//! ```text
//! TOML ─▶ read: cases ─▶ message: one JSON message per transaction ─▶ pipeline ─▶ decision
//!     ─▶ mismatch: differences from `expect`
//! ```
//!
//! A case starts with an empty memory and sends its transactions in the order in which they are
//! written, and each label before the first transaction of its time or later. It contains what a source would send: its transactions pass through the same pipeline as
//! a stream.

mod case;
mod expected;
mod fields;
mod message;
mod mismatch;
mod outcome;
mod read;
mod result;
mod run;
#[cfg(test)]
mod tests;

pub use case::{CasePlace, StepNumber};
pub use outcome::{Decided, StepOutcome};
pub use result::{CaseResult, StepResult};
pub use run::{check, run};
