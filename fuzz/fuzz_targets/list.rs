//! Reads any bytes as a record of the lists topic: it sets or removes an entry, or is refused.
#![no_main]

#[path = "../../tests/it/exercise.rs"]
mod exercise;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| exercise::list(bytes));
