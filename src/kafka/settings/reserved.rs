//! Properties of the client library that a user must not set, and whether it knows the others.

use super::PropertyError;
use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaConfRes;
use std::collections::BTreeMap;

/// The user's value of a property that is refused, where only some values are.
type Refused = fn(&str) -> bool;

const ANY: Refused = |_| true;
const NOT_ALL: Refused = |value| !matches!(value, "all" | "-1");
const NOT_TRUE: Refused = |value| value != "true";
const NOT_COMMITTED: Refused = |value| value != "read_committed";

const SET_ELSEWHERE: &str = "it stands under [kafka] as a key of its own";
const COMMITS_LAST: &str =
    "redcard commits an offset only after everything that came of its record is acknowledged";
const NO_LOSS: &str = "alerts could be lost, doubled or reordered";

/// Properties that the delivery promise stands on, and those that have a key of their own.
const RESERVED: &[(&str, Refused, &str)] = &[
    ("bootstrap.servers", ANY, SET_ELSEWHERE),
    ("metadata.broker.list", ANY, SET_ELSEWHERE),
    ("group.id", ANY, SET_ELSEWHERE),
    ("client.id", ANY, SET_ELSEWHERE),
    ("enable.auto.commit", ANY, COMMITS_LAST),
    ("enable.auto.offset.store", ANY, COMMITS_LAST),
    ("enable.idempotence", NOT_TRUE, NO_LOSS),
    ("acks", NOT_ALL, NO_LOSS),
    ("request.required.acks", NOT_ALL, NO_LOSS),
    ("transactional.id", ANY, "it is built from `kafka.instance` and the number of the shard"),
    ("group.instance.id", ANY, "it is built from `kafka.instance` and the number of the shard"),
    ("isolation.level", NOT_COMMITTED, "an aborted record must not be taken for one that stands"),
    ("test.mock.num.brokers", ANY, "each client would talk to a cluster of its own"),
];

/// The first property that must not be set, or that the client library refuses, if any.
pub(super) fn check(properties: &BTreeMap<String, String>) -> Result<(), PropertyError> {
    for (property, value) in properties {
        for (reserved, refused, reason) in RESERVED {
            if property == reserved && refused(value) {
                let (property, value) = (property.clone(), value.clone());
                return Err(PropertyError::Reserved { property, value, reason });
            }
        }
        check_property(property, value)?;
    }
    Ok(())
}

/// Asks the client library, which starts nothing for it.
fn check_property(property: &str, value: &str) -> Result<(), PropertyError> {
    let mut config = ClientConfig::new();
    config.set(property, value);
    let property = property.to_owned();
    match config.create_native_config() {
        Ok(_) => Ok(()),
        Err(KafkaError::ClientConfig(RDKafkaConfRes::RD_KAFKA_CONF_UNKNOWN, ..)) => {
            Err(PropertyError::Unknown { property })
        }
        Err(_) => Err(PropertyError::BadValue { property }),
    }
}
