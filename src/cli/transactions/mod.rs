//! Reads transactions for the commands that take them from a file, and defines the arguments for
//! it.
//!
//! ```text
//! file, stdin ─▶ input.rs, unpack.rs ─▶ lines.rs: one line ─▶ file.rs: its bytes and its place
//!                                                    malformed ─▶ reporter.rs
//! file of labels ─▶ the same ─▶ labels.rs: to memory, each when it became known
//! ```
//!
//! This folder scores no transaction, and keeps only the current one.

mod arguments;
mod file;
mod input;
mod labels;
mod lines;
mod reporter;
mod run_end;
mod source;
mod unpack;

pub(super) use arguments::ReadingArgs;
pub(super) use file::File;
pub(super) use input::LineInput;
pub(super) use labels::{LabelTally, Labels};
pub(super) use reporter::Reporter;
pub(super) use run_end::{RunEnd, is_broken_pipe};
pub(super) use source::{ReadStep, TransactionSource};
pub(super) use unpack::unpack;
