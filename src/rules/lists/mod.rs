//! Holds named lists of texts, such as watched merchants or snoozed cards, and looks values up in them.
//! Each entry may have an end time. A list has the entries of its file, those of the lists topic, or both.
//!
//! ```text
//! list_use.rs    what a list is compared with
//! named_list.rs  the entries for one use
//! list_file.rs   text of a file → entries with their places
//! topic_lists.rs the entries of the topic, an immutable value that evaluation gets
//! hash_trie.rs   the map that it is made of
//! scheduled_lists.rs  entries of a file in the form of the topic, each applied at its time
//! used_list.rs   file and topic together, for one use
//! warnings.rs    entries that never match, or are probably mistakes
//! ```
//!
//! The same list may be compared with several fields. Each use has its own [`UsedList`], with entries
//! in the form of the values that it is compared with.

mod hash_trie;
mod list_file;
mod list_use;
mod named_list;
mod scheduled_lists;
mod topic_lists;
mod used_list;
mod warnings;

pub use list_file::{FileEntry, ListText, entries_of_file};
pub use list_use::{ListUse, Lookup};
pub use scheduled_lists::ScheduledLists;
pub use topic_lists::{FormKind, Snooze, TooManyEntries, TopicLists, WantedValue, are_alike};
pub use used_list::UsedList;
pub use warnings::{Lists, report};
