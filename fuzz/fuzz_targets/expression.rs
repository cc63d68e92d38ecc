//! Compiles any text as a condition, a feature, points and a message.
#![no_main]

#[path = "../../tests/it/exercise.rs"]
mod exercise;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| exercise::expression(bytes));
