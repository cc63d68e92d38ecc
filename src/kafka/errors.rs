//! Errors around Kafka, with the topic, partition and offset where they have one.

use super::settings::PropertyErrors;
use crate::history::HistoryError;
use std::error::Error;
use std::fmt;
use std::time::Duration;

/// What the client library or a broker said about a failed call, with the causes. The library's own
/// error types stay in `client`, which has already handled what depends on their codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientError {
    message: String,
    cause: Option<Box<Self>>,
}

impl ClientError {
    pub(super) fn of(error: &dyn Error) -> Self {
        let cause = error.source().map(|cause| Box::new(Self::of(cause)));
        Self { message: error.to_string(), cause }
    }

    pub(super) fn boxed(error: &dyn Error) -> Box<Self> {
        Box::new(Self::of(error))
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for ClientError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as &dyn Error)
    }
}

/// Why a service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Properties(#[from] PropertyErrors),
    #[error("cannot create the Kafka {client}: {source}")]
    Client { client: &'static str, source: ClientError },
    #[error("missing topics: {}; create them:\n{}", .names.join(", "), .commands.join("\n"))]
    MissingTopics { names: Vec<String>, commands: Vec<String> },
    #[error("cannot create topic {topic}: {reason}")]
    CreateTopic { topic: String, reason: ClientError },
    #[error("cannot create topics: {source}")]
    CreateTopics { source: ClientError },
    #[error("topic {topic} cannot be used: {reason}")]
    Topic { topic: String, reason: ClientError },
    #[error("topics {} were created, but have no leader after {} s", .topics.join(", "), .waited.as_secs())]
    NoLeader { topics: Vec<String>, waited: Duration },
    #[error(
        "topic {topic} has {own} partitions and {transactions} has {input}: each partition of the \
         one is the memory of the same one of the other; make a new history topic with {input} \
         partitions, or name another in `topics.history`"
    )]
    HistoryPartitions { topic: String, own: usize, transactions: String, input: usize },
    #[error(
        "topic {topic} has {own} partitions and {transactions} has {input}: the labels of a card have \
         to be in the partition of its transactions; make a new topic of labels with {input} \
         partitions, keyed by card, or name another in `topics.labels`"
    )]
    LabelPartitions { topic: String, own: usize, transactions: String, input: usize },
    #[error(
        "topic {topic} has {own} partitions and {transactions} has {input}: each partition of the one \
         has the alerts of the same one of the other; make a new topic of outcomes with {input} \
         partitions, or name another in `topics.outcomes`"
    )]
    OutcomePartitions { topic: String, own: usize, transactions: String, input: usize },
    #[error(
        "topic {topic} has retention.ms = {found}, which is shorter than `labels.horizon`: {needed}; \
         let its records be kept longer, or the horizon be shorter"
    )]
    OutcomeRetention { topic: String, found: i64, needed: i64 },
    #[error("topic {topic} has {setting} = {found}; the history needs {needed}")]
    HistorySetting { topic: String, setting: &'static str, found: String, needed: String },
    #[error(
        "topic {topic} has cleanup.policy = {found}; the lists need compact: otherwise entries \
         disappear with age"
    )]
    ListsPolicy { topic: String, found: String },
    #[error("cannot read the lists: {source}")]
    Lists { source: ClientError },
    #[error("cannot start a thread: {source}")]
    Thread { source: std::io::Error },
    #[error("stopped before topic {topic} was read")]
    CancelledLists { topic: String },
    #[error("stopped before the brokers at {brokers} were reached")]
    Cancelled { brokers: String },
}

impl StartError {
    pub(super) fn client(client: &'static str, error: &dyn Error) -> Self {
        Self::Client { client, source: ClientError::of(error) }
    }
}

/// The position of an input record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordPlace {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
}

impl fmt::Display for RecordPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} partition {} offset {}", self.topic, self.partition, self.offset)
    }
}

/// Why a shard stopped. It has not committed anything beyond what was acknowledged.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ShardError {
    #[error("topic {topic} rejected the {what} of {input}: {source}; its offset is not committed")]
    Delivery { topic: String, what: &'static str, input: RecordPlace, source: Box<ClientError> },
    #[error("cannot read topic {topic}: {source}")]
    Consume { topic: String, source: Box<ClientError> },
    #[error("cannot {what} partitions {partitions:?} of topic {topic}: {source}")]
    Assignment { what: &'static str, topic: String, partitions: Vec<i32>, source: Box<ClientError> },
    #[error("cannot commit offsets of topic {topic}: {source}")]
    Commit { topic: String, source: Box<ClientError> },
    #[error(
        "another producer took over `{transactional_id}` again and again: two instances must not \
         share `kafka.instance` ({reason})"
    )]
    Fenced { transactional_id: String, reason: String },
    #[error(
        "another member took over `{instance_id}`, which is this one's `group.instance.id`: two \
         instances must not share `kafka.instance` ({reason})"
    )]
    Replaced { instance_id: String, reason: String },
    #[error(
        "topic {topic} partition {partition} ends at offset {end} but was already processed up to \
         {covered}: it was recreated or truncated. To start with the topic as it is, configure a \
         new history topic and a new group (`topics.history`, `kafka.group_id`)"
    )]
    InputEndsBefore { topic: String, partition: i32, covered: i64, end: i64 },
    #[error(
        "topic {topic} partition {partition} has a record at offset {offset} but was already \
         processed up to {covered}: it was recreated or truncated. To start with the topic as it \
         is, configure a new history topic and a new group (`topics.history`, `kafka.group_id`)"
    )]
    InputWentBack { topic: String, partition: i32, offset: i64, covered: i64 },
    #[error("the {client} gave up: {reason}")]
    Client { client: &'static str, reason: String },
    #[error("the thread panicked; the panic's own message is above")]
    Panicked,
}

/// A shard that failed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("shard {shard}: {error}")]
pub struct ShardFailure {
    pub shard: usize,
    pub error: ShardError,
}

/// The result of a clean stop: nothing is left open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped {
    /// From the call until the last shard left the group.
    pub took: Duration,
}

/// Why a service did not stop cleanly.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StopError {
    #[error("shards {shards:?} were not done within the grace of {} ms; what they had not committed is read again", .grace.as_millis())]
    Grace { shards: Vec<usize>, grace: Duration },
    #[error(transparent)]
    Failed(#[from] ShardFailure),
    /// The broker did not acknowledge the outputs of some records in time. Their offsets are not
    /// committed.
    #[error(
        "shard {shard}: not all outputs were acknowledged in time; their records are read again"
    )]
    Unacknowledged { shard: usize },
}

/// Why a command could not read a topic.
#[derive(Debug, thiserror::Error)]
pub enum LookupError {
    #[error(transparent)]
    Client(#[from] StartError),
    #[error("the brokers at {brokers} did not answer for {} s: {reason}", .waited.as_secs())]
    Silent { brokers: String, waited: Duration, reason: String },
    #[error("there is no topic {topic}")]
    NoTopic { topic: String },
    #[error(transparent)]
    Refused(Box<ShardError>),
    #[error("the history record at offset {offset} of {topic}, partition {partition}: {source}")]
    History { topic: String, partition: i32, offset: i64, source: HistoryError },
    #[error("interrupted")]
    Interrupted,
}
