//! Decides a file in parallel, with the same result on any number of threads.
//!
//! ```text
//! a block of messages ─▶ decoding.rs: decoded by all threads, and dealt to shards by card
//!                          │
//!                          ▼ schedule.rs: what each shard must know before which message
//!                        shard.rs: each shard decides its messages in order, by any thread
//!                          │   contender.rs: one memory and one pipeline per ruleset
//!                          ▼
//!                        counts per thread; decisions and examples of the block, merged in order
//! ```
//!
//! A message of another card changes a decision only through the time that all messages have reached,
//! and through labels and lists that have become known by then. The schedule gives each shard all of
//! that as one memory of all cards would have it.

mod backtest;
mod block;
mod contender;
mod decoding;
mod schedule;
mod settings;
mod shard;
mod shard_cards;
mod threads;
mod totals;

pub use backtest::{Backtest, BlockResult, FinishedRun};
pub use block::MessageBlock;
pub use settings::{BacktestSettings, Unlabelled};
pub use shard_cards::{LoggedCard, ShardCards};
pub use threads::share;
pub use totals::{InputTotals, Totals};
