//! A new ruleset for a service that runs.
//!
//! Whoever decides follows [`InForce`] and asks between two transactions whether there is a newer
//! ruleset. A [`Reloader`] watches the files, builds a ruleset aside, tests it and puts it in force;
//! one that is no good leaves the old one there and is reported. This folder does not know who
//! decides, nor where transactions come from.

mod bell;
mod in_force;
mod load;
mod places;
mod reloader;
#[cfg(test)]
mod tests;
mod watch;

pub use in_force::{Follower, InForce};
pub use reloader::{Asking, Audience, Origin, Reloader};
