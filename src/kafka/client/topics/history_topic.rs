//! Knows the settings of the history topic, and checks those of an existing one.
//!
//! It must have the same partitions as the input, and its records must outlive the memory. It must
//! not be compacted, because its records have no keys.

use super::admin::{self, Admin};
use crate::history::RECORD_BYTES_DEFAULT;
use crate::kafka::errors::StartError;
use crate::kafka::settings::Settings;

/// How much longer than the memory's retention records are kept: a record's age counts from when it
/// was written.
const SPARE_MS: i64 = 24 * 60 * 60 * 1000;
/// The size of a batch with one record, not counting the record.
const BATCH_OVERHEAD_BYTES: usize = 16 * 1024;

/// The settings of a history topic that differ from the brokers' defaults.
pub fn configs(settings: &Settings) -> Vec<(&'static str, String)> {
    let retention_ms = settings.limits.retention_ms.saturating_add(SPARE_MS);
    vec![
        ("cleanup.policy", "delete".into()),
        ("retention.ms", retention_ms.to_string()),
        ("retention.bytes", "-1".into()),
    ]
}

/// Rejects a topic that would lose or misplace memory. `partitions` are the counts of the input and
/// of the history.
pub fn verify(
    client: &Admin,
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
    let Some(existing) = admin::describe(client, topic)? else { return Ok(()) };
    let refuse = |setting, found: String, needed: String| {
        let topic = topic.to_owned();
        Err(StartError::HistorySetting { topic, setting, found, needed })
    };
    if let Some(policy) =
        existing.text("cleanup.policy").filter(|policy| policy.contains("compact"))
    {
        return refuse("cleanup.policy", policy, "delete".into());
    }
    let needed = settings.limits.retention_ms;
    if let Some(found) = existing.number("retention.ms").filter(|ms| (0..needed).contains(ms)) {
        let needed = format!("at least {needed}, the memory's retention");
        return refuse("retention.ms", found.to_string(), needed);
    }
    if let Some(found) = existing.number("retention.bytes").filter(|bytes| *bytes >= 0) {
        let what = "memory that it cuts off is missing after a restart";
        tracing::warn!(topic, "retention.bytes" = found, "{what}");
    }
    let needed = RECORD_BYTES_DEFAULT + BATCH_OVERHEAD_BYTES;
    let least = i64::try_from(needed).unwrap_or(i64::MAX);
    match existing.number("max.message.bytes").filter(|bytes| *bytes < least) {
        Some(found) => refuse("max.message.bytes", found.to_string(), format!("at least {least}")),
        None => Ok(()),
    }
}
