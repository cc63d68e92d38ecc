//! Checks what records guarantee: a round trip loses nothing, and invalid bytes are rejected with
//! an error.

mod documented;
mod hostile;
mod labels;
mod restore;
mod round_trip;
mod support;
