//! A new ruleset for a service that runs.
//!
//! Whoever decides follows [`InForce`] and asks between two transactions whether there is a newer
//! ruleset. This folder does not know who decides, nor where transactions come from.

mod in_force;
#[cfg(test)]
mod tests;

pub use in_force::{Follower, InForce};
