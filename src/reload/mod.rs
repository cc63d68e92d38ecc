//! A new ruleset for a service that runs.
//!
//! Whoever decides follows [`ActiveRuleset`] and asks between two transactions whether there is a newer
//! ruleset. A [`Reloader`] watches the files, builds a ruleset aside, tests it and puts it in force;
//! one that is no good leaves the old one there and is reported. This folder does not know who
//! decides, nor where transactions come from.

mod active_ruleset;
mod load;
mod reloader;
#[cfg(test)]
mod tests;
mod wakeup;
mod watch;
mod watch_set;

pub use active_ruleset::{ActiveRuleset, Follower};
pub use reloader::{Origin, ReloadHandle, ReloadTargets, Reloader};
