//! Rebuilds the memory of a partition that this shard has taken over.
//!
//! ```text
//! driver.rs          all restores of the shard: time slices, the history's records, the results
//!   └─▶ procedure.rs   one partition: which question comes next, and what its answer means
//!         └─▶ replay.rs   applies history records to memory, from a checkpoint on if there is one
//!               └─▶ resume_point.rs   the result: where the partition continues, and what is missing
//! ```

mod driver;
mod procedure;
mod replay;
mod report;
mod resume_point;

pub use driver::RestoreDriver;
pub use procedure::Restore;
pub use resume_point::{OffsetComparison, ResumePoint};
