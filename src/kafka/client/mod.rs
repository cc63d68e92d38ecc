//! The only code that knows the client library: the ports of a shard on real brokers, the readers and
//! senders of commands, and the embedded cluster of the demo.
//!
//! Nothing else in `src` names the library (`tests/it/architecture.rs`). Its records and errors leave
//! this folder as redcard's own types.

mod commit_thread;
mod config;
mod consumer;
mod embedded_cluster;
mod feed;
mod fencing_limit;
mod input_topics;
mod label_reader;
mod log;
mod open_partitions;
mod outcome_reader;
mod partition_reader;
mod producer;
mod properties;
mod range_reader;
mod record;
mod retry_sender;
mod time_range_reader;
mod topic_client;
mod topic_reader;
mod topics;

pub use consumer::GroupConsumer;
pub use embedded_cluster::{ClusterError, EmbeddedCluster};
pub use feed::{Feed, FeedError};
pub use label_reader::LabelReader;
pub use outcome_reader::OutcomeReader;
pub use partition_reader::PartitionReader;
pub use producer::ShardProducer;
pub use range_reader::RangeReader;
pub use retry_sender::{RetrySender, SendError};
pub use time_range_reader::{RangeRecord, TimeRange, TimeRangeReader};
pub use topic_reader::{LogPlace, Polled, ReadError, TopicReader, TopicRecord};
pub use topics::{check_lists as check_lists_topic, ensure as ensure_topics};
