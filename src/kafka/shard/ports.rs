//! The traits through which a shard uses the outside world: the group and its input, the outputs,
//! the history, the checkpoints and the clock.
//!
//! The shard's logic knows these traits and does not know the client library. A model of the broker
//! can therefore implement them, and tests can try every order of events. A call blocks only for a
//! bounded time; the shard repeats a call that needs longer.

use super::output::Output;
use crate::kafka::errors::ShardError;
use crate::kafka::record::{OwnedRecord, PolledRecord};
use crate::memory::{Mark, Memory};
use crate::transaction::Time;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::time::{Duration, Instant};

/// Next offsets to read, by partition.
pub type Offsets = BTreeMap<i32, i64>;

/// The offsets that a batch commits for the group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BatchOffsets {
    /// The offsets in the topic of transactions.
    pub transactions: Offsets,
    /// The offsets in the topic of labels.
    pub labels: Offsets,
}

/// The six ports of a shard.
pub trait Ports {
    type Input: Input;
    type Publisher: Publisher<Group = <Self::Input as Input>::Group>;
    type HistoryLog: HistoryLog;
    type LabelLog: LabelLog;
    type Checkpoints: Checkpoints;
    type Clock: Clock;
}

/// The ports, connected.
pub struct PortSet<P: Ports> {
    pub clock: P::Clock,
    pub input: P::Input,
    pub publisher: P::Publisher,
    pub log: P::HistoryLog,
    pub labels: P::LabelLog,
    pub checkpoints: P::Checkpoints,
}

/// A member of the consumer group.
pub trait Input {
    type Record<'a>: InputRecord
    where
        Self: 'a;
    /// Proves to the broker that this member still belongs to the group.
    type Group;

    fn subscribe(&mut self) -> Result<(), ShardError>;

    /// The next record, if one arrives within `wait`, and those that follow it without a wait: at
    /// most `max`. Ends early if an event arrives: see [`Self::drain_events`].
    fn poll(&mut self, wait: Duration, max: usize) -> Result<Vec<Self::Record<'_>>, ShardError>;

    /// The events since the last call, oldest first.
    fn drain_events(&mut self) -> VecDeque<InputEvent>;

    /// Takes over partitions. Their records arrive only once they are active.
    fn assign(&mut self, partitions: &[i32]) -> Result<(), ShardError>;

    fn unassign(&mut self, partitions: &[i32]) -> Result<(), ShardError>;

    /// Whether the group moves single partitions between members rather than reassigning all of
    /// them.
    fn is_cooperative(&self) -> bool;

    /// From now on, delivers records from these partitions only.
    fn set_active_partitions(&mut self, partitions: &BTreeSet<i32>) -> Result<(), ShardError>;

    /// Continues the partition with the first record at or after `offset`.
    fn seek(&mut self, partition: i32, offset: i64) -> Result<(), Fault>;

    /// The offsets that the group has committed, once no open transaction can change them.
    fn committed(&mut self, partitions: &[i32]) -> Result<BTreeMap<i32, Option<i64>>, Fault>;

    /// The current start and end of the partition.
    fn extent(&mut self, partition: i32) -> Result<Extent, Fault>;

    /// The offset of the first record written at or after `since`, if there is one.
    fn first_since(&mut self, partition: i32, since: Time) -> Result<Option<i64>, Fault>;

    /// Captures this member's identity in the group, before the records of a batch are read.
    fn capture_membership(&mut self);

    /// This member's identity when the open batch began. The identity when it ends would be wrong: a
    /// member that was removed from the group in between has an empty one, and the broker accepts
    /// offsets with an empty identity from any client.
    fn group(&self) -> Result<&Self::Group, Fault>;

    /// Commits outside a transaction. `NotYet` until the broker has answered.
    fn commit(&mut self, offsets: &BatchOffsets) -> Result<SendProgress, Fault>;
}

/// A record of the input.
pub trait InputRecord: PolledRecord {
    /// The first offset that its partition still had when the broker last sent records of it, if
    /// known. Sends no request.
    fn log_start(&self) -> Option<i64>;
}

/// The producer of one shard.
pub trait Publisher {
    type Group;

    /// Creates a new client with the same transactional id. When this returns, any transaction that
    /// the previous client left open is aborted or committed.
    fn recreate(&mut self) -> Result<(), Fault>;

    fn begin(&mut self) -> Result<(), Fault>;

    /// Queues a record to be sent; never blocks.
    fn send(&mut self, output: Output<'_>) -> Result<(), Fault>;

    /// Whether outputs are waiting for queue space. The shard should not read more until they are
    /// sent.
    fn is_full(&self) -> bool;

    /// Whether the broker has acknowledged every output.
    fn acknowledged(&mut self) -> Result<SendProgress, Fault>;

    /// The offsets of the history records acknowledged since the last call, by partition. Records
    /// whose offset the broker did not return are left out.
    fn history_offsets(&mut self) -> Offsets;

    /// Adds offsets to the transaction. `NotYet` until the broker has answered; the next call with
    /// the same offsets continues the same request.
    fn send_offsets(
        &mut self,
        offsets: &BatchOffsets,
        group: &Self::Group,
    ) -> Result<SendProgress, Fault>;

    fn commit(&mut self) -> Result<(), Fault>;

    /// Discards everything sent since `begin`.
    fn abort(&mut self) -> Result<(), Fault>;

    /// Lets the client library deliver its pending callbacks.
    fn serve(&self);
}

/// Reads the history topic; any number of partitions can be open at the same time.
pub trait HistoryLog {
    /// The start, the last stable offset and the end of the partition's log.
    fn extent(&mut self, partition: i32) -> Result<LogExtent, Fault>;

