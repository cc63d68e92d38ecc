//! Tables of rules.

use super::figures::{count, percent, ratio};
use super::tables::section;
use crate::backtest::report::{RuleReport, RulesetReport};
use crate::cli::table::Table;

/// How many pairs of rules that fire together are shown.
const PAIRS_SHOWN: usize = 10;

/// What each rule did, the pairs that fire together most, and the rules that can be left out.
pub fn rules(ruleset: &RulesetReport) -> String {
    let mut table = Table::new(&[
        "RULE",
        "FIRED",
        "ALERTS",
        "TRUE",
        "FALSE",
        "PRECISION",
        "RECALL",
        "BY VALUE",
        "FALSE PER TRUE",
        "ALONE",
        "UNDECIDED",
        "KINDS",
    ]);
    let mut sorted: Vec<&RuleReport> = ruleset.rules.iter().collect();
    sorted.sort_by_key(|rule| std::cmp::Reverse(rule.alerts.true_alerts));
    for rule in sorted {
        let alerts = &rule.alerts;
        let shadow = if rule.mode == "shadow" { " (shadow)" } else { "" };
        let kinds = rule.kinds.iter().map(|kind| format!("{} {}", kind.kind, count(kind.caught)));
        table.row(vec![
            format!("{}{shadow}", rule.id),
            count(rule.fired.all),
            count(alerts.alerts),
            count(alerts.true_alerts),
            count(alerts.false_alerts),
            percent(alerts.precision.map(|share| share.value)),
            percent(alerts.recall.map(|share| share.value)),
            percent(alerts.recall_by_value),
            ratio(alerts.false_positive_ratio),
            format!("{} / {}", count(rule.alone.true_alerts), count(rule.alone.false_alerts)),
            count(rule.undecided),
            kinds.collect::<Vec<_>>().join(", "),
        ]);
    }
    let note = "ALONE: true and false alerts that would be approved without the rule\n";
    let mut text = section("By rule", &table) + note;
    text.push_str(&idle(&ruleset.idle_rules));
    text.push_str(&overlap(ruleset));
    text
}

fn idle(rules: &[String]) -> String {
    match rules {
        [] => String::new(),
        rules => format!(
            "these rules can be left out, one of them at a time, without changing any action: {}\n",
            rules.join(", ")
        ),
    }
}

fn overlap(ruleset: &RulesetReport) -> String {
    if ruleset.overlap.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&["RULES", "", "ALERTS WITH BOTH", "TRUE", "OF EITHER"]);
    for pair in ruleset.overlap.iter().take(PAIRS_SHOWN) {
        let [first, second] = &pair.rules;
        table.row(vec![
            first.clone(),
            second.clone(),
            count(pair.alerts),
            count(pair.true_alerts),
            percent(Some(pair.jaccard)),
        ]);
    }
    section("Rules that fire together", &table)
}
