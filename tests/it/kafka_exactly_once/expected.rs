//! Computes the expected output of an input topic with a simple reader: it reads each partition
//! from beginning to end, without batches, failures or a history. It uses the engine, and nothing
//! of redcard's Kafka code.

use super::RULES;
use super::labelled_cards::is_labelled;
use crate::support::client::{self, Incoming};
use crate::support::redcard::Topics;
use redcard::config::Config;
use redcard::decision::{Decision, Position};
use redcard::decode::{DecodeSettings, Decoder, FeedFormat, ListDecoder, Medium, Rejection};
use redcard::engine::{self, Engine, Outcome};
use redcard::history::{Continuity, Record, Restore};
use redcard::memory::{AlertEntry, Entry, Labelled, Limits, Memory, RuleHashes};
use redcard::precision::{AlertRecord, LabelRecord, LinkRecord};
use redcard::rules::{Environment, Ruleset, SourceFile, Sources, TopicLists};
use redcard::transaction::Time;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// How many differences a failure shows.
const SHOWN: usize = 5;

/// Records as text, sorted because published records have no common order.
#[derive(Default)]
pub struct Expected {
    alerts: Vec<String>,
    decisions: Vec<String>,
    dead_letters: Vec<String>,
    outcomes: Vec<String>,
    memories: BTreeMap<i32, Memory>,
    /// The entries that each partition's memory has recorded.
    pub entries: BTreeMap<i32, Vec<Entry<'static>>>,
    pub records: usize,
    pub labels: usize,
}

/// The reader's ruleset, decoder and limits: the defaults of `redcard run`.
struct Reader {
    ruleset: Arc<Ruleset>,
    /// `None` without a topic of lists.
    lists: Option<Lists>,
    decoder: Decoder,
    limits: Limits,
    /// Labels that are read in the middle of their card's traffic, by card: before the first
    /// transaction at which they are known.
    later_labels: BTreeMap<String, Vec<Incoming>>,
    /// Interned bytes of entries, which are leaked; there are few cards and rules.
    interned: RefCell<BTreeSet<&'static [u8]>>,
}

/// The entries of lists, and the version that outputs name.
struct Lists {
    lists: Arc<TopicLists>,
    version: String,
}

impl Lists {
    fn read(brokers: &str, topic: &str, settings: &DecodeSettings) -> Self {
        let decoder = ListDecoder::new(settings);
        let (mut lists, records) = (TopicLists::default(), client::read_all(brokers, topic));
        for record in &records {
            let (key, value) = (record.key.as_deref(), record.value.as_deref());
            lists.apply(&decoder.record(key, value).unwrap()).unwrap();
        }
        Self { lists: Arc::new(lists), version: format!("0:{}", records.len()) }
    }
}

/// Reads the topics and panics if they differ from the expected output, including the memory that
/// the history restores to.
pub fn check(brokers: &str, topics: &Topics, group: &str) -> Expected {
    let expected = check_outputs(brokers, topics, group);
    let history = client::read_all(brokers, &topics.history);
    for (partition, memory) in &expected.memories {
        compare_memory(*partition, memory, &history);
    }
    expected
}

/// The same for the published records only.
pub fn check_outputs(brokers: &str, topics: &Topics, group: &str) -> Expected {
    let expected = of(brokers, topics, group);
    let read = |topic: &str| {
        client::wait_settled(brokers, topic);
        let mut records: Vec<String> =
            client::read_all(brokers, topic).iter().map(as_text).collect();
        records.sort();
        records
    };
    compare("decisions", &read(&topics.decisions), &expected.decisions);
    compare("alerts", &read(&topics.alerts), &expected.alerts);
    compare("dead letters", &read(&topics.dead_letters), &expected.dead_letters);
    if client::partitions(brokers, &topics.outcomes) > 0 {
        compare("outcomes", &read(&topics.outcomes), &expected.outcomes);
    }
    expected
}

fn of(brokers: &str, topics: &Topics, group: &str) -> Expected {
    let mut reader = Reader::new();
    if client::partitions(brokers, &topics.lists) > 0 {
        reader.lists = Some(Lists::read(brokers, &topics.lists, reader.decoder.settings()));
    }
    let mut input = client::read_all(brokers, &topics.transactions);
    input.sort_by_key(|record| (record.partition, record.offset));
    let mut expected = Expected { records: input.len(), ..Expected::default() };
    if client::partitions(brokers, &topics.labels) > 0 {
        let mut labels = client::read_all(brokers, &topics.labels);
        labels.sort_by_key(|record| (record.partition, record.offset));
        let (later, early): (Vec<_>, Vec<_>) =
            labels.into_iter().partition(|label| is_labelled(&label.key_text()));
        early.iter().for_each(|record| reader.remember_label(record, &mut expected));
        for label in later {
            reader.later_labels.entry(label.key_text()).or_default().push(label);
        }
    }
    for record in &input {
        reader.remember_labels_before(record, &mut expected);
        reader.take(record, &topics.transactions, group, &mut expected);
    }
    for label in std::mem::take(&mut reader.later_labels).into_values().flatten() {
        reader.remember_label(&label, &mut expected);
    }
    let Expected { alerts, decisions, dead_letters, outcomes, .. } = &mut expected;
    for texts in [alerts, decisions, dead_letters, outcomes] {
        texts.sort();
    }
    expected
}

