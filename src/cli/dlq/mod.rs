//! `redcard dlq`: lists dead letters by reason and place, and retries their records. One file per
//! subcommand.
//!
//! It joins no consumer group, and displays nothing of a record except its place.

mod command;
mod list;
mod retry;
mod selection;

pub(super) use command::{DlqArgs, run};
