//! Models the disk of each instance. A checkpoint may be missing, damaged, old or of another
//! history when it is read.

use super::ports::Shared;
use super::sabotage::Sabotage;
use crate::kafka::settings::Settings;
use crate::kafka::shard::ports::{CheckpointLookup, Checkpoints};
use crate::memory::{Mark, Memory};
use rand::RngExt;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

/// The files of one partition on one machine, oldest first.
pub type Files = Vec<Vec<u8>>;

pub struct ModelCheckpoints {
    pub cluster: Shared,
    pub settings: Arc<Settings>,
    pub sabotage: Sabotage,
    /// The number of the machine, which has its own disk.
    pub machine: usize,
    pub sought: BTreeSet<i32>,
}

impl ModelCheckpoints {
    fn keep(&mut self, memory: &Memory, mark: Mark) -> bool {
        let mut cluster = self.cluster.borrow_mut();
        if cluster.chance(50) {
            return false;
        }
        let mut bytes = Vec::new();
        memory.write_checkpoint(mark, &mut bytes).unwrap();
        cluster.disks.entry((self.machine, mark.partition)).or_default().push(bytes);
        true
    }

    /// Reads the newest checkpoint, or simulates a missing, damaged, old or foreign one.
    fn read(&self, partition: i32) -> Option<(Memory, Mark)> {
        let mut cluster = self.cluster.borrow_mut();
        let files = cluster.disks.get(&(self.machine, partition))?.clone();
        let (newest, any) = (files.last()?, &files[cluster.rng.random_range(0..files.len())]);
        match cluster.rng.random_range(0..8) {
            0 => None,
            1 => {
                let mut damaged = newest.clone();
                let at = cluster.rng.random_range(0..damaged.len());
                damaged[at] ^= 1 << cluster.rng.random_range(0..8);
                let read = self.parse(&damaged);
                assert!(read.is_none(), "a damaged checkpoint was taken for a whole one");
                read
            }
            2 if self.sabotage == Sabotage::BelievesForeignCheckpoints => {
                let (_, mark) = self.parse(newest)?;
                Some((Memory::new(self.settings.limits), mark))
            }
            2 => self.parse(newest).map(|(_, mark)| {
                let other = Mark { history_hash: !mark.history_hash, ..mark };
                (Memory::new(self.settings.limits), other)
            }),
            3 => {
                let (_, mark) = self.parse(newest)?;
                let other = Mark { history_offset: mark.history_offset + 7, ..mark };
                Some((Memory::new(self.settings.limits), other))
            }
            4 | 5 if self.sabotage == Sabotage::BelievesStaleCheckpoints => {
                Some((self.parse(any)?.0, self.parse(newest)?.1))
            }
            4 | 5 => self.parse(any),
            _ => self.parse(newest),
        }
    }

    fn parse(&self, bytes: &[u8]) -> Option<(Memory, Mark)> {
        Memory::read_checkpoint(self.settings.limits, &mut { bytes }).ok()
    }
}

impl Checkpoints for ModelCheckpoints {
    fn look_for(&mut self, partition: i32) {
        self.sought.insert(partition);
    }

    fn found(&mut self, partition: i32) -> CheckpointLookup {
        if !self.sought.contains(&partition) {
            return CheckpointLookup::Nothing;
        }
        if self.cluster.borrow_mut().chance(300) {
            return CheckpointLookup::NotYet;
        }
        self.sought.remove(&partition);
        match self.read(partition) {
            None => CheckpointLookup::Nothing,
            Some(found) => {
                self.settings.check_mark(partition, &found.1).unwrap();
                CheckpointLookup::Found(Box::new(found))
            }
        }
    }

    fn forget(&mut self, partition: i32) {
        self.sought.remove(&partition);
    }

    fn save(&mut self, memory: &Memory, mark: Mark) -> bool {
        self.keep(memory, mark)
    }

    fn checkpoint_on_revoke(&mut self, memory: Memory, mark: Mark) {
        self.keep(&memory, mark);
    }

    fn finish(&mut self, _deadline: Instant) {}
}
