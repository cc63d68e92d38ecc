//! The language as a whole: what each sentence of docs/rules/reference.md means.

mod allocation;
mod documents;
mod errors;
mod exact;
mod facts;
mod lints;
mod lists;
mod literals;
mod named_lists;
mod nested;
mod oracle;
mod page;
mod questions;
mod rollout;
mod semantics;
mod shown;
mod support;
