//! Counts the cases of one day, by what the labels say about them.

use super::outcome::{CLASSES, CaseClass};
use crate::backtest::figures::SCORES;

/// The cases of one day (UTC) under one ruleset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayTally {
    /// By [`CaseClass::index`].
    pub classes: [ClassTally; CLASSES],
    /// By the index of the rule in the ruleset, then by [`CaseClass::index`].
    pub rules: Vec<[RuleCounts; CLASSES]>,
    /// Alerts that would be published.
    pub published: u64,
}

/// The cases of one class.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClassTally {
    pub cases: u64,
    /// Cases by score; empty until the first one.
    pub scores: Vec<u64>,
    /// The amounts of those cases, in minor units. Only of fraud.
    pub score_values: Vec<i128>,
    /// Cases by score in which a rule demands an action.
    pub demanded: Vec<u64>,
    pub alerts: u64,
    pub declines: u64,
    /// Amounts in minor units of the base currency, as asked for.
    pub value: i128,
    pub alert_value: i128,
    pub decline_value: i128,
}

/// The cases of one class on which a rule fired.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RuleCounts {
    pub fired: u64,
    /// Those that were alerted.
    pub alerts: u64,
    pub alert_value: i128,
    /// Those that are alerted because of this rule.
    pub alone: u64,
    pub alone_value: i128,
}

impl DayTally {
    pub fn new(rules: usize) -> Self {
        Self { classes: Default::default(), rules: vec![Default::default(); rules], published: 0 }
    }

    pub fn class(&self, class: CaseClass) -> &ClassTally {
        let [fraud, genuine, unlabelled, declined] = &self.classes;
        match class {
            CaseClass::Fraud => fraud,
            CaseClass::Genuine => genuine,
            CaseClass::Unlabelled => unlabelled,
            CaseClass::Declined => declined,
        }
    }

    pub fn class_mut(&mut self, class: CaseClass) -> &mut ClassTally {
        let [fraud, genuine, unlabelled, declined] = &mut self.classes;
        match class {
            CaseClass::Fraud => fraud,
            CaseClass::Genuine => genuine,
            CaseClass::Unlabelled => unlabelled,
            CaseClass::Declined => declined,
        }
    }

    pub fn cases(&self) -> u64 {
        self.classes.iter().map(|class| class.cases).sum()
    }

    pub fn add(&mut self, other: &Self) {
        for (class, other) in self.classes.iter_mut().zip(&other.classes) {
            class.add(other);
        }
        for (rules, others) in self.rules.iter_mut().zip(&other.rules) {
            rules.iter_mut().zip(others).for_each(|(rule, other)| rule.add(other));
        }
        self.published += other.published;
    }
}

impl ClassTally {
    /// Counts a score.
    pub fn add_score(&mut self, score: u16, is_demanded: bool) {
        count_at(&mut self.scores, score);
        if is_demanded {
            count_at(&mut self.demanded, score);
        }
    }

    /// Adds the amount of a case with a score.
    pub fn add_score_value(&mut self, score: u16, value: i128) {
        if self.score_values.is_empty() {
            self.score_values = vec![0; SCORES];
        }
        if let Some(sum) = self.score_values.get_mut(usize::from(score)) {
            *sum += value;
        }
    }

    fn add(&mut self, other: &Self) {
        self.cases += other.cases;
        add_all(&mut self.scores, &other.scores);
        add_all(&mut self.score_values, &other.score_values);
        add_all(&mut self.demanded, &other.demanded);
        self.alerts += other.alerts;
        self.declines += other.declines;
        self.value += other.value;
        self.alert_value += other.alert_value;
        self.decline_value += other.decline_value;
    }
}

impl RuleCounts {
    pub fn add(&mut self, other: &Self) {
        self.fired += other.fired;
        self.alerts += other.alerts;
        self.alert_value += other.alert_value;
        self.alone += other.alone;
        self.alone_value += other.alone_value;
    }
}

fn count_at(counts: &mut Vec<u64>, score: u16) {
    if counts.is_empty() {
        *counts = vec![0; SCORES];
    }
    if let Some(count) = counts.get_mut(usize::from(score)) {
        *count += 1;
    }
}

fn add_all<N: Copy + Default + std::ops::AddAssign>(sums: &mut Vec<N>, others: &[N]) {
    if sums.len() < others.len() {
        sums.resize(others.len(), N::default());
    }
    sums.iter_mut().zip(others).for_each(|(sum, other)| *sum += *other);
}
