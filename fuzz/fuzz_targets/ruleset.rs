//! Parses any bytes as a ruleset file: checks and compiles it, and evaluates it if it compiles.
#![no_main]

#[path = "../../tests/it/exercise.rs"]
mod exercise;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| exercise::ruleset(bytes));
