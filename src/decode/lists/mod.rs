//! Decodes entries of lists: a record of the lists topic, or a line of a file, into a [`ListChange`].
//!
//! ```text
//! entry.rs       what a record says: an entry is set or removed
//! json.rs        bytes ─▶ the values of the fields, each as written
//! list_decoder.rs  values ─▶ an entry without card numbers
//! list_fault.rs  why a record is not valid
//! ```
//!
//! Unlike a transaction, an entry with anything wrong in it is rejected as a whole: half an entry would
//! allow or block the wrong thing. docs/reference/lists.md specifies the format.

mod entry;
mod json;
mod list_decoder;
mod list_fault;

#[cfg(test)]
mod tests;

pub use entry::{ListChange, ListEntry, ListKey, ListText};
pub use list_decoder::{ListDecoder, SNOOZES, is_list_name};
pub use list_fault::{ListFault, ListReason};
