//! Counts frauds by kind, rules by what they fired on, and decisions by score and day.

use redcard::decision::Decision;
use redcard::generate::{Episode, FraudKind, Label};
use redcard::memory::Role;
use redcard::rules::Action;
use redcard::transaction::DAY_MS;
use std::collections::{BTreeMap, HashMap, HashSet};

/// A scored message with its label: the truth about it.
pub struct Charge<'c> {
    pub label: Option<Label>,
    pub decision: &'c Decision<'c>,
    pub role: Role,
}

pub struct Tally {
    pub genuine: u64,
    pub fraudulent: u64,
    pub episodes: HashMap<Episode, Story>,
    /// Alerts at review or above; `declined` has those at decline only.
    pub reviewed: Alerts,
    pub declined: Alerts,
    pub rules: Vec<RuleTally>,
    pub days: BTreeMap<i64, Vec<Ranked>>,
}

/// One fraud: all charges of an episode.
pub struct Story {
    pub kind: FraudKind,
    pub reviewed: bool,
    pub declined: bool,
    /// Cents that the issuer approved; `stopped` is the part of them at or after the first alert.
    pub amount: i64,
    pub stopped: i64,
}

#[derive(Default)]
pub struct Alerts {
    pub on_fraud: u64,
    pub false_alarms: u64,
}

#[derive(Default, Clone)]
pub struct RuleTally {
    pub on_fraud: u64,
    pub on_genuine: u64,
    /// False alarms in which the rule fired.
    pub false_alarms: u64,
    /// Frauds in which the rule fired.
    pub episodes: HashSet<Episode>,
    /// Alerts on fraud that need the points of this rule to reach review.
    pub decisive: u64,
    pub decisive_false: u64,
    pub undecided: u64,
}

/// A decision as it is ranked by score.
pub struct Ranked {
    pub score: i32,
    pub fraud: Option<Episode>,
    /// Cents; 0 if the issuer declined the charge.
    pub amount: i64,
}

impl Tally {
    pub fn new(rules: usize) -> Self {
        Self {
            genuine: 0,
            fraudulent: 0,
            episodes: HashMap::new(),
            reviewed: Alerts::default(),
            declined: Alerts::default(),
            rules: vec![RuleTally::default(); rules],
            days: BTreeMap::new(),
        }
    }

    pub fn count(&mut self, charge: &Charge<'_>) {
        // A message that runs no rules can be neither right nor wrong.
        if !charge.role.runs_rules() {
            return;
        }
        match &charge.label {
            Some(label) => {
                self.fraudulent += 1;
                self.story(label, charge);
            }
            None => self.genuine += 1,
        }
        let action = charge.decision.assessment.action;
        let fraud = charge.label.is_some();
        if action != Action::Approve {
            self.reviewed.count(fraud);
        }
        if action == Action::Decline {
            self.declined.count(fraud);
        }
        self.rules(charge);
        self.rank(charge);
    }

    fn story(&mut self, label: &Label, charge: &Charge<'_>) {
        let tx = charge.decision.transaction;
        let action = charge.decision.assessment.action;
        let story = self.episodes.entry(label.episode).or_insert(Story {
            kind: label.kind,
            reviewed: false,
            declined: false,
            amount: 0,
            stopped: 0,
        });
        story.reviewed |= action != Action::Approve;
        story.declined |= action == Action::Decline;
        if tx.response.approved != Some(false) {
            let amount = tx.base_amount.unwrap_or(0);
            story.amount += amount;
            story.stopped += if story.reviewed { amount } else { 0 };
        }
    }

    fn rules(&mut self, charge: &Charge<'_>) {
        let Decision { evaluation, assessment, ruleset, .. } = charge.decision;
        for &rule in &evaluation.undecided {
            self.rules[rule].undecided += 1;
        }
        for fired in &evaluation.fired {
            let rule = &mut self.rules[fired.rule];
            let alert = assessment.action != Action::Approve;
            let decisive = alert && assessment.score - fired.points < ruleset.review;
            match &charge.label {
                Some(label) => {
                    rule.on_fraud += 1;
                    rule.decisive += u64::from(decisive);
                    rule.episodes.insert(label.episode);
                }
                None => {
                    rule.on_genuine += 1;
                    rule.false_alarms += u64::from(alert);
                    rule.decisive_false += u64::from(decisive);
                }
            }
        }
    }

    fn rank(&mut self, charge: &Charge<'_>) {
        let tx = charge.decision.transaction;
        let day = self.days.entry(tx.time.millis().div_euclid(DAY_MS)).or_default();
        day.push(Ranked {
            score: charge.decision.assessment.score,
            fraud: charge.label.as_ref().map(|label| label.episode),
            amount: if tx.response.approved == Some(false) {
                0
            } else {
                tx.base_amount.unwrap_or(0)
            },
        });
    }
}

impl Alerts {
    fn count(&mut self, fraud: bool) {
        self.on_fraud += u64::from(fraud);
        self.false_alarms += u64::from(!fraud);
    }

    pub fn precision(&self) -> f64 {
        self.on_fraud as f64 / (self.on_fraud + self.false_alarms).max(1) as f64
    }
}
