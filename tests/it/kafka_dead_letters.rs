//! Tests `redcard dlq`: it lists dead letters and retries their records.

use crate::support::broker;
use crate::support::client::{self, Incoming, Outgoing};
use crate::support::messages::{Charge, MINUTE_MS, rfc3339, yesterday_ms};
use crate::support::redcard::{Setup, Topics, redcard};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tempfile::TempDir;

const NUMBER: &str = "4242424242424242";
const GARBAGE: &str = "no JSON, but a secret: correct-horse";

fn key_file() -> String {
    format!("current = 1\n[keys]\n1 = \"{}\"\n", "3c".repeat(32))
}

/// Three records that need a key, two that no configuration makes valid, and a valid one.
fn records() -> Vec<Outgoing> {
    let by_number = |count: i64| {
        let charge = Charge::new(&format!("n{count}"), "", yesterday_ms() + count * MINUTE_MS, 500)
            .set("card.token", Value::Null)
            .set("card.number", NUMBER);
        let mut record = Outgoing::new(format!("card-{count}"), charge.text());
        record.headers = vec![("trace".into(), b"t-1".to_vec())];
        record
    };
    let mut records: Vec<_> = (1..=3).map(by_number).collect();
    records.extend((1..=2).map(|count| Outgoing::new(format!("garbage-{count}"), GARBAGE)));
    records.push(Charge::new("good", "c_good", yesterday_ms(), 500).record());
    records
}

/// Topics with dead letters, and two configurations: without and with a key for card numbers.
struct DeadLetterFixture {
    brokers: &'static str,
    topics: Topics,
    without_key: Setup,
    with_key: Setup,
    folder: TempDir,
}

impl DeadLetterFixture {
    fn new(stem: &str) -> Self {
        let fixture = Self::empty(stem);
        client::produce(fixture.brokers, &fixture.topics.transactions, &records());
        fixture.serve(&fixture.without_key, 6);
        fixture
    }

    /// The same without dead letters.
    fn empty(stem: &str) -> Self {
        let brokers = broker::shared();
        let topics = Topics::created(brokers, stem, 3);
        client::create_topic(brokers, &topics.labels, 3);
        let without_key =
            Setup::new(brokers, &topics).set("topics", "labels", topics.labels.as_str());
        let with_key = without_key.clone().file("keys.toml", &key_file()).set(
            "card_numbers",
            "key_file",
            "keys.toml",
        );
        let folder = tempfile::tempdir().unwrap();
        let config = format!(
            "[kafka]\nbrokers = \"{brokers}\"\n[topics]\ntransactions = \"{}\"\n\
             labels = \"{}\"\ndead_letters = \"{}\"\n[card_numbers]\nkey_file = \"keys.toml\"\n",
            topics.transactions, topics.labels, topics.dead_letters
        );
        std::fs::write(folder.path().join("redcard.toml"), config).unwrap();
        std::fs::write(folder.path().join("keys.toml"), key_file()).unwrap();
        Self { brokers, topics, without_key, with_key, folder }
    }

    /// Runs a service until it has read `count` records.
    fn serve(&self, setup: &Setup, count: usize) {
        let service = setup.start_ready();
        service.wait_metric("redcard_records_read_total", &[], count as f64);
        service.stop();
    }

    /// Returns the exit code, standard output and standard error, after checking that neither
    /// output quotes a record.
    fn dlq(&self, command: &str, more: &[&str]) -> (i32, String, String) {
        let config = self.folder.path().join("redcard.toml");
        let arguments = [&["dlq", command, "--config", config.to_str().unwrap()], more].concat();
        let output = redcard(&arguments);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (out, err) = (text(output.stdout), text(output.stderr));
        for secret in [NUMBER, "correct-horse"] {
            assert!(!out.contains(secret) && !err.contains(secret), "{out}\n{err}");
        }
        (output.status.code().unwrap(), out, err)
    }

