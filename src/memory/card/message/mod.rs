//! Messages as memory keeps them, and the entries that change memory.
//!
//! This folder knows no card.

pub(in crate::memory) mod entry;
pub(in crate::memory) mod event;
pub(in crate::memory) mod event_codec;
pub(in crate::memory) mod event_flags;
mod event_label;
pub(in crate::memory) mod identity;
pub(in crate::memory) mod link;
pub(in crate::memory) mod role;
