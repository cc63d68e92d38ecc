//! Runs the engine over Kafka: the consumer group, the shards, the outputs and the topics.
//!
//! A [`Service`] has a number of shards. Each shard is one thread that owns a consumer, a producer
//! and the memory of its partitions. It passes records through the engine and commits an offset
//! only after the broker has acknowledged every output of that record. This folder does not know
//! what a rule is, how a message is encoded, or who serves the [`Status`](crate::status::Status).

mod card_lookup;
mod checkpoint_files;
mod client_log;
mod commit_thread;
mod dead_letters;
mod errors;
mod feed_watch;
mod fencing_limit;
mod headers;
mod lag;
mod murmur2;
mod outbound_record;
mod partition_reader;
mod partitions;
mod ports;
mod scorer;
mod service;
mod settings;
mod shard;
mod sink;
mod source;
mod topic_reader;
mod topics;
mod watchdog;

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::{ruleset as test_ruleset, ruleset_of as test_ruleset_of};

pub use card_lookup::{Found, InputRecord, Lookup, LookupError, LookupSettings, Remembered};
pub use dead_letters::{
    DeadLetter, DeadLetterSettings, DeadLetters, OTHER_REASON, Retried, RetryError, RetryOptions,
    RetryOutcome, SendError,
};
pub use errors::{RecordPlace, ShardError, ShardFailure, StartError, StopError, Stopped};
pub use feed_watch::FeedWatch;
pub use service::Service;
pub use settings::{
    CheckpointSettings, Connection, DeadLetterPayload, Guarantee, PropertyError, PropertyErrors,
    Settings, Topics,
};
pub use topic_reader::{LogPlace, Polled, ReadError, TopicReader, TopicRecord};