    fn input(&self) -> Vec<Incoming> {
        client::read_all(self.brokers, &self.topics.transactions)
    }
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[track_caller]
fn assert_contains(printed: &str, what: &[&str]) {
    for what in what {
        assert!(printed.contains(what), "no {what:?} in:\n{printed}");
    }
}

#[test]
fn dead_letters_are_listed_by_reason_and_place() {
    let fixture = DeadLetterFixture::new("dlq-list");
    let (code, out, err) = fixture.dlq("list", &[]);
    assert_eq!(code, 0, "{err}");
    let rows: Vec<Vec<&str>> = out.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0][..3], ["reason", "dead", "letters"], "{out}");
    let counts: Vec<_> = rows[1..].iter().map(|row| (row[0], row[1])).collect();
    assert_eq!(counts, [("no_key", "3"), ("not_json", "2")], "{out}");
    assert_contains(&err, &[&format!("5 dead letters in {}", fixture.topics.dead_letters)]);

    let (_, out, _) = fixture.dlq("list", &["--format", "json"]);
    let sums = lines(&out);
    assert_eq!((&sums[1]["reason"], &sums[1]["count"]), (&"not_json".into(), &2.into()));
    assert!(sums[1]["first"].as_str().unwrap() <= sums[1]["last"].as_str().unwrap());

    let (_, out, _) = fixture.dlq("list", &["--reason", "not_json", "--format", "json"]);
    let listed: BTreeSet<_> = lines(&out)
        .iter()
        .map(|line| {
            assert_eq!(line["source"]["topic"], fixture.topics.transactions);
            (
                line["source"]["partition"].as_i64().unwrap(),
                line["source"]["offset"].as_i64().unwrap(),
            )
        })
        .collect();
    let input = fixture.input();
    let garbage = input.iter().filter(|record| record.value.as_deref() == Some(GARBAGE.as_bytes()));
    let expected: BTreeSet<_> = garbage.map(|r| (i64::from(r.partition), r.offset)).collect();
    assert_eq!(listed, expected);
    let (_, out, _) = fixture.dlq("list", &["--reason", "not_json"]);
    for (partition, offset) in expected {
        let place =
            format!("{} partition {partition} offset {offset}  2", fixture.topics.transactions);
        assert_contains(&out, &[&place]);
    }
    let (code, _, err) = fixture.dlq("list", &["--reason", "bad_mood"]);
    assert_eq!(code, 2);
    assert_contains(&err, &["is not a reason code"]);
}