    /// Starts reading committed records of the partition at `offset`.
    fn open(&mut self, partition: i32, offset: i64) -> Result<(), Fault>;

    fn close(&mut self, partition: i32);

    /// The next record of any open partition, if one arrives within `wait`.
    fn next(&mut self, wait: Duration) -> Result<Option<HistoryItem<'_>>, Fault>;
}

/// Reads the topic of labels. Its partitions are not assigned by the group: a shard opens the
/// partition of the same number for each input partition that it owns.
pub trait LabelLog {
    /// The current start and end of the partition.
    fn extent(&mut self, partition: i32) -> Result<Extent, Fault>;

    /// Reads committed records of the partition from `offset` on. If the partition is open, it
    /// continues there.
    fn open(&mut self, partition: i32, offset: i64) -> Result<(), Fault>;

    fn close(&mut self, partition: i32);

    /// The next item of any open partition, if one has arrived.
    fn next(&mut self) -> Result<Option<LabelItem>, Fault>;
}

/// An item read from the topic of labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelItem {
    Record(OwnedRecord),
    /// The reader has reached the current end of this partition.
    End {
        partition: i32,
    },
}

/// Partition memories stored on this machine. A checkpoint is only a shortcut: the caller checks it
/// against the history, and restores from the history alone if there is none.
pub trait Checkpoints {
    /// Starts looking for the partition's checkpoint, without waiting for it.
    fn look_for(&mut self, partition: i32);

    /// The result of the search. Call it until it is no longer `NotYet`.
    fn found(&mut self, partition: i32) -> CheckpointLookup;

    /// Discards the partition's search and its result.
    fn forget(&mut self, partition: i32);

    /// Saves a memory that stays in use. Blocks until the file is on disk; returns whether it is.
    fn save(&mut self, memory: &Memory, mark: Mark) -> bool;

    /// Saves a memory that is no longer needed, without waiting for it.
    fn checkpoint_on_revoke(&mut self, memory: Memory, mark: Mark);

    /// Waits until all queued checkpoints are saved, at most until the deadline.
    fn finish(&mut self, deadline: Instant);
}

/// The state of the search for a checkpoint.
pub enum CheckpointLookup {
    NotYet,
    /// The partition has no usable checkpoint.
    Nothing,
    Found(Box<(Memory, Mark)>),
}

pub trait Clock {
    fn now(&self) -> Instant;

    fn wall(&self) -> Time;
}

/// An event that the client library reported during a poll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputEvent {
    Assignment(AssignmentChange),
    /// The library's statistics of the partitions, by partition number.
    Statistics(BTreeMap<i32, PartitionStatistics>),
    /// The reader has reached the current end of this partition.
    End(i32),
}

/// A change of the assignment that the shard has not applied yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AssignmentChange {
    /// Empty if the group has more members than partitions.
    Assigned(Vec<i32>),
    Revoked {
        partitions: Vec<i32>,
        lost: bool,
    },
}

/// What the client library has seen of an input partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartitionStatistics {
    /// The last stable offset, if known.
    pub end: Option<i64>,
    /// The number of records behind when the partition was taken over, if known.
    pub behind_at_first: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendProgress {
    Done,
    NotYet,
}

/// Offsets of a partition of the input, or of the labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Everything before it has been deleted.
    pub start: i64,
    /// The next offset to be written.
    pub end: i64,
}

/// Offsets of a history partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogExtent {
    pub start: i64,
    /// The last stable offset: everything before it is committed or aborted.
    pub last_stable: i64,
    /// The next offset to be written, open transactions included.
    pub end: i64,
}

/// An item read from the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistoryItem<'a> {
    Record {
        partition: i32,
        offset: i64,
        /// Its timestamp.
        written: Time,
        value: &'a [u8],
    },
    /// Every record up to the last stable offset has been returned.
    End { partition: i32 },
}

/// A failure of a step that can happen although nothing is wrong in this process.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// It has no effect; the same step is tried again.
    Retriable(Reason),
    /// The transaction can no longer be committed. It is aborted, and its records are processed
    /// again.
    Abortable(Reason),
    /// The producer can no longer be used, and the outcome of the transaction has to be resolved.
    Broken(Reason),
    /// Retrying does not help.
    Fatal(ShardError),
}

impl PartitionStatistics {
    /// The number of records behind, if known. `done` is the next offset after the committed
    /// records; `None` before the first commit.
    pub fn lag(self, done: Option<i64>) -> Option<i64> {
        match done {
            Some(done) => self.end.map(|end| end.saturating_sub(done).max(0)),
            None => self.behind_at_first,
        }
    }
}

/// The reason, for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(pub String);

impl Reason {
    pub fn of(what: &str, error: &dyn std::error::Error) -> Self {
        Self(format!("{what}: {error}"))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
