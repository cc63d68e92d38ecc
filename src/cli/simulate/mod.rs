//! `redcard simulate`: writes generated traffic to a file, to standard output or to a Kafka topic.
//!
//! ```text
//! generate::Generator ─▶ pace ─▶ lines.rs: file, stdout │ kafka::Feed
//!            │
//!            └─▶ lines.rs: labels
//! ```

mod command;
mod lines;
mod sink;
mod tally;

pub(super) use command::{SimulateArgs, run};
