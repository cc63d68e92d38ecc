//! Changes the key for card numbers across restarts: a remembered card keeps its token and its
//! history, a new card gets a token of the current key, and later charges of both cards keep their
//! tokens.

use crate::support::broker;
use crate::support::client::{self, Incoming, Outgoing};
use crate::support::messages::{Charge, MINUTE_MS, yesterday_ms};
use crate::support::redcard::{Redcard, Setup, THIRD_CHARGE_RULES, Topics, redcard};
use serde_json::Value;

const KNOWN: &str = "4242424242424242";
const NEW: &str = "5555555555554444";
const BOTH: &str = "current = 2\nprevious = 1";

fn keys(current: &str) -> String {
    let (one, two) = ("3c".repeat(32), "a5".repeat(32));
    format!("{current}\n[keys]\n1 = \"{one}\"\n2 = \"{two}\"\n")
}

/// The record key is a prefix of the card number, which does not depend on our keys.
fn charge(since_ms: i64, number: &str, count: i64) -> Outgoing {
    let id = format!("{}-{count}", &number[..4]);
    let charge = Charge::new(&id, "", since_ms + count * MINUTE_MS, 1_250)
        .set("card.token", Value::Null)
        .set("card.number", number);
    Outgoing::new(id[..4].to_owned(), charge.text())
}

/// Token version and action of each decision whose id starts with the card number's first four
/// digits.
fn decided(records: &[Incoming], number: &str) -> Vec<(String, String)> {
    let decisions = records.iter().map(Incoming::json);
    let of_card =
        decisions.filter(|d| d["transaction_id"].as_str().unwrap().starts_with(&number[..4]));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    of_card.map(|d| (text(&d["card"])[..3].to_owned(), text(&d["action"]))).collect()
}

struct Service {
    brokers: &'static str,
    topics: Topics,
    setup: Setup,
}

impl Service {
    fn start(&self, current: &str) -> Redcard {
        self.setup.clone().file("card-keys.toml", &keys(current)).start_ready()
    }

    /// Runs a service with these keys until it has scored the charges.
    fn run(&self, current: &str, charges: &[Outgoing]) {
        let redcard = self.start(current);
        client::produce(self.brokers, &self.topics.transactions, charges);
        redcard.wait_metric("redcard_records_read_total", &[], charges.len() as f64);
        redcard.stop();
    }

    #[track_caller]
    fn check(&self, number: &str, expected: &[(&str, &str)]) {
        let decisions = client::read_all(self.brokers, &self.topics.decisions);
        let expected: Vec<_> =
            expected.iter().map(|(key, action)| (key.to_string(), action.to_string())).collect();
        assert_eq!(decided(&decisions, number), expected);
    }
}

#[test]
fn a_card_keeps_its_token_and_its_history_when_the_key_changes_across_a_restart() {
    let brokers = broker::shared();
    let topics = Topics::created(brokers, "key-change", 2);
    let setup = Setup::new(brokers, &topics).rules(THIRD_CHARGE_RULES).set(
        "card_numbers",
        "key_file",
        "card-keys.toml",
    );
    let service = Service { brokers, topics, setup };

    let since_ms = yesterday_ms();
    let charge = |number, count| charge(since_ms, number, count);
    service.run("current = 1", &[charge(KNOWN, 1), charge(KNOWN, 2)]);
    // Includes a duplicate of a charge that was scored with the previous key.
    service.run(BOTH, &[charge(KNOWN, 2), charge(KNOWN, 3), charge(NEW, 1), charge(NEW, 2)]);
    service.run(BOTH, &[charge(KNOWN, 4), charge(NEW, 3)]);

    let (approve, decline) = ("approve", "decline");
    let known = [("v1_", approve), ("v1_", approve), ("v1_", decline), ("v1_", decline)];
    service.check(KNOWN, &known);
    service.check(NEW, &[("v2_", approve), ("v2_", approve), ("v2_", decline)]);
    let alerts = client::read_all(brokers, &service.topics.alerts);
    let mut keys: Vec<_> = alerts.iter().map(|alert| alert.key_text()[..3].to_owned()).collect();
    keys.sort();
    assert_eq!(keys, ["v1_", "v1_", "v2_"], "alerts carry the token of the card");
    explains(&service, &alerts);
}

/// Explains the known card's alert, looked up by the token in the alert, with both keys configured.
fn explains(service: &Service, alerts: &[Incoming]) {
    let alert = alerts.iter().find(|alert| alert.key_text().starts_with("v1_")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    write("keys.toml", &keys(BOTH));
    let rules = write("rules.toml", THIRD_CHARGE_RULES);
    let config = write(
        "redcard.toml",
        &format!(
            "[kafka]\nbrokers = \"{}\"\n[topics]\ntransactions = \"{}\"\nhistory = \"{}\"\n\
             [card_numbers]\nkey_file = \"keys.toml\"\n",
            service.brokers, service.topics.transactions, service.topics.history
        ),
    );
    let (card, id) = (alert.key_text(), alert.json()["transaction_id"].clone());
    let id = id.as_str().unwrap();
    let explain = ["rules", "explain", &rules, "--config", &config, "--card", &card];
    let output = redcard(&[&explain[..], &["--transaction", id, "--format", "json"]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains(&card), "{shown}");
}
