//! The restore of one partition, step by step: what to ask for, what to read of the history, and
//! where to continue.
//!
//! ```text
//! look for a checkpoint on this machine
//!   └─▶ get the group's committed offset, once no open transaction can change it
//!         └─▶ get the end of the history, open transactions included
//!               └─▶ wait until everything before that end is committed or aborted
//!                     └─▶ read it ─▶ compare its last record with the committed offset
//!                          ▲  │         ├─ equal ───────▶ continue there
//!     the checkpoint's own │  │         ├─ ahead ───────▶ continue after the history
//!     record is missing:   │  │         ├─ behind ──────▶ continue at the committed offset; a gap
//!     from the start       └──┘         └─ no history ──▶ warm up from the input, or start empty
//! ```
//!
//! The order of the second to the fourth step matters. While a predecessor's transaction is open,
//! the group does not return its offset. Once it does, everything that the predecessor wrote is
//! before the end of the history.
//!
//! The offset at which the partition continues is checked against the input. Offsets that have been
//! deleted since are a gap. An input that ends before that offset is a different topic.
//!
//! With a checkpoint, reading begins at the last history record in the checkpoint. The checkpoint
//! is used only if exactly that record is there; otherwise it belongs to another history. It is
//! also dropped if the next records do not continue it: without transactions, a record before it
//! may cover more than it does.

use super::label_opening::{END_KNOWN_WITHIN, LabelOpening};
use super::replay::{Applied, Replay, RestoreProgress};
use super::resume_point::{OffsetComparison, ResumePoint, offset_comparison, without_history};
use crate::history::{Gap, HistoryError};
use crate::kafka::errors::ShardError;
use crate::kafka::shard::ports::{
    CheckpointLookup, Checkpoints, Fault, HistoryLog, Input, LabelLog, Reason,
};
use crate::memory::Memory;
use crate::transaction::Time;
use std::time::{Duration, Instant};

/// The pause before a request is repeated.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// How often the progress of a long restore is logged.
const PROGRESS_LOG_INTERVAL: Duration = Duration::from_secs(5);
/// A transaction that is open for longer than this is probably abandoned: the brokers abort one
/// that has timed out within seconds.
const ABANDONED_AFTER: Duration = Duration::from_secs(120);

/// The progress of one partition's restore.
pub struct Restore {
    stage: Stage,
    began: Instant,
    not_before: Instant,
    last_logged: Instant,
    /// Why the last request failed.
    waits_for: Option<Reason>,
    /// Since when the input has ended before the processed offset.
    too_short_since: Option<Instant>,
    label_opening: LabelOpening,
    replay: Replay,
    /// Whether the history lacks a part of what memory would contain.
    has_history_gap: bool,
}

enum Stage {
    Seeking,
    AskingGroup,
    /// From this stage on, the group's answer is known.
    AskingEnd(Option<i64>),
    Settling {
        committed: Option<i64>,
        end: i64,
    },
    Reading {
        committed: Option<i64>,
        end: i64,
    },
    /// The partition has no history, so memory is filled from the input.
    AskingInput(Option<i64>),
    /// The input is being moved to the offset where it continues.
    Rewinding(Box<ResumePoint>),
}

/// The result of a turn.
pub enum RestoreTurn {
    /// Nothing can be done now.
    Waiting,
    Moved,
    Finished(Box<ResumePoint>),
}

/// What a turn needs in addition to the restore itself.
pub struct RestoreContext<'a, I, H, L, C> {
    pub input: &'a mut I,
    pub log: &'a mut H,
    /// `None` without a topic of labels.
    pub labels: Option<&'a mut L>,
    pub checkpoints: &'a mut C,
    /// The name of the input topic.
    pub topic: &'a str,
    pub now: Instant,
    /// The time from which the input is read if there is no history.
    pub warm_up_since: Option<Time>,
}

impl Restore {
    pub fn new(now: Instant) -> Self {
        Self {
            stage: Stage::Seeking,
            began: now,
            not_before: now,
            last_logged: now,
            waits_for: None,
            too_short_since: None,
            label_opening: LabelOpening::default(),
            replay: Replay::new(),
            has_history_gap: false,
        }
    }

    /// Notes that the history lacks a part of what memory would contain.
    pub fn note_history_gap(&mut self) {
        self.has_history_gap = true;
    }

    pub fn progress(&self) -> RestoreProgress {
        self.replay.progress
    }

