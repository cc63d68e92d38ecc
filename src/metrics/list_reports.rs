//! Counts what is read from the lists topic.

use super::lists::ListRecord;
use super::register::{child, count};
use super::service::Metrics;
use crate::transaction::Time;
use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::time::Duration;

impl Metrics {
    /// A record of the lists topic was read.
    pub fn list_record(&self, result: ListRecord) {
        count(&self.lists.records, result.name());
    }

    /// A change is active, this long after its record was written.
    pub fn list_change_active(&self, after: Duration) {
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
