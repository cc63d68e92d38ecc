//! Holds what the commands that look up a card in Kafka share.

use super::settings::located;
use crate::config::{Errors, Resolved};
use crate::decode::contains_card_number;
use crate::kafka::{Connection, LookupSettings};

/// A card that cannot be looked up.
#[derive(Debug, thiserror::Error)]
pub enum CardError {
    /// Does not contain the number.
    #[error(
        "--card is a card number: cards are known by their tokens alone, as alerts and decisions show \
         them in `card`"
    )]
    Number,
    #[error("`topics.history` is empty: without a history nothing can be looked up")]
    NoHistory,
}

/// Refuses a card number before anything is done with it.
pub fn check_token(card: &str) -> Result<(), CardError> {
    if contains_card_number(card.as_bytes()) { Err(CardError::Number) } else { Ok(()) }
}

/// The topics and limits from the configuration.
pub fn settings(resolved: &Resolved) -> anyhow::Result<LookupSettings> {
    let history = resolved.topics.history.as_ref().ok_or(CardError::NoHistory)?;
    Ok(LookupSettings {
        connection: connection(resolved)?,
        transactions: resolved.topics.transactions.as_str().to_owned(),
        history: history.as_str().to_owned(),
        limits: resolved.limits,
    })
}

/// How to reach the brokers, after the client library has accepted the properties.
pub fn connection(resolved: &Resolved) -> Result<Connection, Errors> {
    let kafka = &resolved.kafka;
    let connection = Connection {
        brokers: kafka.brokers.as_str().to_owned(),
        group_id: kafka.group_id.clone(),
        client_id: kafka.client_id.clone(),
        properties: kafka.properties.0.clone(),
    };
    connection.check().map_err(|errors| located(&resolved.origins, errors))?;
    Ok(connection)
}