impl Reader {
    fn new() -> Self {
        let nothing: [(&str, &str); 0] = [];
        let resolved = Config::read(None::<&Path>, nothing).unwrap().resolve().unwrap();
        let ruleset = compiled(resolved.environment);
        Self {
            ruleset,
            lists: None,
            limits: resolved.limits,
            decoder: Decoder::new(resolved.decoder),
            later_labels: BTreeMap::new(),
            interned: RefCell::default(),
        }
    }

    fn interned(&self, bytes: &[u8]) -> &'static [u8] {
        let mut interned = self.interned.borrow_mut();
        let known = interned.get(bytes).copied();
        known.unwrap_or_else(|| {
            let bytes: &[u8] = bytes.to_vec().leak();
            interned.insert(bytes);
            bytes
        })
    }

    /// The entry, in memory that is never freed.
    fn kept(&self, entry: &Entry<'_>) -> Entry<'static> {
        let token = entry.token.map(|token| self.interned(token.as_bytes()));
        let token = token.map(|token| std::str::from_utf8(token).unwrap());
        let alert = entry.alert.map(|AlertEntry { severity, rules }| {
            let rules = RuleHashes::from_bytes(self.interned(rules.as_bytes()));
            AlertEntry { severity, rules }
        });
        Entry { card: entry.card, token, effect: entry.effect, alert }
    }

    /// Remembers the labels of the record's card, if they are known at its time.
    fn remember_labels_before(&mut self, record: &Incoming, expected: &mut Expected) {
        let Some(labels) = self.later_labels.get(&record.key_text()) else { return };
        let (tx, _) = self.decoder.decode(record.value.as_deref().unwrap(), None).unwrap();
        let known_at = |label: &Incoming| {
            self.decoder.decode_label(label.value.as_deref().unwrap()).unwrap().0.known_at
        };
        if labels.iter().any(|label| known_at(label) > tx.time) {
            return;
        }
        for label in self.later_labels.remove(&record.key_text()).unwrap() {
            self.remember_label(&label, expected);
        }
    }

    /// Most labels are written before the transactions, and read before them.
    fn remember_label(&self, record: &Incoming, expected: &mut Expected) {
        let memory =
            expected.memories.entry(record.partition).or_insert_with(|| Memory::new(self.limits));
        let value = record.value.as_deref().unwrap();
        let (mut label, _) = self.decoder.decode_label(value).unwrap();
        let labelled = engine::label(memory, &mut label).1;
        expected.labels += 1;
        if labelled != Labelled::Repeated {
            let base_currency = self.ruleset.environment.base_currency;
            let (outcome, mut value) = (LabelRecord::of(&label, None, base_currency), Vec::new());
            outcome.write_json(&mut value);
            expected.outcomes.push(text(outcome.key().as_bytes(), &value, &[]));
        }
    }

    fn take(&self, record: &Incoming, topic: &str, group: &str, expected: &mut Expected) {
        let memory =
            expected.memories.entry(record.partition).or_insert_with(|| Memory::new(self.limits));
        let Some(value) = &record.value else { return };
        let (mut tx, _) = match self.decoder.decode(value, record.timestamp_ms.map(Time)) {
            Ok(decoded) => decoded,
            Err(rejection) => {
                expected.dead_letters.push(dead_letter(record, topic, &rejection));
                return;
            }
        };
        let mut engine = Engine::new(Arc::clone(&self.ruleset));
        let mut headers = Vec::new();
        if let Some(Lists { lists, version }) = &self.lists {
            engine.use_lists(Arc::clone(lists));
            headers.push(("redcard-lists".to_owned(), version.clone()));
        }
        let outcome = engine.decide(memory, &mut tx, None);
        let Outcome::Decided { decision, entry, links, .. } = outcome else { return };
        let entry = self.kept(&entry);
        expected.entries.entry(record.partition).or_default().push(entry);
        expected.decisions.push(published(&decision, &headers));
        if decision.alert {
            expected.alerts.push(alert(&decision, (record, topic), group, headers));
            let (outcome, mut value) = (AlertRecord::of(&decision), Vec::new());
            outcome.write_json(&mut value);
            expected.outcomes.push(text(outcome.key().as_bytes(), &value, &[]));
        }
        for link in &links {
            let token = &decision.transaction.card.token;
            let (outcome, mut value) = (LinkRecord::of(link, token), Vec::new());
            outcome.write_json(&mut value);
            expected.outcomes.push(text(outcome.key().as_bytes(), &value, &[]));
        }
    }
}

