//! A ruleset file of any bytes: parsed, checked, compiled, and run where it compiles.
#![no_main]

#[path = "../../tests/it/exercise.rs"]
mod exercise;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| exercise::ruleset(bytes));
