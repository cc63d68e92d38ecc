//! Puts hidden characters everywhere a message, a header, an alert, a rule file or an argument can
//! hold text, and checks that people never see them unescaped: in the terminal, logs, explanations,
//! messages of rules and notifications.

use crate::notify::receiver::Receiver;
use crate::support::client::{self, Incoming, Outgoing};
use crate::support::guard::Guarded;
use crate::support::messages::{Charge, rfc3339, yesterday_ms};
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

/// Fields that hold text.
const TEXT_FIELDS: &[&str] = &[
    "id",
    "original_id",
    "card.token",
    "card.brand",
    "card.country",
    "cardholder.id",
    "cardholder.account_id",
    "merchant.id",
    "merchant.name",
    "merchant.city",
    "merchant.country",
    "terminal.id",
    "channel",
    "device.id",
    "device.ip",
    "ship_to.key",
    "response.reason",
    "type",
    "time",
    "currency",
    "note",
];

/// Charges with hostile text in one field each, and in all free-text fields at once.
fn charges(stem: &str) -> Vec<Charge> {
    let now = yesterday_ms();
    let good = |id: &str| Charge::new(&format!("{stem}-{id}"), "c_1", now, 1_250);
    let one_each = TEXT_FIELDS.iter().enumerate();
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
    assert!(alerts.len() > TEXT_FIELDS.len());
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

/// Messages with hostile text, and those of the original bug report.
fn lines() -> String {
    let case = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/F-control-characters.jsonl");
    let reported = std::fs::read_to_string(case).unwrap();
    charges("f").iter().map(|charge| charge.text() + "\n").collect::<String>() + &reported
}

#[test]
fn no_hidden_character_of_a_file_reaches_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &str| {
        std::fs::write(folder.path().join(name), content).unwrap();
        path(&folder.path().join(name)).to_owned()
    };
    let (input, rules) = (write("in.jsonl", &lines()), write("rules.toml", rules::QUOTING));
    assert_output_clean(&["score", &input, "--rules", &rules], "decisions");
    let named = rules::QUOTING.replace("\"quoting\"", r#""a\u202e\nFORGED""#);
    let named = write("named.toml", &named);
    assert_output_clean(&["score", &input, "--rules", &named], r"ruleset     a\u{202e}\nFORGED");
    for expression in ["merchant.name", "merchant.id", "id", "device.id", "card.token"] {
        let arguments = ["rules", "eval", expression, "--input", &input];
        assert_clean(expression, &text(&run(&arguments).stdout));
    }
    assert_output_clean(&["rules", "eval", "merchant.name", "--input", &input], "owned");
    let explain = ["rules", "explain", &rules, "--input", &input, "--transaction"];
    for id in [HOSTILE, "osc", "nl", "cr", "c1", "f-all", "missing\u{202e}\nFORGED"] {
        for format in ["text", "json"] {
            let says = match id {
                "osc" | "nl" | "cr" | "c1" | "f-all" => "quote-merchant",
                HOSTILE => "has several transactions",
                _ => "has no transaction",
            };
            assert_output_clean(&[&explain[..], &[id, "--format", format]].concat(), says);
        }
    }
}

/// Replaces the file in one step, so that no half of it is read.
fn replace(file: &str, content: &str) {
    let new = format!("{file}.new");
    std::fs::write(&new, content).unwrap();
    std::fs::rename(new, file).unwrap();
}

#[test]
fn no_hidden_character_of_a_ruleset_reaches_the_terminal_of_the_demo() {
    let folder = tempfile::tempdir().unwrap();
    let quoted = serde_json::to_string(HOSTILE).unwrap().replace('\u{7f}', "\\u007f");
    let named = |version: &str| {
        rules::QUOTING.replace("\"quoting\"", &quoted).replace(
            "version = \"1\"",
            &format!("version = {}{version}\"", &quoted[..quoted.len() - 1]),
        )
    };
    let file = path(&folder.path().join("rules.toml")).to_owned();
    std::fs::write(&file, named("1")).unwrap();
    let mut demo = Command::new(env!("CARGO_BIN_EXE_redcard"));
    demo.args(["demo", "--duration", "1h", "--cards", "20", "--listen", "127.0.0.1:0"]);
    demo.args(["--rules", &file]);
    let create = |name: &str| std::fs::File::create(folder.path().join(name)).unwrap();
    demo.stdin(Stdio::null()).stdout(create("stdout")).stderr(create("stderr"));
    let mut demo = Guarded::spawn(&mut demo, None).unwrap();
    let shown = || std::fs::read_to_string(folder.path().join("stdout")).unwrap();
    wait_until("the introduction", || shown().contains("Ctrl-C ends it").then_some(()));
    replace(&file, &named("2"));
    wait_until("the reload", || shown().contains("Rules changed: ").then_some(()));
    demo.signal("INT");
    assert!(demo.wait(PATIENCE).is_some());
    assert!(shown().contains(r"rules    S\u{1b}]0;owned"), "{}", shown());
    assert!(shown().contains(r"Rules changed: S\u{1b}]0;owned"), "{}", shown());
    assert_clean("the demo's output", &shown());
    let logged = std::fs::read_to_string(folder.path().join("stderr")).unwrap();
    assert_clean("the demo's log", &logged);
}

#[test]
fn a_name_with_line_breaks_cannot_forge_a_line_of_an_explanation() {
    let case = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/F-control-characters.jsonl");
    let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/config/rules");
    let output = run(&["rules", "explain", rules, "--input", case, "--transaction", "nl"]);
    let shown = text(&output.stdout);
    assert!(shown.contains(r"Shop\nrule all-fine: did not fire\n  decision: approve"), "{shown}");
    assert!(!shown.lines().any(|line| line.starts_with("rule all-fine")), "{shown}");
}

#[test]
fn no_hidden_character_of_a_rule_file_a_configuration_or_an_argument_reaches_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: String| {
        std::fs::write(folder.path().join(name), content).unwrap();
        path(&folder.path().join(name)).to_owned()
    };
    // TOML does not allow an unescaped DEL in a string, but does allow the characters above it.
    let quoted = serde_json::to_string(HOSTILE).unwrap().replace('\u{7f}', "\\u007f");
    let marks: String = HOSTILE.chars().filter(|c| !c.is_ascii_control()).collect();
    let rules = |name: &str, when: &str| {
        let rule = format!(
            "[ruleset]\nname = {quoted}\nversion = {quoted}\nreview = 1\ndecline = 9\n\n[[rule]]\nid = 'big'\n\
             description = {quoted}\nwhen = '''{when}'''\npoints = 5\nseverity = 'low'\nreason = 'BIG'\n\
             message = 'big'\n# {marks}\n\n[[test]]\nname = {quoted}\ntransactions = [\n  \
             {{ time = '10:00:00', amount = 6.00, merchant.name = {quoted}, expect = {{ action = 'decline' }} }},\n]\n"
        );
        write(name, rule)
    };
    let good = rules("good.toml", "amount > 5.00");
    let bad =
        rules("bad.toml", &format!("amount > 5.00 && merchant.name == \"{marks}\" && {marks}"));
    let unknown = write("unknown.toml", format!("[{quoted}]\n{quoted} = {quoted}\n"));
    for (command, file) in
        [("check", &good), ("check", &bad), ("check", &unknown), ("test", &good), ("list", &good)]
    {
        for format in ["text", "json"] {
            assert_output_clean(&["rules", command, file, "--format", format], "a");
        }
    }
    let coloured = Command::new(env!("CARGO_BIN_EXE_redcard"))
        .args(["rules", "check", &bad])
        .env("CLICOLOR_FORCE", "1")
        .output()
        .unwrap();
    let shown = text(&coloured.stdout) + &text(&coloured.stderr);
    assert!(shown.contains('\u{1b}'), "{shown}");
    assert_clean_but_colours("coloured rules check", &shown);

    let config = write(
        "redcard.toml",
        format!("[kafka]\ngroup_id = {quoted}\n[kafka.properties]\nclient.rack = {quoted}\n"),
    );
    assert_output_clean(&["check", "--config", &config], "");
    let wrong = write(
        "wrong.toml",
        format!("[kafka]\nbrokers = {quoted}\n[log]\nformat = {quoted}\n[{quoted}]\n"),
    );
    assert_output_clean(&["check", "--config", &wrong], "`log.format` must be");
    let property = write(
        "property.toml",
        format!("[kafka.properties]\nsecurity.protocol = {quoted}\n{quoted} = 1\n"),
    );
    assert_output_clean(&["check", "--config", &property], "`security.protocol`");

    let strange = folder.path().join("a\u{202e}\u{1b}[2J\nFORGED.jsonl");
    std::fs::write(&strange, HOSTILE).unwrap();
    assert_output_clean(&["score", path(&strange)], "not_json");
    for arguments in [
        &["score", HOSTILE][..],
        &["check", "--config", HOSTILE],
        &["rules", "check", HOSTILE],
        &["rules", "eval", HOSTILE],
        &["rules", "eval", "1", "--input", HOSTILE],
        &["rules", "explain", HOSTILE, "--input", HOSTILE, "--transaction", HOSTILE],
        &["rules", "explain", &good, "--input", "-", "--transaction", "x", "--rule", HOSTILE],
        &["rules", "test", &good, "--filter", HOSTILE],
        &["simulate", "--start", HOSTILE],
        &["simulate", "--brokers", HOSTILE],
        &["card-key", "new", path(&folder.path().join("no").join(HOSTILE))],
        &["dlq", "list", "--reason", HOSTILE],
        &["healthcheck", "--address", HOSTILE],
        &[HOSTILE],
    ] {
        let output = run(arguments);
        assert!(!output.status.success(), "{arguments:?}");
        assert_clean(&format!("{arguments:?}"), &text(&output.stdout));
        assert_clean(&format!("{arguments:?}"), &text(&output.stderr));
    }
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
