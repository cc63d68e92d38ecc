//! The settings of a [`Service`](crate::kafka::Service).

use super::connection::Connection;
use crate::history::FormatVersion;
use crate::kafka::active_lists::ActiveLists;
use crate::kafka::feed_watch::FeedWatch;
use crate::memory::{CheckpointError, Mark};
use crate::precision::MeasureSettings;
use crate::reload::ActiveRuleset;
use crate::topics::Topics;
use crate::transaction::Currency;
use crate::{decode, memory, metrics};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use xxhash_rust::xxh3::xxh3_64;

/// Everything that a [`Service`](crate::kafka::Service) needs.
#[derive(Clone)]
pub struct Settings {
    /// `host:port`, comma separated.
    pub brokers: String,
    pub group_id: String,
    pub client_id: String,
    /// Properties of the client library, for consumer, producer and admin client.
    pub properties: BTreeMap<String, String>,
    pub topics: Topics,
    pub guarantee: Guarantee,
    /// This instance's name in its group; `None`: a random name for each start.
    pub instance: Option<String>,
    /// The name of this start, used if the instance has no name.
    pub start_name: String,
    /// The format of new history records.
    pub history_version: FormatVersion,
    /// How rules are measured, if there is a topic of outcomes.
    pub measured: MeasureSettings,
    /// How far back the input is read into a memory that has no history.
    pub warm_up: Option<Duration>,
    /// The number of threads; each is a member of the group.
    pub shards: usize,
    /// The maximum time between two commits.
    pub commit_interval: Duration,
    pub payload: DeadLetterPayload,
    pub decoder: Arc<decode::Decoder>,
    /// The currency of amounts in memory and history.
    pub base_currency: Currency,
    /// The limits of each partition's memory.
    pub limits: memory::Limits,
    /// `None`: every restore reads the whole history.
    pub checkpoints: Option<CheckpointSettings>,
    /// The ruleset that the shards follow.
    pub ruleset: Arc<ActiveRuleset>,
    pub metrics: Arc<metrics::Metrics>,
    /// The entries of the lists topic, which the shards follow.
    pub lists: Arc<ActiveLists>,
    /// Shared by the shards.
    pub feed_watch: Arc<FeedWatch>,
}

/// Where and how often checkpoints are saved on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointSettings {
    /// Used by this process alone.
    pub folder: PathBuf,
    /// Zero: only when a partition is revoked or the shard stops.
    pub interval: Duration,
}

/// The guarantee for a consumer that reads committed records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Guarantee {
    /// The outputs of each record are published exactly once.
    #[default]
    ExactlyOnce,
    /// The outputs are published once or more often, with the same ids.
    AtLeastOnce,
}

/// The part of the input record that a dead letter carries as its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeadLetterPayload {
    #[default]
    None,
    /// The unchanged record, card numbers included.
    Raw,
}

impl Settings {
    /// Checks that a checkpoint belongs to this partition.
    pub(in crate::kafka) fn check_mark(
        &self,
        partition: i32,
        mark: &Mark,
    ) -> Result<(), CheckpointError> {
        if mark.partition != partition {
            return Err(CheckpointError::OtherPartition { found: mark.partition });
        }
        if mark.origin != self.origin() {
            return Err(CheckpointError::OtherOrigin);
        }
        if mark.base_currency != self.base_currency {
            return Err(CheckpointError::OtherCurrency { found: mark.base_currency });
        }
        Ok(())
    }

    /// Identifies what a partition's memory belongs to, apart from the partition number.
    pub(in crate::kafka) fn origin(&self) -> u64 {
        let history = self.topics.history.as_deref().unwrap_or_default();
        // Names of topics and groups contain no zero byte.
        let names = [&*self.group_id, &*self.topics.transactions, history].join("\0");
        xxh3_64(names.as_bytes())
    }

    /// The same after each start of a named instance, so a restarted instance ends the transaction
    /// that it left open.
    pub(in crate::kafka) fn transactional_id(&self, shard: usize) -> String {
        let instance = self.instance.as_deref().unwrap_or(&self.start_name);
        format!("{}-{instance}-{shard}", self.group_id)
    }

    /// How to reach the brokers.
    pub(in crate::kafka) fn connection(&self) -> Connection {
        Connection {
            brokers: self.brokers.clone(),
            group_id: self.group_id.clone(),
            client_id: self.client_id.clone(),
            properties: self.properties.clone(),
        }
    }
}
