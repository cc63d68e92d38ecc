//! When a shard looks for acknowledgements and when it commits. Times come in; nothing waits here.

use std::time::{Duration, Instant};

/// The longest wait for a record, so that a stop is seen in time.
const POLL_MAX: Duration = Duration::from_millis(100);
/// Outputs after which a batch is closed before its time.
const BATCH_OUTPUTS_MAX: usize = 20_000;
/// After this long a commit without an answer is given up. The library's own limit is shorter.
const COMMIT_ANSWER_MAX: Duration = Duration::from_secs(90);
/// Between a failed commit and the next try, where no new batch brings it on.
const COMMIT_RETRY: Duration = Duration::from_secs(1);

/// The rhythm of one shard.
#[derive(Debug)]
pub(super) struct Pace {
    interval: Duration,
    /// When the first record of the open batch was taken.
    opened: Option<Instant>,
    /// When the commit was sent that is not answered yet.
    committing: Option<Instant>,
    failed: Option<Instant>,
}

impl Pace {
    pub(super) fn new(interval: Duration) -> Self {
        Self { interval, opened: None, committing: None, failed: None }
    }

    pub(super) fn took(&mut self, now: Instant) {
        self.opened.get_or_insert(now);
    }

    /// Whether the open batch is to be acknowledged and committed now.
    pub(super) fn is_due(&self, now: Instant, outputs: usize) -> bool {
        let over = |opened| now.saturating_duration_since(opened) >= self.interval;
        outputs >= BATCH_OUTPUTS_MAX || self.opened.is_some_and(over)
    }

    /// Everything taken is acknowledged.
    pub(super) fn closed(&mut self) {
        self.opened = None;
    }

    /// How long a poll may wait.
    pub(super) fn poll_wait(&self, now: Instant) -> Duration {
        match self.opened {
            None => POLL_MAX,
            Some(opened) => (opened + self.interval).saturating_duration_since(now).min(POLL_MAX),
        }
    }

    /// One commit at a time: those of a broker that is away would pile up.
    pub(super) fn may_commit(&self, now: Instant) -> bool {
        let since = |then: Instant| now.saturating_duration_since(then);
        self.committing.is_none_or(|sent| since(sent) >= COMMIT_ANSWER_MAX)
            && self.failed.is_none_or(|failed| since(failed) >= COMMIT_RETRY)
    }

    pub(super) fn committing(&mut self, now: Instant) {
        self.committing = Some(now);
    }

    /// How long the answer took.
    pub(super) fn answered(&mut self, now: Instant, ok: bool) -> Duration {
        self.failed = (!ok).then_some(now);
        let sent = self.committing.take().unwrap_or(now);
        now.saturating_duration_since(sent)
    }

    /// Partitions are given up, or the service stops: this try does not wait for its turn.
    pub(super) fn hurry(&mut self) {
        self.failed = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::monotonic_now;

    const INTERVAL: Duration = Duration::from_millis(50);

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_batch_is_due_an_interval_after_its_first_record() {
        let (mut pace, start) = (Pace::new(INTERVAL), monotonic_now());
        assert!(!pace.is_due(start + ms(1000), 0));
        assert_eq!(pace.poll_wait(start), POLL_MAX);
        pace.took(start);
        pace.took(start + ms(20));
        assert!(!pace.is_due(start + ms(49), 0));
        assert_eq!(pace.poll_wait(start + ms(20)), ms(30));
        assert!(pace.is_due(start + ms(50), 0));
        assert_eq!(pace.poll_wait(start + ms(60)), ms(0));
        pace.closed();
        assert!(!pace.is_due(start + ms(1000), 0));
    }

    #[test]
    fn many_outputs_close_a_batch_before_its_time() {
        let (mut pace, start) = (Pace::new(INTERVAL), monotonic_now());
        pace.took(start);
        assert!(pace.is_due(start, BATCH_OUTPUTS_MAX));
    }

    #[test]
    fn one_commit_at_a_time_and_a_pause_after_a_failed_one() {
        let (mut pace, start) = (Pace::new(INTERVAL), monotonic_now());
        assert!(pace.may_commit(start));
        pace.committing(start);
        assert!(!pace.may_commit(start + ms(500)));
        assert_eq!(pace.answered(start + ms(7), true), ms(7));
        assert!(pace.may_commit(start + ms(7)));
        pace.committing(start + ms(10));
        pace.answered(start + ms(20), false);
        assert!(!pace.may_commit(start + ms(21)));
        assert!(pace.may_commit(start + ms(20) + COMMIT_RETRY));
    }

    #[test]
    fn a_commit_that_is_never_answered_does_not_block_the_next_for_good() {
        let (mut pace, start) = (Pace::new(INTERVAL), monotonic_now());
        pace.committing(start);
        assert!(pace.may_commit(start + COMMIT_ANSWER_MAX));
    }
}
