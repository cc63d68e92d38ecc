//! Puts hidden characters everywhere a message, a header, an alert, a rule file or an argument can
//! hold text, and checks that people never see them unescaped: in the terminal, logs, explanations,
//! messages of rules and notifications.

mod terminal;

use crate::notify::receiver::Receiver;
use crate::support::client::{self, Incoming, Outgoing};
use crate::support::guard::Guarded;
use crate::support::messages::{Charge, rfc3339, text_fields, yesterday_ms};
use crate::support::redcard::{Setup, Topics, redcard};
use crate::support::{PATIENCE, broker, rules, wait_until, wall_millis};
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Terminal sequences in both forms, forged lines, direction marks, separators, and characters that
/// hide text. redcard itself writes none of the unprintable ones, except line ends.
const HOSTILE: &str = "S\u{1b}]0;owned\u{7}\u{1b}[2J\nFORGED a\rFORGED b\u{85}\u{9b}31m\u{7f}\u{8}\
    \u{202e}\u{202a}\u{2066}\u{2069}\u{61c}\u{200e}\u{200f}\u{2028}FORGED c\u{2029}\
    \u{200b}\u{2060}\u{feff}\u{ad}\u{e0041}\u{fff9}E";

/// Checks that the text has no hidden character of `HOSTILE` except line ends, and no forged line.
/// Knows nothing about how redcard escapes.
#[track_caller]
fn assert_clean(what: &str, text: &str) {
    let hidden: Vec<char> =
        text.chars().filter(|c| *c != '\n' && HOSTILE.contains(*c) && !is_plain(*c)).collect();
    assert!(hidden.is_empty(), "{what}: {hidden:?} in {text:?}");
    let forged = text.lines().find(|line| line.trim_start().starts_with("FORGED"));
    // Continuation lines of a log entry are indented.
    assert!(forged.is_none_or(|line| line.starts_with(' ')), "{what}: {forged:?} in {text:?}");
}

fn is_plain(c: char) -> bool {
    c == ' ' || c.is_ascii_graphic()
}

/// The same for text with colours: removes style sequences first.
#[track_caller]
fn assert_clean_but_colours(what: &str, text: &str) {
    let mut plain = String::new();
    let mut parts = text.split('\u{1b}');
    plain.push_str(parts.next().unwrap());
    for part in parts {
        let end = part.find('m').unwrap_or_else(|| panic!("{what}: no style in {part:?}"));
        let is_style = part[1..end].chars().all(|c| c.is_ascii_digit() || c == ';');
        assert!(part.starts_with('[') && is_style, "{what}: {part:?} in {text:?}");
        plain.push_str(&part[end + 1..]);
    }
    assert_clean(what, &plain);
}

/// Checks every string of a JSON document.
#[track_caller]
fn assert_texts_clean(what: &str, value: &Value) {
    match value {
        Value::String(text) => assert_clean(what, text),
        Value::Array(items) => items.iter().for_each(|item| assert_texts_clean(what, item)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            assert_clean(what, name);
            assert_texts_clean(what, value);
        }),
        _ => {}
    }
}

/// Charges with hostile text in one field each, and in all free-text fields at once.
fn charges(stem: &str) -> Vec<Charge> {
    let now = yesterday_ms();
    let good = |id: &str| Charge::new(&format!("{stem}-{id}"), "c_1", now, 1_250);
    let one_each = text_fields().chain(["note"]).enumerate();
    let mut charges: Vec<Charge> =
        one_each.map(|(at, field)| good(&at.to_string()).set(field, HOSTILE)).collect();
    let free = ["merchant.id", "merchant.name", "merchant.city", "terminal.id", "device.id"];
    let set = |charge: Charge, field: &&str| charge.set(field, HOSTILE);
    charges.push(free.iter().fold(good("all").set("ship_to.key", HOSTILE), set));
    charges.push(free.iter().fold(good("own").set("id", HOSTILE).set("card.token", HOSTILE), set));
    charges
}

