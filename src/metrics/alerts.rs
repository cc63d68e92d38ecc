//! Counts alerts by what an analyst looks at first: rule, country, merchant category, amount.
//!
//! Series of countries and currencies are created by the first alert that needs them; ISO 3166-1
//! and ISO 4217 bound their number. A shard looks a series up once and keeps it.

use super::families as f;
use super::register::{amounts, child, counters};
use crate::decision::Decision;
use crate::number::NearestDouble;
use crate::rules::{Fired, Mode, RuleInfo, Ruleset, Severity};
use crate::transaction::{Country, Currency, Money, category_group, category_groups};
use prometheus::core::{AtomicF64, AtomicU64, GenericLocalCounter};
use prometheus::{CounterVec, IntCounterVec, Registry};
use std::collections::BTreeMap;

/// The label for a country or a category that the transaction does not have.
const UNKNOWN: &str = "unknown";

type Local = GenericLocalCounter<AtomicU64>;
type LocalAmount = GenericLocalCounter<AtomicF64>;

/// The families, shared by all shards.
#[derive(Debug, Clone)]
pub(super) struct AlertFamilies {
    rules: IntCounterVec,
    countries: IntCounterVec,
    categories: IntCounterVec,
    amounts: CounterVec,
}

/// One shard's counts of its alerts.
#[derive(Debug)]
pub(super) struct AlertRecorder {
    families: AlertFamilies,
    /// By the index of the rule, then by severity; empty for a rule that cannot raise alerts.
    rules: Vec<BTreeMap<Severity, Local>>,
    countries: BTreeMap<Option<Country>, Local>,
    categories: BTreeMap<&'static str, Local>,
    amounts: BTreeMap<&'static str, LocalAmount>,
}

impl AlertFamilies {
    pub(super) fn new(registry: &Registry) -> Self {
        Self {
            rules: counters(registry, &f::RULE_ALERTS),
            countries: counters(registry, &f::ALERT_COUNTRIES),
            categories: counters(registry, &f::ALERT_CATEGORIES),
            amounts: amounts(registry, &f::AMOUNT_AT_RISK),
        }
    }

    pub(super) fn recorder(&self, ruleset: &Ruleset) -> AlertRecorder {
        let categories = category_groups().chain([UNKNOWN]);
        let category = |name: &'static str| (name, child(&self.categories, &[name]).local());
        AlertRecorder {
            families: self.clone(),
            rules: ruleset.rules().iter().map(|rule| self.of_rule(rule)).collect(),
            countries: BTreeMap::new(),
            categories: categories.map(category).collect(),
            amounts: BTreeMap::new(),
        }
    }

    /// Removes the series of a rule that no longer exists.
    pub(super) fn forget_rule(&self, id: &str) {
        for severity in Severity::ALL {
            // An error means that the series does not exist, which is the goal.
            let _ = self.rules.remove_label_values(&[id, severity.name()]);
        }
    }

    /// An alert is as severe as the most severe rule that fired, so never less severe than this
    /// rule.
    fn of_rule(&self, rule: &RuleInfo) -> BTreeMap<Severity, Local> {
        if rule.mode != Mode::Live {
            return BTreeMap::new();
        }
        let possible = Severity::ALL.iter().copied().filter(|severity| *severity >= rule.severity);
        let series = |severity: Severity| child(&self.rules, &[&rule.id, severity.name()]).local();
        possible.map(|severity| (severity, series(severity))).collect()
    }
}

impl AlertRecorder {
    pub(super) fn count(&mut self, decision: &Decision<'_>) {
        self.count_rule(&decision.evaluation.fired, decision.assessment.severity);
        let merchant = &decision.transaction.merchant;
        self.country(merchant.country).inc();
        let category = merchant.mcc.map_or(UNKNOWN, category_group);
        if let Some(counter) = self.categories.get(category) {
            counter.inc();
        }
        let amount = decision.transaction.amount;
        self.amount(amount.currency).inc_by(whole_units(amount));
    }

    pub(super) fn flush(&self) {
        self.counters().for_each(Local::flush);
        self.amounts.values().for_each(LocalAmount::flush);
    }

    pub(super) fn discard(&self) {
        self.counters().for_each(Local::reset);
        self.amounts.values().for_each(LocalAmount::reset);
    }

    fn count_rule(&self, fired: &[Fired], severity: Option<Severity>) {
        let leading = leading(fired).and_then(|fired| self.rules.get(fired.rule));
        if let (Some(series), Some(severity)) = (leading, severity)
            && let Some(counter) = series.get(&severity)
        {
            counter.inc();
        }
    }

    fn country(&mut self, country: Option<Country>) -> &Local {
        self.countries.entry(country).or_insert_with(|| {
            let name = country.map_or_else(|| UNKNOWN.to_owned(), |country| country.to_string());
            child(&self.families.countries, &[&name]).local()
        })
    }

    fn amount(&mut self, currency: Currency) -> &LocalAmount {
        let code = currency.code();
        let new = || child(&self.families.amounts, &[code]).local();
        self.amounts.entry(code).or_insert_with(new)
    }

    fn counters(&self) -> impl Iterator<Item = &Local> {
        let rules = self.rules.iter().flat_map(BTreeMap::values);
        rules.chain(self.countries.values()).chain(self.categories.values())
    }
}

/// The rule with the most points; the first one on a tie.
fn leading(fired: &[Fired]) -> Option<&Fired> {
    fired.iter().reduce(|most, next| if next.points > most.points { next } else { most })
}

/// The amount in whole units of its currency. Sums of amounts are as precise as a float.
fn whole_units(amount: Money) -> f64 {
    amount.minor.nearest_double() / 10_f64.powi(i32::from(amount.currency.exponent()))
}
