//! The partitions that a shard owns.

use super::label_input::LabelInput;
use super::partition::{Partition, PartitionSettings};
use super::ports::{BatchOffsets, Offsets};
use crate::kafka::settings::Settings;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

/// The partitions of one shard.
pub struct Partitions {
    settings: PartitionSettings,
    owned: BTreeMap<i32, Partition>,
}

impl Partitions {
    pub fn new(settings: &Settings) -> Self {
        Self {
            settings: PartitionSettings {
                limits: settings.limits,
                has_history: settings.topics.history.is_some(),
                history_version: settings.history_version,
                base_currency: settings.base_currency,
            },
            owned: BTreeMap::new(),
        }
    }

    /// Adds a partition whose memory has yet to be restored.
    pub fn add(&mut self, number: i32, now: Instant) {
        self.owned.insert(number, Partition::new(number, &self.settings, now));
    }

    /// Drops a partition and its memory. Returns it if it was owned.
    pub fn remove(&mut self, number: i32) -> Option<Partition> {
        self.owned.remove(&number)
    }

    /// Discards a partition's memory and state, and restores it again.
    pub fn restart(&mut self, number: i32, now: Instant) {
        if self.owned.contains_key(&number) {
            self.add(number, now);
        }
    }

    pub fn count(&self) -> usize {
        self.owned.len()
    }

    /// Whether any partition is waiting for history records.
    pub fn is_reading_history(&self) -> bool {
        self.owned.values().any(Partition::is_reading_history)
    }

    pub fn numbers(&self) -> Vec<i32> {
        self.owned.keys().copied().collect()
    }

    pub fn get_mut(&mut self, number: i32) -> Option<&mut Partition> {
        self.owned.get_mut(&number)
    }

    /// The labels of a partition whose memory is restored.
    pub fn labels(&mut self, number: i32) -> Option<&mut LabelInput> {
        self.get_mut(number)?.labels()
    }

    pub fn iter(&self) -> impl Iterator<Item = (i32, &Partition)> {
        self.owned.iter().map(|(number, partition)| (*number, partition))
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (i32, &mut Partition)> {
        self.owned.iter_mut().map(|(number, partition)| (*number, partition))
    }

    /// The partitions whose records may be processed.
    pub fn running(&self) -> BTreeSet<i32> {
        let running = self.iter().filter(|(_, partition)| partition.is_running());
        running.map(|(number, _)| number).collect()
    }

    /// The partition that a record belongs to. `None` if this shard must not process the record, or
    /// has already processed it.
    pub fn processable(&mut self, number: i32, offset: i64) -> Option<&mut Partition> {
        self.owned.get_mut(&number).filter(|partition| partition.may_process(offset))
    }

    /// Whether the history record of any partition has no more room.
    pub fn is_any_full(&self) -> bool {
        self.owned.values().any(Partition::is_full)
    }

    /// Whether the open batch contains any records.
    pub fn has_batch(&self) -> bool {
        self.owned.values().any(Partition::is_in_batch)
    }

    /// The offsets that the open batch commits for the group.
    pub fn to_commit(&self) -> BatchOffsets {
        BatchOffsets {
            transactions: self.offsets(Partition::to_commit),
            labels: self.offsets(Partition::labels_to_commit),
        }
    }

    fn offsets(&self, of: impl Fn(&Partition) -> Option<i64>) -> Offsets {
        self.iter().filter_map(|(number, partition)| Some((number, of(partition)?))).collect()
    }
}
