//! Decodes any bytes as a message and as a label: they become a transaction or a label, or are
//! rejected.
#![no_main]

#[path = "../../tests/it/exercise.rs"]
mod exercise;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| exercise::transaction(bytes));
