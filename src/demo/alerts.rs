//! Reads alerts back from Kafka and parses their JSON, as any consumer of the topic does.

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Message, Offset, TopicPartitionList};
use serde::Deserialize;
use std::time::Duration;

/// What the demo shows of an alert (docs/reference/decision-and-alert.md).
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct PublishedAlert {
    pub transaction_id: String,
    pub card: String,
    pub time: String,
    pub score: u16,
    pub action: String,
    pub severity: Option<String>,
    pub amount: i64,
    pub currency: String,
    pub last4: Option<String>,
    pub merchant: AlertMerchant,
    pub rules: Vec<Fired>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct AlertMerchant {
    pub id: String,
    pub name: Option<String>,
    pub country: Option<String>,
}

/// A rule that fired.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Fired {
    pub id: String,
    pub message: String,
}

/// Why alerts cannot be read back.
#[derive(Debug, thiserror::Error)]
pub enum AlertsError {
    #[error("cannot read the topic {topic}")]
    Kafka { topic: String, source: KafkaError },
    #[error(
        "the alert at offset {offset} of partition {partition} is not what docs/reference/decision-and-alert.md says"
    )]
    Malformed { partition: i32, offset: i64, source: serde_json::Error },
}

/// Reads the alerts topic from its beginning.
pub(super) struct Alerts {
    consumer: BaseConsumer,
    topic: String,
}

impl Alerts {
    pub fn read(brokers: &str, topic: &str, partitions: i32) -> Result<Self, AlertsError> {
        let failed = |source| AlertsError::Kafka { topic: topic.to_owned(), source };
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", brokers)
            .set("client.id", "redcard-demo-alerts")
            .set("group.id", "redcard-demo-alerts")
            .set("enable.auto.commit", "false")
            .set("fetch.wait.max.ms", "50")
            .create()
            .map_err(failed)?;
        let mut everything = TopicPartitionList::new();
        for partition in 0..partitions {
            everything.add_partition_offset(topic, partition, Offset::Beginning).map_err(failed)?;
        }
        consumer.assign(&everything).map_err(failed)?;
        Ok(Self { consumer, topic: topic.to_owned() })
    }

    /// The next alert, if one arrives within `timeout`.
    pub fn poll(&self, timeout: Duration) -> Result<Option<PublishedAlert>, AlertsError> {
        let Some(polled) = self.consumer.poll(timeout) else { return Ok(None) };
        let message =
            polled.map_err(|source| AlertsError::Kafka { topic: self.topic.clone(), source })?;
        let (partition, offset) = (message.partition(), message.offset());
        serde_json::from_slice(message.payload().unwrap_or_default())
            .map(Some)
            .map_err(|source| AlertsError::Malformed { partition, offset, source })
    }
}