#[test]
fn records_that_can_be_read_now_are_sent_again_once_each() {
    let fixture = DeadLetterFixture::new("dlq-retry");
    let before = fixture.input();
    let (code, out, err) = fixture.dlq("retry", &[]);
    assert_eq!(code, 1, "{err}");
    assert_contains(
        &err,
        &["would be sent  3", "still fail     2 (not_json 2)", "nothing was sent"],
    );
    assert_eq!(out.matches("still fails: not_json").count(), 2, "{out}");
    assert_eq!(fixture.input().len(), before.len(), "a dry run sends nothing");

    let (code, out, err) =
        fixture.dlq("retry", &["--reason", "no_key", "--send", "--format", "json"]);
    assert_eq!(code, 0, "{err}");
    assert_contains(&err, &["sent           3", "still fail     0", "gone           0"]);
    assert!(lines(&out).iter().all(|line| line["fate"] == "sent"), "{out}");
    let sent = check_sent(&fixture, &before);

    // A service that still has no key rejects them again; a retry treats them as the same records.
    fixture.serve(&fixture.without_key, 3);
    let (_, _, err) = fixture.dlq("retry", &["--reason", "no_key"]);
    assert_contains(&err, &["would be sent  3", "named again    3"]);

    let (code, _, err) = fixture.dlq("retry", &["--reason", "no_key", "--send"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(fixture.input().len(), before.len() + sent + 3);
    let letters = client::read_all(fixture.brokers, &fixture.topics.dead_letters).len();
    fixture.serve(&fixture.with_key, 3);
    let decisions = client::read_all(fixture.brokers, &fixture.topics.decisions);
    let ids: BTreeSet<_> =
        decisions.iter().map(|d| d.json()["transaction_id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, ["good", "n1", "n2", "n3"].map(str::to_owned).into());
    assert_eq!(client::read_all(fixture.brokers, &fixture.topics.dead_letters).len(), letters);
}

/// Checks that each retried record equals its original, is in the same partition and names its
/// original in headers. Returns how many were sent.
fn check_sent(fixture: &DeadLetterFixture, before: &[Incoming]) -> usize {
    let after = fixture.input();
    let is_old = |record: &&Incoming| {
        before.iter().any(|old| (old.partition, old.offset) == (record.partition, record.offset))
    };
    let sent: Vec<_> = after.iter().filter(|record| !is_old(record)).collect();
    assert_eq!(sent.len(), 3);
    for record in &sent {
        let place =
            (record.header("redcard.retry.partition"), record.header("redcard.retry.offset"));
        let place = (place.0.parse::<i32>().unwrap(), place.1.parse::<i64>().unwrap());
        let original = before.iter().find(|old| (old.partition, old.offset) == place).unwrap();
        assert_eq!((&record.key, &record.value), (&original.key, &original.value));
        assert_eq!(record.partition, original.partition);
        assert_eq!(record.header("trace"), "t-1");
    }
    sent.len()
}

#[test]
fn a_record_deleted_by_retention_is_reported_and_counted() {
    let fixture = DeadLetterFixture::new("dlq-gone");
    let input = fixture.input();
    let gone = input.iter().find(|record| record.key_text().starts_with("card-")).unwrap();
    client::delete_before(
        fixture.brokers,
        &fixture.topics.transactions,
        gone.partition,
        gone.offset + 1,
    );
    let is_gone = |record: &&Incoming| {
        record.partition == gone.partition
            && record.offset <= gone.offset
            && record.key_text() != "c_good"
    };
    let count = input.iter().filter(is_gone).count();
    let (code, out, err) = fixture.dlq("retry", &["--send"]);
    assert_eq!(code, 1, "{err}");
    let place = format!(
        "{} partition {} offset {}: gone",
        fixture.topics.transactions, gone.partition, gone.offset
    );
    assert_contains(&out, &[&place]);
    assert_contains(&err, &[&format!("gone           {count}")]);
}

#[test]
fn rejected_labels_are_listed_with_their_topic_and_sent_to_it_again() {
    let fixture = DeadLetterFixture::empty("dlq-labels");
    let (brokers, topics) = (fixture.brokers, &fixture.topics);
    let known_at = rfc3339(yesterday_ms());
    let label = json!({
        "transaction_id": "n1", "card": {"number": NUMBER}, "label": "fraud", "known_at": known_at,
    });
    let labels = [("card-1", label.to_string().as_str()), ("card-1", GARBAGE)]
        .map(|(key, value)| Outgoing::new(key, value));
    let service = fixture.without_key.start_ready();
    client::produce(brokers, &topics.transactions, &records()[..1]);
    client::produce(brokers, &topics.labels, &labels);
    service.wait_metric("redcard_dead_letters_total", &[], 1.0);
    service.wait_metric("redcard_labels_total", &[("result", "rejected")], 2.0);
    service.stop();

    let (_, out, err) = fixture.dlq("list", &["--format", "json"]);
    let count =
        |line: &Value| (line["reason"].clone(), line["topic"].clone(), line["count"].clone());
    let found: Vec<_> = lines(&out).iter().map(count).collect();
    let expected = [
        ("no_key", topics.labels.as_str()),
        ("no_key", topics.transactions.as_str()),
        ("not_json", topics.labels.as_str()),
    ];
    let expected = expected.map(|(reason, topic)| (reason.into(), topic.into(), 1.into()));
    assert_eq!(found, expected, "{err}");
    let (_, out, _) = fixture.dlq("list", &[]);
    assert_eq!(out.matches(&topics.labels).count(), 2, "{out}");

    let (code, out, err) = fixture.dlq("retry", &["--send", "--format", "json"]);
    assert_eq!(code, 1, "{err}");
    assert_contains(&err, &["sent           2", "still fail     1 (not_json 1)"]);
    assert_eq!(out.matches(&topics.labels).count(), 2, "{out}");
    let service = fixture.with_key.start_ready();
    service.wait_metric("redcard_decisions_total", &[], 1.0);
    service.wait_metric("redcard_labels_total", &[("result", "fraud")], 1.0);
    service.stop();
    let sent = client::read_all(brokers, &topics.labels);
    assert_eq!(sent.len(), 3);
    let again = sent.iter().filter(|label| label.value == sent[0].value).count();
    assert_eq!(again, 2, "the label is sent again as it was");
}
