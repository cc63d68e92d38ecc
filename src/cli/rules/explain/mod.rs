//! `redcard rules explain`: for one transaction of a file or of the service, shows what each rule
//! saw and why it fired or not.
//!
//! ```text
//! source ─▶ search.rs: score all earlier ones, explain this one ─▶ report.rs ─▶ text.rs, json.rs
//!    └────▶ names.rs: read again, for the ids of remembered charges ────┘
//! Kafka ──▶ kafka.rs: the memory before it, and the transaction ─▶ report.rs
//!    └────▶ past_lists.rs: the lists that it was decided with ──────┘
//! ```

mod arguments;
mod command;
mod json;
mod kafka;
mod names;
mod past_lists;
mod report;
mod rulesets;
mod search;
mod show;
#[cfg(test)]
mod tests;
mod text;

pub(super) use arguments::ExplainArgs;
pub(super) use command::run;
