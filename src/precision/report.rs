//! Defines what is measured: numbers and amounts of transactions, by rule and label.

use super::control::ControlSums;
use std::collections::BTreeMap;

/// What labels say about an alerted transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AlertLabel {
    Fraud,
    Genuine,
    /// There is no label, or one that is neither: suspected, or withdrawn.
    None,
}

/// A number of transactions, and what they amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    pub count: u64,
    /// Minor units of the base currency. Transactions without a rate add nothing.
    pub amount: i64,
}

/// Alerted transactions, by what labels say about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ByLabel {
    pub fraud: Tally,
    pub genuine: Tally,
    pub none: Tally,
}

/// The alerted transactions on which a rule fired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RuleOutcomes {
    /// Within the horizon, and old enough to be labelled.
    pub all: ByLabel,
    /// Those of them that became old enough within the last two weeks (`RECENT_MS`).
    pub recent: ByLabel,
}

/// Declines that were let through. They are old enough to be labelled, and within the horizon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RuleControl {
    pub outcomes: ByLabel,
    /// From which the precision of all declines is estimated.
    pub sums: ControlSums,
}

/// What the outcomes of partitions show at a time. It counts the transactions within the horizon that
/// are old enough to be labelled.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PrecisionReport {
    /// By rule. A transaction counts for each rule that fired.
    pub rules: BTreeMap<String, RuleOutcomes>,
    /// Every alerted transaction once.
    pub alerted: ByLabel,
    /// Declines that the control share let through, by rule that fired. They raised no alert.
    pub controls: BTreeMap<String, RuleControl>,
    /// Each of these declines once.
    pub control: RuleControl,
    /// Labelled as fraud and not alerted. Only labels with the time of their transaction count, and
    /// the amounts are those that the labels have.
    pub missed: Tally,
    /// How many alerts, labels and links are held, however old they are.
    pub alerts_held: usize,
    pub labels_held: usize,
    pub links_held: usize,
    /// How many of them were dropped because there were too many.
    pub dropped: u64,
}

impl AlertLabel {
    /// Every variant, in declaration order.
    pub const ALL: [Self; 3] = [Self::Fraud, Self::Genuine, Self::None];

    /// The label in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fraud => "fraud",
            Self::Genuine => "genuine",
            Self::None => "none",
        }
    }
}

impl Tally {
    pub fn add(&mut self, other: Self) {
        self.count += other.count;
        self.amount = self.amount.saturating_add(other.amount);
    }

    /// One transaction.
    pub fn one(amount: Option<i64>) -> Self {
        Self { count: 1, amount: amount.unwrap_or(0) }
    }
}

impl ByLabel {
    pub fn get(&self, label: AlertLabel) -> Tally {
        match label {
            AlertLabel::Fraud => self.fraud,
            AlertLabel::Genuine => self.genuine,
            AlertLabel::None => self.none,
        }
    }

    pub fn add(&mut self, label: AlertLabel, tally: Tally) {
        match label {
            AlertLabel::Fraud => self.fraud.add(tally),
            AlertLabel::Genuine => self.genuine.add(tally),
            AlertLabel::None => self.none.add(tally),
        }
    }

    fn add_all(&mut self, other: &Self) {
        AlertLabel::ALL.iter().for_each(|label| self.add(*label, other.get(*label)));
    }
}

impl RuleOutcomes {
    pub fn add(&mut self, other: &Self) {
        self.all.add_all(&other.all);
        self.recent.add_all(&other.recent);
    }
}

impl RuleControl {
    pub fn add(&mut self, other: &Self) {
        self.outcomes.add_all(&other.outcomes);
        self.sums.add(&other.sums);
    }
}

impl PrecisionReport {
    /// Adds what another partition shows.
    pub fn add(&mut self, other: &Self) {
        for (rule, counts) in &other.rules {
            self.rules.entry(rule.clone()).or_default().add(counts);
        }
        self.alerted.add_all(&other.alerted);
        for (rule, control) in &other.controls {
            self.controls.entry(rule.clone()).or_default().add(control);
        }
        self.control.add(&other.control);
        self.missed.add(other.missed);
        self.alerts_held += other.alerts_held;
        self.labels_held += other.labels_held;
        self.links_held += other.links_held;
        self.dropped += other.dropped;
    }

    /// Counts the rules beyond the first `max` together, under the name `other`.
    pub fn limit_rules(&mut self, max: usize, other: &str) {
        limit(&mut self.rules, max, other, RuleOutcomes::add);
        limit(&mut self.controls, max, other, RuleControl::add);
    }
}

fn limit<C: Default>(
    rules: &mut BTreeMap<String, C>,
    max: usize,
    other: &str,
    add: fn(&mut C, &C),
) {
    let beyond = rules.keys().filter(|rule| *rule != other).nth(max).cloned();
    let Some(beyond) = beyond else { return };
    for counts in rules.split_off(&beyond).into_values() {
        add(rules.entry(other.to_owned()).or_default(), &counts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(rules: &[(&str, u64)]) -> PrecisionReport {
        let fraud =
            |count, amount| ByLabel { fraud: Tally { count, amount }, ..ByLabel::default() };
        let counts = |count| RuleOutcomes { all: fraud(count, 10), recent: fraud(2 * count, 3) };
        let rules = rules.iter().map(|(rule, count)| ((*rule).to_owned(), counts(*count)));
        PrecisionReport { rules: rules.collect(), ..PrecisionReport::default() }
    }

    #[test]
    fn partitions_are_added_rule_by_rule() {
        let mut sum = report(&[("a", 1), ("b", 2)]);
        sum.add(&report(&[("b", 3), ("c", 4)]));
        let tally = |count, amount| Tally { count, amount };
        let all: Vec<_> =
            sum.rules.iter().map(|(rule, by)| (rule.as_str(), by.all.fraud)).collect();
        assert_eq!(all, [("a", tally(1, 10)), ("b", tally(5, 20)), ("c", tally(4, 10))]);
        let recent: Vec<_> = sum.rules.values().map(|by| by.recent.fraud).collect();
        assert_eq!(recent, [tally(2, 3), tally(10, 6), tally(8, 3)]);
    }

    #[test]
    fn rules_beyond_the_limit_are_counted_together() {
        let mut all = report(&[("a", 1), ("b", 2), ("other", 3), ("y", 4), ("z", 5)]);
        all.limit_rules(4, "other");
        assert_eq!(all.rules.len(), 5);
        all.limit_rules(2, "other");
        let count = |by: &RuleOutcomes| (by.all.fraud.count, by.recent.fraud.count);
        let counts: Vec<_> =
            all.rules.iter().map(|(rule, by)| (rule.as_str(), count(by))).collect();
        assert_eq!(counts, [("a", (1, 2)), ("b", (2, 4)), ("other", (12, 24))]);
    }
}
