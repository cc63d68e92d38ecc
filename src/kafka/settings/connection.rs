//! How to reach the brokers.

use std::collections::BTreeMap;

/// The brokers, and the names that this client uses there.
#[derive(Clone)]
pub struct Connection {
    pub brokers: String,
    pub group_id: String,
    pub client_id: String,
    pub properties: BTreeMap<String, String>,
}
