//! `redcard list`: adds, removes, shows and imports entries of lists in the lists topic. One file per
//! subcommand.
//!
//! A card number is never written: with a key it becomes the card's token, otherwise it is refused.

mod add;
mod command;
mod import;
mod list_topic;
mod remove;
mod show;

pub(super) use command::{ListTopicArgs, run};
