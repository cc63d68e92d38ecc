//! Shares the active ruleset: one thread replaces it and many follow it. Each follower uses one
//! complete ruleset at a time.

use crate::rules::Ruleset;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The ruleset that scores the next transaction.
#[derive(Debug)]
pub struct ActiveRuleset {
    /// How many rulesets were active before this one. Written only while the lock is held.
    generation: AtomicU64,
    ruleset: Mutex<Arc<Ruleset>>,
}

/// A user of the active ruleset, which checks for newer ones with [`Follower::newer`].
#[derive(Debug)]
pub struct Follower {
    active_ruleset: Arc<ActiveRuleset>,
    generation: u64,
}

impl ActiveRuleset {
    pub fn new(ruleset: Arc<Ruleset>) -> Arc<Self> {
        Arc::new(Self { generation: AtomicU64::new(0), ruleset: Mutex::new(ruleset) })
    }

    pub fn ruleset(&self) -> Arc<Ruleset> {
        self.with_generation().1
    }

    /// Replaces the ruleset. Each follower gets it from its next [`Follower::newer`].
    pub fn replace(&self, ruleset: Arc<Ruleset>) {
        let mut current = self.ruleset.lock().unwrap_or_else(PoisonError::into_inner);
        *current = ruleset;
        self.generation.fetch_add(1, Ordering::Relaxed);
    }

    /// The active ruleset, and a follower that will get the next one.
    pub fn follow(self: &Arc<Self>) -> (Arc<Ruleset>, Follower) {
        let (generation, ruleset) = self.with_generation();
        (ruleset, Follower { active_ruleset: Arc::clone(self), generation })
    }

    fn with_generation(&self) -> (u64, Arc<Ruleset>) {
        let current = self.ruleset.lock().unwrap_or_else(PoisonError::into_inner);
        (self.generation.load(Ordering::Relaxed), Arc::clone(&current))
    }
}

impl Follower {
    /// The active ruleset, if it has changed since the last call. If not, this costs one relaxed
    /// load, so it can be called before every transaction.
    pub fn newer(&mut self) -> Option<Arc<Ruleset>> {
        if self.active_ruleset.generation.load(Ordering::Relaxed) == self.generation {
            return None;
        }
        let (generation, ruleset) = self.active_ruleset.with_generation();
        self.generation = generation;
        Some(ruleset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reload::tests::ruleset;

    fn version(ruleset: &Ruleset) -> &str {
        &ruleset.id.version
    }

    #[test]
    fn a_follower_gets_the_newest_ruleset_once() {
        let active_ruleset = ActiveRuleset::new(ruleset("1"));
        let (first, mut follower) = active_ruleset.follow();
        assert_eq!(version(&first), "1");
        assert!(follower.newer().is_none());
        active_ruleset.replace(ruleset("2"));
        active_ruleset.replace(ruleset("3"));
        assert_eq!(follower.newer().as_deref().map(version), Some("3"));
        assert!(follower.newer().is_none());
        let (latest, mut late) = active_ruleset.follow();
        assert_eq!(version(&latest), "3");
        assert!(late.newer().is_none());
    }

    #[test]
    fn followers_on_other_threads_end_with_the_last_ruleset() {
        const SWAPS: usize = 300;
        let rulesets: Vec<_> = (0..=SWAPS).map(|number| ruleset(&number.to_string())).collect();
        let active_ruleset = ActiveRuleset::new(Arc::clone(&rulesets[0]));
        let number = |ruleset: &Ruleset| ruleset.id.version.parse::<usize>().unwrap();
        let follow = || {
            let (first, mut follower) = active_ruleset.follow();
            let mut last = number(&first);
            while last < SWAPS {
                let Some(newer) = follower.newer() else { continue };
                let now = number(&newer);
                assert!(now > last, "{now} after {last}");
                last = now;
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(follow);
            }
            rulesets[1..].iter().for_each(|next| active_ruleset.replace(Arc::clone(next)));
        });
    }
}
