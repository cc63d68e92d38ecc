//! `redcard score`: turns a file of transactions into decisions as JSON Lines, with the engine that
//! `run` uses.
//!
//! ```text
//! transactions/: a line ─▶ scorer.rs: decode, score ─▶ ../output_file.rs
//!                              │
//!                              └─▶ tally.rs: the outcome of each line
//! ```

mod command;
mod scorer;
mod tally;

pub(super) use command::{ScoreArgs, run};
