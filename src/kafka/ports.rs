//! What a shard asks of the outside: the group and its input, the outputs, the history, the time.
//!
//! The shard's logic ([`super::shard`]) knows these traits and nothing of the client library, so
//! that a model of the broker can stand behind them and every order of events can be tried. Calls
//! block for a bounded time at most; what takes longer is asked for again.

use super::errors::ShardError;
use super::lag::Seen;
use super::outbound_record::Output;
use crate::memory::{Mark, Memory};
use crate::transaction::Time;
use rdkafka::Message;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::time::{Duration, Instant};

/// Next offsets to read, by partition.
pub(super) type Offsets = BTreeMap<i32, i64>;

/// The five sides of a shard.
pub(super) trait Ports {
    type Input: Input;
    type Publisher: Publisher<Group = <Self::Input as Input>::Group>;
    type HistoryLog: HistoryLog;
    type Checkpoints: Checkpoints;
    type Clock: Clock;
}

/// A member of the consumer group.
pub(super) trait Input {
    type Record<'a>: Message
    where
        Self: 'a;
    /// What proves to the broker that this member still is one.
    type Group;

    fn subscribe(&mut self) -> Result<(), ShardError>;

    /// The next record, if one comes within the time. `None` also where something was noted.
    fn poll(&mut self, wait: Duration) -> Result<Option<Self::Record<'_>>, ShardError>;

    /// What was noted since the last call, oldest first.
    fn notes(&mut self) -> VecDeque<InputEvent>;

    /// Takes partitions over; no record of them comes before they are in `flow`'s set.
    fn assign(&mut self, partitions: &[i32]) -> Result<(), ShardError>;

    fn unassign(&mut self, partitions: &[i32]) -> Result<(), ShardError>;

    /// Whether the group hands out partitions one by one rather than all anew.
    fn is_cooperative(&self) -> bool;

    /// Records come from these partitions and no others from now on.
    fn flow(&mut self, partitions: &BTreeSet<i32>) -> Result<(), ShardError>;

    /// The next record of the partition is the first at or after `offset`.
    fn seek(&mut self, partition: i32, offset: i64) -> Result<(), Fault>;

    /// What the group has committed, once no open transaction can change it.
    fn committed(&mut self, partitions: &[i32]) -> Result<BTreeMap<i32, Option<i64>>, Fault>;

    /// Where the partition begins and ends now.
    fn extent(&mut self, partition: i32) -> Result<Extent, Fault>;

    /// Its first record written at or after that time, if there is one.
    fn first_since(&mut self, partition: i32, since: Time) -> Result<Option<i64>, Fault>;

    /// Asks who this member is, before the records of a batch are read.
    fn note_membership(&mut self);

    /// Who this member was when the open batch began. Asked then, and not when it ends: a member
    /// that was thrown out in between would be told that it is nobody, and the broker takes the
    /// offsets of a nobody from anybody.
    fn group(&self) -> Result<&Self::Group, Fault>;

    /// Commits outside of a transaction. `NotYet` while the broker has not answered.
    fn commit(&mut self, offsets: &Offsets) -> Result<SendProgress, Fault>;
}

/// The producer of one shard.
pub(super) trait Publisher {
    type Group;

    /// A new client under the same transactional id: whatever the former one left open is aborted
    /// or committed when this returns.
    fn renew(&mut self) -> Result<(), Fault>;

    fn begin(&mut self) -> Result<(), Fault>;

