//! `redcard backtest`: decides labelled history again and reports what rules detect in it.
//!
//! ```text
//! command.rs: arguments ─▶ arguments.rs, sweep/: what is asked
//!     labels.rs: the labels;  reading.rs: blocks of messages ─▶ block_loop.rs ─▶ crate::backtest
//!                                                                  └▶ decisions
//!     the report ─▶ text/: tables for people;  JSON and HTML files
//! ```

mod arguments;
mod block_loop;
mod command;
mod labels;
mod reading;
mod sweep;
mod text;

pub(super) use command::{BacktestArgs, run};
pub(super) use sweep::SweepError;
