//! One shard, a member of the consumer group: it reads, scores, publishes and commits for its
//! partitions.
//!
//! The logic knows its [`ports`] and does not know the client library: records, headers and outputs
//! are redcard's own types. It therefore also runs against a model of the broker, in virtual time
//! and under every kind of fault (`src/kafka/tests/simulator`).
//!
//! ```text
//! turn.rs ──▶ process.rs     polls records; scorer.rs scores each, output_writer.rs publishes
//!         ──▶ labelling.rs   reads labels and applies them to memory (label_input.rs)
//!         ──▶ commit.rs      closes the batch, step by step (batch.rs)
//!         ──▶ events.rs      what the client library reported during a poll
//!         ──▶ rebalance.rs   takes over and releases partitions
//!         ──▶ checkpoint.rs  saves memories
//!         ──▶ restore_driver.rs   rebuilds the memories of new partitions (restore/)
//! ```
//!
//! The shard's state is in `turn.rs`. Each stage is a view of the part of it that the stage may
//! change.

mod backsteps;
mod batch;
mod checkpoint;
mod commit;
mod events;
mod fault;
mod history_record;
mod input_share;
mod label_input;
mod labelling;
pub mod output;
mod output_writer;
mod partition;
mod partitions;
pub mod ports;
mod process;
mod rebalance;
mod record_mark;
mod reporter;
mod restore;
mod restore_driver;
mod scorer;
mod turn;

#[cfg(test)]
mod tests;

pub use turn::{Ended, Shard, Stop};
