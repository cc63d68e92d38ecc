//! Reads the lists topic as it was at a decision, as far as compaction still shows it.
//!
//! If a record before the decision is still there, so is every later one of its key before the decision:
//! compaction removes the records of a key from the oldest on. Such an entry is therefore exact. If only
//! later records of a key are left, its earlier state is not known, unless no record before the decision is
//! missing at all.

use super::list_topic::ListTopic;
use crate::decode::{ListChange, ListDecoder, ListKey};
use crate::kafka::errors::LookupError;
use crate::rules::TopicLists;
use crate::transaction::Time;
use std::collections::{BTreeMap, BTreeSet};

/// A batch is decided, and its history written, within this time after it got its lists.
const NEAR_MS: i64 = 5_000;

/// Up to where the lists topic is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListsMoment {
    /// The next offset of each partition, as decisions name them.
    Version(BTreeMap<i32, i64>),
    /// When the decision was recorded, compared with the timestamps of the records.
    Written(Time),
}

/// The lists as of a moment.
#[derive(Debug, Default)]
pub struct PastLists {
    pub lists: TopicLists,
    /// Entries that may have been different: they were changed later, and their earlier state is not
    /// known, or at about that moment.
    pub uncertain: BTreeMap<String, ListKey>,
    /// How many records before the moment the topic no longer has. They may have been about entries that
    /// were removed later.
    pub missing: i64,
}

/// Where a record is, relative to the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    Before,
    /// Shortly before: it may have become active only after the decision.
    Near,
    After,
}

impl ListsMoment {
    /// Reads a version such as `0:15,1:7`; an empty one is that of an empty topic.
    pub fn of_version(text: &str) -> Option<Self> {
        let places = text.split(',').filter(|place| !place.is_empty());
        let next = places.map(|place| {
            let (partition, offset) = place.split_once(':')?;
            Some((partition.parse().ok()?, offset.parse().ok()?))
        });
        next.collect::<Option<_>>().map(Self::Version)
    }

    fn relation(&self, partition: i32, offset: i64, written: Option<Time>) -> Relation {
        match self {
            Self::Version(_) if offset < self.next(partition).unwrap_or(0) => Relation::Before,
            Self::Version(_) => Relation::After,
            Self::Written(moment) => {
                let written = written.map_or(i64::MIN, Time::millis);
                match moment.millis() {
                    moment if written > moment => Relation::After,
                    moment if written > moment.saturating_sub(NEAR_MS) => Relation::Near,
                    _ => Relation::Before,
                }
            }
        }
    }

    /// The first offset of a partition that is after the moment, if that is known.
    fn next(&self, partition: i32) -> Option<i64> {
        match self {
            Self::Version(next) => Some(next.get(&partition).copied().unwrap_or(0)),
            Self::Written(_) => None,
        }
    }
}

impl ListTopic {
    /// The lists as of a moment.
    pub fn as_of(
        &self,
        decoder: &ListDecoder<'_>,
        moment: &ListsMoment,
    ) -> Result<PastLists, LookupError> {
        let mut past = PastLists::default();
        for partition in 0..self.partitions()? {
            let mut fold = PartitionFold::new(&mut past, moment, partition);
            self.each_of(partition, |record| {
                let (change, _) = decoder.change(record.key, record.value);
                fold.take(record.offset, record.timestamp, change);
            })?;
            fold.end();
        }
        Ok(past)
    }
}

/// The records of a partition, in their order.
struct PartitionFold<'p> {
    past: &'p mut PastLists,
    moment: &'p ListsMoment,
    partition: i32,
    /// The next offset before the moment.
    next: i64,
    is_past_moment: bool,
    /// How many of the records before the moment are not there.
    missing: i64,
    /// The keys with a record before the moment.
    known: BTreeSet<String>,
    /// The others with a record after it.
    changed_later: BTreeMap<String, ListKey>,
}

impl<'p> PartitionFold<'p> {
    fn new(past: &'p mut PastLists, moment: &'p ListsMoment, partition: i32) -> Self {
        Self {
            past,
            moment,
            partition,
            next: 0,
            is_past_moment: false,
            missing: 0,
            known: BTreeSet::new(),
            changed_later: BTreeMap::new(),
        }
    }

