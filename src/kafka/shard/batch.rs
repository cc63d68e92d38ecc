//! Tracks the state of the open batch: which step comes next, and when. It does not run the steps.
//!
//! ```text
//!          ┌────────────────────────────────── Idle ◀──────────────────────────┐
//!    first │ record                             ▲                              │
//!          ▼                                    │ rewound                      │ committed
//!        Open ──▶ Closing(step …) ──────────────┼──────────────────────────────┤
//!                    │      │                   │                              │
//!          abortable │      │ broken            Rewinding ◀─ not committed ──┐ │
//!                    ▼      ▼                   ▲                            │ │
//!                Aborting  RecreatingProducer ──┼──▶ ResolvingCommit ────────┴─┘
//!                    └──────────────────────────┘
//! ```

use crate::backoff::Backoff;
use crate::kafka::settings::Guarantee;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A batch with this many records is closed before the interval has passed.
pub const BATCH_RECORDS_MAX: usize = 20_000;
/// The longest wait for a record, so that a stop is noticed in time.
const POLL_MAX: Duration = Duration::from_millis(100);
/// The pause between failed attempts doubles from the first to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LAST_PAUSE: Duration = Duration::from_secs(2);

/// The state of the batch, or what is left to do for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The batch has no records.
    Idle,
    Open,
    /// The number of the next step in the plan.
    Closing(usize),
    Aborting,
    /// The producer is being replaced.
    RecreatingProducer,
    /// The group's committed offsets will show the outcome of the batch.
    ResolvingCommit,
    /// Partitions have to be moved back to records that will be read again.
    Rewinding,
}

/// A step of closing a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitStep {
    /// Sends a history record for each partition.
    HandOverHistory,
    /// Adds the consumed offsets to the transaction, or commits them without one.
    Offsets,
    /// Waits until every output is acknowledged.
    Acknowledge,
    /// Commits the transaction.
    Commit,
}

/// Offsets come before the wait for acknowledgements, so that both round trips overlap.
const EXACTLY_ONCE: &[CommitStep] = &[
    CommitStep::HandOverHistory,
    CommitStep::Offsets,
    CommitStep::Acknowledge,
    CommitStep::Commit,
];
/// An output that is lost after its offset is committed is lost for good, so offsets come last. A
/// history record ahead of the offsets does no harm.
const AT_LEAST_ONCE: &[CommitStep] = &[
    CommitStep::Acknowledge,
    CommitStep::HandOverHistory,
    CommitStep::Acknowledge,
    CommitStep::Offsets,
];

#[derive(Debug)]
pub struct Batch {
    plan: &'static [CommitStep],
    interval: Duration,
    phase: Phase,
    /// When its first record was processed.
    opened: Option<Instant>,
    /// When closing began.
    closing_since: Option<Instant>,
    records: usize,
    /// Whether it is to be closed before the interval has passed.
    full: bool,
    /// The failed attempts in a row, and the earliest time of the next one.
    backoff: Backoff,
    not_before: Option<Instant>,
    /// Whether the producer's transaction has begun.
    has_transaction: bool,
    /// The offsets from which partitions have to be read again.
    rewinds: BTreeMap<i32, i64>,
}

