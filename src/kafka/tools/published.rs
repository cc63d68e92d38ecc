//! Finds what the service published about a transaction.

use super::murmur2;
use crate::kafka::client::RangeReader;
use crate::kafka::errors::LookupError;
use crate::kafka::record::BorrowedRecord;
use crate::kafka::settings::Connection;
use crate::transaction::Time;
use serde::Deserialize;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The header with the version of the lists that a decision was made with.
const LISTS_HEADER: &str = "redcard-lists";

/// The transaction whose decision is looked for.
#[derive(Debug, Clone, Copy)]
pub struct DecidedTransaction<'d> {
    pub card: &'d str,
    pub id: &'d str,
    pub time: Time,
}

/// A decision, or an alert, that was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedDecision {
    /// The version of the lists; `None`: there was no lists topic.
    pub lists: Option<String>,
}

/// What both say about their transaction.
#[derive(Deserialize)]
struct DecidedFields {
    transaction_id: String,
    time: String,
}

/// The newest decision about the transaction in a topic of decisions or alerts. Their key is the card, so
/// only one partition is read. `None` if there is none any more, or no such topic.
pub fn find_published(
    connection: &Connection,
    topic: &str,
    about: DecidedTransaction<'_>,
    interrupted: &Arc<AtomicBool>,
) -> Result<Option<PublishedDecision>, LookupError> {
    let reader = RangeReader::connect(connection, topic, interrupted)?;
    let partitions = match reader.partitions() {
        Err(LookupError::NoTopic { .. }) => return Ok(None),
        partitions => partitions?,
    };
    let partition = murmur2::partition(about.card.as_bytes(), partitions);
    let mut found = None;
    // Nothing breaks the reading.
    let _ = reader.read(partition, reader.extent(partition)?, |record| {
        if is_about(&record, about) {
            found = Some(PublishedDecision { lists: lists_of(&record) });
        }
        ControlFlow::Continue(())
    })?;
    Ok(found)
}

fn is_about(record: &BorrowedRecord<'_>, about: DecidedTransaction<'_>) -> bool {
    if record.key != Some(about.card.as_bytes()) {
        return false;
    }
    let written =
        record.value.and_then(|value| serde_json::from_slice::<DecidedFields>(value).ok());
    written.is_some_and(|DecidedFields { transaction_id, time }| {
        transaction_id == about.id && Time::parse_rfc3339(&time) == Some(about.time)
    })
}

fn lists_of(record: &BorrowedRecord<'_>) -> Option<String> {
    let header = record.headers().find(|header| header.key == LISTS_HEADER)?;
    String::from_utf8(header.value?.into_owned()).ok()
}
