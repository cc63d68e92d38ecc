//! `redcard score`: turns a file of transactions into decisions as JSON Lines, with the engine that
//! `run` uses.
//!
//! ```text
//! transactions/: a line ─▶ scorer.rs: decode, score ─▶ output.rs
//!                              │
//!                              └─▶ tally.rs: the outcome of each line
//! ```

mod command;
mod output;
mod scorer;
mod tally;

pub(super) use command::{ScoreArgs, run};