    /// Whether it waits for history records.
    pub fn is_reading(&self) -> bool {
        matches!(self.stage, Stage::Reading { .. })
    }

    /// Whether its labels could not be opened.
    pub fn awaits_labels(&self) -> bool {
        self.label_opening.is_waiting()
    }

    /// Applies one history record to memory; see [`Replay::read`].
    pub fn read(
        &mut self,
        record: (i64, Time, &[u8]),
        memory: &mut Memory,
    ) -> Result<Applied, HistoryError> {
        let Stage::Reading { committed, end } = self.stage else { return Ok(Applied::Follows) };
        let applied = self.replay.read(record, end, memory)?;
        if applied == Applied::StartOver {
            self.stage = Stage::Settling { committed, end };
        }
        Ok(applied)
    }

    /// Handles the end of the history: every record up to the last stable offset has been read.
    pub fn end_of_log(&mut self, warm_up_since: Option<Time>, now: Instant) {
        let Stage::Reading { committed, end } = self.stage else { return };
        if self.replay.is_complete() {
            self.read_all(committed, warm_up_since, now);
        } else {
            self.stage = Stage::Settling { committed, end };
        }
    }

    /// Makes the next request, if it is due.
    pub fn turn(
        &mut self,
        number: i32,
        context: &mut RestoreContext<
            '_,
            impl Input,
            impl HistoryLog,
            impl LabelLog,
            impl Checkpoints,
        >,
    ) -> Result<RestoreTurn, ShardError> {
        if self.is_reading() || context.now < self.not_before {
            return Ok(RestoreTurn::Waiting);
        }
        match self.ask(number, context) {
            Ok(RestoreTurn::Waiting) => Ok(self.wait(context.now)),
            Ok(turn) => {
                self.waits_for = None;
                Ok(turn)
            }
            Err(Fault::Fatal(error)) => Err(error),
            Err(Fault::Retriable(reason) | Fault::Abortable(reason) | Fault::Broken(reason)) => {
                tracing::debug!(partition = number, %reason, "a restore waits");
                self.waits_for = Some(reason);
                Ok(self.wait(context.now))
            }
        }
    }

    /// Logs the progress of a long restore, or what it waits for.
    pub fn log_progress(&mut self, number: i32, now: Instant) {
        if now.saturating_duration_since(self.last_logged) < PROGRESS_LOG_INTERVAL {
            return;
        }
        self.last_logged = now;
        let since = now.saturating_duration_since(self.began);
        if matches!(self.stage, Stage::Settling { .. }) && since >= ABANDONED_AFTER {
            tracing::error!(
                partition = number,
                since_ms = since.as_millis(),
                "a transaction on the history's partition is open and does not end: find it with \
                 `kafka-transactions.sh find-hanging` and end it with `abort`; \
                 docs/concepts/delivery.md explains how this can happen"
            );
            return;
        }
        let what = match &self.stage {
            Stage::Seeking => "looks for a checkpoint",
            Stage::AskingGroup => "asks what the group committed",
            Stage::AskingEnd(_) => "asks where the history ends",
            Stage::Settling { .. } => "waits until transactions on the history are settled",
            Stage::Reading { .. } => "reads the history",
            Stage::AskingInput(_) => "asks where the warm-up begins",
            Stage::Rewinding(_) => "moves the input to where reading continues",
        };
        tracing::info!(
            partition = number,
            what,
            left = self.replay.progress.left,
            transactions = self.replay.progress.transactions,
            reason = self.waits_for.as_ref().map(tracing::field::display),
            since_ms = since.as_millis(),
            "a partition is being restored"
        );
    }

    fn wait(&mut self, now: Instant) -> RestoreTurn {
        self.not_before = now + LOOK_AGAIN;
        RestoreTurn::Waiting
    }

