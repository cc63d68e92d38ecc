//! Compiles sources into a ruleset, or reports all of their errors.
//!
//! ```text
//! parsed.rs    a rule as parsed
//! rule.rs      a rule checked and folded ─▶ program.rs
//! compiler.rs  all rules, lists, questions and lints ─▶ ruleset.rs
//! ```

mod compiler;
mod parsed;
mod rule;
