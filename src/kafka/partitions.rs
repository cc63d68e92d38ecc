//! The partitions that a shard owns: their memory, and how far each one got.
//!
//! Three offsets per partition, each the next to be read: *taken* (decided, outputs handed over),
//! *acknowledged* (outputs confirmed by the broker), *committed* (the group knows it). It holds that
//! committed ≤ acknowledged ≤ taken.

use super::source::Offsets;
use crate::memory::{Limits, Memory, Usage};
use std::collections::BTreeMap;

/// The partitions of one shard.
#[derive(Debug)]
pub(super) struct Partitions {
    limits: Limits,
    owned: BTreeMap<i32, Partition>,
}

#[derive(Debug)]
struct Partition {
    memory: Memory,
    taken: Option<i64>,
    acknowledged: Option<i64>,
    committed: Option<i64>,
    evicted_cards: u64,
}

impl Partitions {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, owned: BTreeMap::new() }
    }

    /// Owns a partition from now on, with empty memory.
    pub(super) fn add(&mut self, partition: i32) {
        let memory = Memory::new(self.limits);
        let new = Partition {
            memory,
            taken: None,
            acknowledged: None,
            committed: None,
            evicted_cards: 0,
        };
        self.owned.insert(partition, new);
    }

    /// Drops a partition and its memory; whether it was owned.
    pub(super) fn remove(&mut self, partition: i32) -> bool {
        self.owned.remove(&partition).is_some()
    }

    pub(super) fn numbers(&self) -> Vec<i32> {
        self.owned.keys().copied().collect()
    }

    pub(super) fn owns(&self, partition: i32) -> bool {
        self.owned.contains_key(&partition)
    }

    /// Whether something is acknowledged and not committed yet.
    pub(super) fn is_behind(&self) -> bool {
        self.owned.values().any(Partition::is_behind)
    }

    /// The memory that a record is decided by; `None` if its partition is not owned.
    pub(super) fn memory(&mut self, partition: i32) -> Option<&mut Memory> {
        self.owned.get_mut(&partition).map(|partition| &mut partition.memory)
    }

    /// Everything that came of the record at `offset` was handed over.
    pub(super) fn took(&mut self, partition: i32, offset: i64) {
        if let Some(partition) = self.owned.get_mut(&partition) {
            partition.taken = Some(offset + 1);
        }
    }

    /// Everything that was taken so far is acknowledged.
    pub(super) fn acknowledged(&mut self) {
        for partition in self.owned.values_mut() {
            partition.acknowledged = partition.taken;
        }
    }

    pub(super) fn committed(&mut self, offsets: &Offsets) {
        for (partition, offset) in offsets {
            if let Some(partition) = self.owned.get_mut(partition) {
                partition.committed = partition.committed.max(Some(*offset));
            }
        }
    }

    /// What is acknowledged and not committed yet.
    pub(super) fn to_commit(&self) -> Offsets {
        let open = self.owned.iter().filter(|(_, partition)| partition.is_behind());
        open.filter_map(|(number, p)| Some((*number, p.acknowledged?))).collect()
    }

    /// Each partition's memory, and how many cards it evicted since the last call.
    pub(super) fn usages(&mut self) -> impl Iterator<Item = (i32, Usage, u64)> {
        self.owned.iter_mut().map(|(number, partition)| {
            let usage = partition.memory.usage();
            let evicted = usage.evicted_cards.saturating_sub(partition.evicted_cards);
            partition.evicted_cards = usage.evicted_cards;
            (*number, usage, evicted)
        })
    }
}

impl Partition {
    fn is_behind(&self) -> bool {
        self.acknowledged > self.committed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(numbers: &[i32]) -> Partitions {
        let limits = Limits { retention_ms: 1, events_per_card: 1, cards: 1, bytes: 1 << 20 };
        let mut partitions = Partitions::new(limits);
        numbers.iter().for_each(|number| partitions.add(*number));
        partitions
    }

    #[test]
    fn only_what_is_acknowledged_is_committed_and_only_once() {
        let mut partitions = owned(&[0, 1]);
        partitions.took(0, 41);
        assert_eq!(partitions.to_commit(), Offsets::new());
        partitions.acknowledged();
        partitions.took(0, 42);
        assert_eq!(partitions.to_commit(), Offsets::from([(0, 42)]));
        partitions.committed(&Offsets::from([(0, 42)]));
        assert_eq!(partitions.to_commit(), Offsets::new());
        partitions.acknowledged();
        assert_eq!(partitions.to_commit(), Offsets::from([(0, 43)]));
    }

    #[test]
    fn a_partition_that_is_given_up_is_neither_committed_nor_decided() {
        let mut partitions = owned(&[0, 1]);
        partitions.took(0, 1);
        partitions.took(1, 1);
        partitions.acknowledged();
        assert!(partitions.remove(0));
        assert!(!partitions.remove(0));
        partitions.took(0, 2);
        partitions.acknowledged();
        assert_eq!(partitions.to_commit(), Offsets::from([(1, 2)]));
        assert!(partitions.memory(0).is_none());
    }

    #[test]
    fn a_partition_that_comes_back_starts_anew() {
        let mut partitions = owned(&[0]);
        partitions.took(0, 99);
        partitions.acknowledged();
        partitions.committed(&Offsets::from([(0, 100)]));
        partitions.remove(0);
        partitions.add(0);
        partitions.took(0, 9);
        partitions.acknowledged();
        assert_eq!(partitions.to_commit(), Offsets::from([(0, 10)]));
    }

    #[test]
    fn a_late_answer_does_not_turn_back_what_is_committed() {
        let mut partitions = owned(&[0]);
        partitions.took(0, 9);
        partitions.acknowledged();
        partitions.committed(&Offsets::from([(0, 10)]));
        partitions.committed(&Offsets::from([(0, 5)]));
        assert_eq!(partitions.to_commit(), Offsets::new());
    }
}
