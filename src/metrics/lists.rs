//! The families about the lists topic.

use super::families as f;
use super::register::{counters, gauges, histogram, named, single};
use prometheus::{Histogram, IntCounter, IntGauge, IntGaugeVec, Registry};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

/// What a record of the lists topic did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListRecord {
    Set,
    Removed,
    Invalid,
}

impl ListRecord {
    const ALL: [Self; 3] = [Self::Set, Self::Removed, Self::Invalid];

    pub(super) fn name(self) -> &'static str {
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
    pub(super) records: BTreeMap<&'static str, IntCounter>,
    pub(super) entries: IntGaugeVec,
    /// The lists that have a series.
    pub(super) shown: Mutex<BTreeSet<String>>,
    pub(super) missing: IntGauge,
    pub(super) delay: Histogram,
    pub(super) read: IntGauge,
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
