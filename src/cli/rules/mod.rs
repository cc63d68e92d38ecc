//! `redcard rules`: commands for writing rules. One file per subcommand.
//!
//! Results, including readable reports, go to standard output. Errors that prevent a subcommand
//! from running go to standard error. Nothing is started, and only `explain --card` contacts
//! brokers.

mod check;
mod command;
mod eval;
mod explain;
mod json;
mod list;
mod ruleset;
mod test;

pub(super) use command::{RulesArgs, run};
