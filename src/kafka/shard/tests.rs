//! What tests see of a running shard, and one change that only a defect could make.

use super::ports::Ports;
use super::turn::Shard;
use crate::memory::Memory;

impl<P: Ports> Shard<P> {
    pub fn input(&self) -> &P::Input {
        &self.ports.input
    }

    /// Whether the open batch contains any records of the partition.
    pub fn has_in_batch(&self, number: i32) -> bool {
        self.partitions.iter().any(|(owned, p)| owned == number && p.is_in_batch())
    }

    /// Makes the changes of the open batch permanent in memory, so that an abort cannot undo them.
    pub fn tamper_with_memory(&mut self) {
        for (_, partition) in self.partitions.iter_mut().filter(|(_, p)| p.is_in_batch()) {
            partition.memory.keep();
            partition.memory.begin();
        }
    }

    /// The memories of partitions that have no open batch and have processed everything committed.
    pub fn settled_memories(&self) -> impl Iterator<Item = (i32, &Memory)> {
        let settled = self.partitions.iter().filter(|(_, p)| p.is_running() && !p.is_in_batch());
        settled.map(|(number, partition)| (number, &partition.memory))
    }
}
