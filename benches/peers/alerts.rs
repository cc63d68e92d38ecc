//! Compares what the contenders published: transaction ids, each with the rules that fired.

use super::rules::rule_ids;
use super::support::client::{read_all, wait_settled};
use anyhow::{Context, bail, ensure};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// How many differences an error shows.
const SHOWN_MAX: usize = 10;

#[derive(Debug, PartialEq, Eq)]
pub struct Alerts(BTreeMap<String, BTreeSet<String>>);

impl Alerts {
    /// Reads all committed alerts of a contender that has committed the last offset of its input.
    /// Fails if a transaction has two alerts, or a rule has none.
    pub fn read(brokers: &str, topic: &str) -> anyhow::Result<Self> {
        wait_settled(brokers, topic);
        let mut alerts = BTreeMap::new();
        for record in read_all(brokers, topic) {
            let (id, rules) = parse(&record.json()).context("an alert cannot be read")?;
            ensure!(alerts.insert(id.clone(), rules).is_none(), "{id} has two alerts");
        }
        let alerts = Self(alerts);
        let counts = alerts.by_rule();
        for id in rule_ids()? {
            ensure!(counts.contains_key(id.as_str()), "{id} has no alert: {counts:?}");
        }
        Ok(alerts)
    }

    /// Fails and names the first differences unless both are equal.
    pub fn compare(&self, expected: &Self) -> anyhow::Result<()> {
        if self == expected {
            return Ok(());
        }
        let ids: BTreeSet<&String> = self.0.keys().chain(expected.0.keys()).collect();
        let differences: Vec<String> = ids
            .into_iter()
            .filter(|id| self.0.get(*id) != expected.0.get(*id))
            .map(|id| format!("{id}: {:?}, expected {:?}", self.0.get(id), expected.0.get(id)))
            .collect();
        let shown = differences.iter().take(SHOWN_MAX).cloned().collect::<Vec<_>>().join("\n");
        bail!("the alerts of {} transactions differ:\n{shown}", differences.len())
    }

    /// The rules that fired for a transaction.
    pub fn fired(&self, id: &str) -> BTreeSet<&str> {
        self.0.get(id).into_iter().flatten().map(String::as_str).collect()
    }

    fn by_rule(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for rule in self.0.values().flatten() {
            *counts.entry(rule.as_str()).or_default() += 1;
        }
        counts
    }
}

impl fmt::Display for Alerts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} alerts:", self.0.len())?;
        self.by_rule().iter().try_for_each(|(rule, count)| write!(f, " {rule} {count}"))
    }
}

/// redcard's alerts have these two keys among others; the peers' have nothing else.
fn parse(alert: &serde_json::Value) -> Option<(String, BTreeSet<String>)> {
    let id = alert["transaction_id"].as_str()?.to_owned();
    let rules = alert["rules"].as_array()?.iter();
    let rules = rules.map(|rule| rule["id"].as_str().map(str::to_owned)).collect::<Option<_>>()?;
    Some((id, rules))
}
