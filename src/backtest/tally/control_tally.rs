//! Collects the declines that a ruleset's control share lets through. There are few of them.

use super::outcome::{CaseClass, Maturity};
use crate::backtest::verdict::{RuleVerdict, Verdict};
use crate::memory::CardKey;
use crate::precision::ControlSums;
use std::collections::{BTreeMap, HashMap};

/// Declines that may be let through, and those that were.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ControlTally {
    /// Declines that the control share may let through, whether or not it did.
    pub eligible: u64,
    let_through: Vec<LetThrough>,
}

/// A decline that was let through.
#[derive(Debug, Clone, PartialEq, Eq)]
struct LetThrough {
    card: CardKey,
    week: i64,
    day: i32,
    class: CaseClass,
    /// Indices of the live rules that fired.
    rules: Box<[u16]>,
}

/// Where a case is: its card, its calendar week and its day.
#[derive(Debug, Clone, Copy)]
pub struct CasePlace {
    pub card: CardKey,
    pub week: i64,
    pub day: i32,
}

/// What is known about the declines that were let through.
#[derive(Debug, Default)]
pub struct ControlOutcomes {
    /// Those with an outcome.
    pub all: ControlSums,
    /// The same by the index of a rule that fired.
    pub rules: BTreeMap<u16, ControlSums>,
}

impl ControlTally {
    pub fn count(
        &mut self,
        place: CasePlace,
        class: CaseClass,
        (verdict, rules): (&Verdict, &[RuleVerdict]),
    ) {
        self.eligible += u64::from(verdict.is_eligible);
        if verdict.is_control {
            let live = rules.iter().filter(|rule| !rule.is_shadow);
            self.let_through.push(LetThrough {
                card: place.card,
                week: place.week,
                day: place.day,
                class,
                rules: live.map(|rule| rule.rule).collect(),
            });
        }
    }

    pub fn add(&mut self, other: &Self) {
        self.eligible += other.eligible;
        self.let_through.extend(other.let_through.iter().cloned());
    }

    pub fn let_through(&self) -> u64 {
        self.let_through.len() as u64
    }

    /// The outcomes that are known, by card and week.
    pub fn outcomes(&self, maturity: Maturity) -> ControlOutcomes {
        let mut all = Clusters::default();
        let mut rules: BTreeMap<u16, Clusters> = BTreeMap::new();
        let known = self.let_through.iter().filter(|one| maturity.is_known(one.class, one.day));
        for one in known {
            all.add(one);
            one.rules.iter().for_each(|rule| rules.entry(*rule).or_default().add(one));
        }
        let rules = rules.into_iter().map(|(rule, clusters)| (rule, clusters.sums()));
        ControlOutcomes { all: all.sums(), rules: rules.collect() }
    }
}

/// How many declines there are of each card and week, and how many of them are fraud.
#[derive(Debug, Default)]
struct Clusters(HashMap<(CardKey, i64), (u64, u64)>);

impl Clusters {
    fn add(&mut self, one: &LetThrough) {
        let (declines, fraud) = self.0.entry((one.card, one.week)).or_default();
        *declines += 1;
        *fraud += u64::from(one.class == CaseClass::Fraud);
    }

    fn sums(&self) -> ControlSums {
        let mut sums = ControlSums::default();
        self.0.values().for_each(|(declines, fraud)| sums.add_cluster(*declines, *fraud));
        sums
    }
}
