//! Tests the service against the client library's embedded cluster. Tests that need a real broker
//! are in tests/it.

mod delivery;
mod faults;
mod group;
mod reload;
mod simulator;
mod start;
mod support;
