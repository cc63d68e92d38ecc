//! Shares the entries of the lists topic: one thread replaces them, and the shards follow.

use crate::rules::TopicLists;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The lists that the next batch is scored with.
#[derive(Debug, Default)]
pub struct ActiveLists {
    /// How many versions were active before this one. Written only while the lock is held.
    generation: AtomicU64,
    lists: Mutex<Arc<ListsVersion>>,
}

/// The lists as of a place in the topic.
#[derive(Debug, Clone, Default)]
pub struct ListsVersion {
    pub lists: Arc<TopicLists>,
    /// The next offset of each partition that was read: `0:15,1:7`. Equal texts mean equal lists.
    pub version: Arc<str>,
}

/// A user of the active lists, which checks for newer ones with [`ListsFollower::newer`].
#[derive(Debug)]
pub struct ListsFollower {
    active: Arc<ActiveLists>,
    generation: u64,
}

impl ListsVersion {
    /// The lists after everything before these offsets.
    pub fn new(lists: TopicLists, next: &BTreeMap<i32, i64>) -> Self {
        let places = next.iter().map(|(partition, offset)| format!("{partition}:{offset}"));
        let version = places.collect::<Vec<_>>().join(",").into();
        Self { lists: Arc::new(lists), version }
    }
}

impl ActiveLists {
    pub fn active(&self) -> Arc<ListsVersion> {
        self.with_generation().1
    }

    /// Replaces the lists. Each follower gets them from its next `ListsFollower::newer`.
    pub fn replace(&self, lists: ListsVersion) {
        let mut current = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(lists);
        self.generation.fetch_add(1, Ordering::Relaxed);
    }

    /// The active lists, and a follower that will get the next ones.
    pub fn follow(self: &Arc<Self>) -> (Arc<ListsVersion>, ListsFollower) {
        let (generation, lists) = self.with_generation();
        (lists, ListsFollower { active: Arc::clone(self), generation })
    }

    fn with_generation(&self) -> (u64, Arc<ListsVersion>) {
        let current = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        (self.generation.load(Ordering::Relaxed), Arc::clone(&current))
    }
}

impl ListsFollower {
    /// The active lists, if they have changed since the last call. If not, this costs one relaxed load.
    pub fn newer(&mut self) -> Option<Arc<ListsVersion>> {
        if self.active.generation.load(Ordering::Relaxed) == self.generation {
            return None;
        }
        let (generation, lists) = self.active.with_generation();
        self.generation = generation;
        Some(lists)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_follower_gets_the_newest_version_once() {
        let active = Arc::new(ActiveLists::default());
        let (first, mut follower) = active.follow();
        assert_eq!(&*first.version, "");
        assert!(follower.newer().is_none());
        for offset in [7, 8] {
            let next = BTreeMap::from([(1, offset), (0, 15)]);
            active.replace(ListsVersion::new(TopicLists::default(), &next));
        }
        assert_eq!(&*follower.newer().unwrap().version, "0:15,1:8");
        assert!(follower.newer().is_none());
        assert_eq!(&*active.active().version, "0:15,1:8");
    }
}
