//! Lists every configuration key, one row each, with its name, type, default, range and
//! documentation.
//!
//! Files, variables, the printed configuration, the example file and
//! docs/operating/configuration.md are all derived from these rows. A row's type and default come
//! from the field that it names.

mod endpoints;
mod engine;
mod kafka;
mod key;
mod messages;
mod notify;
mod table;

pub(super) use key::Key;
pub(super) use table::{all, find, is_section, near_key, near_section};