    fn ask(
        &mut self,
        number: i32,
        context: &mut RestoreContext<
            '_,
            impl Input,
            impl HistoryLog,
            impl LabelLog,
            impl Checkpoints,
        >,
    ) -> Result<RestoreTurn, Fault> {
        match &self.stage {
            Stage::Seeking => {
                match context.checkpoints.found(number) {
                    CheckpointLookup::NotYet => return Ok(RestoreTurn::Waiting),
                    CheckpointLookup::Nothing => {}
                    CheckpointLookup::Found(checkpoint) => self.replay.use_checkpoint(checkpoint),
                }
                self.stage = Stage::AskingGroup;
                Ok(RestoreTurn::Moved)
            }
            Stage::AskingGroup => {
                let committed = context.input.committed(&[number])?.remove(&number).flatten();
                self.stage = Stage::AskingEnd(committed);
                Ok(RestoreTurn::Moved)
            }
            Stage::AskingEnd(committed) => {
                let (committed, log) = (*committed, context.log.extent(number)?);
                // Set before the wait, so that the operator sees how much is waiting.
                self.replay.progress.left = log.end - log.start;
                self.stage = Stage::Settling { committed, end: log.end };
                Ok(RestoreTurn::Moved)
            }
            Stage::Settling { committed, end } => {
                let (committed, end) = (*committed, *end);
                let log = context.log.extent(number)?;
                if log.last_stable < end {
                    return Ok(RestoreTurn::Waiting);
                }
                let from = self.replay.begin(log.start, end);
                if log.start >= end {
                    return Ok(self.read_all(committed, context.warm_up_since, context.now));
                }
                context.log.open(number, from)?;
                self.stage = Stage::Reading { committed, end };
                Ok(RestoreTurn::Moved)
            }
            Stage::Reading { .. } => Ok(RestoreTurn::Waiting),
            Stage::AskingInput(committed) => {
                let end = context.input.extent(number)?.end;
                let since = context.warm_up_since.unwrap_or(Time(i64::MAX));
                let first = context.input.first_since(number, since)?.unwrap_or(end);
                let base = self.resume_point(without_history(*committed), context.now);
                self.stage = Stage::Rewinding(Box::new(base.warming_up(*committed, first, end)));
                Ok(RestoreTurn::Moved)
            }
            Stage::Rewinding(point) => {
                let point = ResumePoint::clone(point);
                if point.seek.is_none() && context.labels.is_none() {
                    return Ok(RestoreTurn::Finished(Box::new(point)));
                }
                let input = context.input.extent(number)?;
                if let Some(offset) = point.seek.filter(|offset| *offset > input.end) {
                    return self.input_too_short(number, offset, input.end, context);
                }
                let labels = match &mut context.labels {
                    Some(labels) => {
                        let opened = (number, self.replay.next_label(), input.start);
                        Some(self.label_opening.open(*labels, opened, context.now)?)
                    }
                    None => None,
                };
                if let Some(offset) = point.seek {
                    context.input.seek(number, offset.max(input.start))?;
                }
                let point = ResumePoint { labels, ..point.not_before(input.start) };
                Ok(RestoreTurn::Finished(Box::new(point)))
            }
        }
    }

    /// Reports an input that ends before the processed offset: retriable at first, then fatal.
    fn input_too_short(
        &mut self,
        partition: i32,
        covered: i64,
        end: i64,
        context: &RestoreContext<'_, impl Input, impl HistoryLog, impl LabelLog, impl Checkpoints>,
    ) -> Result<RestoreTurn, Fault> {
        let since = *self.too_short_since.get_or_insert(context.now);
        if context.now.saturating_duration_since(since) < END_KNOWN_WITHIN {
            let reason = format!("the input ends at {end}, and was scored up to {covered}");
            return Err(Fault::Retriable(Reason(reason)));
        }
        let topic = context.topic.to_owned();
        Err(Fault::Fatal(ShardError::InputEndsBefore { topic, partition, covered, end }))
    }

    fn read_all(
        &mut self,
        committed: Option<i64>,
        warm_up_since: Option<Time>,
        now: Instant,
    ) -> RestoreTurn {
        self.stage = match self.replay.last() {
            Some((mark, start)) => {
                let base = self.resume_point(offset_comparison(committed, mark.next), now);
                Stage::Rewinding(Box::new(base.after_history(mark, &start)))
            }
            None if warm_up_since.is_some() => Stage::AskingInput(committed),
            None => {
                let point = self.resume_point(without_history(committed), now).after_nothing();
                Stage::Rewinding(Box::new(point))
            }
        };
        RestoreTurn::Moved
    }

    fn resume_point(&self, offset_comparison: OffsetComparison, now: Instant) -> ResumePoint {
        ResumePoint {
            seek: None,
            warm_up_until: None,
            gap: Gap::None,
            labels: None,
            missed: 0,
            last_record: None,
            checkpoint: self.replay.used_checkpoint(),
            checkpoint_ignored: self.replay.has_ignored_checkpoint(),
            has_history_gap: self.has_history_gap,
            offset_comparison,
            progress: self.replay.progress,
            took: now.saturating_duration_since(self.began),
        }
    }
}
