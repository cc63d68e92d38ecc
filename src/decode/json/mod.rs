//! The JSON format: finds the fields of a message, and gives each value to the draft as written.
//!
//! serde_json parses the syntax. The visitors in `object`, with the state in `state`, add what redcard
//! needs beyond that: a separate reason for each fault, positions, detection of duplicate listed
//! keys, exact amounts, and errors that never quote the message. This folder looks into no value:
//! what is done to one is up to the draft.

mod object;
mod state;
mod text;
mod unlisted;
mod walk;

pub(super) use object::read;
pub use unlisted::unlisted_names;
