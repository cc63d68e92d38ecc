//! The precision of declines, estimated from those that the control share lets through.

use super::super::markup::Markup;
use super::super::numbers::{NONE, amount, count, decimal};
use super::super::table::{Align, Columns, TableCell, table};
use super::cells::{name, share};
use crate::backtest::report::{BacktestReport, ControlReport};
use crate::number::u64_toward_zero;

const COLUMNS: Columns<'static> = &[
    ("rule", Align::Text),
    ("let through, with an outcome", Align::Number),
    ("fraud", Align::Number),
    ("precision", Align::Number),
    ("declines needed", Align::Number),
];

pub fn write(markup: &mut Markup, report: &BacktestReport) {
    let lead = "A declined transaction never turns out to be fraud or genuine. The control share lets a random \
                part of the declines through, by card and calendar week, and their outcomes estimate the \
                precision of all declines that it may let through. The last column says how many declines it \
                takes until the interval reaches 5 percentage points to either side.";
    markup.element("p").class("lead").text(lead);
    for ruleset in &report.rulesets {
        let Some(control) = &ruleset.control else { continue };
        markup.element("div").class("panel").with(|markup| {
            let caption = format!(
                "Control share, {}: {} % of declines up to {} {}; {} of {} let through",
                name(ruleset),
                decimal(control.share * 100.0),
                report.currency,
                amount(control.max_amount),
                count(control.let_through),
                count(control.eligible),
            );
            table(markup, &caption, COLUMNS, rows(control));
        });
    }
}

fn rows(control: &ControlReport) -> impl Iterator<Item = Vec<TableCell>> {
    let all = vec![
        "all declines".into(),
        count(control.known).into(),
        count(control.fraud).into(),
        share(control.precision),
        whole(control.declines_needed).into(),
    ];
    let rules = control.rules.iter().map(|rule| {
        vec![
            rule.id.as_str().into(),
            count(rule.known).into(),
            count(rule.fraud).into(),
            share(rule.precision),
            whole(rule.declines_needed).into(),
        ]
    });
    std::iter::once(all).chain(rules)
}

/// A whole number that may not exist.
fn whole(value: Option<f64>) -> String {
    value.map_or_else(|| NONE.to_owned(), |value| count(u64_toward_zero(value)))
}
