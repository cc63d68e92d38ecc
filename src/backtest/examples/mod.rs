//! Cases to look at: which ones a report shows, and what it shows of them.

mod capture;
mod shortlist;
mod shortlists;

pub use capture::example_of;
pub use shortlist::{EXAMPLES_MAX, Shortlist};
pub use shortlists::{Candidate, Shortlists};
