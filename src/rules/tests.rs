//! Tests the language as a whole against the sentences of docs/rules/reference.md.

mod allocation;
mod calendar;
mod documents;
mod errors;
mod exact;
mod facts;
mod language;
mod language_reference;
mod lints;
mod lists;
mod literals;
mod named_lists;
mod nested;
mod oracle;
mod questions;
mod rollout;
mod semantics;
mod shown_charges;
mod support;
mod topic_lists;

pub(crate) use oracle::{Answer, Interpreter};
