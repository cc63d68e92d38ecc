//! The only module that reads a clock. The scoring core never calls it.

use crate::transaction::Time;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The wall clock, in milliseconds.
#[expect(clippy::disallowed_methods, reason = "this is the one module that may")]
pub fn wall_now() -> Time {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Time(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}

/// The monotonic clock, for intervals.
#[expect(clippy::disallowed_methods, reason = "this is the one module that may")]
pub fn monotonic_now() -> Instant {
    Instant::now()
}
