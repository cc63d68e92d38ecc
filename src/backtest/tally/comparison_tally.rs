//! Counts cases by what two rulesets do with them.

use super::case_tally::CountedCase;
use super::outcome::CLASSES;
use crate::rules::Action;
use std::collections::BTreeMap;

/// How many actions there are.
pub const ACTIONS: usize = Action::ALL.len();

/// Cases by their actions under two rulesets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ComparisonTally {
    pub days: BTreeMap<i32, PairCounts>,
}

/// By the action under the first ruleset, the action under the second, and the class of the case:
/// their number, and their amounts in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PairCounts {
    pub cells: [[[(u64, i128); CLASSES]; ACTIONS]; ACTIONS],
}

impl ComparisonTally {
    pub fn count(&mut self, case: CountedCase, first: Action, second: Action) {
        let day = self.days.entry(case.day).or_default();
        if let Some((cases, value)) = day.cell_mut(first, second, case.class.index()) {
            *cases += 1;
            *value += case.value;
        }
    }

    pub fn add(&mut self, other: &Self) {
        for (day, others) in &other.days {
            let sums = self.days.entry(*day).or_default().cells.as_flattened_mut();
            let sums = sums.as_flattened_mut().iter_mut();
            for (sum, other) in sums.zip(others.cells.as_flattened().as_flattened()) {
                sum.0 += other.0;
                sum.1 += other.1;
            }
        }
    }
}

impl PairCounts {
    fn cell_mut(
        &mut self,
        first: Action,
        second: Action,
        class: usize,
    ) -> Option<&mut (u64, i128)> {
        self.cells.get_mut(first as usize)?.get_mut(second as usize)?.get_mut(class)
    }
}
