//! Measures rules: reads the outcomes of the partitions that this instance reads, and exports what
//! labels show. Nothing else waits for it.

mod follower;
mod log;
#[cfg(test)]
mod tests;
mod thread;

pub use log::{OutcomeItem, OutcomeLog};
pub use thread::start;
