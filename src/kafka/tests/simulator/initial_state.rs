//! Generates the state in which a group begins: empty, or with committed offsets whose history was
//! lost. In the second case, memory is filled from the input or has a gap.

use super::traffic::Log;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

/// How one partition begins.
#[derive(Debug, Clone, Copy, Default)]
pub struct InitialState {
    /// Transactions before this offset were scored, but are in no history.
    pub committed: Option<i64>,
    /// The first input offset that is remembered.
    pub warm_up: Option<i64>,
}

impl InitialState {
    /// One initial state for each partition of an input. Either all partitions warm up, or none.
    pub fn random(rng: &mut impl Rng, input: &[Log]) -> Vec<Self> {
        let (is_lost, warms_up) = [(false, false), (false, false), (true, false), (true, true)]
            .choose(rng)
            .copied()
            .unwrap();
        input
            .iter()
            .map(|log| {
                // At least the last record is left to be read.
                let mut within = || rng.random_range(0..last(log).max(1));
                let (committed, warm_up) = (within(), within());
                Self {
                    committed: (is_lost && committed > 0).then_some(committed),
                    warm_up: warms_up.then_some(warm_up),
                }
            })
            .collect()
    }

    /// Whether it differs from that of an empty group.
    pub fn is_special(self) -> bool {
        self.committed.is_some() || self.warm_up.is_some()
    }

    /// The first offset that is in memory.
    pub fn remembered_from(self, log_end: i64) -> i64 {
        let decided_from = self.decided_from(log_end);
        self.warm_up.map_or(decided_from, |since| since.min(decided_from))
    }

    /// The first offset that is scored.
    pub fn decided_from(self, log_end: i64) -> i64 {
        match (self.committed, self.warm_up) {
            (Some(committed), _) => committed,
            (None, Some(_)) => log_end,
            (None, None) => 0,
        }
    }

    /// Whether transactions were scored that are not in memory.
    pub fn has_gap(self) -> bool {
        self.committed.is_some() && self.warm_up.is_none()
    }
}

/// The offset of the last record of a log.
fn last(log: &Log) -> i64 {
    i64::try_from(log.iter().rposition(Option::is_some).unwrap_or(0)).unwrap()
}
