//! What the page begins and ends with: what was tested, what limits the figures, and the figures that
//! matter most.

use super::super::markup::Markup;
use super::super::numbers::{
    NONE, amount, count, counted, decimal, estimate_percent, interval_percent, minutes,
    optional_percent, percent, time,
};
use super::cells::{name, optional};
use crate::backtest::report::{Estimate, Report, RulesetReport};
use crate::number::NearestDouble;

/// The title of the document.
pub fn title(report: &Report) -> String {
    let names: Vec<String> = report.rulesets.iter().map(name).collect();
    format!("Backtest of {}", names.join(" and "))
}

pub fn write_header(markup: &mut Markup, report: &Report) {
    markup.line("h1", &title(report));
    let input = &report.input;
    let period = match (&input.first, &input.last) {
        (Some(first), Some(last)) => format!("{} to {} UTC", time(first), time(last)),
        _ => "no case".to_owned(),
    };
    let read = format!(
        "{}: {} of {}, {}. Labels are known until {} UTC: {} fraud, {} genuine.",
        input.name,
        counted(report.cases.all, "case", "cases"),
        counted(input.cards, "card", "cards"),
        period,
        time(&report.settings.as_of),
        count(report.labels.fraud),
        count(report.labels.genuine),
    );
    markup.element("p").class("intro").text(&read);
}

/// What limits the figures; nothing if nothing does.
pub fn write_notices(markup: &mut Markup, report: &Report) {
    let notices = notices(report);
    if !notices.is_empty() {
        markup.element("ul").class("notices").set("aria-label", "What limits the figures").with(
            |markup| {
                notices.iter().for_each(|notice| markup.line("li", notice));
            },
        );
    }
}

fn notices(report: &Report) -> Vec<String> {
    let (cases, labels, input) = (&report.cases, &report.labels, &report.input);
    let share = |part: u64| {
        let whole = cases.all.max(1).nearest_double();
        percent(part.nearest_double() / whole)
    };
    let mut notices = Vec::new();
    if cases.fraud == 0 {
        notices
            .push("No case is labelled as fraud, so nothing can be said about recall.".to_owned());
    }
    if cases.assumed_genuine > 0 {
        notices.push(format!(
            "{} ({}) have no label and are older than {} days. They are assumed to be genuine.",
            counted(cases.assumed_genuine, "case", "cases"),
            share(cases.assumed_genuine),
            decimal(report.settings.mature_after_days),
        ));
    }
    if cases.not_yet_known > 0 {
        notices.push(format!(
            "The outcome of {} ({}) is not yet known. They are in no ratio.",
            counted(cases.not_yet_known, "case", "cases"),
            share(cases.not_yet_known),
        ));
    }
    if cases.declined > 0 {
        notices.push(format!(
            "The issuer declined {} ({}) that have no label. They have no outcome and are in no ratio.",
            counted(cases.declined, "case", "cases"),
            share(cases.declined),
        ));
    }
    let lost = [
        (input.malformed, "malformed message", "malformed messages"),
        (labels.malformed, "malformed label", "malformed labels"),
        (
            labels.unmatched,
            "label of a transaction that is not in the input",
            "labels of transactions that are not in the input",
        ),
    ];
    let lost: Vec<String> =
        lost.iter().filter(|(n, ..)| *n > 0).map(|(n, one, many)| counted(*n, one, many)).collect();
    if !lost.is_empty() {
        notices.push(format!("Left out: {}.", lost.join(", ")));
    }
    if labels.drawn_delay > 0 {
        notices.push(format!(
            "{} had no time at which they became known. The time was drawn from the distribution of delays.",
            counted(labels.drawn_delay, "label", "labels"),
        ));
    }
    notices
}

/// A figure of the first ruleset: its name, its value, what belongs to it, and the value of the
/// second ruleset.
struct KeyFigure {
    name: &'static str,
    value: String,
    detail: String,
    other: Option<String>,
}

pub fn write_key_figures(markup: &mut Markup, report: &Report) {
    let Some(first) = report.rulesets.first() else { return };
    let second = report.rulesets.get(1);
    markup.element("dl").class("key-figures").with(|markup| {
        for figure in key_figures(report, first, second) {
            markup.element("div").with(|markup| {
                markup.line("dt", figure.name);
                markup.element("dd").class("value").text(&figure.value);
                markup.element("dd").class("detail").text(&figure.detail);
                if let (Some(other), Some(second)) = (&figure.other, second) {
                    markup.element("dd").class("other").text(&format!("{}: {other}", name(second)));
                }
            });
        }
    });
}

fn key_figures(
    report: &Report,
    first: &RulesetReport,
    second: Option<&RulesetReport>,
) -> Vec<KeyFigure> {
    let alerts = &first.alerts;
    let figure = |name, value: &dyn Fn(&RulesetReport) -> String, detail: String| KeyFigure {
        name,
        value: value(first),
        detail,
        other: second.map(value),
    };
    let days = first.days.len().max(1).nearest_double();
    let between = |estimate: Option<Estimate>| {
        let interval = estimate.and_then(interval_percent);
        interval.map(|interval| format!("95 %: {interval}")).unwrap_or_default()
    };
    vec![
        figure(
            "Alerts a day",
            &|ruleset| {
                decimal((ruleset.alerts.alerts.nearest_double() / days * 10.0).round() / 10.0)
            },
            format!("{} alerts; {} published", count(alerts.alerts), count(first.published)),
        ),
        figure(
            "Precision",
            &|ruleset| estimate_percent(ruleset.alerts.precision),
            between(alerts.precision),
        ),
        figure(
            "Recall by number",
            &|ruleset| estimate_percent(ruleset.alerts.recall),
            format!("{} of {} fraud cases", count(alerts.true_alerts), count(report.cases.fraud)),
        ),
        figure(
            "Recall by value",
            &|ruleset| optional_percent(ruleset.alerts.recall_by_value),
            money(report, alerts.true_value, report.cases.fraud_value),
        ),
        figure(
            "Cards caught",
            &|ruleset| estimate_percent(ruleset.alerts.recall_by_card),
            format!(
                "{} of {} with fraud",
                count(alerts.delay.caught_cards),
                counted(report.cases.fraud_cards, "card", "cards")
            ),
        ),
        figure(
            "Value saved",
            &|ruleset| optional_percent(ruleset.alerts.value_saved_share),
            money(report, alerts.value_saved, report.cases.approved_fraud_value),
        ),
        figure(
            "False per true alert",
            &|ruleset| optional(ruleset.alerts.false_positive_ratio),
            format!("{} false, {} true", count(alerts.false_alerts), count(alerts.true_alerts)),
        ),
        figure(
            "Median delay",
            &|ruleset| {
                ruleset
                    .alerts
                    .delay
                    .minutes
                    .map_or_else(|| NONE.to_owned(), |delay| minutes(delay.median))
            },
            alerts.delay.transactions.map_or_else(String::new, |delay| {
                format!("{} fraud transactions before the alert", decimal(delay.median))
            }),
        ),
    ]
}

fn money(report: &Report, part: f64, whole: f64) -> String {
    format!("{} of {} {}", amount(part), amount(whole), report.currency)
}

pub fn write_footer(markup: &mut Markup, report: &Report) {
    let input = &report.input;
    let text = format!(
        "Made by redcard {} from {} records: {} blank, {} malformed, {} duplicates, {} without rules. \
         Amounts are in {}, days and times in UTC.",
        report.redcard,
        count(input.records),
        count(input.blank),
        count(input.malformed),
        count(input.duplicates),
        count(input.without_rules),
        report.currency,
    );
    markup.line("p", &text);
}
