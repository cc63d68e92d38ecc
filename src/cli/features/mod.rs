//! `redcard features`: the value of every feature of a ruleset for every transaction that runs rules, as
//! a table to train a model on. Each value is what a rule would have seen.
//!
//! ```text
//! transactions/ ─▶ extractor.rs: decode, score ─▶ cell.rs: the answers to questions ─▶ a row
//! ruleset ─▶ column.rs: the columns                      csv_writer.rs, parquet_writer.rs ◀┘
//! labels ─▶ final_labels.rs: what was known in the end, beside the features
//! ```

mod cell;
mod column;
mod command;
mod csv_writer;
mod extractor;
mod final_labels;
mod parquet_writer;
mod table_format;
mod table_writer;

pub(super) use command::{FeaturesArgs, run};
