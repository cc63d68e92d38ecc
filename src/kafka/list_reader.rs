//! Reads the lists topic: completely before the shards start, then follows it.
//!
//! ```text
//! read_all: every partition to its end ─▶ active lists ─▶ the shards start
//! follow:   record ─▶ change ─▶ … none waits, or 100 ms  ─▶ active lists
//! ```
//!
//! A record whose key can be read and whose value is not valid removes the entry: compaction has
//! removed what was before it, so a restarted instance would not find it either.

use super::active_lists::{ActiveLists, ListsVersion};
use super::client::{Polled, ReadError, TopicReader, TopicRecord};
use super::errors::{ClientError, StartError};
use super::settings::Settings;
use crate::clock::{monotonic_now, wall_now};
use crate::decode::{Decoder, ListChange, ListDecoder, SNOOZES};
use crate::metrics::{ListRecord, Metrics};
use crate::reload::Follower;
use crate::rules::{Ruleset, TopicLists};
use crate::transaction::Time;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long one wait for a record takes, and how long a change waits for further ones at most.
const POLL_WAIT: Duration = Duration::from_millis(100);
const PUBLISH_INTERVAL: Duration = Duration::from_millis(100);
/// How often the reader looks for new partitions, and whether the brokers answer.
const QUESTIONS_INTERVAL: Duration = Duration::from_secs(10);
const RETRY_PAUSE: Duration = Duration::from_secs(1);
/// Further invalid records are only counted.
const INVALID_LOGGED_MAX: usize = 100;

/// The reading thread.
pub struct ListReader {
    topic: TopicReader,
    name: String,
    decoder: Arc<Decoder>,
    active: Arc<ActiveLists>,
    metrics: Arc<Metrics>,
    ruleset: Arc<Ruleset>,
    rulesets: Follower,
    lists: TopicLists,
    /// The next offset of each partition.
    next: BTreeMap<i32, i64>,
    partitions: BTreeSet<i32>,
    /// The partitions that are read to their end.
    at_end: BTreeSet<i32>,
    /// When the records of changes that are not active yet were written; not kept before the topic is
    /// read to its end for the first time.
    waiting: Vec<Option<Time>>,
    is_following: bool,
    /// When the first of them was read.
    waiting_since: Option<Instant>,
    invalid: usize,
    /// Missing lists that the log has named.
    named: BTreeSet<String>,
}

impl ListReader {
    /// A reader of the configured topic; `None` if there is none.
    pub fn connect(settings: &Settings) -> Result<Option<Self>, StartError> {
        let Some(name) = &settings.topics.lists else { return Ok(None) };
        let (ruleset, rulesets) = settings.ruleset.follow();
        Ok(Some(Self {
            topic: TopicReader::connect(&settings.connection(), name)?,
            name: name.clone(),
            decoder: Arc::clone(&settings.decoder),
            active: Arc::clone(&settings.lists),
            metrics: Arc::clone(&settings.metrics),
            ruleset,
            rulesets,
            lists: TopicLists::default(),
            next: BTreeMap::new(),
            partitions: BTreeSet::new(),
            at_end: BTreeSet::new(),
            waiting: Vec::new(),
            is_following: false,
            waiting_since: None,
            invalid: 0,
            named: BTreeSet::new(),
        }))
    }

    /// Reads every partition to its end, without a time limit.
    pub fn read_all(&mut self, cancelled: &AtomicBool) -> Result<(), StartError> {
        while !self.is_complete() {
            if cancelled.load(Ordering::Relaxed) {
                return Err(StartError::CancelledLists { topic: self.name.clone() });
            }
            match self.read_or_assign() {
                Ok(()) => {}
                Err(error @ ReadError::Retriable { .. }) => {
                    tracing::warn!(%error, "cannot read the lists yet; trying again");
                    std::thread::sleep(RETRY_PAUSE);
                }
                Err(error) => return Err(StartError::Lists { source: ClientError::of(&error) }),
            }
        }
        self.is_following = true;
        self.publish();
        let (topic, entries) = (&self.name, self.lists.entries());
        tracing::info!(topic, entries, "read the lists");
        Ok(())
    }

    /// Follows the topic until told to stop.
    pub fn follow(mut self, stop: &AtomicBool) {
        let mut asked = monotonic_now();
        while !stop.load(Ordering::Relaxed) {
            let now = monotonic_now();
            let is_due = now.saturating_duration_since(asked) >= QUESTIONS_INTERVAL;
            let read = if is_due { self.ask() } else { self.read() };
            if is_due {
                asked = now;
            }
            if let Err(error) = read {
                tracing::warn!(%error, "cannot read the lists; they stay as they are meanwhile");
                std::thread::sleep(RETRY_PAUSE);
            }
            if let Some(ruleset) = self.rulesets.newer() {
                self.ruleset = ruleset;
                self.report();
            }
        }
    }

    fn is_complete(&self) -> bool {
        !self.partitions.is_empty() && self.partitions == self.at_end
    }

    fn read_or_assign(&mut self) -> Result<(), ReadError> {
        if self.partitions.is_empty() {
            let partitions = self.topic.partitions()?;
            self.topic.assign(partitions.iter().map(|partition| (*partition, None)))?;
            self.partitions = partitions;
        }
        self.read_one().map(|_| ())
    }

