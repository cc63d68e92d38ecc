//! What was told before this start, from the records before the committed offsets.
//!
//! Partitions are read side by side, so that alerts come in any order: those of one cause whose times
//! lie within a quiet time of each other are joined, which gives the same episodes in whatever order.

use super::admission::{Fate, Intake};
use super::alert::Alert;
use super::cause::{Cause, Episode};
use super::settings::Policy;
use super::store::{Board, CAUSES_MAX, Standing};
use crate::transaction::Time;
use std::collections::HashMap;

/// Episodes of one cause that are kept apart meanwhile; the oldest go first.
const EPISODES_MAX: usize = 256;

/// Episodes as they come together.
#[derive(Debug)]
pub struct Rebuild {
    policy: Policy,
    /// In the order of their time, each a quiet time apart from the next.
    episodes: HashMap<Cause, Vec<Episode>>,
}

impl Rebuild {
    pub fn new(policy: Policy) -> Self {
        Self { policy, episodes: HashMap::new() }
    }

    /// Takes in an alert that was told of.
    pub fn take(&mut self, intake: &mut Intake, alert: &Alert, at: Time) {
        if intake.fate(&self.policy, alert, at, at) != Fate::Counted {
            return;
        }
        let own = Cause::of(alert);
        let is_full = self.episodes.len() >= CAUSES_MAX && !self.episodes.contains_key(&own);
        let cause = if is_full { Cause::Storm } else { own };
        let episode = Episode::new(alert, at, at, self.policy.examples);
        join(self.episodes.entry(cause).or_default(), episode, &self.policy);
    }

    /// Hands what is still active over.
    pub fn finish(self, intake: &mut Intake, board: &Board, now: Time) {
        let quiet_ms = self.policy.quiet_ms;
        let mut all: Vec<(Cause, Episode)> = Vec::new();
        for (cause, episodes) in self.episodes {
            all.extend(episodes.into_iter().map(|episode| (cause.clone(), episode)));
        }
        all.sort_by(|(cause, one), (other_cause, other)| {
            (one.start, cause).cmp(&(other.start, other_cause))
        });
        let mut storm = Vec::new();
        for (cause, episode) in all {
            let is_overflow = cause == Cause::Storm;
            let is_alone = !is_overflow && intake.admit(&self.policy, episode.start);
            if !is_alone {
                join(&mut storm, episode.clone(), &self.policy);
            }
            if !is_overflow && now < episode.quiet_at(quiet_ms) {
                let standing = if is_alone { Standing::Alone } else { Standing::Held };
                board.adopt(cause, episode, standing);
            }
        }
        if let Some(last) = storm.pop().filter(|last| now < last.quiet_at(quiet_ms)) {
            board.adopt(Cause::Storm, last, Standing::Alone);
        }
    }
}

/// Puts an episode in its place, joined with those that it touches.
fn join(episodes: &mut Vec<Episode>, mut new: Episode, policy: &Policy) {
    let first = episodes.partition_point(|e| e.quiet_at(policy.quiet_ms) <= new.start);
    let end = first
        + episodes
            .iter()
            .skip(first)
            .take_while(|e| e.start < new.quiet_at(policy.quiet_ms))
            .count();
    for touched in episodes.drain(first..end) {
        new.merge(&touched, policy.examples);
    }
    episodes.insert(first, new);
    if episodes.len() > EPISODES_MAX {
        episodes.remove(0);
    }
}
