//! Exports what is read from the lists topic.

use super::families as f;
use super::register::{child, count, counters, gauges, histogram, named, single};
use super::service::Metrics;
use crate::transaction::Time;
use prometheus::{Histogram, IntCounter, IntGauge, IntGaugeVec, Registry};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What a record of the lists topic did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListRecord {
    Set,
    Removed,
    Invalid,
}

impl ListRecord {
    const ALL: [Self; 3] = [Self::Set, Self::Removed, Self::Invalid];

    fn name(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Removed => "removed",
            Self::Invalid => "invalid",
        }
    }
}

/// The families about lists.
#[derive(Debug)]
pub(super) struct ListFamilies {
    records: BTreeMap<&'static str, IntCounter>,
    entries: IntGaugeVec,
    /// The lists that have a series.
    shown: Mutex<BTreeSet<String>>,
    missing: IntGauge,
    delay: Histogram,
    read: IntGauge,
}

impl ListFamilies {
    pub(super) fn new(registry: &Registry) -> Self {
        let records = counters(registry, &f::LIST_RECORDS);
        Self {
            records: named(&records, &ListRecord::ALL.map(ListRecord::name)),
            entries: gauges(registry, &f::LIST_ENTRIES),
            shown: Mutex::default(),
            missing: single(&gauges(registry, &f::LISTS_MISSING)),
            delay: histogram(registry, &f::LIST_DELAY, f::AGE_BUCKETS_S),
            read: single(&gauges(registry, &f::LISTS_READ)),
        }
    }
}

impl Metrics {
    /// A record of the lists topic was read.
    pub fn list_record(&self, result: ListRecord) {
        count(&self.lists.records, result.name());
    }

    /// A change is in force, this long after its record was written.
    pub fn list_change_in_force(&self, after: Duration) {
        self.lists.delay.observe(after.as_secs_f64());
    }

    /// The lists topic was found to be read to its end.
    pub fn lists_read(&self, at: Time) {
        self.lists.read.set(at.millis().div_euclid(1000));
    }

    /// How many entries each of these lists has in the topic. The series of other lists are removed.
    pub fn set_list_entries(&self, sizes: &BTreeMap<&str, usize>) {
        let mut shown = self.lists.shown.lock().unwrap_or_else(PoisonError::into_inner);
        for gone in shown.iter().filter(|name| !sizes.contains_key(name.as_str())) {
            // An error means that the series does not exist, which is the goal.
            let _ = self.lists.entries.remove_label_values(&[gone.as_str()]);
        }
        for (name, size) in sizes {
            child(&self.lists.entries, &[name]).set(i64::try_from(*size).unwrap_or(i64::MAX));
        }
        *shown = sizes.keys().map(|name| (*name).to_owned()).collect();
    }

    /// How many lists that a rule names never had an entry.
    pub fn set_missing_lists(&self, lists: usize) {
        self.lists.missing.set(i64::try_from(lists).unwrap_or(i64::MAX));
    }
}
