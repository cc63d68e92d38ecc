//! Decodes any bytes as a message: they become a transaction or are rejected.
#![no_main]

#[path = "../../tests/it/exercise.rs"]
mod exercise;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| exercise::transaction(bytes));
