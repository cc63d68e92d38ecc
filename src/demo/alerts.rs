//! Reads alerts back from Kafka and parses their JSON, as any consumer of the topic does.

use crate::clock::monotonic_now;
use crate::kafka::{Connection, Polled, ReadError, StartError, TopicReader, TopicRecord};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// The name of the reader and of its group.
const NAME: &str = "redcard-demo-alerts";

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
    #[error(transparent)]
    Client(#[from] StartError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(
        "the alert at offset {offset} of partition {partition} is not what docs/reference/decision-and-alert.md says"
    )]
    Malformed { partition: i32, offset: i64, source: serde_json::Error },
}

/// Reads the alerts topic from its beginning.
pub(super) struct Alerts {
    reader: TopicReader,
}

impl Alerts {
    pub fn read(brokers: &str, topic: &str, partitions: i32) -> Result<Self, AlertsError> {
        let reader = TopicReader::connect(
            &Connection {
                brokers: brokers.to_owned(),
                group_id: NAME.into(),
                client_id: NAME.into(),
                properties: BTreeMap::from([("fetch.wait.max.ms".into(), "50".into())]),
            },
            topic,
        )?;
        reader.assign((0..partitions).map(|partition| (partition, None)))?;
        Ok(Self { reader })
    }

    /// The next alert, if one arrives within `timeout`.
    pub fn poll(&self, timeout: Duration) -> Result<Option<PublishedAlert>, AlertsError> {
        let deadline = monotonic_now() + timeout;
        loop {
            let left = deadline.saturating_duration_since(monotonic_now());
            match self.reader.next(left)? {
                Some(Polled::Record(record)) => return parsed(&record).map(Some),
                Some(Polled::End { .. }) => {}
                None if left.is_zero() => return Ok(None),
                None => {}
            }
        }
    }
}

fn parsed(record: &TopicRecord<'_>) -> Result<PublishedAlert, AlertsError> {
    serde_json::from_slice(record.value().unwrap_or_default()).map_err(|source| {
        let (partition, offset) = (record.partition(), record.offset());
        AlertsError::Malformed { partition, offset, source }
    })
}