    /// Hands a record over; it never blocks.
    fn send(&mut self, output: Output<'_>) -> Result<(), Fault>;

    /// Whether outputs wait for room: then nothing more should be read.
    fn is_full(&self) -> bool;

    /// Whether everything that was handed over is acknowledged.
    fn acknowledged(&mut self) -> Result<SendProgress, Fault>;

    /// Where history records were written that were acknowledged since the last call, by partition;
    /// those whose place the broker did not tell are left out.
    fn history_offsets(&mut self) -> Offsets;

    /// Adds offsets to the transaction. `NotYet` while the broker has not answered; then the next
    /// call, with the same offsets, goes on with it.
    fn send_offsets(
        &mut self,
        offsets: &Offsets,
        group: &Self::Group,
    ) -> Result<SendProgress, Fault>;

    fn commit(&mut self) -> Result<(), Fault>;

    /// Takes back what was handed over since `begin`.
    fn abort(&mut self) -> Result<(), Fault>;

    /// Lets the client library say what it has to say.
    fn serve(&self);
}

/// Readers of the history topic, one partition at a time each.
pub(super) trait HistoryLog {
    /// Where the partition's log begins, ends, and up to where nothing is open.
    fn extent(&mut self, partition: i32) -> Result<LogExtent, Fault>;

    /// Reads committed records of the partition from `offset` on.
    fn open(&mut self, partition: i32, offset: i64) -> Result<(), Fault>;

    fn close(&mut self, partition: i32);

    /// The next record of any open partition, if one comes within the time.
    fn next(&mut self, wait: Duration) -> Result<Option<HistoryItem<'_>>, Fault>;
}

/// Memories of partitions as this machine kept them. They are shortcuts: whoever gets one holds it
/// against the history, and does without where there is none.
pub(super) trait Checkpoints {
    /// Looks for a partition's, without waiting for it.
    fn look_for(&mut self, partition: i32);

    /// What came of it. To be asked until it is no longer sought.
    fn found(&mut self, partition: i32) -> CheckpointLookup;

    /// Whatever is found of it is not wanted any more.
    fn forget(&mut self, partition: i32);

    /// Keeps a memory that goes on being used; blocks until it is on disk. Whether it is.
    fn save(&mut self, memory: &Memory, mark: Mark) -> bool;

    /// Keeps a memory that is of no other use any more, without waiting for it.
    fn checkpoint_on_revoke(&mut self, memory: Memory, mark: Mark);

    /// Waits until what was left is kept, until the deadline at the latest.
    fn finish(&mut self, deadline: Instant);
}

/// What became of the search for a checkpoint.
pub(super) enum CheckpointLookup {
    NotYet,
    /// There is none that could be used.
    Nothing,
    Found(Box<(Memory, Mark)>),
}

pub(super) trait Clock {
    fn now(&self) -> Instant;

    fn wall(&self) -> Time;
}

/// What the client library told from within a poll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum InputEvent {
    Assignment(AssignmentChange),
    /// What the library has seen of the partitions, by their numbers.
    Seen(BTreeMap<i32, Seen>),
    /// No record stands behind the last one of the partition at this time.
    End(i32),
}

/// A change of the assignment that waits to be acted on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AssignmentChange {
    /// May be empty: a member more than there are partitions.
    Assigned(Vec<i32>),
    Revoked {
        partitions: Vec<i32>,
        lost: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SendProgress {
    Done,
    NotYet,
}

/// Offsets of an input partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    /// What lies before it is gone.
    pub start: i64,
    /// The next offset to be written.
    pub end: i64,
}

/// Offsets of a history partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LogExtent {
    pub start: i64,
    /// The last stable offset: everything before it is committed or aborted.
    pub settled: i64,
    /// The next offset to be written, open transactions included.
    pub end: i64,
}

/// What comes of reading the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HistoryItem<'a> {
    Record {
        partition: i32,
        offset: i64,
        /// Its timestamp.
        written: Time,
        value: &'a [u8],
    },
    /// Everything up to the last stable offset was handed out.
    End { partition: i32 },
}

/// How a step failed that may do so without anything being wrong here.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fault {
    /// Nothing is decided by it; the same step is tried again.
    Retriable(Reason),
    /// The transaction cannot be committed any more: it is aborted, and its records taken again.
    Abortable(Reason),
    /// The producer is of no use any more. What became of the transaction has to be asked for.
    Broken(Reason),
    /// No try helps.
    Fatal(ShardError),
}

/// Why, for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reason(pub String);

impl Reason {
    pub(super) fn of(what: &str, error: &dyn std::error::Error) -> Self {
        Self(format!("{what}: {error}"))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
