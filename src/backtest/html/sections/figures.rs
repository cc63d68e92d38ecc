//! All figures of each ruleset, for its alerts and for its declines, and of its score.

use super::super::markup::Markup;
use super::super::numbers::{amount, count, counted, optional_percent, percent};
use super::super::table::{Align, TableCell, table};
use super::cells::{delay, name, number, optional, share};
use crate::backtest::report::{Detection, Report, RulesetReport};

/// A figure: its name, and its value.
type DetectionFigure = (&'static str, fn(&Detection) -> TableCell);

const DETECTION: &[DetectionFigure] = &[
    ("cases", |d| count(d.alerts).into()),
    ("true", |d| count(d.true_alerts).into()),
    ("false", |d| count(d.false_alerts).into()),
    ("not yet known", |d| count(d.not_yet_known).into()),
    ("declined by the issuer", |d| count(d.declined).into()),
    ("precision", |d| share(d.precision)),
    ("precision by value", |d| optional_percent(d.precision_by_value).into()),
    ("recall by number", |d| share(d.recall)),
    ("recall by value", |d| optional_percent(d.recall_by_value).into()),
    ("recall by card", |d| share(d.recall_by_card)),
    ("false per true", |d| optional(d.false_positive_ratio).into()),
    ("false among genuine cases", |d| optional_percent(d.false_positive_rate).into()),
    ("value saved", |d| {
        TableCell::with_small(amount(d.value_saved), d.value_saved_share.map(percent))
    }),
    ("delay, median", |d| delay(&d.delay, |quantiles| quantiles.median)),
    ("delay, 90th percentile", |d| delay(&d.delay, |quantiles| quantiles.p90)),
    ("cards with fraud and no true one", |d| count(d.delay.missed_cards).into()),
];

pub fn write(markup: &mut Markup, report: &Report) {
    markup.element("div").class("columns").with(|markup| {
        markup.element("div").class("panel").with(|markup| write_detection(markup, report));
        markup.element("div").class("panel").with(|markup| write_ruleset(markup, report));
    });
}

fn write_detection(markup: &mut Markup, report: &Report) {
    let names = report.rulesets.iter().flat_map(|ruleset| {
        let name = name(ruleset);
        [format!("{name}: alerts"), format!("{name}: declines")]
    });
    let names: Vec<String> = names.collect();
    let mut columns = vec![("figure", Align::Text)];
    columns.extend(names.iter().map(|name| (name.as_str(), Align::Number)));
    let rows = DETECTION.iter().map(|(figure, value)| {
        let cells = report.rulesets.iter().flat_map(|r| [value(&r.alerts), value(&r.declines)]);
        std::iter::once(TableCell::from(*figure)).chain(cells).collect()
    });
    let caption = format!(
        "Alerts are cases with the action review or decline. Ratios count cases with a known outcome; amounts are in {}.",
        report.currency
    );
    table(markup, &caption, &columns, rows);
}

type RulesetFigure<'r> = (String, Box<dyn Fn(&RulesetReport) -> TableCell + 'r>);

fn write_ruleset(markup: &mut Markup, report: &Report) {
    let names: Vec<String> = report.rulesets.iter().map(name).collect();
    let mut columns = vec![("figure", Align::Text)];
    columns.extend(names.iter().map(|name| (name.as_str(), Align::Number)));
    let rows = ruleset_figures(report).into_iter().map(|(figure, value)| {
        let cells = report.rulesets.iter().map(value);
        std::iter::once(TableCell::from(figure)).chain(cells).collect()
    });
    table(markup, "The ruleset, and how well its score ranks cases", &columns, rows);
}

fn ruleset_figures(report: &Report) -> Vec<RulesetFigure<'_>> {
    let mut rows: Vec<RulesetFigure<'_>> = vec![
        row("thresholds", |r| format!("review {}, decline {}", r.review, r.decline).into()),
        row("hash", |r| r.hash.chars().take(12).collect::<String>().into()),
        row("rules", |r| count(r.rules.len().try_into().unwrap_or(u64::MAX)).into()),
        row("alerts published after the cooldown", |r| count(r.published).into()),
        row("average precision", |r| share(r.ranking.average_precision)),
        row("ROC area", |r| number(r.ranking.roc_area)),
        row("cases with score 0", |r| optional_percent(r.ranking.share_of_score_0).into()),
    ];
    let first = report.rulesets.first().into_iter();
    for cards in first.flat_map(|r| &r.ranking.card_precision).map(|at| at.cards_per_day) {
        let title = format!("card precision, {} a day", counted(cards, "card", "cards"));
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
) -> RulesetFigure<'r> {
    (title.into(), Box::new(value))
}
