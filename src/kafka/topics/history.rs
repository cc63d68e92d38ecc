//! Creates the history topic with suitable settings, or checks those of an existing one.
//!
//! It must have the same partitions as the input, and its records must outlive the memory. It must
//! not be compacted, because its records have no keys.

use super::super::errors::StartError;
use super::super::settings::Settings;
use super::{Admin, CREATE_TIMEOUT, block_on, create_these};
use crate::history::RECORD_BYTES_DEFAULT;
use rdkafka::admin::{AdminOptions, ConfigResource, NewTopic, ResourceSpecifier, TopicReplication};

/// How much longer than the memory's retention records are kept: a record's age counts from when it
/// was written.
const SPARE_MS: i64 = 24 * 60 * 60 * 1000;
/// The size of a batch with one record, not counting the record.
const BATCH_OVERHEAD_BYTES: usize = 16 * 1024;

pub(super) fn create(
    admin: &Admin,
    settings: &Settings,
    topic: &str,
    partitions: usize,
) -> Result<(), StartError> {
    let configs = configs(settings);
    let partitions = i32::try_from(partitions).unwrap_or(i32::MAX);
    let replication = TopicReplication::Fixed(settings.topics.replication_factor);
    let topic = NewTopic::new(topic, partitions, replication);
    let topic = configs.iter().fold(topic, |topic, (name, value)| topic.set(name, value));
    create_these(admin, &[topic])
}

/// The settings of a history topic that differ from the brokers' defaults.
pub(super) fn configs(settings: &Settings) -> Vec<(&'static str, String)> {
    let retention_ms = settings.limits.retention_ms.saturating_add(SPARE_MS);
    vec![
        ("cleanup.policy", "delete".into()),
        ("retention.ms", retention_ms.to_string()),
        ("retention.bytes", "-1".into()),
    ]
}

/// Rejects a topic that would lose or misplace memory. `partitions` are the counts of the input and
/// of the history.
pub(super) fn verify(
    admin: &Admin,
    settings: &Settings,
    topic: &str,
    partitions: (usize, usize),
) -> Result<(), StartError> {
    let (input, own) = partitions;
    if input != own {
        return Err(StartError::HistoryPartitions {
            topic: topic.to_owned(),
            own,
            transactions: settings.topics.transactions.clone(),
            input,
        });
    }
    let Some(config) = describe(admin, topic)? else { return Ok(()) };
    let value = |name: &str| config.get(name).and_then(|entry| entry.value.clone());
    let refuse = |setting, found: String, needed: String| {
        let topic = topic.to_owned();
        Err(StartError::HistorySetting { topic, setting, found, needed })
    };
    if let Some(policy) = value("cleanup.policy").filter(|policy| policy.contains("compact")) {
        return refuse("cleanup.policy", policy, "delete".into());
    }
    let needed = settings.limits.retention_ms;
    if let Some(found) = number(value("retention.ms")).filter(|ms| (0..needed).contains(ms)) {
        let needed = format!("at least {needed}, the memory's retention");
        return refuse("retention.ms", found.to_string(), needed);
    }
    if let Some(found) = number(value("retention.bytes")).filter(|bytes| *bytes >= 0) {
        let what = "memory that it cuts off is missing after a restart";
        tracing::warn!(topic, "retention.bytes" = found, "{what}");
    }
    let needed = RECORD_BYTES_DEFAULT + BATCH_OVERHEAD_BYTES;
    let least = i64::try_from(needed).unwrap_or(i64::MAX);
    match number(value("max.message.bytes")).filter(|bytes| *bytes < least) {
        Some(found) => refuse("max.message.bytes", found.to_string(), format!("at least {least}")),
        None => Ok(()),
    }
}

fn number(value: Option<String>) -> Option<i64> {
    value?.parse().ok()
}

/// The topic's settings. `None`, with a warning in the log, if the brokers do not return them.
fn describe(admin: &Admin, topic: &str) -> Result<Option<ConfigResource>, StartError> {
    let options = AdminOptions::new().request_timeout(Some(CREATE_TIMEOUT));
    let asked = [ResourceSpecifier::Topic(topic)];
    let answer = block_on(admin.describe_configs(asked.iter(), &options))?;
    let described = answer
        .map_err(|error| error.to_string())
        .and_then(|mut all| all.pop().ok_or_else(|| "no answer".to_owned()))
        .and_then(|resource| resource.map_err(|code| code.to_string()));
    Ok(match described {
        Ok(config) => Some(config),
        Err(error) => {
            tracing::warn!(topic, error, "the history topic's settings cannot be checked");
            None
        }
    })
}
