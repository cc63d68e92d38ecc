//! Swaps rulesets a hundred times under load: each decision must come entirely from the ruleset
//! that it names.

use crate::support::client::{self, Incoming};
use crate::support::messages::{Charge, DAY_MS, yesterday_ms};
use crate::support::redcard::{Redcard, Setup, Topics};
use crate::support::{broker, wait_until, wall_millis};
use redcard::config::Config;
use redcard::decode::Decoder;
use redcard::engine::{Engine, Outcome};
use redcard::memory::Memory;
use redcard::rules::{Environment, SourceFile, Sources};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

const SWAPS: usize = 100;
const CARDS: usize = 200;
const PARTITIONS: i32 = 4;
/// Number of charges sent together while the test waits for a swap.
const BURST: usize = 50;

/// The ruleset of a swap. It differs from all others in everything: the number of rules, their ids,
/// conditions, points, thresholds and texts. A decision that mixes two rulesets would therefore name
/// a rule that its ruleset does not have, or have a wrong score.
fn rules(number: usize) -> String {
    let mut text = format!(
        "[ruleset]\nname = \"swaps\"\nversion = \"{number}\"\nreview = {}\ndecline = {}\n\n\
         [features]\nseen_{number} = 'card.last(\"24h\").size() + {number}'\n",
        100 + number,
        400 + number
    );
    for rule in 0..=number % 5 {
        let condition = match (number + rule) % 3 {
            _ if rule == 0 => "amount > 0.00".to_owned(),
            0 => format!("card.last(\"1h\").size() >= {}", number % 4),
            1 => format!("seen_{number} % {} != 0", rule + 2),
            _ => format!("card.last(\"24h\").sum(t, t.amount) > {}.0", number * 7),
        };
        text += &format!(
            "\n[[rule]]\nid = \"r{number}-{rule}\"\nwhen = '''{condition}'''\npoints = {}\n\
             severity = \"low\"\nreason = \"R{number}\"\nmessage = \"{{seen_{number}}} by {number}\"\n",
            number + 40 * rule + 1
        );
        if rule == 3 {
            text += "mode = \"shadow\"\n";
        }
    }
    text
}

#[test]
fn under_load_and_a_hundred_swaps_each_decision_comes_from_one_ruleset() {
    let brokers = broker::shared();
    let topics = Topics::created(brokers, "swaps", PARTITIONS);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.toml");
    fs::write(&path, rules(0)).unwrap();
    let setup = Setup::new(brokers, &topics).set("kafka", "shards", 2).set(
        "rules",
        "path",
        path.to_str().unwrap(),
    );
    let mut redcard = setup.start_ready();
    let mut load = Load::new(brokers, &topics);
    load.send_until_decided(0, &redcard);
    for number in 1..=SWAPS {
        swap(&path, number, &mut redcard);
        load.send_until_decided(number, &redcard);
    }
    load.writer.flush();
    let last = Charge::new("last", "c_last", yesterday_ms(), 900);
    client::produce(brokers, &topics.transactions, &[last.record()]);
    let mut charges = load.sent;
    charges.push(last);

    assert_counts_add_up(&redcard, charges.len());
    redcard.stop();
    let decisions = client::read_at_least(brokers, &topics.decisions, charges.len());
    assert_eq!(decisions.len(), charges.len());
    assert_versions_only_grow(&decisions);
    let by_version = assert_each_is_of_its_ruleset(&charges, &decisions);
    assert_eq!(by_version.len(), SWAPS + 1, "each scored something: {by_version:?}");
    let last = decisions.iter().find(|record| record.json()["transaction_id"] == "last").unwrap();
    assert_eq!(last.json()["ruleset"]["version"], SWAPS.to_string(), "the last is active");
    assert_alerts_name_the_ruleset_of_their_decision(brokers, &topics, &decisions);
}

/// Charges that are sent while the test waits for something.
struct Load {
    writer: client::Writer,
    start_ms: i64,
    sent: Vec<Charge>,
}

impl Load {
    fn new(brokers: &str, topics: &Topics) -> Self {
        // Long enough ago that no charge is in the future, however many there are.
        let start_ms = wall_millis() - 20 * DAY_MS;
        Self { writer: client::Writer::to(brokers, &topics.transactions), start_ms, sent: vec![] }
    }

    /// Sends charges until the ruleset's first rule, which fires on every charge, has fired.
    fn send_until_decided(&mut self, number: usize, redcard: &Redcard) {
        let rule = format!("r{number}-0");
        wait_until(&format!("{rule} fires"), || {
            self.burst();
            let fired = redcard.metrics().sum("redcard_rule_fired_total", &[("rule", &rule)]);
            (fired > 0.0).then_some(())
        });
    }

    fn burst(&mut self) {
        let charge = |number: usize| {
            let time_ms = self.start_ms + i64::try_from(number).unwrap() * 1_000;
            let card = format!("c_{}", number % CARDS);
            Charge::new(&format!("swaps-{number}"), &card, time_ms, 1_250)
        };
        let burst: Vec<Charge> = (self.sent.len()..self.sent.len() + BURST).map(charge).collect();
        self.writer.write(&burst.iter().map(Charge::record).collect::<Vec<_>>());
        self.sent.extend(burst);
    }
}

