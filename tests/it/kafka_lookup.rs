//! Tests `redcard memory` and `redcard rules explain --card`, which look up a card in Kafka.

use crate::support::broker;
use crate::support::client;
use crate::support::messages::{Charge, MINUTE_MS, traffic, yesterday_ms};
use crate::support::redcard::{Setup, THIRD_CHARGE_RULES, Topics, redcard};
use serde_json::Value;
use std::path::PathBuf;
use tempfile::TempDir;

/// Topics in which a service has scored transactions.
struct Decided {
    folder: TempDir,
}

impl Decided {
    /// Other traffic and five charges of one card; the third charge is sent twice.
    fn new(stem: &str, by_key: bool) -> Self {
        Self::with(stem, by_key, &[])
    }

    /// The same, followed by the charges in `more`.
    fn with(stem: &str, by_key: bool, more: &[Charge]) -> Self {
        let brokers = broker::shared();
        let topics = Topics::created(brokers, stem, 4);
        let setup = Setup::new(brokers, &topics).rules(THIRD_CHARGE_RULES);
        let service = setup.start_ready();
        let mut charges = traffic(stem, 20, 200);
        charges.extend([1, 2, 3, 3, 4, 5].map(looked_up));
        charges.extend_from_slice(more);
        let mut records: Vec<_> = charges.iter().map(Charge::record).collect();
        if !by_key {
            records.iter_mut().for_each(|record| record.partition = Some(2));
        }
        client::produce(brokers, &topics.transactions, &records);
        service.wait_metric("redcard_records_read_total", &[], charges.len() as f64);
        service.stop();
        let folder = tempfile::tempdir().unwrap();
        let config = format!(
            "[kafka]\nbrokers = \"{brokers}\"\n[topics]\ntransactions = \"{}\"\nhistory = \"{}\"\n",
            topics.transactions, topics.history
        );
        std::fs::write(folder.path().join("redcard.toml"), config).unwrap();
        std::fs::write(folder.path().join("rules.toml"), THIRD_CHARGE_RULES).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a command about a card; returns its exit code, standard output and standard error.
    fn run(&self, command: &[&str], card: &str, more: &[&str]) -> (i32, String, String) {
        let config = self.path("redcard.toml");
        let mut arguments = command.to_vec();
        arguments.extend(["--config", config.to_str().unwrap(), "--card", card]);
        arguments.extend(more);
        let output = redcard(&arguments);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    fn explain(&self, card: &str, id: &str, more: &[&str]) -> (i32, String, String) {
        let rules = self.path("rules.toml");
        let command = ["rules", "explain", rules.to_str().unwrap(), "--transaction", id];
        self.run(&command, card, more)
    }
}

fn looked_up(number: i64) -> Charge {
    let time = yesterday_ms() + number * MINUTE_MS;
    Charge::new(&format!("looked-up-{number}"), "c_looked_up", time, 500 + number).at_web_shop(
        "m_9",
        "Corner Shop",
        "US",
    )
}

fn check_memory(decided: &Decided) {
    let (code, out, err) = decided.run(&["memory"], "c_looked_up", &[]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("5 charges and 0 refunds") && out.contains("last alert: high"), "{out}");
    assert!(out.contains("USD 5.05") && !out.contains("looked-up-1"), "{out}");
    let (code, out, err) = decided.run(&["memory"], "c_looked_up", &["--format", "json"]);
    assert_eq!(code, 0, "{err}");
    let json: Value = serde_json::from_str(&out).unwrap();
    let amounts: Vec<&Value> =
        json["charges"].as_array().unwrap().iter().map(|charge| &charge["amount"]).collect();
    assert_eq!(amounts, [5.05, 5.04, 5.03, 5.02, 5.01], "{out}");
    assert_eq!(json["last_alert"]["severity"], "high");
}

#[test]
fn a_card_is_found_by_its_key_or_in_any_partition() {
    check_memory(&Decided::new("memory-by-key", true));
    check_memory(&Decided::new("memory-anywhere", false));
}

#[test]
fn an_unknown_card_is_reported_and_a_card_number_is_refused() {
    let decided = Decided::new("memory-unknown", true);
    let (code, out, err) = decided.run(&["memory"], "c_nobody", &[]);
    assert_eq!((code, &*out), (2, ""), "{err}");
    assert!(err.contains("c_nobody is not remembered"), "{err}");
    for command in [&["memory"][..], &["rules", "explain", "x", "--transaction", "looked-up-1"]] {
        let (code, out, err) = decided.run(command, "4242424242424242", &[]);
        assert_eq!((code, &*out), (2, ""), "{err}");
        assert!(err.contains("card number") && !err.contains("4242"), "{err}");
    }
}

#[test]
fn a_decision_of_the_service_is_explained_with_the_memory_that_it_had() {
    let decided = Decided::new("explain-kafka", true);
    for (id, charges, action) in [
        ("looked-up-2", 1, "approve"),
        ("looked-up-3", 2, "decline"),
        ("looked-up-5", 4, "decline"),
    ] {
        let (code, out, err) = decided.explain("c_looked_up", id, &["--format", "json"]);
        assert_eq!(code, 0, "{err}");
        let json: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(json["remembered"]["charges"], charges, "{out}");
        assert_eq!(json["decision"]["action"], action, "{out}");
        assert_eq!(json["fields"]["merchant.name"], "Corner Shop", "{out}");
        assert_eq!(json["role"], "charge", "{out}");
    }
    let (code, out, err) = decided.explain("c_looked_up", "looked-up-3", &[]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("offset") && out.contains("rule third: fired, 700 points"), "{out}");
    let (code, _, err) = decided.explain("c_looked_up", "looked-up-9", &[]);
    assert_eq!(code, 2);
    assert!(err.contains("has no transaction `looked-up-9`"), "{err}");
}

#[test]
fn messages_that_share_an_id_are_explained_by_their_offsets() {
    let again = looked_up(6).set("id", "looked-up-4").at_web_shop("m_10", "Kiosk", "US");
    let decided = Decided::with("explain-reused", true, &[again]);
    let offsets: Vec<String> = {
        let (code, _, err) = decided.explain("c_looked_up", "looked-up-4", &[]);
        assert_eq!(code, 2, "{err}");
        assert!(err.contains("several transactions `looked-up-4`"), "{err}");
        assert!(err.contains("merchant `m_9`") && err.contains("merchant `m_10`"), "{err}");
        let offset =
            |line: &str| Some(line.trim().strip_prefix("offset ")?.split_once(':')?.0.to_owned());
        err.lines().filter_map(offset).collect()
    };
    assert_eq!(offsets.len(), 2);
    for (offset, charges, merchant) in [(&offsets[0], 3, "Corner Shop"), (&offsets[1], 5, "Kiosk")]
    {
        let more = ["--format", "json", "--offset", offset];
        let (code, out, err) = decided.explain("c_looked_up", "looked-up-4", &more);
        assert_eq!(code, 0, "{err}");
        let json: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(json["remembered"]["charges"], charges, "{out}");
        assert_eq!(json["fields"]["merchant.name"], merchant, "{out}");
    }
    let (code, _, err) = decided.explain("c_looked_up", "looked-up-4", &["--offset", "1000000"]);
    assert_eq!(code, 2, "{err}");
    assert!(
        err.contains("offset 1000000") && err.contains(&format!("offset {}:", offsets[1])),
        "{err}"
    );
}
