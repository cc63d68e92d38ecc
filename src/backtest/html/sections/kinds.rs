//! Recall by kind of fraud, next to the total, so that a good total hides no blind spot.

use super::super::chart::{Bar, Figure, Legend, bars};
use super::super::markup::Markup;
use super::super::numbers::{amount, count, counted, estimate_percent, optional_percent};
use super::super::table::{Align, Columns, TableCell, table};
use super::cells::{delay, name, share};
use crate::backtest::report::{KindReport, Report, RulesetReport};

const COLUMNS: Columns<'static> = &[
    ("kind", Align::Text),
    ("fraud cases", Align::Number),
    ("caught", Align::Number),
    ("recall by number", Align::Number),
    ("recall by value", Align::Number),
    ("recall by card", Align::Number),
    ("value", Align::Number),
    ("value saved", Align::Number),
    ("median delay", Align::Number),
    ("cards never alerted", Align::Number),
];

pub fn write(markup: &mut Markup, report: &Report) {
    let lead = "A rule that catches one kind of fraud says nothing about another. The total is the last row.";
    markup.element("p").class("lead").text(lead);
    for ruleset in &report.rulesets {
        markup.element("div").class("split").with(|markup| {
            write_bars(markup, ruleset);
            markup.element("div").class("panel").with(|markup| {
                let caption =
                    format!("Kinds of fraud, {}; amounts in {}", name(ruleset), report.currency);
                let rows = ruleset.kinds.iter().map(row).chain([total(report, ruleset)]);
                table(markup, &caption, COLUMNS, rows);
            });
        });
    }
}

fn write_bars(markup: &mut Markup, ruleset: &RulesetReport) {
    let figure = Figure {
        title: "Recall by kind of fraud",
        reading: format!(
            "{}: the share of fraud cases with an alert, with its 95 % interval. Kinds with few cases have wide intervals.",
            name(ruleset)
        ),
        legend: vec![Legend::area("fraud", "fraud cases with an alert")],
    };
    if ruleset.kinds.is_empty() {
        return figure.write_empty(markup, "No case is labelled as fraud.");
    }
    let rows: Vec<Bar> = ruleset.kinds.iter().map(bar).collect();
    figure.write(markup, |markup| bars(markup, "Recall by kind of fraud", 1.0, &rows));
}

fn bar(kind: &KindReport) -> Bar {
    let estimate = kind.recall;
    Bar {
        name: kind.kind.clone(),
        note: format!("{} of {}", estimate_percent(estimate), count(kind.cases)),
        title: format!(
            "{}: {} of {} caught",
            kind.kind,
            count(kind.caught),
            counted(kind.cases, "case", "cases")
        ),
        segments: vec![("fraud", estimate.map_or(0.0, |estimate| estimate.value))],
        whisker: estimate.and_then(|estimate| estimate.low.zip(estimate.high)),
    }
}

fn row(kind: &KindReport) -> Vec<TableCell> {
    vec![
        kind.kind.clone().into(),
        count(kind.cases).into(),
        count(kind.caught).into(),
        share(kind.recall),
        optional_percent(kind.recall_by_value).into(),
        share(kind.recall_by_card),
        amount(kind.value).into(),
        amount(kind.value_saved).into(),
        delay(&kind.delay, |quantiles| quantiles.median),
        TableCell::with_small(
            count(kind.delay.missed_cards),
            Some(format!("of {}", count(kind.cards))),
        ),
    ]
}

fn total(report: &Report, ruleset: &RulesetReport) -> Vec<TableCell> {
    let (alerts, cases) = (&ruleset.alerts, &report.cases);
    vec![
        "all fraud".into(),
        count(cases.fraud).into(),
        count(alerts.true_alerts).into(),
        share(alerts.recall),
        optional_percent(alerts.recall_by_value).into(),
        share(alerts.recall_by_card),
        amount(cases.fraud_value).into(),
        amount(alerts.value_saved).into(),
        delay(&alerts.delay, |quantiles| quantiles.median),
        TableCell::with_small(
            count(alerts.delay.missed_cards),
            Some(format!("of {}", count(cases.fraud_cards))),
        ),
    ]
}
