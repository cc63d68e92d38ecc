//! Checks a service's and a command's properties, before any client connects.

use super::creation::{self, Plan, Role};
use super::reserved;
use crate::kafka::client::config::{TRANSACTION_TIMEOUT, TRANSACTION_TIMEOUT_DEFAULT_MS};
use crate::kafka::settings::{Connection, Guarantee, PropertyError, PropertyErrors, Settings};

impl Settings {
    /// Checks that the client library accepts the properties and can create every client of a
    /// service with them. Connects to nothing.
    pub fn check(&self) -> Result<(), PropertyErrors> {
        let mut errors = self.property_errors();
        if errors.is_empty() {
            errors = self.connection().refusals(&self.plans());
        }
        PropertyErrors::unless_empty(errors)
    }

    /// Checks whether each property may be set, without creating clients.
    pub fn check_properties(&self) -> Result<(), PropertyErrors> {
        PropertyErrors::unless_empty(self.property_errors())
    }

    fn property_errors(&self) -> Vec<PropertyError> {
        let mut errors = reserved::check(&self.properties);
        errors.extend(self.transaction_timeout_error());
        errors
    }

    fn transaction_timeout_error(&self) -> Option<PropertyError> {
        let timeout = self.properties.get(TRANSACTION_TIMEOUT).map(String::as_str);
        // A value that is not a number has its own error.
        let timeout_ms = timeout.unwrap_or(TRANSACTION_TIMEOUT_DEFAULT_MS).parse().ok()?;
        let interval_ms = self.commit_interval.as_millis();
        let is_short = self.guarantee == Guarantee::ExactlyOnce && timeout_ms < 2 * interval_ms;
        is_short.then_some(PropertyError::TransactionTimeout { timeout_ms, interval_ms })
    }

    /// The clients of a service.
    fn plans(&self) -> Vec<Plan> {
        let mut plans = vec![
            Plan::new("consumer", Role::Consumer, self.consumer_config(0)),
            Plan::new("producer", Role::Producer, self.producer_config(0)),
            Plan::new("admin client", Role::Admin, self.admin_config()),
        ];
        if self.topics.history.is_some() {
            let config = self.connection().reader_config(0, "history", "read_committed");
            plans.push(Plan::new("history reader", Role::Consumer, config));
        }
        plans
    }
}

impl Connection {
    /// Checks that the client library accepts the properties and can create topic readers and a
    /// sender of records with them. Connects to nothing.
    pub fn check(&self) -> Result<(), PropertyErrors> {
        let mut errors = reserved::check(&self.properties);
        if errors.is_empty() {
            let reader = self.reader_config(0, "history", "read_committed");
            errors = self.refusals(&[
                Plan::new("topic reader", Role::Consumer, self.topic_reader_config()),
                Plan::new("history reader", Role::Consumer, reader),
                Plan::new("producer", Role::Producer, self.sender_config()),
            ]);
        }
        PropertyErrors::unless_empty(errors)
    }

    fn refusals(&self, plans: &[Plan]) -> Vec<PropertyError> {
        let mut errors = creation::refusals(plans, &self.properties);
        errors.extend(reserved::broker_protocol_error(&self.brokers, &self.properties));
        errors
    }
}
