//! Tests lists whose entries are in a Kafka topic: the service follows it, and `redcard list` reads and
//! writes it.

use crate::support::client::{self, Incoming, Outgoing};
use crate::support::messages::{Charge, MINUTE_MS, rfc3339, yesterday_ms};
use crate::support::redcard::{Redcard, Setup, Topics, redcard};
use crate::support::{broker, unique, wait_until};
use serde_json::Value;
use std::path::Path;

/// A charge abroad, unless its country is announced; and a blocked merchant.
const RULES: &str = r#"
[ruleset]
name = "lists"
version = "1"
review = 300
decline = 600

[lists]
blocked = "blocked.txt"

[[rule]]
id = "abroad"
description = "A charge abroad that the cardholder did not announce."
when = 'merchant.country != "US" && !(merchant.country in list("travel_notices", card.token))'
points = 300
severity = "low"
reason = "ABROAD"
message = "{amount}"

[[rule]]
id = "blocked"
description = "A blocked merchant."
when = 'merchant.id in list("blocked")'
points = 600
severity = "high"
reason = "BLOCKED"
message = "{amount}"
"#;

const NUMBER: &str = "4242424242424242";

struct Listed {
    brokers: &'static str,
    topics: Topics,
    lists: String,
    setup: Setup,
    sent: usize,
}

impl Listed {
    fn new(stem: &str) -> Self {
        let brokers = broker::shared();
        let topics = Topics::created(brokers, stem, 2);
        let lists = unique("lists");
        client::create_topic_with(brokers, &lists, (1, 1), &[("cleanup.policy", "compact")]);
        let setup = Setup::new(brokers, &topics)
            .set("topics", "lists", lists.as_str())
            .rules(RULES)
            .file("blocked.txt", "m_file\n");
        Self { brokers, topics, lists, setup, sent: 0 }
    }

