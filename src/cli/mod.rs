//! The command line: one file per command, and what the commands share.
//!
//! A command gets its arguments and the process's environment, and ends with an exit code (exit.rs,
//! docs/reference/command-line.md). Messages go to standard error through terminal.rs; standard
//! output contains only results.

mod answer;
mod backtest;
mod card_key;
mod check;
mod command;
mod demo;
mod dlq;
mod environment;
mod exit;
mod feature_error;
mod features;
mod format;
mod healthcheck;
mod http;
mod list;
mod list_argument_error;
mod list_file;
mod logging;
mod lookup;
mod memory;
mod missing_lists;
mod notify;
mod numbers;
mod output;
mod output_file;
mod reloading;
mod rules;
mod run;
mod score;
pub mod settings;
pub mod signals;
mod simulate;
mod sweep_error;
mod table;
pub mod terminal;
mod transactions;

pub use command::main;
pub use environment::Environment;
pub use exit::Exit;
