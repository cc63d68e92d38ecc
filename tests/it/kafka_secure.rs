//! TLS and SASL: built in, and set by properties of the client library alone.

use crate::support::broker::Broker;
use crate::support::client;
use crate::support::messages::traffic;
use crate::support::redcard::{Setup, Topics};
use crate::support::secure::{PASSWORD, USER};
use crate::support::{PATIENCE, wait_within};

fn properties(broker: &Broker, mechanism: &str, password: &str) -> toml::Table {
    let certificate = broker.secure().certificate.to_str().unwrap();
    let properties = [
        ("security.protocol", "SASL_SSL"),
        ("ssl.ca.location", certificate),
        ("sasl.mechanism", mechanism),
        ("sasl.username", USER),
        ("sasl.password", password),
    ];
    properties.map(|(name, value)| (name.to_owned(), value.into())).into_iter().collect()
}

#[test]
fn a_broker_with_tls_and_sasl_is_reached_and_the_password_is_not_told() {
    let broker = Broker::start_secure_or_panic();
    let plain = broker.addresses();
    let secure = format!("127.0.0.1:{}", broker.secure().port);
    for mechanism in ["SCRAM-SHA-256", "PLAIN"] {
        let topics = Topics::created(&plain, mechanism, 1);
        let setup = Setup::new(&secure, &topics)
            .set("kafka", "properties", properties(&broker, mechanism, PASSWORD))
            .env("RUST_LOG", "trace");
        let redcard = setup.start_ready();
        let charges = traffic(mechanism, 5, 20);
        let records: Vec<_> = charges.iter().map(|charge| charge.record()).collect();
        client::produce(&plain, &topics.transactions, &records);
        client::read_at_least(&plain, &topics.decisions, charges.len());
        let said = redcard.stop();
        assert!(!said.contains(PASSWORD), "{said}");
    }

    let topics = Topics::created(&plain, "refused", 1);
    let refused = Setup::new(&secure, &topics)
        .set("kafka", "properties", properties(&broker, "SCRAM-SHA-256", "wrong-password"))
        .start();
    let said = wait_within(PATIENCE, || {
        refused.output().to_lowercase().contains("authentication failed").then_some(())
    });
    assert!(said.is_some(), "the broker's refusal is not in the log:\n{}", refused.output());
    assert!(!refused.output().contains("wrong-password"), "{}", refused.output());
}
