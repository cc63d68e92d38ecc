//! Knows the settings of the topic of outcomes, and checks those of an existing one.
//!
//! It must have the same partitions as the input, and its records must outlive the horizon within
//! which rules are measured. It is compacted, so that a label that arrives again takes no space.

use super::admin::{self, Admin};
use crate::kafka::errors::StartError;
use crate::kafka::settings::Settings;

/// The settings of a topic of outcomes that differ from the brokers' defaults.
pub fn configs(settings: &Settings) -> Vec<(&'static str, String)> {
    vec![
        ("cleanup.policy", "compact,delete".into()),
        ("retention.ms", settings.measured.horizon_ms.to_string()),
        ("retention.bytes", "-1".into()),
    ]
}

/// Rejects a topic that would lose or misplace outcomes. `partitions` are the counts of the input and
/// of the outcomes.
pub fn verify(
    client: &Admin,
    settings: &Settings,
    topic: &str,
    partitions: (usize, usize),
) -> Result<(), StartError> {
    let (input, own) = partitions;
    if input != own {
        let (topic, transactions) = (topic.to_owned(), settings.topics.transactions.clone());
        return Err(StartError::OutcomePartitions { topic, own, transactions, input });
    }
    let Some(existing) = admin::describe(client, topic)? else { return Ok(()) };
    let policy = existing.text("cleanup.policy").unwrap_or_default();
    let retention_ms = existing.number("retention.ms");
    let horizon_ms = settings.measured.horizon_ms;
    let deletes = policy.contains("delete");
    match retention_ms.filter(|ms| deletes && (0..horizon_ms).contains(ms)) {
        Some(found) => {
            Err(StartError::OutcomeRetention { topic: topic.to_owned(), found, needed: horizon_ms })
        }
        None => {
            if !deletes || !policy.contains("compact") {
                let what = "a topic of outcomes should have `compact,delete`: otherwise it grows needlessly";
                tracing::warn!(topic, "cleanup.policy" = policy, "{what}");
            }
            Ok(())
        }
    }
}
