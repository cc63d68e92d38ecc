//! Runs the engine over Kafka: the consumer group, the shards, the outputs and the topics.
//!
//! A [`Service`] has a number of shards. Each shard is one thread that owns a consumer, a producer
//! and the memory of its partitions. It passes records through the engine and commits an offset
//! only after the broker has acknowledged every output of that record. This folder does not know
//! what a rule is, how a message is encoded, or who serves the [`Status`](crate::status::Status).
//!
//! ```text
//! service.rs ─▶ shard/    the logic, over ports: no client library
//!     ├───────▶ outcomes/   measures rules with labels, over a port
//!     └───────▶ client/   the ports on real brokers: the only code that names the client library
//! tools/ ─────▶ client/   what commands read from the topics
//! ```

mod active_lists;
mod checkpoint_files;
mod client;
mod errors;
mod feed_watch;
mod list_reader;
mod outcomes;
mod record;
mod service;
mod settings;
mod shard;
mod tools;
mod watchdog;

#[cfg(test)]
mod tests;

pub use active_lists::{ActiveLists, ListsVersion};
pub use client::{
    ClusterError, EmbeddedCluster, Feed, FeedError, LogPlace, Polled, RangeRecord, ReadError,
    SendError, TimeRange, TimeRangeReader, TopicReader, TopicRecord,
};
pub use errors::{
    ClientError, LookupError, RecordPlace, ShardError, ShardFailure, StartError, StopError, Stopped,
};
pub use feed_watch::FeedWatch;
pub use service::Service;
pub use settings::{
    CheckpointSettings, Connection, DeadLetterPayload, Guarantee, PropertyError, PropertyErrors,
    Settings,
};
pub use tools::{
    DeadLetter, DeadLetterSettings, DeadLetters, DecidedTransaction, Found, InputRecord, ListTopic,
    ListTopicError, ListWriteError, ListWriter, ListsMoment, Lookup, LookupSettings, OTHER_REASON,
    PastLists, PublishedDecision, Remembered, Retried, RetryError, RetryOptions, RetryOutcome,
    find_published,
};
