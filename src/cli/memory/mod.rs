//! `redcard memory`: shows what the history remembers of a card.
//!
//! It reads the history of one partition after another, the likely one first, as a restore does,
//! and stops at the partition that has the card.

mod command;
mod json;
mod report;
mod text;

pub(super) use command::{MemoryArgs, run};
