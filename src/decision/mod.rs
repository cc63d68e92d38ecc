//! Turns points into a score and an action, and writes decisions and alerts as bytes with a fixed
//! key order.
//!
//! This folder knows what a decision is and how it is published. It knows nothing of memory's
//! internals, topics or the wall clock.

mod assessment;
mod decided;
#[cfg(test)]
mod tests;
mod wire;

pub use assessment::Assessment;
pub use decided::{Decision, Position};
