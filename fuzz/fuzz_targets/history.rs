//! A record of the history of any bytes: refused, or restored and written again.
#![no_main]

#[path = "../../tests/it/exercise.rs"]
mod exercise;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| exercise::history(bytes));
