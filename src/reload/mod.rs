//! Reloads the ruleset of a running service.
//!
//! Each user of a ruleset follows [`ActiveRuleset`] and checks between two transactions whether
//! there is a newer one. A [`Reloader`] watches the files, compiles a new ruleset, tests it and
//! activates it. A ruleset with errors or failing tests is reported, and the old one stays active.
//! This folder does not know who uses the ruleset or where transactions come from.

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
