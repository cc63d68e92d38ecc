//! Holds named lists of texts, such as watched merchants or snoozed cards, and looks values up in them.
//! Each entry may have an end time.
//!
//! ```text
//! list_use.rs    what a list is compared with
//! named_list.rs  the entries for one use
//! list_file.rs   text of a file → entries with their places
//! warnings.rs    entries that never match, or are probably mistakes
//! ```
//!
//! The same list may be compared with several fields. Each use has its own [`NamedList`], with entries
//! in the form of the values that it is compared with.

mod list_file;
mod list_use;
mod named_list;
mod warnings;

pub use list_file::ListText;
pub use list_use::{ListUse, Lookup};
pub use named_list::NamedList;
pub use warnings::{Lists, report};
