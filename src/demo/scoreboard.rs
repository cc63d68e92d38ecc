//! Compares the generated frauds with the alerts: frauds caught and missed, alerts right and wrong.

use super::alerts::PublishedAlert;
use crate::generate::{Episode, FraudKind, Label};
use std::collections::{BTreeMap, HashMap, VecDeque};

/// Frauds that can still be caught; older ones are settled. An alert arrives within seconds.
const OPEN_FRAUDS_MAX: usize = 10_000;

/// The score of one demo.
#[derive(Debug)]
pub(super) struct Scoreboard {
    /// Alerts on transactions before this time are history. RFC 3339 as in alerts, so that
    /// comparing texts compares times.
    live_from: String,
    /// The transaction ids of the open frauds' charges.
    labels: HashMap<String, Episode>,
    open: HashMap<Episode, Fraud>,
    /// The open frauds, oldest first.
    order: VecDeque<Episode>,
    settled: BTreeMap<FraudKind, FraudCounts>,
    pub alerts: AlertCounts,
    /// By rule id: the alerts in which the rule fired.
    pub rules: BTreeMap<String, u64>,
}

/// A fraud that the generator announced.
#[derive(Debug)]
struct Fraud {
    kind: FraudKind,
    /// Whether an alert named one of its charges.
    caught: bool,
    charges: Vec<String>,
}

/// Counts of alerts; every alert is in exactly one of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct AlertCounts {
    pub history: u64,
    pub fraud: u64,
    pub genuine: u64,
}

/// What an alert's transaction really was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    /// Before the live part, when everything was genuine.
    History,
    Fraud(FraudKind),
    Genuine,
}

/// Frauds of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct FraudCounts {
    pub occurred: u64,
    pub caught: u64,
}

impl Scoreboard {
    pub fn new(live_from: String) -> Self {
        Self {
            live_from,
            labels: HashMap::new(),
            open: HashMap::new(),
            order: VecDeque::new(),
            settled: BTreeMap::new(),
            alerts: AlertCounts::default(),
            rules: BTreeMap::new(),
        }
    }

    /// Registers a fraudulent charge that is about to be sent.
    pub fn add_fraud(&mut self, label: &Label) {
        let id = label.transaction_id.to_string();
        self.labels.insert(id.clone(), label.episode);
        let fraud = self.open.entry(label.episode).or_insert_with(|| {
            self.order.push_back(label.episode);
            Fraud { kind: label.kind, caught: false, charges: Vec::new() }
        });
        fraud.charges.push(id);
        if self.order.len() > OPEN_FRAUDS_MAX {
            self.settle_oldest();
        }
    }

    /// Counts an alert.
    pub fn alerted(&mut self, alert: &PublishedAlert) -> Truth {
        let truth = self.truth(alert);
        match truth {
            Truth::History => self.alerts.history += 1,
            Truth::Fraud(_) => self.alerts.fraud += 1,
            Truth::Genuine => self.alerts.genuine += 1,
        }
        if truth != Truth::History {
            for rule in &alert.rules {
                *self.rules.entry(rule.id.clone()).or_default() += 1;
            }
        }
        truth
    }

    /// By kind; kinds that did not occur are left out.
    pub fn caught(&self) -> BTreeMap<FraudKind, FraudCounts> {
        let mut kinds = self.settled.clone();
        self.open.values().for_each(|fraud| kinds.entry(fraud.kind).or_default().add(fraud));
        kinds
    }

    fn settle_oldest(&mut self) {
        let Some(fraud) = self.order.pop_front().and_then(|oldest| self.open.remove(&oldest))
        else {
            return;
        };
        for id in &fraud.charges {
            self.labels.remove(id);
        }
        self.settled.entry(fraud.kind).or_default().add(&fraud);
    }