/// Replaces the ruleset by a rename, as an editor does, and sends SIGHUP.
fn swap(path: &Path, number: usize, redcard: &mut Redcard) {
    let next = path.with_extension("next");
    fs::write(&next, rules(number)).unwrap();
    fs::rename(&next, path).unwrap();
    redcard.signal("HUP");
}

fn assert_counts_add_up(redcard: &Redcard, sent: usize) {
    let sum = |name: &str| redcard.metrics().sum(name, &[]);
    wait_until("everything is counted", || {
        (sum("redcard_records_read_total") == sent as f64).then_some(())
    });
    assert_eq!(sum("redcard_decisions_total"), sent as f64);
    let metrics = redcard.metrics();
    let replaced = metrics.sum("redcard_ruleset_reloads_total", &[("result", "replaced")]);
    assert_eq!(replaced, SWAPS as f64);
    let rules: BTreeSet<&str> = metrics
        .samples
        .iter()
        .filter_map(|sample| sample.labels.get("rule")?.split('-').next())
        .collect();
    let expected = [SWAPS - 1, SWAPS].map(|number| format!("r{number}"));
    assert_eq!(rules, expected.iter().map(String::as_str).collect(), "older ones left no series");
}

/// Each partition belongs to one shard, which never returns to an older ruleset.
fn assert_versions_only_grow(decisions: &[Incoming]) {
    let mut newest: BTreeMap<i32, usize> = BTreeMap::new();
    let mut in_order: Vec<&Incoming> = decisions.iter().collect();
    in_order.sort_by_key(|record| (record.partition, record.offset));
    for record in in_order {
        let version = record.json()["ruleset"]["version"].as_str().unwrap().parse().unwrap();
        let newest = newest.entry(record.partition).or_default();
        assert!(*newest <= version, "{version} after {newest} in partition {}", record.partition);
        *newest = version;
    }
}

/// Scores every charge again, in the order in which they were sent, with the ruleset that its
/// decision names. Returns how many decisions each ruleset made.
fn assert_each_is_of_its_ruleset(
    charges: &[Charge],
    decisions: &[Incoming],
) -> BTreeMap<String, usize> {
    let by_id: BTreeMap<String, &Incoming> = decisions
        .iter()
        .map(|record| (record.json()["transaction_id"].as_str().unwrap().to_owned(), record))
        .collect();
    let resolved = Config::default().resolve().unwrap();
    let mut engines = engines(resolved.environment);
    let decoder = Decoder::new(resolved.decoder);
    let mut memory = Memory::new(resolved.limits);
    let mut counts = BTreeMap::new();
    for charge in charges {
        let record = by_id[charge.id()];
        let named = record.json()["ruleset"].clone();
        let version = named["version"].as_str().unwrap().to_owned();
        let engine = engines.get_mut(named["hash"].as_str().unwrap()).expect("one of the rulesets");
        assert_eq!(engine.ruleset().id.version, version);
        let text = charge.text();
        let (mut tx, _) = decoder.decode(text.as_bytes(), None).unwrap();
        let Outcome::Decided { decision, .. } = engine.decide(&mut memory, &mut tx, None) else {
            panic!("{} was sent once", charge.id());
        };
        let mut expected = Vec::new();
        decision.write_json(&mut expected);
        let found = record.value.as_deref().unwrap();
        assert_eq!(String::from_utf8_lossy(found), String::from_utf8_lossy(&expected));
        *counts.entry(version).or_default() += 1;
    }
    counts
}

/// An engine for each ruleset, by the ruleset's hash.
fn engines(environment: Environment) -> BTreeMap<String, Engine> {
    let engine = |number: usize| {
        let file = SourceFile { name: "rules.toml".into(), text: rules(number) };
        let sources = Sources { files: vec![file], lists: Vec::new() };
        let ruleset = Arc::new(sources.compile(environment).unwrap().0);
        (ruleset.id.hash.clone(), Engine::new(ruleset))
    };
    (0..=SWAPS).map(engine).collect()
}

fn assert_alerts_name_the_ruleset_of_their_decision(
    brokers: &str,
    topics: &Topics,
    decisions: &[Incoming],
) {
    let summary = |value: serde_json::Value| {
        let id = value["transaction_id"].as_str().unwrap().to_owned();
        (id, (value["ruleset"].to_string(), value["score"].to_string()))
    };
    let due = decisions.iter().map(Incoming::json).filter(|value| value["action"] != "approve");
    let due: BTreeMap<_, _> = due.map(summary).collect();
    let alerts = client::read_at_least(brokers, &topics.alerts, due.len());
    assert_eq!(alerts.len(), due.len());
    assert!(alerts.iter().map(Incoming::json).map(summary).collect::<BTreeMap<_, _>>() == due);
}