    /// Runs `redcard list`; returns its exit code, standard output and standard error.
    fn list(&self, arguments: &[&str]) -> (i32, String, String) {
        let topic = ["--brokers", self.brokers, "--topic", &self.lists];
        let output = redcard(&[&["list"], arguments, &topic].concat());
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    #[track_caller]
    fn changed(&self, arguments: &[&str]) {
        let remark = ["--reason", "a test", "--by", "tester"];
        let (code, _, err) = self.list(&[arguments, &remark].concat());
        assert_eq!(code, 0, "{err}");
    }

    /// Sends a charge to each of these partitions, for the partition's own card; returns the decisions.
    fn decided(&mut self, partitions: &[i32], merchant: &str, country: &str) -> Vec<Incoming> {
        let records: Vec<Outgoing> = partitions
            .iter()
            .map(|partition| {
                self.sent += 1;
                let time = yesterday_ms() + self.sent as i64 * MINUTE_MS;
                let id = format!("t-{}", self.sent);
                let charge = Charge::new(&id, &format!("c_{partition}"), time, 500)
                    .at_web_shop(merchant, "Shop", country);
                Outgoing { partition: Some(*partition), ..charge.record() }
            })
            .collect();
        client::produce(self.brokers, &self.topics.transactions, &records);
        let mut all = client::read_at_least(self.brokers, &self.topics.decisions, self.sent);
        let newest = self.sent - partitions.len();
        let is_new = |decision: &Incoming| {
            let id = decision.json()["transaction_id"].as_str().unwrap().to_owned();
            id.trim_start_matches("t-").parse::<usize>().unwrap() > newest
        };
        all.retain(is_new);
        all
    }

    #[track_caller]
    fn check(&mut self, partitions: &[i32], place: (&str, &str), fired: &[&str], version: &str) {
        let decisions = self.decided(partitions, place.0, place.1);
        assert_eq!(decisions.len(), partitions.len());
        for decision in decisions {
            let json = decision.json();
            let rules = json["rules"].as_array().unwrap();
            let ids: Vec<&Value> = rules.iter().map(|rule| &rule["id"]).collect();
            assert_eq!(ids, fired, "{json}");
            assert_eq!(decision.header("redcard-lists"), version, "{json}");
        }
    }
}

fn wait_entries(service: &Redcard, list: &str, entries: f64) {
    service.wait_metric("redcard_list_entries", &[("list", list)], entries);
}

#[test]
fn an_entry_is_active_on_every_instance_and_after_a_restart() {
    let mut listed = Listed::new("lists-two");
    let services = [listed.setup.start_ready(), listed.setup.start_ready()];
    for service in &services {
        service.wait_metric("redcard_assigned_partitions", &[], 1.0);
        assert_eq!(service.metrics().sum("redcard_missing_lists", &[]), 1.0);
    }
    let (denmark, at_file) = (("m_1", "DK"), ("m_file", "US"));
    listed.check(&[0, 1], denmark, &["abroad"], "");
    listed.check(&[0, 1], at_file, &["blocked"], "");
    for card in ["c_0", "c_1"] {
        listed.changed(&["add", "travel_notices", card, "--values", "DNK,SE"]);
    }
    for service in &services {
        wait_entries(service, "travel_notices", 2.0);
        assert_eq!(service.metrics().sum("redcard_missing_lists", &[]), 0.0);
    }
    listed.check(&[0, 1], denmark, &[], "0:2");
    listed.check(&[0, 1], ("m_1", "FR"), &["abroad"], "0:2");
    listed.changed(&["add", "blocked", "m_topic"]);
    services.iter().for_each(|service| wait_entries(service, "blocked", 1.0));
    listed.check(&[0, 1], ("m_topic", "US"), &["blocked"], "0:3");
    listed.check(&[0, 1], at_file, &["blocked"], "0:3");
    for service in services {
        service.stop();
    }
    let service = listed.setup.start_ready();
    listed.check(&[0, 1], denmark, &[], "0:3");
    listed.changed(&["remove", "travel_notices", "c_0"]);
    service.wait_metric("redcard_list_records_total", &[("result", "removed")], 1.0);
    wait_version(&mut listed, "0:4");
    listed.check(&[0], denmark, &["abroad"], "0:4");
    listed.check(&[1], denmark, &[], "0:4");
    let removal = client::read_all(listed.brokers, &listed.lists).pop().unwrap();
    assert_eq!(removal.value, None);
    assert_eq!(removal.header("redcard-by"), "tester");
    service.stop();
}

/// How many entries a service has used within a second of their records' timestamps.
fn within_a_second(service: &Redcard) -> f64 {
    service.metrics().sum("redcard_list_delay_seconds_bucket", &[("le", "1")])
}

/// On a busy machine single entries take longer, so entries are added until one does not.
#[test]
fn an_entry_is_active_within_a_second_on_two_instances() {
    let listed = Listed::new("lists-second");
    let services = [listed.setup.start_ready(), listed.setup.start_ready()];
    let mut added = 0;
    wait_until("an entry that both instances use within a second", || {
        let before = services.each_ref().map(within_a_second);
        added += 1;
        listed.changed(&["add", "blocked", &format!("m_{added}")]);
        services.iter().for_each(|service| wait_entries(service, "blocked", f64::from(added)));
        let after = services.each_ref().map(within_a_second);
        (after[0] > before[0] && after[1] > before[1]).then_some(())
    });
    services.into_iter().for_each(|service| drop(service.stop()));
}

/// Waits until decisions are made with this version of the lists.
fn wait_version(listed: &mut Listed, version: &str) {
    wait_until("the version of the lists", || {
        let decision = listed.decided(&[1], "m_1", "US").pop().unwrap();
        (decision.header("redcard-lists") == version).then_some(())
    });
}

#[test]
fn a_snooze_keeps_a_rule_from_firing_until_its_time() {
    let mut listed = Listed::new("lists-snooze");
    let service = listed.setup.start_ready();
    let until = rfc3339(yesterday_ms() + 3 * MINUTE_MS);
    listed.changed(&["add", "snoozes", "c_0/abroad/m_1", "--until", &until]);
    wait_entries(&service, "snoozes", 1.0);
    listed.check(&[0], ("m_1", "DK"), &[], "0:1");
    listed.check(&[0], ("m_2", "DK"), &["abroad"], "0:1");
    listed.check(&[0], ("m_1", "DK"), &["abroad"], "0:1");
    let snoozed = service.wait_metric("redcard_rule_snoozed_total", &[("rule", "abroad")], 1.0);
    assert_eq!(snoozed.sum("redcard_rule_snoozed_total", &[]), 1.0);
    service.stop();
}

#[test]
fn a_snooze_is_active_on_two_instances_and_expires_at_the_time_of_a_transaction() {
    let mut listed = Listed::new("lists-snooze-two");
    let services = [listed.setup.start_ready(), listed.setup.start_ready()];
    for service in &services {
        service.wait_metric("redcard_assigned_partitions", &[], 1.0);
    }
    let denmark = ("m_1", "DK");
    // The charges are a minute apart, so the first two pairs are before this time.
    let until = rfc3339(yesterday_ms() + 5 * MINUTE_MS);
    listed.check(&[0, 1], denmark, &["abroad"], "");
    for card in ["c_0", "c_1"] {
        listed.changed(&["add", "snoozes", &format!("{card}/abroad"), "--until", &until]);
    }
    services.iter().for_each(|service| wait_entries(service, "snoozes", 2.0));
    listed.check(&[0, 1], denmark, &[], "0:2");
    listed.check(&[0, 1], denmark, &["abroad"], "0:2");
    for service in services {
        // Each instance decided about one of the cards.
        service.wait_metric("redcard_rule_snoozed_total", &[("rule", "abroad")], 1.0);
        service.stop();
    }
}

/// What `redcard rules explain --card` shows of a decision about `c_0`.
fn explained(setup: &Setup, id: &str, format: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let config = setup.write(folder.path());
    let rules = folder.path().join("rules.toml");
    let command = ["rules", "explain", rules.to_str().unwrap(), "--format", format];
    let config = ["--config", config.to_str().unwrap()];
    let output =
        redcard(&[&command[..], &config, &["--card", "c_0", "--transaction", id]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_decision_is_explained_with_the_lists_that_it_was_made_with() {
    let mut listed = Listed::new("lists-explained");
    let denmark = ("m_1", "DK");
    let service = listed.setup.start_ready();
    listed.check(&[0], denmark, &["abroad"], "");
    listed.changed(&["add", "travel_notices", "c_0", "--values", "DK"]);
    wait_entries(&service, "travel_notices", 1.0);
    listed.check(&[0], denmark, &[], "0:1");
    listed.changed(&["remove", "travel_notices", "c_0"]);
    service.wait_metric("redcard_list_records_total", &[("result", "removed")], 1.0);
    wait_version(&mut listed, "0:2");
    listed.check(&[0], denmark, &["abroad"], "0:2");
    service.stop();
    let check = |setup: &Setup, id: &str, outcome: &str, version: Option<&str>| {
        let json: Value = serde_json::from_str(&explained(setup, id, "json")).unwrap();
        assert_eq!(json["rules"][0]["outcome"], outcome, "{json}");
        assert_eq!(json["lists"]["version"].as_str(), version, "{json}");
        assert_eq!(json["lists"]["as_of"].is_null(), version.is_some(), "{json}");
        assert_eq!(json["lists"]["missing"], 0, "{json}");
        json
    };
    let last = format!("t-{}", listed.sent);
    for (id, outcome, version) in
        [("t-1", "fired", ""), ("t-2", "not_fired", "0:1"), (&*last, "fired", "0:2")]
    {
        let json = check(&listed.setup, id, outcome, Some(version));
        assert_eq!(json["lists"]["uncertain"], serde_json::json!([]), "{json}");
    }
    let text = explained(&listed.setup, "t-2", "text");
    let line = format!("lists of {} as of version 0:1, which the decision names\n", listed.lists);
    assert!(text.contains(&line), "{text}");
    // Without decisions, an alert names the version; otherwise the time has to do.
    let undecided = listed.setup.clone().set("topics", "decisions", unique("no-decisions"));
    check(&undecided, &last, "fired", Some("0:2"));
    check(&undecided, "t-2", "not_fired", None);
    let text = explained(&undecided, "t-2", "text");
    assert!(text.contains("by the timestamps of its records"), "{text}");
    // Without the topic there are no entries.
    let json: Value =
        serde_json::from_str(&explained(&without_lists(&listed), "t-2", "json")).unwrap();
    assert!(json["rules"][0]["outcome"] == "fired" && json["lists"].is_null(), "{json}");
}

/// The configuration without the lists topic.
fn without_lists(listed: &Listed) -> Setup {
    Setup::new(listed.brokers, &listed.topics).rules(RULES).file("blocked.txt", "m_file\n")
}

#[test]
fn a_record_that_is_not_an_entry_is_counted_and_logged_without_its_content() {
    let mut listed = Listed::new("lists-invalid");
    listed.changed(&["add", "blocked", "m_1"]);
    let secret = format!("{{\"list\":\"blocked\",\"entry\":\"{NUMBER}\"}}");
    let records = [
        Outgoing::new(format!("blocked/{NUMBER}"), secret),
        Outgoing::new(
            "blocked/m_1",
            "{\"list\":\"blocked\",\"entry\":\"m_1\",\"untill\":\"summer\"}",
        ),
        Outgoing::new("m_2", "{\"list\":\"blocked\",\"entry\":\"m_2\"}"),
    ];
    client::produce(listed.brokers, &listed.lists, &records);
    let service = listed.setup.start_ready();
    let invalid = [("result", "invalid")];
    assert_eq!(service.metrics().sum("redcard_list_records_total", &invalid), 3.0);
    // Compaction would have removed what was before the invalid record.
    listed.check(&[0], ("m_1", "US"), &[], "0:4");
    let output = service.stop();
    assert!(output.contains("offset=2") && output.contains("not a list entry"), "{output}");
    for part in [NUMBER, "untill", "summer"] {
        assert!(!output.contains(part), "{part}: {output}");
    }
    let (code, out, err) = listed.list(&["show", "blocked"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.is_empty() && err.contains("3 records are not valid entries"), "{out}{err}");
    assert!(!err.contains(NUMBER), "{err}");
}

#[test]
fn entries_are_added_shown_removed_and_imported() {
    let listed = Listed::new("lists-command");
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).unwrap();
        folder.path().join(name).to_str().unwrap().to_owned()
    };
    let until = "2026-02-15T00:00:00.000Z";
    let add = ["add", "travel_notices", "c_1", "--values", "DK,SE", "--until", until];
    let (code, _, err) =
        listed.list(&[&add[..], &["--reason", "a test", "--by", "tester"]].concat());
    let warning =
        format!("warning: {until} has passed: the entry is active only for transactions made");
    assert!(code == 0 && err.contains(&warning), "{err}");
    let add = ["add", "travel_notices", "c_2", "--until", "2100-01-01T00:00:00Z"];
    let (code, _, err) =
        listed.list(&[&add[..], &["--reason", "a test", "--by", "tester"]].concat());
    assert!(code == 0 && !err.contains("warning"), "{err}");
    listed.changed(&["add", "travel_notices", "c_2", "--values", "NO"]);
    let shown = |list: &str| {
        let (code, out, err) = listed.list(&["show", list, "--format", "json"]);
        assert_eq!(code, 0, "{err}");
        out
    };
    let first = format!(
        "{{\"list\":\"travel_notices\",\"entry\":\"c_1\",\"values\":[\"DK\",\"SE\"],\"until\":\"{until}\",\
         \"reason\":\"a test\",\"by\":\"tester\"}}\n"
    );
    let second = "{\"list\":\"travel_notices\",\"entry\":\"c_2\",\"values\":[\"NO\"],\
                  \"reason\":\"a test\",\"by\":\"tester\"}\n";
    assert_eq!(shown("travel_notices"), format!("{first}{second}"));
    let (_, table, _) = listed.list(&["show", "travel_notices"]);
    assert!(
        table.contains("c_1") && table.contains("DK SE") && table.contains("tester"),
        "{table}"
    );
    listed.changed(&["remove", "travel_notices", "c_1"]);
    assert_eq!(shown("travel_notices"), second);
    // What is shown can be imported, also over what is there.
    let exported = file("notices.jsonl", &format!("{first}\n{second}"));
    let (code, _, err) = listed.list(&["import", &exported]);
    assert!(code == 0 && err.contains("added 2 entries"), "{err}");
    assert_eq!(shown("travel_notices"), format!("{first}{second}"));
    let packed = folder.path().join("merchants.txt.zst");
    let text = "\u{feff}# reviewed\nm_1\nm_2\t2026-02-01T00:00:00Z\n";
    std::fs::write(&packed, zstd::encode_all(text.as_bytes(), 1).unwrap()).unwrap();
    let text = packed.to_str().unwrap().to_owned();
    let import = ["import", &text, "--list", "watched", "--reason", "review", "--by", "risk"];
    let (code, _, err) = listed.list(&import);
    assert_eq!(code, 0, "{err}");
    assert!(shown("watched").contains("\"entry\":\"m_2\",\"until\":\"2026-02-01T00:00:00.000Z\""));
    let (_, out, _) = listed.list(&["show", "--format", "json"]);
    assert_eq!(
        out,
        "{\"entries\":2,\"list\":\"travel_notices\"}\n{\"entries\":2,\"list\":\"watched\"}\n"
    );
    // One wrong line: nothing is written.
    let before = client::ends(listed.brokers, &listed.lists);
    let wrong = file("wrong.jsonl", &format!("{first}{{\"list\":\"l\",\"entry\":\"{NUMBER}\"}}\n"));
    let (code, _, err) = listed.list(&["import", &wrong]);
    assert!(code == 1 && err.contains("wrong.jsonl:2: `entry` has a card number"), "{err}");
    assert!(!err.contains(NUMBER), "{err}");
    assert_eq!(client::ends(listed.brokers, &listed.lists), before);
}

#[test]
fn a_card_number_is_written_as_its_token_or_not_at_all() {
    let listed = Listed::new("lists-number");
    let entry = format!("{NUMBER}/abroad");
    let remark = ["--reason", "about 4242 4242 4242 4242", "--by", "tester"];
    let add =
        |more: &[&str]| listed.list(&[&["add", "snoozes", &entry], &remark[..], more].concat());
    let (code, _, err) = add(&[]);
    assert!(code == 2 && err.contains("no key is configured"), "{err}");
    let folder = tempfile::tempdir().unwrap();
    let config = with_key(folder.path());
    let (code, _, err) = add(&["--config", &config]);
    assert!(code == 0 && err.contains("added snoozes/v1_"), "{err}");
    let records = client::read_all(listed.brokers, &listed.lists);
    let [record] = &records[..] else { panic!("{records:?}") };
    let everything = String::from_utf8_lossy(&record.everything()).into_owned();
    assert!(!everything.contains("4242424242424242") && !everything.contains("4242 4242"));
    assert!(record.key_text().ends_with("/abroad"), "{everything}");
    let remove = ["remove", "snoozes", &entry, "--config", &config];
    listed.changed(&remove);
    let (_, out, _) = listed.list(&["show", "snoozes"]);
    assert_eq!(out, "");
    // It is not there any more.
    let before = client::ends(listed.brokers, &listed.lists);
    let (code, _, err) = listed.list(&[&remove[..], &remark].concat());
    assert!(code == 1 && err.contains("there is no entry snoozes/v1_"), "{err}");
    assert_eq!(client::ends(listed.brokers, &listed.lists), before);
}

#[test]
fn during_a_change_of_the_key_an_entry_is_written_and_removed_under_both_tokens() {
    let listed = Listed::new("lists-two-keys");
    let folder = tempfile::tempdir().unwrap();
    let config = with_key(folder.path());
    let keys = folder.path().join("keys.toml");
    let text = std::fs::read_to_string(&keys).unwrap();
    let text = text.replace("current = 1", "current = 2\nprevious = 1");
    std::fs::write(&keys, format!("{text}2 = \"{}\"\n", "0f".repeat(32))).unwrap();
    let remark = ["--reason", "a test", "--by", "tester", "--config", &config];
    let (code, _, err) = listed.list(&[&["add", "blocked", NUMBER], &remark[..]].concat());
    assert_eq!(code, 0, "{err}");
    for part in ["added blocked/v2_", "added blocked/v1_"] {
        assert!(err.contains(part), "{err}");
    }
    let (_, out, _) = listed.list(&["show", "blocked", "--format", "json"]);
    assert!(out.lines().count() == 2 && out.contains("\"v1_") && out.contains("\"v2_"), "{out}");
    let (code, _, err) = listed.list(&[&["remove", "blocked", NUMBER], &remark[..]].concat());
    assert_eq!(code, 0, "{err}");
    for part in ["removed blocked/v2_", "removed blocked/v1_"] {
        assert!(err.contains(part), "{err}");
    }
    let (_, out, _) = listed.list(&["show", "blocked"]);
    assert_eq!(out, "");
}

fn with_key(folder: &Path) -> String {
    let key = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    let keys = folder.join("keys.toml");
    std::fs::write(&keys, format!("current = 1\n[keys]\n1 = \"{key}\"\n")).unwrap();
    let config = folder.join("redcard.toml");
    let text = format!("[card_numbers]\nkey_file = \"{}\"\n", keys.display());
    std::fs::write(&config, text).unwrap();
    config.to_str().unwrap().to_owned()
}

#[test]
fn the_lists_topic_is_created_compacted_and_another_kind_is_refused() {
    let listed = Listed::new("lists-topic");
    let created = listed.setup.clone().set("topics", "create", true);
    let created = created.set("topics", "lists", unique("created-lists"));
    created.start_ready().stop();
    // It is checked at the second start.
    created.start_ready().stop();
    let missing = listed.setup.clone().set("topics", "lists", unique("missing-lists"));
    let mut service = missing.start();
    assert_eq!(service.wait_end().code(), Some(3));
    assert!(service.output().contains("--config cleanup.policy=compact"), "{}", service.output());
    let plain = unique("plain-lists");
    client::create_topic(listed.brokers, &plain, 1);
    let add = ["list", "add", "blocked", "m_1", "--reason", "a test", "--by", "tester"];
    let output = redcard(&[&add[..], &["--brokers", listed.brokers, "--topic", &plain]].concat());
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(3) && err.contains("the lists need compact"), "{err}");
    assert!(client::read_all(listed.brokers, &plain).is_empty());
    let mut service = listed.setup.clone().set("topics", "lists", plain.as_str()).start();
    assert_eq!(service.wait_end().code(), Some(3));
    assert!(service.output().contains("the lists need compact"), "{}", service.output());
}