fn records() -> Vec<Outgoing> {
    let mut records: Vec<Outgoing> = charges("k").iter().map(Charge::record).collect();
    records.push(Outgoing::new(HOSTILE, HOSTILE));
    records.push(Outgoing::new(HOSTILE, charges("key").pop().unwrap().text()));
    for value in [HOSTILE.to_owned(), charges("head").pop().unwrap().text()] {
        let headers = vec![("trace".into(), HOSTILE.into()), (HOSTILE.into(), HOSTILE.into())];
        records.push(Outgoing { headers, ..Outgoing::new("c_1", value) });
    }
    records
}

fn run(arguments: &[&str]) -> Output {
    redcard(arguments)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[track_caller]
fn assert_output_clean(arguments: &[&str], says: &str) {
    let output = run(arguments);
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!((stdout.clone() + &stderr).contains(says), "{arguments:?}: {stdout}{stderr}");
    assert_clean(&format!("stdout of {arguments:?}"), &stdout);
    assert_clean(&format!("stderr of {arguments:?}"), &stderr);
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn no_hidden_character_of_a_record_reaches_a_log_a_rules_message_or_a_command() {
    let brokers = broker::shared();
    let topics = Topics::created(brokers, "printable", 1);
    let folder = tempfile::tempdir().unwrap();
    let setup = Setup::new(brokers, &topics).rules(rules::QUOTING);
    let records = records();
    for (format, colour) in [("human", false), ("json", false), ("human", true)] {
        // Each service has its own group, so that it reads the same records from the beginning.
        let setup = Setup::new(brokers, &topics)
            .rules(rules::QUOTING)
            .set("kafka", "group_id", format!("{}-{format}-{colour}", topics.transactions))
            .set("topics", "history", "")
            .set("log", "format", format)
            .env("RUST_LOG", "trace");
        let setup = if colour { setup.env("CLICOLOR_FORCE", "1") } else { setup };
        let service = setup.start_ready();
        if (format, colour) == ("human", false) {
            client::produce(brokers, &topics.transactions, &records);
        }
        let count = records.len() as f64;
        let metrics = service.wait_metric("redcard_records_read_total", &[], count);
        assert_clean("metrics", &metrics.text);
        assert_clean("/readyz", &service.get("/readyz").unwrap().1);
        let log = service.stop();
        assert!(log.contains("a record is not a transaction") || log.contains("drained"), "{log}");
        match colour {
            true => assert_clean_but_colours("coloured log", &log),
            false => assert_clean(&format!("{format} log"), &log),
        }
    }
    let alerts = client::read_all(brokers, &topics.alerts);
    assert!(alerts.len() > text_fields().count());
    alerts.iter().for_each(assert_messages_clean);

    // Now the commands that read the topics.
    let service = setup.start_ready();
    service.wait_metric("redcard_records_read_total", &[], records.len() as f64);
    service.stop();
    let config = setup.write(folder.path());
    let config = path(&config);
    let rules = folder.path().join("rules.toml");
    std::fs::write(&rules, rules::QUOTING).unwrap();
    assert_output_clean(&["memory", "--config", config, "--card", HOSTILE], "charge");
    assert_output_clean(
        &["memory", "--config", config, "--card", HOSTILE, "--format", "json"],
        "charges",
    );
    let none = format!("{HOSTILE} none");
    assert_output_clean(&["memory", "--config", config, "--card", &none], "is not remembered");
    let explain = ["rules", "explain", path(&rules), "--config", config, "--card", HOSTILE];
    for format in ["text", "json"] {
        let transaction = ["--transaction", HOSTILE, "--format", format];
        assert_output_clean(&[&explain[..], &transaction].concat(), "quote-merchant");
    }
    assert_output_clean(&[&explain[..], &["--transaction", &none]].concat(), "has no transaction");
    let foreign = ("__connect.errors.topic".to_owned(), HOSTILE.into());
    let number = |name: &str| (format!("__connect.errors.{name}"), b"1".to_vec());
    let reason = ("__connect.errors.exception.class.name".to_owned(), b"not_json".to_vec());
    let headers = vec![foreign, number("partition"), number("offset"), reason];
    let letter = Outgoing { headers, ..Outgoing::new(HOSTILE, HOSTILE) };
    client::produce(brokers, &topics.dead_letters, &[letter]);
    for format in ["text", "json"] {
        let list = ["dlq", "list", "--config", config, "--format", format];
        assert_output_clean(&list, "not_json");
        assert_output_clean(&[&list[..], &["--reason", "not_json"]].concat(), "offset");
    }
    assert_output_clean(&["dlq", "retry", "--config", config], "still fail");
}

/// Checks the messages of rules; all other text in an alert is JSON data.
#[track_caller]
fn assert_messages_clean(alert: &Incoming) {
    for rule in alert.json()["rules"].as_array().unwrap() {
        assert_clean("a rule's message", rule["message"].as_str().unwrap());
    }
}

/// An alert with hostile text, as another producer might write it.
fn alert(id: u128) -> Outgoing {
    let value = json!({
        "transaction_id": HOSTILE, "card": HOSTILE, "time": rfc3339(wall_millis()), "score": 640,
        "action": "decline",
        "rules": [{"id": HOSTILE, "points": 600, "severity": "high", "reason": HOSTILE,
                   "message": HOSTILE, "evidence": {HOSTILE: HOSTILE}, "charges": []}],
        "undecided": [], "ruleset": {"name": HOSTILE, "version": HOSTILE, "hash": HOSTILE},
        "incident": null, "alert_id": format!("{id:032x}"), "severity": "high",
        "amount": 2_600, "currency": "USD", "last4": HOSTILE,
        "merchant": {"id": HOSTILE, "name": HOSTILE, "mcc": null, "country": null},
        "decided_at": rfc3339(wall_millis()), "source": null,
    });
    let headers = vec![("ce_type".into(), b"redcard.alert.v1".to_vec())];
    Outgoing { headers, ..Outgoing::new(HOSTILE, value.to_string()) }
}

const KEY: &str = "0123456789abcdef0123456789abcdef";

#[test]
fn no_hidden_character_of_an_alert_reaches_a_notification() {
    let brokers = broker::shared();
    let receiver = Receiver::start();
    let topics = Topics::named("printable-alerts");
    client::create_topic(brokers, &topics.alerts, 1);
    let mut alerts: Vec<Outgoing> = (0..20).map(alert).collect();
    // A record that is not an alert.
    alerts.push(Outgoing::new(HOSTILE, HOSTILE));
    client::produce(brokers, &topics.alerts, &alerts);
    let redcard = Setup::new(brokers, &topics)
        .service("notify")
        .set("notify", "group_id", topics.alerts.as_str())
        .set("notify", "resend_interval", "1s")
        .set("notify", "update_interval", "1s")
        .file("webhook.key", KEY)
        .set("notify", "webhook_key_file", "webhook.key")
        .set("notify", "webhook", receiver.url("/hook"))
        .set("notify", "alertmanagers", receiver.url("/am"))
        .env("RUST_LOG", "trace")
        .start();
    for target in ["/hook", "/am"] {
        let posted = wait_until(target, || receiver.posted(target).pop());
        let body: Value = serde_json::from_slice(&posted.body).unwrap();
        assert!(body.to_string().contains("owned"), "{body}");
        assert_texts_clean(target, &body);
        let evidence = body["notifications"][0]["examples"][0]["evidence"].as_str();
        if let Some(evidence) = evidence {
            let evidence: Value = serde_json::from_str(evidence).unwrap();
            assert_eq!(evidence[HOSTILE], HOSTILE, "evidence is JSON that reads back");
        }
    }
    assert_clean("the notifier's log", &redcard.stop());
}

#[test]
fn the_search_finds_what_it_looks_for() {
    for c in HOSTILE.chars().filter(|c| !is_plain(*c) && *c != '\n') {
        let found = std::panic::catch_unwind(|| assert_clean("", &format!("a{c}b")));
        assert!(found.is_err(), "{c:?}");
    }
    assert!(std::panic::catch_unwind(|| assert_clean("", "a\nFORGED")).is_err());
    assert_clean("", "a\\nFORGED\\u{202e}\nb");
    assert_clean_but_colours("", "\u{1b}[1;31merror\u{1b}[0m");
    assert!(std::panic::catch_unwind(|| assert_clean_but_colours("", "\u{1b}[2J")).is_err());
}
