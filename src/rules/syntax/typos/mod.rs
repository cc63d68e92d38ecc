//! Recognises notation from other languages in an expression that does not parse, and suggests a fix.
//!
//! ```text
//! words.rs    the expression as words, and a cursor over them
//! absence.rs  `is null`, `??`, `?.`
//! numbers.rs  `1,000.00`, `1_000`, `$20`
//! symbols.rs  `≥`, `“…”`, `$name`, `@list`, `a -> b`
//! ```
//!
//! Expressions that parse are left to the checker. Function names from other languages are listed in
//! `check/foreign_names.rs`.

mod absence;
mod finder;
mod numbers;
mod suggestion;
mod symbols;
mod words;

pub use absence::{is_null_word, or_value, presence};
pub use finder::report;
