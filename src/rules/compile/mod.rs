//! Compiles sources into a ruleset, or reports all of their errors.

mod compiler;
mod parsed;
mod rule;
