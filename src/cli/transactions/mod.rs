//! Reads transactions for the commands that take them from a file, and defines the arguments for
//! it.
//!
//! ```text
//!                                      ┌─▶ lines.rs: one line ─▶ file.rs: its bytes and its place ─┐
//! file, stdin ─▶ input.rs, unpack.rs ──┤                                                           │
//!                    Parquet ──────────┴─▶ columns/: one row ─▶ the same message as JSON ──────────┴─▶ source.rs
//!                                                                              malformed ─▶ reporter.rs
//! labels ─▶ the same ─▶ labels.rs: to memory, each when it became known
//! ```
//!
//! This folder scores no transaction, and keeps only the current one.

mod arguments;
mod columns;
mod file;
mod input;
mod input_args;
mod label_args;
mod labels;
mod lines;
mod open;
mod reporter;
mod run_end;
mod source;
mod topic;
mod unpack;

pub(super) use arguments::ReadingArgs;
pub(super) use columns::{MappingErrors, MappingFile};
pub(super) use input::{LineInput, StdinTwice};
pub(super) use input_args::InputArgs;
pub(super) use label_args::LabelArgs;
pub(super) use labels::{LabelTally, Labels};
pub(super) use open::open_transactions;
pub(super) use reporter::Reporter;
pub(super) use run_end::{RunEnd, is_broken_pipe};
pub(super) use source::{OpenSource, ReadStep, TransactionSource};
