//! Where the open batch stands: which step comes next, and when. It takes none of them itself.
//!
//! ```text
//!          ┌──────────────────────── Idle ◀───────────────────────────┐
//!    first │ record                   ▲                               │
//!          ▼                          │ sought back                   │ kept
//!        Open ──▶ Closing(step …) ────┼───────────────────────────────┤
//!                    │      │         │                               │
//!          abortable │      │ broken  Rewinding ◀── not committed ──┐ │
//!                    ▼      ▼         ▲                             │ │
//!                Aborting  Renewing ──┼──▶ Asking what was committed┴─┘
//!                    └────────────────┘
//! ```

use super::super::settings::Guarantee;
use std::time::{Duration, Instant};

/// After this many records a batch is closed before its time; so is one with as many outputs.
pub(super) const BATCH_RECORDS_MAX: usize = 20_000;
/// The longest wait for a record, so that a stop is seen in time.
const POLL_MAX: Duration = Duration::from_millis(100);
/// Pauses between tries that failed: doubled from the first to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LAST_PAUSE: Duration = Duration::from_secs(2);

/// What is left to do for the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing is taken.
    Idle,
    Open,
    /// The step of the plan that comes next.
    Closing(usize),
    Aborting,
    /// The producer is replaced.
    RecreatingProducer,
    /// What the group committed tells what became of the batch.
    ResolvingCommit,
    /// Its records are to be read again.
    Rewinding,
}

/// A step on the way to the end of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CommitStep {
    /// A history record for each partition goes to the producer.
    HandOverHistory,
    /// The consumed offsets go into the transaction, or are committed by themselves.
    Offsets,
    /// Everything handed over is acknowledged.
    Acknowledge,
    /// The transaction is committed.
    Commit,
}

/// The offsets before the wait for acknowledgements: that way both round trips overlap.
const EXACTLY_ONCE: &[CommitStep] = &[
    CommitStep::HandOverHistory,
    CommitStep::Offsets,
    CommitStep::Acknowledge,
    CommitStep::Commit,
];
/// An output that is lost would be lost for good once its offset is committed; a history record
/// that is ahead of the offsets is not.
const AT_LEAST_ONCE: &[CommitStep] = &[
    CommitStep::Acknowledge,
    CommitStep::HandOverHistory,
    CommitStep::Acknowledge,
    CommitStep::Offsets,
];

#[derive(Debug)]
pub(super) struct Batch {
    plan: &'static [CommitStep],
    interval: Duration,
    phase: Phase,
    /// When its first record was taken.
    opened: Option<Instant>,
    /// When it began to be closed.
    closing_since: Option<Instant>,
    records: usize,
    /// Whether it is closed before its time.
    full: bool,
    /// Tries in a row that came to nothing, and when the next one may be.
    failures: u32,
    not_before: Option<Instant>,
}

impl Batch {
    pub(super) fn new(guarantee: Guarantee, interval: Duration) -> Self {
        let (plan, phase) = match guarantee {
            Guarantee::ExactlyOnce => (EXACTLY_ONCE, Phase::RecreatingProducer),
            Guarantee::AtLeastOnce => (AT_LEAST_ONCE, Phase::Idle),
        };
        Self {
            plan,
            interval,
            phase,
            opened: None,
            closing_since: None,
            records: 0,
            full: false,
            failures: 0,
            not_before: None,
        }
    }

    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    /// Whether offsets go into the producer's transaction.
    pub(super) fn commits_in_transaction(&self) -> bool {
        self.plan.contains(&CommitStep::Commit)
    }

    /// Whether the next step may already have been taken by the broker.
    pub(super) fn is_committing(&self) -> bool {
        matches!(self.phase, Phase::Closing(number) if self.step(number) == Some(CommitStep::Commit))
    }

    pub(super) fn is_idle(&self) -> bool {
        self.phase == Phase::Idle
    }

    /// Whether a record may be taken.
    pub(super) fn takes_more(&self, now: Instant) -> bool {
        matches!(self.phase, Phase::Idle | Phase::Open) && self.may_try(now)
    }

    pub(super) fn may_try(&self, now: Instant) -> bool {
        self.not_before.is_none_or(|at| now >= at)
    }

    /// How long ago the close began; nothing while the batch is open.
    pub(super) fn closing_for(&self, now: Instant) -> Duration {
        self.closing_since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since))
    }

    /// How long ago its first record was taken.
    pub(super) fn open_for(&self, now: Instant) -> Duration {
        self.opened.map_or(Duration::ZERO, |since| now.saturating_duration_since(since))
    }

    pub(super) fn took(&mut self, now: Instant) {
        self.phase = Phase::Open;
        self.opened.get_or_insert(now);
        self.records += 1;
        self.full |= self.records >= BATCH_RECORDS_MAX;
    }

    /// No more is to be taken.
    pub(super) fn mark_full(&mut self) {
        self.full = true;
    }

    /// Whether the open batch has had its time or its fill.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        let over = |opened| now.saturating_duration_since(opened) >= self.interval;
        self.full || self.opened.is_some_and(over)
    }

    /// How long a poll may wait for a record.
    pub(super) fn poll_wait(&self, now: Instant) -> Duration {
        match self.opened {
            None => POLL_MAX,
            Some(opened) => (opened + self.interval).saturating_duration_since(now).min(POLL_MAX),
        }
    }

    pub(super) fn close(&mut self, now: Instant) {
        self.phase = Phase::Closing(0);
        self.closing_since.get_or_insert(now);
    }

    pub(super) fn step(&self, number: usize) -> Option<CommitStep> {
        self.plan.get(number).copied()
    }

    /// A step was taken: the next one comes without a pause.
    pub(super) fn go_to(&mut self, phase: Phase) {
        self.phase = phase;
        self.not_before = None;
    }

    /// A try came to nothing: the next one waits, longer each time.
    pub(super) fn failed(&mut self, now: Instant, phase: Phase) {
        self.phase = phase;
        let pause = FIRST_PAUSE.saturating_mul(1 << self.failures.min(16)).min(LAST_PAUSE);
        self.failures = self.failures.saturating_add(1);
        self.not_before = Some(now + pause);
    }

    /// The batch is over; whether it was kept.
    pub(super) fn end(&mut self, kept: bool) {
        self.phase = Phase::Idle;
        (self.opened, self.closing_since) = (None, None);
        (self.records, self.full) = (0, false);
        if kept {
            (self.failures, self.not_before) = (0, None);
        }
    }

    /// Partitions are to be read again from where they were.
    pub(super) fn rewind(&mut self) {
        self.phase = Phase::Rewinding;
    }
}
