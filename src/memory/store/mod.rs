//! Stores values by key, bounded by dropping those that have been idle longest, and undoes what a
//! batch changed.
//!
//! This folder knows neither cards nor messages: the owner of a store determines what a value is, how
//! it changes and when memory is full.
//!
//! ```text
//! KeyedStore   key ─▶ Index ─▶ slot ─▶ Slab ─▶ value
//!   ├ EvictionQueue   the slots by how long their values have been idle
//!   └ UndoLog         what the batch created, dropped and changed
//! ```

pub(in crate::memory) mod clock;
pub(in crate::memory) mod eviction_queue;
pub(in crate::memory) mod index;
pub(in crate::memory) mod keyed_store;
pub(in crate::memory) mod slab;
#[cfg(test)]
mod tests;
pub(in crate::memory) mod undo_log;
pub(in crate::memory) mod value;