    /// Reads a record, and makes changes active once no more follow or the first has waited long enough.
    fn read(&mut self) -> Result<(), ReadError> {
        let is_record = self.read_one()?;
        let waited =
            self.waiting_since.map(|since| monotonic_now().saturating_duration_since(since));
        if waited.is_some_and(|waited| !is_record || waited >= PUBLISH_INTERVAL) {
            self.publish();
        }
        Ok(())
    }

    /// Takes the next record, if there is one, and returns whether there was.
    fn read_one(&mut self) -> Result<bool, ReadError> {
        match self.topic.next(POLL_WAIT)? {
            None => Ok(false),
            Some(Polled::End { partition }) => {
                self.at_end.insert(partition);
                Ok(false)
            }
            Some(Polled::Record(record)) => {
                let partition = record.partition();
                self.at_end.remove(&partition);
                self.next.insert(partition, record.offset() + 1);
                if self.is_following {
                    self.waiting.push(record.written());
                }
                self.waiting_since.get_or_insert_with(monotonic_now);
                let decoder = ListDecoder::new(self.decoder.settings());
                let applied = applied(&decoder, &record, &mut self.lists);
                self.metrics.list_record(applied.result);
                if let Some(why) = applied.fault {
                    self.invalid += 1;
                    let (topic, offset) = (&self.name, record.offset());
                    if self.invalid <= INVALID_LOGGED_MAX {
                        tracing::warn!(topic, partition, offset, "not a list entry: {why}");
                    }
                }
                Ok(true)
            }
        }
    }

    /// Looks for new partitions, and notes that the lists are up to date if they are.
    fn ask(&mut self) -> Result<(), ReadError> {
        let partitions = self.topic.partitions()?;
        let added: BTreeSet<i32> = partitions.difference(&self.partitions).copied().collect();
        if !added.is_empty() {
            self.topic.add(&added)?;
            self.partitions.extend(added);
        }
        self.topic.reach(&self.partitions)?;
        if self.is_complete() {
            self.metrics.lists_read(wall_now());
        }
        Ok(())
    }

    fn publish(&mut self) {
        self.active.replace(ListsVersion::new(self.lists.clone(), &self.next));
        self.waiting_since = None;
        let now = wall_now();
        for written in self.waiting.drain(..).flatten() {
            let after_ms = now.millis().saturating_sub(written.millis()).max(0).unsigned_abs();
            self.metrics.list_change_active(Duration::from_millis(after_ms));
        }
        if self.is_complete() {
            self.metrics.lists_read(now);
        }
        self.report();
    }

    /// Exports the sizes of the lists that rules name, and reports lists that never had an entry.
    fn report(&mut self) {
        let named = self.ruleset.lists();
        let is_named = |name: &str| name == SNOOZES || named.contains_key(name);
        let mut sizes: BTreeMap<&str, usize> = named.keys().map(|name| (*name, 0)).collect();
        sizes.insert(SNOOZES, 0);
        sizes.extend(self.lists.sizes().filter(|(name, _)| is_named(name)));
        self.metrics.set_list_entries(&sizes);
        let missing = missing_lists(&self.ruleset, &self.lists);
        self.metrics.set_missing_lists(missing.len());
        for list in missing {
            if self.named.insert(list.to_owned()) {
                let topic = &self.name;
                tracing::warn!(list, topic, "a rule names a list that never had an entry");
            }
        }
    }
}

/// Reports the lists that rules name and that have neither a file nor, without a topic, any entry.
pub fn report_without_topic(ruleset: &Ruleset, metrics: &Metrics) {
    let lists = TopicLists::default();
    let missing = missing_lists(ruleset, &lists);
    metrics.set_missing_lists(missing.len());
    for list in missing {
        tracing::warn!(list, "a rule names a list without a file, and `topics.lists` is not set");
    }
}

/// The lists that rules name, that have no file, and that never had an entry.
fn missing_lists<'r>(ruleset: &'r Ruleset, lists: &TopicLists) -> Vec<&'r str> {
    let named = ruleset.lists().into_iter();
    let missing = named.filter(|(name, has_file)| !has_file && !lists.knows(name));
    missing.map(|(name, _)| name).collect()
}

struct AppliedRecord {
    result: ListRecord,
    /// What is wrong with the record.
    fault: Option<String>,
}

fn applied(
    decoder: &ListDecoder<'_>,
    record: &TopicRecord<'_>,
    lists: &mut TopicLists,
) -> AppliedRecord {
    let (change, fault) = decoder.change(record.key(), record.value());
    let is_set = matches!(change, Some(ListChange::Set(_)));
    let full = change.and_then(|change| lists.apply(&change).err());
    let fault = fault.map(|fault| fault.to_string()).or(full.map(|full| full.to_string()));
    let result = match (&fault, is_set) {
        (Some(_), _) => ListRecord::Invalid,
        (None, true) => ListRecord::Set,
        (None, false) => ListRecord::Removed,
    };
    AppliedRecord { result, fault }
}
