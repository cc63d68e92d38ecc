//! What a group finds when it begins: nothing; or a history that got lost, while the offsets that it
//! committed did not. Then the past may be had from the input, or is missing.

use super::traffic::Log;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

/// How one partition begins.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beginning {
    /// Up to where transactions were decided before, of which no history tells.
    pub committed: Option<i64>,
    /// From where on the input is remembered first.
    pub warm_up: Option<i64>,
}

impl Beginning {
    /// Of each partition of an input. Where there is a warm-up, it is of all.
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

    /// Whether it differs from an empty group's.
    pub fn is_special(self) -> bool {
        self.committed.is_some() || self.warm_up.is_some()
    }

    /// From where on memory knows the input.
    pub fn remembered_from(self, log_end: i64) -> i64 {
        let decided_from = self.decided_from(log_end);
        self.warm_up.map_or(decided_from, |since| since.min(decided_from))
    }

    /// From where on records are decided.
    pub fn decided_from(self, log_end: i64) -> i64 {
        match (self.committed, self.warm_up) {
            (Some(committed), _) => committed,
            (None, Some(_)) => log_end,
            (None, None) => 0,
        }
    }

    /// Whether transactions were decided that memory will not know.
    pub fn has_gap(self) -> bool {
        self.committed.is_some() && self.warm_up.is_none()
    }
}

/// The offset of the last record of a log.
fn last(log: &Log) -> i64 {
    i64::try_from(log.iter().rposition(Option::is_some).unwrap_or(0)).unwrap()
}