fn compiled(environment: Environment) -> Arc<Ruleset> {
    let file = SourceFile { name: "rules.toml".into(), text: RULES.into() };
    let sources = Sources { files: vec![file], lists: Vec::new() };
    Arc::new(sources.compile(environment).unwrap().0)
}

fn published(decision: &Decision<'_>, headers: &[(String, String)]) -> String {
    let mut value = Vec::new();
    decision.write_json(&mut value);
    text(decision.transaction.card.token.as_bytes(), &value, headers)
}

fn alert(
    decision: &Decision<'_>,
    (record, topic): (&Incoming, &str),
    group: &str,
    lists: Vec<(String, String)>,
) -> String {
    let (tx, mut value) = (decision.transaction, Vec::new());
    let source = Position { topic, partition: record.partition, offset: record.offset };
    decision.write_alert(None, Some(source), &mut value);
    let headers = [
        ("ce_specversion", "1.0".to_owned()),
        ("ce_id", decision.alert_id().to_owned()),
        ("ce_source", format!("/redcard/{group}")),
        ("ce_type", "redcard.alert.v1".into()),
        ("ce_time", tx.time.to_string()),
        ("ce_subject", tx.card.token.to_string()),
        ("content-type", "application/json".into()),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value));
    let headers: Vec<_> = headers.into_iter().chain(lists).collect();
    text(tx.card.token.as_bytes(), &value, &headers)
}

fn dead_letter(record: &Incoming, topic: &str, rejection: &Rejection) -> String {
    let bytes = record.value.as_deref().unwrap_or_default();
    let format = FeedFormat::of_record(bytes, rejection.reason);
    let hint = format.map(|format| format!("; {}", format.hint(Medium::KafkaRecord)));
    let errors = [
        ("topic", topic.to_owned()),
        ("partition", record.partition.to_string()),
        ("offset", record.offset.to_string()),
        ("connector.name", "redcard".into()),
        ("stage", "decode".into()),
        ("exception.class.name", rejection.reason.code().to_owned()),
        ("exception.message", rejection.message.clone() + &hint.unwrap_or_default()),
    ];
    let headers = errors.map(|(name, value)| (format!("__connect.errors.{name}"), value));
    text(record.key.as_deref().unwrap_or_default(), b"", &headers)
}

fn as_text(record: &Incoming) -> String {
    let headers: Vec<(String, String)> = record
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), String::from_utf8_lossy(value).into_owned()))
        .collect();
    let (key, value) = (record.key.as_deref(), record.value.as_deref());
    text(key.unwrap_or_default(), value.unwrap_or_default(), &headers)
}

/// Key, headers and value, without `decided_at`: only this field may differ, because it is the
/// wall-clock time.
fn text(key: &[u8], value: &[u8], headers: &[(String, String)]) -> String {
    let mut value = String::from_utf8_lossy(value).into_owned();
    if let Some(at) = value.find("\"decided_at\":") {
        let length = value[at..].find(',').map_or(0, |comma| comma + 1);
        value.replace_range(at..at + length, "");
    }
    let headers: String = headers.iter().map(|(name, value)| format!(" {name}={value}")).collect();
    format!("{}{headers} {value}", String::from_utf8_lossy(key))
}

fn compare(what: &str, found: &[String], expected: &[String]) {
    if found == expected {
        return;
    }
    let mut balance: BTreeMap<&str, i64> = BTreeMap::new();
    expected.iter().for_each(|text| *balance.entry(text).or_default() -= 1);
    found.iter().for_each(|text| *balance.entry(text).or_default() += 1);
    let shown = |wrong: fn(i64) -> bool| {
        let all = balance.iter().filter(|(_, count)| wrong(**count));
        all.take(SHOWN).map(|(text, count)| format!("{count:+} {text}\n")).collect::<String>()
    };
    panic!(
        "{what}: {} records, {} expected\ntoo few of:\n{}too many of:\n{}",
        found.len(),
        expected.len(),
        shown(|count| count < 0),
        shown(|count| count > 0)
    );
}

/// Restores memory from the history and compares it; every record must continue the one before.
fn compare_memory(partition: i32, expected: &Memory, history: &[Incoming]) {
    let mut memory = Memory::new(Reader::new().limits);
    let mut restore = Restore::new();
    for record in history.iter().filter(|record| record.partition == partition) {
        let parsed = Record::parse(record.value.as_deref().unwrap()).unwrap();
        let follows = restore.take(&parsed, Time(i64::MAX), &mut memory);
        assert_eq!(follows, Continuity::Contiguous, "history {partition} offset {}", record.offset);
    }
    let state = |memory: &Memory| (memory.progress(), memory.usage());
    assert_eq!(state(&memory), state(expected), "restored memory of partition {partition}");
    assert!(memory == *expected, "restored memory of partition {partition} is another");
}
