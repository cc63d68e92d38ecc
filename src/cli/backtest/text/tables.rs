//! All tables of a report.

use super::figures::{amount, area, budget, count, estimated, percent, quantiles, ratio, ties};
use super::section::section;
use super::{comparison, control, overview, rules, sweep};
use crate::backtest::report::{BacktestReport, Detection, RulesetReport};
use crate::cli::table::Table;

/// The report as text.
pub fn tables(report: &BacktestReport) -> String {
    let mut text = overview::overview(report);
    for ruleset in &report.rulesets {
        text.push_str(&title(ruleset));
        text.push_str(&detection(ruleset, &report.currency));
        text.push_str(&kinds(ruleset));
        text.push_str(&rules::rules(ruleset));
        text.push_str(&budgets(ruleset, &report.currency));
        text.push_str(&ranking(ruleset));
        text.push_str(&control::control(ruleset, &report.currency));
    }
    let comparison = report.comparison.as_ref();
    text.extend(comparison.map(|comparison| comparison::sides(comparison, &report.currency)));
    text.extend(report.sweep.as_ref().map(|sweep| sweep::curve(sweep, &report.currency)));
    text
}

fn title(ruleset: &RulesetReport) -> String {
    let path = ruleset.path.as_deref().unwrap_or("shipped");
    let RulesetReport { name, version, hash, .. } = ruleset;
    let text = format!("Ruleset {name} {version} ({hash}), {path}");
    format!("\n{}\n", crate::printable::Printable(&text))
}

fn detection(ruleset: &RulesetReport, currency: &str) -> String {
    let saved = format!("SAVED {currency}");
    let mut table = Table::new(&[
        "ACTION",
        "CASES",
        "TRUE",
        "FALSE",
        "NOT YET KNOWN",
        "PRECISION",
        "RECALL",
        "BY VALUE",
        "BY CARD",
        "FALSE PER TRUE",
        &saved,
        "DELAY tx",
        "DELAY min",
    ]);
    let mut row = |name: &str, of: &Detection| {
        table.row(vec![
            name.to_owned(),
            count(of.alerts),
            count(of.true_alerts),
            count(of.false_alerts),
            count(of.not_yet_known),
            estimated(of.precision),
            estimated(of.recall),
            percent(of.recall_by_value),
            percent(of.recall_by_card.map(|share| share.value)),
            ratio(of.false_positive_ratio),
            amount(of.value_saved),
            quantiles(of.delay.transactions),
            quantiles(of.delay.minutes),
        ]);
    };
    row("review or decline", &ruleset.alerts);
    row("decline", &ruleset.declines);
    let published = count(ruleset.published);
    section("What it detects", &table) + &format!("{published} alerts would be published\n")
}

fn kinds(ruleset: &RulesetReport) -> String {
    if ruleset.kinds.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[
        "KIND OF FRAUD",
        "CASES",
        "CARDS",
        "RECALL",
        "BY VALUE",
        "BY CARD",
        "DELAY tx",
        "NEVER ALERTED",
    ]);
    for kind in &ruleset.kinds {
        table.row(vec![
            kind.kind.clone(),
            count(kind.cases),
            count(kind.cards),
            estimated(kind.recall),
            percent(kind.recall_by_value),
            percent(kind.recall_by_card.map(|share| share.value)),
            quantiles(kind.delay.transactions),
            count(kind.delay.missed_cards),
        ]);
    }
    section("By kind of fraud", &table)
}

fn budgets(ruleset: &RulesetReport, currency: &str) -> String {
    let value = format!("FRAUD {currency}");
    let mut table = Table::new(&[
        "BUDGET",
        "CASES",
        "SCORE",
        "TIED",
        "FRAUD",
        &value,
        "PRECISION",
        "RECALL",
        "BY VALUE",
    ]);
    for one in &ruleset.budgets {
        table.row(vec![
            budget(one.share, one.per_day),
            count(one.cases),
            one.score.map_or("-".to_owned(), |score| score.to_string()),
            ties(one),
            format!("{:.1}", one.fraud),
            amount(one.fraud_value),
            estimated(one.precision),
            estimated(one.recall),
            percent(one.recall_by_value),
        ]);
    }
    section("At a budget", &table)
}

fn ranking(ruleset: &RulesetReport) -> String {
    let ranking = &ruleset.ranking;
    let mut text = format!(
        "\nRanking by score\naverage precision  {}\nROC area           {}\nscore 0            {}\n",
        area(ranking.average_precision),
        area(ranking.roc_area),
        percent(ranking.share_of_score_0),
    );
    for one in &ranking.card_precision {
        text.push_str(&format!(
            "card precision     {} among {} cards a day\n",
            estimated(one.precision),
            count(one.cards_per_day)
        ));
    }
    text
}
