//! Tests TLS and SASL, which are built in and set by properties of the client library. Secrets are
//! read from files and never printed.

use crate::support::broker::Broker;
use crate::support::client;
use crate::support::messages::traffic;
use crate::support::redcard::{Setup, Topics, redcard};
use crate::support::secure::{PASSWORD, USER};
use crate::support::{PATIENCE, certificates, wait_until, wait_within};
use std::path::Path;

/// Configures TLS and SASL; the password is in a separate file.
fn secure(setup: Setup, certificate: &Path, mechanism: &str, password: &str) -> Setup {
    let mut files = toml::Table::new();
    files.insert("sasl.password".into(), "password".into());
    setup
        .property("security.protocol", "SASL_SSL")
        .property("ssl.ca.location", certificate.to_str().unwrap())
        .property("sasl.mechanism", mechanism)
        .property("sasl.username", USER)
        .set("kafka", "property_files", files)
        .file("password", &format!("{password}\n"))
}

/// Checks that a service that the broker rejects logs the reason without the password, and waits.
#[track_caller]
fn check_refused(setup: &Setup, expected: &str) {
    let refused = setup.start();
    let printed =
        wait_within(PATIENCE, || refused.output().to_lowercase().contains(expected).then_some(()));
    assert!(printed.is_some(), "no {expected:?} in the log:\n{}", refused.output());
    assert!(!refused.output().contains("wrong-password"), "{}", refused.output());
}

#[test]
fn redcard_connects_with_tls_and_sasl_and_never_prints_the_password() {
    let broker = Broker::start_secure_or_panic();
    let plain = broker.addresses();
    let secure_address = format!("127.0.0.1:{}", broker.secure().port);
    let trusted = broker.secure().certificate.clone();
    for mechanism in ["SCRAM-SHA-256", "PLAIN"] {
        let topics = Topics::created(&plain, mechanism, 1);
        let setup = Setup::new(&secure_address, &topics).env("RUST_LOG", "trace");
        let service = secure(setup, &trusted, mechanism, PASSWORD).start_ready();
        let charges = traffic(mechanism, 5, 20);
        let mut records: Vec<_> = charges.iter().map(|charge| charge.record()).collect();
        records.push(client::Outgoing::new("garbage", "no JSON"));
        client::produce(&plain, &topics.transactions, &records);
        client::read_at_least(&plain, &topics.decisions, charges.len());
        client::read_at_least(&plain, &topics.dead_letters, 1);
        assert_password_is_not_printed(&service.config());
        let printed = service.stop();
        assert!(!printed.contains(PASSWORD), "{printed}");
    }

    let topics = Topics::created(&plain, "refused", 1);
    let setup = Setup::new(&secure_address, &topics);
    let wrong = secure(setup.clone(), &trusted, "SCRAM-SHA-256", "wrong-password");
    check_refused(&wrong, "authentication failed");
    a_notifier_that_is_refused_is_not_ready(&wrong);

    let folder = tempfile::tempdir().unwrap();
    let stranger = folder.path().join("stranger.pem");
    std::fs::write(&stranger, certificates::loopback().0).unwrap();
    let untrusted = secure(setup, &stranger, "SCRAM-SHA-256", "wrong-password");
    check_refused(&untrusted, "certificate verify failed");
}

fn a_notifier_that_is_refused_is_not_ready(wrong: &Setup) {
    let setup =
        wrong.clone().service("notify").set("notify", "alertmanagers", "http://127.0.0.1:1");
    let notifier = setup.start_serving();
    wait_until("it says so", || {
        let (status, body) = notifier.get("/readyz")?;
        (status == 503 && body.contains("are not reached")).then_some(())
    });
}

/// Checks that commands that use the same configuration reach the broker and do not print the
/// password.
fn assert_password_is_not_printed(config: &Path) {
    let config = config.to_str().unwrap();
    for command in [&["check"][..], &["dlq", "list"]] {
        let output = redcard(&[command, &["--config", config]].concat());
        let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(output.status.success(), "{printed}");
        assert!(!printed.contains(PASSWORD), "{printed}");
    }
}
