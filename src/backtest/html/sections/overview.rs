//! What the page begins with: what was tested, what limits the figures, the figures that matter most,
//! and all figures of each ruleset.

use super::super::markup::Markup;
use super::super::numbers::{
    NONE, amount, count, counted, decimal, estimate_percent, interval_percent, minutes,
    optional_percent, percent, time,
};
use super::super::table::{Align, TableCell, table};
use crate::backtest::report::{Detection, Estimate, Report, RulesetReport};
use crate::number::NearestDouble;

/// The title of the document.
pub fn title(report: &Report) -> String {
    let names: Vec<String> = report.rulesets.iter().map(name).collect();
    format!("Backtest of {}", names.join(" and "))
}

/// A ruleset in a few words.
pub fn name(ruleset: &RulesetReport) -> String {
    format!("{} {}", ruleset.name, ruleset.version)
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
        interval.map(|interval| format!("95 % interval {interval}")).unwrap_or_default()
    };
    vec![
        figure(
            "Alerts a day",
            &|ruleset| decimal(ruleset.alerts.alerts.nearest_double() / days),
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
            "False alerts per true one",
            &|ruleset| optional(ruleset.alerts.false_positive_ratio),
            format!("{} false, {} true", count(alerts.false_alerts), count(alerts.true_alerts)),
        ),
        figure(
            "Median delay",
            &|ruleset| {
                ruleset.alerts.delay.minutes.map_or_else(none, |delay| minutes(delay.median))
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

fn none() -> String {
    NONE.to_owned()
}

fn optional(value: Option<f64>) -> String {
    value.map_or_else(none, decimal)
}

/// A table with a column for each ruleset.
pub fn write_figures(markup: &mut Markup, report: &Report) {
    let names: Vec<String> = report.rulesets.iter().map(name).collect();
    let mut columns = vec![("figure", Align::Text)];
    columns.extend(names.iter().map(|name| (name.as_str(), Align::Number)));
    let rows = figure_rows(report).into_iter().map(|(figure, value)| {
        let cells = report.rulesets.iter().map(value);
        std::iter::once(TableCell::from(figure)).chain(cells).collect()
    });
    markup.element("div").class("panel").with(|markup| {
        let caption = "An alert is a case with the action review or decline. Ratios count cases with a known outcome.";
        table(markup, caption, &columns, rows);
    });
}

type FigureRow<'r> = (String, Box<dyn Fn(&RulesetReport) -> TableCell + 'r>);

fn figure_rows(report: &Report) -> Vec<FigureRow<'_>> {
    let mut rows: Vec<FigureRow<'_>> = vec![
        row("thresholds", |r| format!("review {}, decline {}", r.review, r.decline).into()),
        row("hash", |r| r.hash.chars().take(12).collect::<String>().into()),
        row("alerts published after the cooldown", |r| count(r.published).into()),
    ];
    let actions: [(&'static str, fn(&RulesetReport) -> &Detection); 2] =
        [("alerts", alerts), ("declines", declines)];
    for (what, of) in actions {
        rows.extend(detection_rows(what, of));
    }
    rows.extend([
        row("average precision", |r| share(r.ranking.average_precision)),
        row("ROC area", |r| number(r.ranking.roc_area)),
        row("cases with score 0", |r| optional_percent(r.ranking.share_of_score_0).into()),
    ]);
    let cards: Vec<u64> = report
        .rulesets
        .first()
        .map(|r| r.ranking.card_precision.iter().map(|at| at.cards_per_day).collect())
        .unwrap_or_default();
    for cards in cards {
        let title = format!("card precision among {} a day", counted(cards, "card", "cards"));
        rows.push(row(title, move |r| {
            let found = r.ranking.card_precision.iter().find(|at| at.cards_per_day == cards);
            share(found.and_then(|at| at.precision))
        }));
    }
    rows
}

fn row<'r>(
    title: impl Into<String>,
    value: impl Fn(&RulesetReport) -> TableCell + 'r,
) -> FigureRow<'r> {
    (title.into(), Box::new(value))
}

fn alerts(ruleset: &RulesetReport) -> &Detection {
    &ruleset.alerts
}

fn declines(ruleset: &RulesetReport) -> &Detection {
    &ruleset.declines
}

/// What one action detects.
fn detection_rows(
    what: &'static str,
    of: fn(&RulesetReport) -> &Detection,
) -> Vec<FigureRow<'static>> {
    let value = |title: &str, value: fn(&Detection) -> TableCell| {
        row(format!("{what}: {title}"), move |r| value(of(r)))
    };
    vec![
        row(what, move |r| count(of(r).alerts).into()),
        value("true, false, not yet known, declined by the issuer", |d| {
            let parts = [d.true_alerts, d.false_alerts, d.not_yet_known, d.declined];
            parts.map(count).join(", ").into()
        }),
        value("precision", |d| share(d.precision)),
        value("precision by value", |d| optional_percent(d.precision_by_value).into()),
        value("recall by number", |d| share(d.recall)),
        value("recall by value", |d| optional_percent(d.recall_by_value).into()),
        value("recall by card", |d| share(d.recall_by_card)),
        value("false alerts per true one", |d| optional(d.false_positive_ratio).into()),
        value("false alerts among genuine cases", |d| {
            optional_percent(d.false_positive_rate).into()
        }),
        value("value saved", |d| {
            TableCell::with_small(amount(d.value_saved), d.value_saved_share.map(percent))
        }),
        value("delay, median", |d| delay(d, |quantiles| quantiles.median)),
        value("delay, 90th percentile", |d| delay(d, |quantiles| quantiles.p90)),
        value("cards with fraud and no true alert", |d| count(d.delay.missed_cards).into()),
    ]
}

/// A delay in minutes, and below it in transactions.
pub fn delay(
    detection: &Detection,
    quantile: fn(crate::backtest::report::Quantiles) -> f64,
) -> TableCell {
    let transactions = detection.delay.transactions.map(quantile);
    TableCell::with_small(
        detection.delay.minutes.map(quantile).map_or_else(none, minutes),
        transactions.map(|number| format!("after {} fraud transactions", decimal(number))),
    )
}

/// A share in percent, with its interval.
pub fn share(estimate: Option<Estimate>) -> TableCell {
    TableCell::with_small(estimate_percent(estimate), estimate.and_then(interval_percent))
}

/// A figure without a unit, with its interval.
fn number(estimate: Option<Estimate>) -> TableCell {
    let Some(estimate) = estimate else { return NONE.into() };
    let interval = estimate.low.zip(estimate.high);
    let interval = interval.map(|(low, high)| format!("{low:.3}–{high:.3}"));
    TableCell::with_small(format!("{:.3}", estimate.value), interval)
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