    fn take(&mut self, offset: i64, written: Option<Time>, change: Option<ListChange>) {
        let key = change.as_ref().map(ListChange::key);
        let key = key.map(|key| (key.to_text(), key.clone()));
        let relation = self.moment.relation(self.partition, offset, written);
        if relation == Relation::After {
            self.pass_moment(offset);
            let unknown = key.filter(|(text, _)| !self.known.contains(text));
            self.changed_later.extend(unknown);
            return;
        }
        self.skip_to(offset);
        self.next = offset + 1;
        self.known.extend(key.as_ref().map(|(text, _)| text.clone()));
        if relation == Relation::Near {
            self.past.uncertain.extend(key);
        }
        if let Some(change) = change {
            // The service refused an entry for which there was no room, too.
            let _ = self.past.lists.apply(&change);
        }
    }

    fn end(mut self) {
        self.pass_moment(self.next);
        if self.missing > 0 {
            self.past.uncertain.append(&mut self.changed_later);
            self.past.missing += self.missing;
        }
    }

    /// Counts what is missing between the last record before the moment and a later offset.
    fn pass_moment(&mut self, offset: i64) {
        if !self.is_past_moment {
            self.is_past_moment = true;
            self.skip_to(self.moment.next(self.partition).unwrap_or(offset));
        }
    }

    fn skip_to(&mut self, offset: i64) {
        self.missing += (offset - self.next).max(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{ListEntry, ListText};

    fn key(text: &str) -> ListKey {
        let entry = ListText { text: text.to_owned(), former: None };
        ListKey { list: "l".to_owned(), entry }
    }

    fn set(text: &str) -> ListChange {
        let key = key(text);
        ListChange::Set(ListEntry {
            key,
            values: Vec::new(),
            from: None,
            until: None,
            reason: None,
            by: None,
        })
    }

    /// Folds records of partition 0, each with its offset, which is also its time in seconds.
    #[track_caller]
    fn check(
        moment: &ListsMoment,
        records: &[(i64, ListChange)],
        entries: usize,
        uncertain: &[&str],
        missing: i64,
    ) {
        let mut past = PastLists::default();
        let mut fold = PartitionFold::new(&mut past, moment, 0);
        for (offset, change) in records {
            fold.take(*offset, Some(Time(offset * 1000)), Some(change.clone()));
        }
        fold.end();
        assert_eq!(past.lists.entries(), entries, "{moment:?}");
        assert_eq!(past.uncertain.keys().collect::<Vec<_>>(), uncertain, "{moment:?}");
        assert_eq!(past.missing, missing, "{moment:?}");
    }

    fn version(text: &str) -> ListsMoment {
        ListsMoment::of_version(text).unwrap()
    }

    #[test]
    fn a_version_is_exact_where_the_topic_still_has_an_earlier_record() {
        let whole =
            [(0, set("a")), (1, set("b")), (2, ListChange::Remove(key("a"))), (3, set("c"))];
        check(&version("0:2"), &whole, 2, &[], 0);
        check(&version("0:3"), &whole, 1, &[], 0);
        check(&version("0:4"), &whole, 2, &[], 0);
        check(&version("0:9"), &whole, 2, &[], 5);
        check(&version(""), &whole, 0, &[], 0);
        check(&version("1:4"), &whole, 0, &[], 0);
        let compacted = [(1, set("b")), (2, ListChange::Remove(key("a"))), (3, set("c"))];
        check(&version("0:2"), &compacted, 1, &["l/a", "l/c"], 1);
        check(&version("0:3"), &compacted, 1, &["l/c"], 1);
    }

    #[test]
    fn what_compaction_removed_is_uncertain_or_counted() {
        let compacted = [(1, set("b")), (7, set("a"))];
        check(&version("0:5"), &compacted, 1, &["l/a"], 4);
        check(&version("0:8"), &compacted, 2, &[], 6);
        check(&version("0:5"), &[], 0, &[], 5);
    }

    #[test]
    fn without_a_version_entries_written_about_then_are_uncertain() {
        let records = [(0, set("a")), (20, set("b")), (22, set("c")), (30, set("a"))];
        let missing = [19, 1, 7];
        let up_to = |gaps: usize| missing.iter().take(gaps).sum::<i64>();
        check(&ListsMoment::Written(Time(21_000)), &records, 2, &["l/b", "l/c"], up_to(2));
        check(&ListsMoment::Written(Time(26_000)), &records, 3, &["l/c"], up_to(3));
        check(&ListsMoment::Written(Time(60_000)), &records, 3, &[], up_to(3));
    }

    #[test]
    fn a_version_that_is_not_one_is_not_read() {
        for text in ["0", "0:", ":1", "0:1;1:2", "a:1", "0:1,,b"] {
            assert_eq!(ListsMoment::of_version(text), None, "{text}");
        }
        let next = BTreeMap::from([(0, 15), (1, 7)]);
        assert_eq!(ListsMoment::of_version("0:15,1:7"), Some(ListsMoment::Version(next)));
    }
}
