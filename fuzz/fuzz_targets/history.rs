//! Parses any bytes as a record of the history: they are rejected, or restored and written again.
#![no_main]

#[path = "../../tests/it/exercise.rs"]
mod exercise;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| exercise::history(bytes));
