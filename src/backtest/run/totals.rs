//! The counts of one thread, which are added up in the end.

use crate::backtest::tally::{CaseTally, ComparisonTally, ControlTally, DayCards};
use crate::rules::Ruleset;
use crate::transaction::Time;
use std::sync::Arc;

/// Counts over all cases that a thread has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunTotals {
    /// One per ruleset.
    pub tallies: Vec<CaseTally>,
    /// One per reported ruleset: cards without labels.
    pub day_cards: Vec<DayCards>,
    pub comparison: ComparisonTally,
    /// One per reported ruleset.
    pub controls: Vec<ControlTally>,
    pub input: InputTotals,
}

/// Messages that are not cases, and the times of those that are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InputTotals {
    pub duplicates: u64,
    pub without_rules: u64,
    pub first: Option<Time>,
    pub last: Option<Time>,
}

impl RunTotals {
    /// Nothing counted. Scores are counted for the first `reported` rulesets.
    pub fn new(rulesets: &[Arc<Ruleset>], reported: usize) -> Self {
        let tally = |(at, ruleset): (usize, &Arc<Ruleset>)| {
            CaseTally::new(ruleset.rules().len(), at < reported)
        };
        Self {
            tallies: rulesets.iter().enumerate().map(tally).collect(),
            day_cards: vec![DayCards::default(); reported],
            comparison: ComparisonTally::default(),
            controls: vec![ControlTally::default(); reported],
            input: InputTotals::default(),
        }
    }

    pub fn add(&mut self, other: &Self) {
        self.tallies.iter_mut().zip(&other.tallies).for_each(|(sum, other)| sum.add(other));
        self.day_cards.iter_mut().zip(&other.day_cards).for_each(|(sum, other)| sum.add(other));
        self.comparison.add(&other.comparison);
        self.controls.iter_mut().zip(&other.controls).for_each(|(sum, other)| sum.add(other));
        self.input.add(&other.input);
    }
}

impl InputTotals {
    /// Notes the time of a case.
    pub fn note(&mut self, time: Time) {
        self.first = Some(self.first.map_or(time, |first| first.min(time)));
        self.last = self.last.max(Some(time));
    }

    fn add(&mut self, other: &Self) {
        self.duplicates += other.duplicates;
        self.without_rules += other.without_rules;
        other.first.into_iter().chain(other.last).for_each(|time| self.note(time));
    }
}
