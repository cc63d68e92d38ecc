//! Formats settings for debugging without the values of properties, because these may be secret.

use super::connection::Connection;
use super::service_settings::Settings;
use std::fmt;

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let properties: Vec<&String> = self.properties.keys().collect();
        f.debug_struct("Connection")
            .field("brokers", &self.brokers)
            .field("group_id", &self.group_id)
            .field("client_id", &self.client_id)
            .field("properties", &properties)
            .finish()
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("connection", &self.connection())
            .field("topics", &self.topics)
            .field("guarantee", &self.guarantee)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn connection_debug_shows_only_property_names() {
        let properties = BTreeMap::from([("sasl.password".to_owned(), "hunter2".to_owned())]);
        let (brokers, group_id) = ("kafka:9092".to_owned(), "redcard".to_owned());
        let client_id = group_id.clone();
        let shown = format!("{:?}", Connection { brokers, group_id, client_id, properties });
        assert!(shown.contains("sasl.password") && !shown.contains("hunter2"), "{shown}");
    }
}
