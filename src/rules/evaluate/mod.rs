//! Runs a plan on one transaction and its card's past.
//!
//! Predicates over the past are evaluated 64 charges at a time. Each comparison produces bit masks
//! (true, false, open), on which AND, OR and NOT are a few instructions. An aggregate counts or
//! visits the bits that are true and within its window. Blocks are processed newest first, up to
//! the start of the longest window.
//!
//! ```text
//! conjuncts that need no past ─▶ scans, level by level ─▶ other conjuncts of each rule
//!                                └ for each block: masks ─▶ aggregates
//! ```
//!
//! Values of the transaction itself are computed when a mask or a rule first needs them, and kept.
//! Most rules are settled by their first conjuncts, so the values that the others need are never
//! computed.

mod accumulate;
mod chunks;
mod compute;
mod context;
mod evidence;
mod kernels;
mod memo;
mod nested;
mod operation;
mod partial_value;
mod scratch;
mod settle;

pub use compute::picked;
pub use context::Context;
pub use evidence::Contributors;
pub use memo::LazyRegisters;
pub use nested::nested_selected_charges;
pub use operation::{Registers, operation, text};
pub use partial_value::{Slot, State};
pub use scratch::Scratch;
pub use settle::{BATCH_MAX, BatchContext, Settled, ones};