    fn truth(&mut self, alert: &PublishedAlert) -> Truth {
        if alert.time < self.live_from {
            return Truth::History;
        }
        let episode = self.labels.get(&alert.transaction_id);
        match episode.and_then(|episode| self.open.get_mut(episode)) {
            None => Truth::Genuine,
            Some(fraud) => {
                fraud.caught = true;
                Truth::Fraud(fraud.kind)
            }
        }
    }
}

impl FraudCounts {
    fn add(&mut self, fraud: &Fraud) {
        self.occurred += 1;
        self.caught += u64::from(fraud.caught);
    }
}

impl AlertCounts {
    pub fn total(self) -> u64 {
        self.history + self.fraud + self.genuine
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::alerts::{AlertMerchant, Fired};
    use crate::generate::{Generator, GeneratorSettings, Population};
    use crate::transaction::Time;

    fn alert(transaction_id: &str, time: &str) -> PublishedAlert {
        PublishedAlert {
            transaction_id: transaction_id.into(),
            card: "c_1".into(),
            time: time.into(),
            score: 300,
            action: "review".into(),
            severity: None,
            amount: 1,
            currency: "USD".into(),
            last4: None,
            merchant: AlertMerchant { id: "m_1".into(), name: None, country: None },
            rules: vec![Fired { id: "rule".into(), message: String::new() }],
        }
    }

    /// The labels of some frauds, as the generator produces them.
    fn labels() -> Vec<Label> {
        let start = Time::parse_rfc3339("2026-01-05T00:00:00Z").unwrap();
        let mut generator = Generator::new(GeneratorSettings {
            seed: 1,
            population: Population::default(),
            cards: 50,
            fraud_rate: 0.2,
            start,
            fraud_from: start,
            card_numbers: false,
        });
        (0..2_000).filter_map(|_| generator.generate().label()).collect()
    }

    #[test]
    fn a_fraud_is_caught_when_one_of_its_charges_raises_an_alert() {
        let labels = labels();
        let mut board = Scoreboard::new("2026-01-05T00:00:00.000Z".into());
        labels.iter().for_each(|label| board.add_fraud(label));
        let occurred: u64 = board.caught().values().map(|kind| kind.occurred).sum();
        assert!(occurred > 1 && occurred < labels.len() as u64);
        assert!(board.caught().values().all(|kind| kind.caught == 0));
        let first = &labels[0];
        let of_it = labels.iter().filter(|label| label.episode == first.episode);
        for label in of_it {
            let alert = alert(&label.transaction_id.to_string(), &label.time.to_string());
            assert_eq!(board.alerted(&alert), Truth::Fraud(first.kind));
        }
        assert_eq!(board.caught()[&first.kind].caught, 1);
    }

    #[test]
    fn a_fraud_that_is_settled_stays_counted() {
        let labels = labels();
        let mut board = Scoreboard::new("2026-01-05T00:00:00.000Z".into());
        labels.iter().for_each(|label| board.add_fraud(label));
        let first = &labels[0];
        board.alerted(&alert(&first.transaction_id.to_string(), &first.time.to_string()));
        let before = board.caught();
        (0..board.order.len()).for_each(|_| board.settle_oldest());
        assert_eq!(board.caught(), before);
        assert!(board.labels.is_empty() && board.open.is_empty());
    }

    #[test]
    fn alerts_are_counted_once_with_history_separate() {
        let mut board = Scoreboard::new("2026-01-05T00:00:00.000Z".into());
        let label = &labels()[0];
        board.add_fraud(label);
        let fraud = alert(&label.transaction_id.to_string(), "2026-01-06T00:00:00.000Z");
        board.alerted(&fraud);
        assert_eq!(board.alerted(&alert("x", "2026-01-06T00:00:00.000Z")), Truth::Genuine);
        assert_eq!(board.alerted(&alert("y", "2026-01-04T23:59:59.999Z")), Truth::History);
        assert_eq!(board.alerts, AlertCounts { history: 1, fraud: 1, genuine: 1 });
        assert_eq!(board.alerts.total(), 3);
        assert_eq!(board.rules, BTreeMap::from([("rule".to_owned(), 2)]));
    }
}
