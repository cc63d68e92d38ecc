//! The cards that a report shows because rules disturbed them most.

use crate::backtest::examples::EXAMPLES_MAX;
use crate::backtest::tally::HitCount;

/// The cards that were hit most, with all their cases that are not fraud.
#[derive(Debug, Clone, Default)]
pub struct CardHitLists {
    pub alerts: Vec<(HitCount, u64)>,
    /// By the index of the rule.
    pub rules: Vec<Vec<(HitCount, u64)>>,
}

impl CardHitLists {
    pub fn append(&mut self, other: Self) {
        let lists = std::iter::once(&mut self.alerts).chain(&mut self.rules);
        let others = std::iter::once(other.alerts).chain(other.rules);
        for (list, others) in lists.zip(others) {
            list.extend(others);
            list.sort_by(|(one, _), (other, _)| {
                other.hits.cmp(&one.hits).then_with(|| one.token.cmp(&other.token))
            });
            list.truncate(EXAMPLES_MAX);
        }
    }
}
