//! Alerts by day and outcome.

use super::super::super::chart::{
    Axis, BOTTOM, Figure, Frame, Legend, Scale, Stack, TOP, columns_axis, stacked,
};
use super::super::super::markup::Markup;
use super::super::super::numbers::count;
use super::super::cells::name;
use super::periods::{Period, periods};
use crate::backtest::report::RulesetReport;
use crate::number::NearestDouble;

pub fn write(markup: &mut Markup, ruleset: &RulesetReport) {
    let (periods, unit) = periods(&ruleset.days);
    let figure = Figure {
        title: "Alerts over time",
        reading: format!(
            "{}: alerts of each {unit} (UTC), by what is known about them.",
            name(ruleset)
        ),
        legend: vec![
            Legend::area("fraud", "fraud"),
            Legend::area("genuine", "genuine"),
            Legend::area("unknown", "not yet known"),
            Legend::area("declined", "declined by the issuer"),
        ],
    };
    let most = periods.iter().map(|period| period.sum(|day| day.alerts)).max();
    let Some(most) = most.filter(|most| *most > 0) else {
        return figure.write_empty(markup, "No case was alerted.");
    };
    let y = Scale::linear_to(most.nearest_double(), (BOTTOM, TOP));
    let names: Vec<String> = periods.iter().map(Period::short_name).collect();
    let frame = Frame {
        title: "Alerts over time",
        x: columns_axis(&names, if unit == "day" { "day" } else { "first day of the week" }),
        y: Axis::of(&y, format!("alerts a {unit}")),
    };
    let stacks: Vec<Stack> = periods.iter().map(stack).collect();
    figure.write(markup, |markup| {
        frame.write(markup, |markup| stacked(markup, &y, &stacks));
    });
}

fn stack(period: &Period<'_>) -> Stack {
    let [fraud, genuine, unknown, declined] = [
        period.sum(|day| day.true_alerts),
        period.sum(|day| day.false_alerts),
        period.sum(|day| day.not_yet_known),
        period.sum(|day| day.declined),
    ];
    Stack {
        title: format!(
            "{}: {} fraud, {} genuine, {} not yet known, {} declined by the issuer",
            period.name(),
            count(fraud),
            count(genuine),
            count(unknown),
            count(declined)
        ),
        parts: vec![
            ("fraud", fraud.nearest_double()),
            ("genuine", genuine.nearest_double()),
            ("unknown", unknown.nearest_double()),
            ("declined", declined.nearest_double()),
        ],
    }
}
