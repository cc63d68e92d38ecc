//! What each rule does: bars, a table, rules that fire together, and rules that can be left out.

use super::super::chart::{Bar, Figure, Legend, bars};
use super::super::markup::Markup;
use super::super::numbers::{
    NONE, amount, count, decimal, estimate_percent, optional_percent, percent,
};
use super::super::table::{Align, Columns, TableCell, table};
use super::cells::{delay, name, share};
use crate::backtest::report::{Overlap, Report, RuleReport, RulesetReport};
use crate::number::NearestDouble;

const COLUMNS: Columns<'static> = &[
    ("rule", Align::Text),
    ("points", Align::Number),
    ("fired", Align::Number),
    ("alerts", Align::Number),
    ("true", Align::Number),
    ("false", Align::Number),
    ("not yet known", Align::Number),
    ("declined by the issuer", Align::Number),
    ("precision", Align::Number),
    ("recall by number", Align::Number),
    ("recall by value", Align::Number),
    ("false per true", Align::Number),
    ("value saved", Align::Number),
    ("median delay", Align::Number),
    ("alone: true, false", Align::Number),
    ("undecided", Align::Number),
];

const OVERLAP_COLUMNS: Columns<'static> = &[
    ("rules", Align::Text),
    ("and", Align::Text),
    ("alerts with both", Align::Number),
    ("true", Align::Number),
    ("of the alerts with either", Align::Number),
];

/// More pairs than this are not read.
const OVERLAP_SHOWN: usize = 20;

/// More bars than this are not compared; the table has every rule.
const BARS_SHOWN: usize = 16;

pub fn write(markup: &mut Markup, report: &Report) {
    for ruleset in &report.rulesets {
        write_idle(markup, ruleset);
        markup.element("div").class("plots").with(|markup| {
            write_bars(markup, ruleset);
            write_alone(markup, ruleset);
        });
        markup.element("div").class("panel").with(|markup| {
            let caption = format!(
                "Rules, {}; amounts in {}. An alert counts for each rule that fired on it.",
                name(ruleset),
                report.currency
            );
            table(markup, &caption, COLUMNS, ruleset.rules.iter().map(row));
        });
        if !ruleset.overlap.is_empty() {
            markup.element("div").class("panel").with(|markup| {
                let caption = format!("Rules that fire together in alerts, {}", name(ruleset));
                let rows = ruleset.overlap.iter().take(OVERLAP_SHOWN).map(overlap_row);
                table(markup, &caption, OVERLAP_COLUMNS, rows);
            });
        }
    }
}

fn write_idle(markup: &mut Markup, ruleset: &RulesetReport) {
    let idle = &ruleset.idle_rules;
    let text = if idle.is_empty() {
        format!(
            "{}: leaving out any one rule would change the action of at least one case.",
            name(ruleset)
        )
    } else {
        format!(
            "{}: each of these rules can be left out without changing the action of any case: {}.",
            name(ruleset),
            idle.join(", ")
        )
    };
    markup.element("p").class("lead").text(&text);
}

fn write_bars(markup: &mut Markup, ruleset: &RulesetReport) {
    let figure = Figure {
        title: "Alerts by rule",
        reading: format!(
            "{}: alerted cases on which each rule fired, by outcome, and the precision of the rule. At most {BARS_SHOWN} rules, \
             those with the most alerts first.",
            name(ruleset)
        ),
        legend: vec![
            Legend::area("fraud", "fraud"),
            Legend::area("genuine", "genuine"),
            Legend::area("unknown", "not yet known"),
            Legend::area("declined", "declined by the issuer"),
        ],
    };
    let mut rules: Vec<&RuleReport> =
        ruleset.rules.iter().filter(|rule| rule.alerts.alerts > 0).collect();
    rules.sort_by_key(|rule| std::cmp::Reverse(rule.alerts.alerts));
    let Some(most) = rules.first().map(|rule| rule.alerts.alerts) else {
        return figure.write_empty(markup, "No rule fired on an alerted case.");
    };
    let rows: Vec<Bar> = rules.into_iter().take(BARS_SHOWN).map(bar).collect();
    figure.write(markup, |markup| bars(markup, "Alerts by rule", most.nearest_double(), &rows));
}