impl Batch {
    pub fn new(guarantee: Guarantee, interval: Duration) -> Self {
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
            backoff: Backoff::new(FIRST_PAUSE, LAST_PAUSE),
            not_before: None,
            has_transaction: false,
            rewinds: BTreeMap::new(),
        }
    }

    pub fn phase(&self) -> Phase {
        self.phase
    }

    pub fn failures(&self) -> u32 {
        self.backoff.failures()
    }

    /// Whether offsets are committed in the producer's transaction.
    pub fn commits_in_transaction(&self) -> bool {
        self.plan.contains(&CommitStep::Commit)
    }

    /// Whether the broker may already have committed the batch.
    pub fn is_committing(&self) -> bool {
        matches!(self.phase, Phase::Closing(number) if self.step(number) == Some(CommitStep::Commit))
    }

    pub fn is_idle(&self) -> bool {
        self.phase == Phase::Idle
    }

    pub fn is_open(&self) -> bool {
        self.phase == Phase::Open
    }

    /// Whether nothing is left to do.
    pub fn is_done(&self) -> bool {
        self.is_idle() && self.rewinds.is_empty()
    }

    pub fn has_transaction(&self) -> bool {
        self.has_transaction
    }

    pub fn transaction_began(&mut self) {
        self.has_transaction = true;
    }

    pub fn transaction_ended(&mut self) {
        self.has_transaction = false;
    }

    /// Whether another record may be processed.
    pub fn takes_more(&self, now: Instant) -> bool {
        matches!(self.phase, Phase::Idle | Phase::Open) && self.may_try(now)
    }

    pub fn may_try(&self, now: Instant) -> bool {
        self.not_before.is_none_or(|at| now >= at)
    }

    /// The time since closing began; zero while the batch is open.
    pub fn closing_for(&self, now: Instant) -> Duration {
        self.closing_since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since))
    }

    /// The time since its first record was processed.
    pub fn open_for(&self, now: Instant) -> Duration {
        self.opened.map_or(Duration::ZERO, |since| now.saturating_duration_since(since))
    }

    pub fn took(&mut self, now: Instant) {
        self.phase = Phase::Open;
        self.opened.get_or_insert(now);
        self.records += 1;
        self.full |= self.records >= BATCH_RECORDS_MAX;
    }

    /// How many more records it takes.
    pub fn room(&self) -> usize {
        BATCH_RECORDS_MAX.saturating_sub(self.records)
    }

    /// Lets no more records into the batch.
    pub fn mark_full(&mut self) {
        self.full = true;
    }

    /// Whether the batch is full or its interval has passed.
    pub fn is_due(&self, now: Instant) -> bool {
        let over = |opened| now.saturating_duration_since(opened) >= self.interval;
        self.full || self.opened.is_some_and(over)
    }

    /// How long a poll may wait for a record.
    pub fn poll_wait(&self, now: Instant) -> Duration {
        match self.opened {
            None => POLL_MAX,
            Some(opened) => (opened + self.interval).saturating_duration_since(now).min(POLL_MAX),
        }
    }

    pub fn close(&mut self, now: Instant) {
        self.phase = Phase::Closing(0);
        self.closing_since.get_or_insert(now);
    }

    pub fn step(&self, number: usize) -> Option<CommitStep> {
        self.plan.get(number).copied()
    }

    /// Continues with `phase` after a successful step, without a pause.
    pub fn go_to(&mut self, phase: Phase) {
        self.phase = phase;
        self.not_before = None;
    }

    /// Continues with `phase` after a failed attempt. The pause grows with each failure.
    pub fn failed(&mut self, now: Instant, phase: Phase) {
        self.phase = phase;
        self.not_before = Some(now + self.backoff.delay());
    }

    /// Ends the batch, and moves partitions back to the records to be read again, if there are any.
    pub fn end(&mut self, was_committed: bool) {
        self.phase = if self.rewinds.is_empty() { Phase::Idle } else { Phase::Rewinding };
        self.has_transaction = false;
        (self.opened, self.closing_since) = (None, None);
        (self.records, self.full) = (0, false);
        if was_committed {
            self.backoff.reset();
            self.not_before = None;
        }
    }

    /// Reads a partition again from this offset; the lowest offset wins.
    pub fn read_again_from(&mut self, partition: i32, offset: i64) {
        let rewind = self.rewinds.entry(partition).or_insert(offset);
        *rewind = offset.min(*rewind);
    }

    /// Reads a record later that came while none may be processed. No later record of its partition
    /// may be processed before it.
    pub fn put_off(&mut self, partition: i32, offset: i64) {
        self.read_again_from(partition, offset);
        match self.phase {
            Phase::Idle => self.phase = Phase::Rewinding,
            Phase::Open => self.mark_full(),
            _ => {}
        }
    }

    /// A partition that has to be moved back, and to where.
    pub fn next_rewind(&self) -> Option<(i32, i64)> {
        self.rewinds.first_key_value().map(|(partition, offset)| (*partition, *offset))
    }

    /// Whether a partition has to be moved back.
    pub fn will_rewind(&self, partition: i32) -> bool {
        self.rewinds.contains_key(&partition)
    }

    /// The partition has been moved back, or was released.
    pub fn forget(&mut self, partition: i32) {
        self.rewinds.remove(&partition);
    }
}
