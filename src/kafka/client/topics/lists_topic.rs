//! Creates the lists topic, or checks the settings of an existing one: it must be compacted, so that
//! the newest record of each entry stays, and only compacted, so that no entry disappears with age.

use super::admin::{self, Admin};
use crate::kafka::errors::StartError;
use crate::kafka::settings::{Connection, Settings};
use rdkafka::admin::{NewTopic, TopicReplication};

/// Every instance reads all partitions, so more than one would help no one.
pub const PARTITIONS: i32 = 1;

const POLICY: &str = "cleanup.policy";
const COMPACT: &str = "compact";

/// The settings that differ from the brokers' defaults.
pub fn configs() -> Vec<(&'static str, String)> {
    vec![(POLICY, COMPACT.to_owned())]
}

pub fn create(client: &Admin, settings: &Settings, topic: &str) -> Result<(), StartError> {
    let replication = TopicReplication::Fixed(settings.topics.replication_factor);
    let topic = NewTopic::new(topic, PARTITIONS, replication).set(POLICY, COMPACT);
    admin::create(client, &[topic])
}

/// Checks the settings of a topic that entries are to be written to.
pub fn check(connection: &Connection, topic: &str) -> Result<(), StartError> {
    verify(&admin::connect(connection)?, topic)
}

pub fn verify(client: &Admin, topic: &str) -> Result<(), StartError> {
    let Some(existing) = admin::describe(client, topic)? else { return Ok(()) };
    match existing.text(POLICY) {
        Some(policy) if policy != COMPACT => {
            Err(StartError::ListsPolicy { topic: topic.to_owned(), found: policy })
        }
        _ => Ok(()),
    }
}
