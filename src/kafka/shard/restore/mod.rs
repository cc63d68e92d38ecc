//! Rebuilds the memory of a partition that this shard has taken over.
//!
//! ```text
//! procedure.rs       one partition: which question comes next, and what its answer means
//!   └─▶ replay.rs      applies history records to memory, from a checkpoint on if there is one
//!         └─▶ resume_point.rs   the result: where the partition continues, and what is missing
//!   └─▶ label_opening.rs   where its labels are read from
//! ```
//!
//! `restore_driver.rs`, beside this folder, drives all restores of the shard.

mod label_opening;
mod procedure;
mod replay;
mod report;
mod resume_point;

pub use procedure::{Restore, RestoreContext, RestoreTurn};
pub use replay::Applied;
pub use report::{log_gap, log_resume_point, result};
pub use resume_point::{OffsetComparison, ResumePoint};
