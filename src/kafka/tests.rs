//! The service against the client library's embedded cluster. What only a real broker can show
//! stands in tests/it.

mod delivery;
mod faults;
mod group;
mod reload;
mod simulator;
mod start;
mod support;

pub(crate) use support::{ruleset, ruleset_of};