fn bar(rule: &RuleReport) -> Bar {
    let alerts = &rule.alerts;
    let number = |number: u64| number.nearest_double();
    Bar {
        name: rule_name(rule),
        note: format!("{} · {} precise", count(alerts.alerts), estimate_percent(alerts.precision)),
        title: format!(
            "{}: {} fraud, {} genuine, {} not yet known, {} declined by the issuer",
            rule.id,
            count(alerts.true_alerts),
            count(alerts.false_alerts),
            count(alerts.not_yet_known),
            count(alerts.declined)
        ),
        segments: vec![
            ("fraud", number(alerts.true_alerts)),
            ("genuine", number(alerts.false_alerts)),
            ("unknown", number(alerts.not_yet_known)),
            ("declined", number(alerts.declined)),
        ],
        whisker: None,
    }
}

fn write_alone(markup: &mut Markup, ruleset: &RulesetReport) {
    let figure = Figure {
        title: "What a rule alone catches",
        reading: format!(
            "{}: cases that would be approved without the rule. At most {BARS_SHOWN} rules, those with the most fraud first.",
            name(ruleset)
        ),
        legend: vec![Legend::area("fraud", "fraud"), Legend::area("genuine", "genuine")],
    };
    let total = |rule: &RuleReport| rule.alone.true_alerts + rule.alone.false_alerts;
    let mut rules: Vec<&RuleReport> = ruleset.rules.iter().filter(|rule| total(rule) > 0).collect();
    rules.sort_by_key(|rule| std::cmp::Reverse((rule.alone.true_alerts, total(rule))));
    let Some(most) = rules.iter().map(|rule| total(rule)).max() else {
        return figure.write_empty(markup, "No rule alone decides a case with a known outcome.");
    };
    let rows: Vec<Bar> = rules
        .into_iter()
        .take(BARS_SHOWN)
        .map(|rule| Bar {
            name: rule_name(rule),
            note: format!(
                "{} fraud, {} genuine",
                count(rule.alone.true_alerts),
                count(rule.alone.false_alerts)
            ),
            title: format!(
                "{}: fraud of {} that no other rule catches",
                rule.id,
                amount(rule.alone.true_value)
            ),
            segments: vec![
                ("fraud", rule.alone.true_alerts.nearest_double()),
                ("genuine", rule.alone.false_alerts.nearest_double()),
            ],
            whisker: None,
        })
        .collect();
    figure.write(markup, |markup| {
        bars(markup, "What a rule alone catches", most.nearest_double(), &rows);
    });
}

/// The id, and what sets the rule apart.
fn rule_name(rule: &RuleReport) -> String {
    if rule.mode == "live" { rule.id.clone() } else { format!("{} ({})", rule.id, rule.mode) }
}

fn row(rule: &RuleReport) -> Vec<TableCell> {
    let alerts = &rule.alerts;
    let kinds: Vec<String> =
        rule.kinds.iter().map(|kind| format!("{} {}", kind.kind, count(kind.caught))).collect();
    let notes = [
        (rule.mode != "live").then(|| rule.mode.clone()),
        rule.action.as_ref().map(|action| format!("demands {action}")),
        (rule.idle == Some(true)).then(|| "can be left out".to_owned()),
        (!kinds.is_empty()).then(|| kinds.join(", ")),
    ];
    let notes: Vec<String> = notes.into_iter().flatten().collect();
    vec![
        TableCell::with_small(rule.id.clone(), (!notes.is_empty()).then(|| notes.join(" · "))),
        rule.points.to_string().into(),
        count(rule.fired.all).into(),
        count(alerts.alerts).into(),
        count(alerts.true_alerts).into(),
        count(alerts.false_alerts).into(),
        count(alerts.not_yet_known).into(),
        count(alerts.declined).into(),
        share(alerts.precision),
        share(alerts.recall),
        optional_percent(alerts.recall_by_value).into(),
        alerts.false_positive_ratio.map_or_else(|| NONE.to_owned(), decimal).into(),
        amount(alerts.value_saved).into(),
        delay(&alerts.delay, |quantiles| quantiles.median),
        format!("{}, {}", count(rule.alone.true_alerts), count(rule.alone.false_alerts)).into(),
        count(rule.undecided).into(),
    ]
}

fn overlap_row(overlap: &Overlap) -> Vec<TableCell> {
    let [first, second] = &overlap.rules;
    vec![
        first.clone().into(),
        second.clone().into(),
        count(overlap.alerts).into(),
        count(overlap.true_alerts).into(),
        percent(overlap.jaccard).into(),
    ]
}
