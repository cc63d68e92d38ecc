//! The plots in their order, beside each other where there is room, and the table of the days.

use super::super::super::markup::Markup;
use super::super::super::numbers::{amount, count};
use super::super::super::table::{Align, Columns, TableCell, table};
use super::super::cells::name;
use super::{alerts, delay, precision_recall, scores, value, workload};
use crate::backtest::report::{Day, Report};

const COLUMNS: Columns<'static> = &[
    ("day", Align::Text),
    ("cases", Align::Number),
    ("fraud", Align::Number),
    ("alerts", Align::Number),
    ("true", Align::Number),
    ("false", Align::Number),
    ("not yet known", Align::Number),
    ("declined by the issuer", Align::Number),
    ("published", Align::Number),
    ("approved fraud", Align::Number),
    ("value saved", Align::Number),
];

pub fn write(markup: &mut Markup, report: &Report) {
    markup.element("div").class("plots").with(|markup| {
        precision_recall::write(markup, report);
        workload::write(markup, report);
        for ruleset in &report.rulesets {
            alerts::write(markup, ruleset);
        }
        for ruleset in &report.rulesets {
            scores::write(markup, ruleset);
        }
        for ruleset in &report.rulesets {
            delay::write(markup, ruleset);
        }
        value::write(markup, report);
    });
    for ruleset in &report.rulesets {
        markup.element("div").class("panel").with(|markup| {
            markup.element("details").with(|markup| {
                markup.line("summary", &format!("The days as a table, {}", name(ruleset)));
                let caption =
                    format!("Cases and alerts by day (UTC); amounts in {}", report.currency);
                table(markup, &caption, COLUMNS, ruleset.days.iter().map(row));
            });
        });
    }
}

fn row(day: &Day) -> Vec<TableCell> {
    vec![
        day.day.clone().into(),
        count(day.cases).into(),
        count(day.fraud).into(),
        count(day.alerts).into(),
        count(day.true_alerts).into(),
        count(day.false_alerts).into(),
        count(day.not_yet_known).into(),
        count(day.declined).into(),
        count(day.published).into(),
        amount(day.approved_fraud_value).into(),
        amount(day.value_saved).into(),
    ]
}
