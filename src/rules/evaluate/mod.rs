//! Runs a plan on one transaction and its card's past.
//!
//! ```text
//! a rule's conjuncts, cheapest first ─▶ values ─▶ aggregates ─▶ masks over blocks of 64 charges
//! ```
//!
//! Everything is computed when it is first needed, and kept for the rest of the transaction. One
//! false conjunct settles a rule, so most of what the others need is never computed. Conjuncts are
//! straight code (`run.rs`); what is read only if a rule fires is computed by recursion over the tree.
//!
//! Predicates over the past are evaluated 64 charges at a time. Each comparison produces bit masks
//! (true, false, open), on which AND, OR and NOT are a few instructions. An aggregate counts or
//! visits the bits that are true and within its window. Blocks are processed newest first, up to
//! the start of the window.

mod accumulate;
mod calendar;
mod chunks;
mod compute;
mod context;
mod evidence;
mod field_column;
mod kernels;
mod nested;
mod node_cache;
mod operation;
mod partial_value;
mod run;
mod scratch;
mod settle;

pub use compute::picked;
pub use context::Context;
pub use evidence::Contributors;
pub use nested::nested_selected_charges;
pub use operation::{Registers, operation, text};
pub use partial_value::{Slot, State};
pub use scratch::{LazyRegisters, Scratch};
pub use settle::{BATCH_MAX, BatchContext, Settled, ones};
