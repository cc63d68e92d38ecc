//! Fraud that the issuer approved, and what of it the alerts would have saved, summed up over time.

use super::super::super::chart::{
    Axis, BOTTOM, Figure, Frame, LEFT, Legend, RIGHT, Scale, TOP, area, columns_axis, line,
};
use super::super::super::markup::Markup;
use super::super::super::numbers::{amount, short_day};
use super::super::cells::name;
use crate::backtest::report::{Day, Report};
use crate::number::NearestDouble;

pub fn write(markup: &mut Markup, report: &Report) {
    let Some(first) = report.rulesets.first() else { return };
    let second = report.rulesets.get(1);
    let mut legend = vec![
        Legend::line("fraud", "approved fraud"),
        Legend::line("saved", format!("saved, {}", name(first))),
    ];
    legend.extend(
        second.map(|ruleset| Legend::dashed("second", format!("saved, {}", name(ruleset)))),
    );
    let approved = report.cases.approved_fraud_value;
    let figure = Figure {
        title: "Value saved over time",
        reading: format!(
            "Summed up from the first day: {} of {} {} was spent after the first true alert on the card.",
            amount(first.alerts.value_saved),
            amount(approved),
            report.currency
        ),
        legend,
    };
    if approved <= 0.0 || first.days.is_empty() {
        return figure.write_empty(markup, "The issuer approved no fraud with a value.");
    }
    let y = Scale::linear_to(approved, (BOTTOM, TOP));
    let names: Vec<String> = first.days.iter().map(|day| short_day(&day.day)).collect();
    let frame = Frame {
        title: "Value saved over time",
        x: columns_axis(&names, "day"),
        y: Axis::of(&y, format!("{}, summed up", report.currency)),
    };
    let fraud = sums(&first.days, |day| day.approved_fraud_value, &y);
    let saved = sums(&first.days, |day| day.value_saved, &y);
    figure.write(markup, |markup| {
        frame.write(markup, |markup| {
            area(markup, "soft", &saved);
            line(markup, "fraud", &fraud);
            line(markup, "saved", &saved);
            if let Some(second) = second {
                line(markup, "second", &sums(&second.days, |day| day.value_saved, &y));
            }
        });
    });
}

/// The sum up to the end of each day.
fn sums(days: &[Day], value: impl Fn(&Day) -> f64, y: &Scale) -> Vec<(f64, f64)> {
    let x = Scale::linear((0.0, days.len().nearest_double()), (LEFT, RIGHT));
    let mut sum = 0.0;
    let mut points = vec![(x.at(0.0), y.at(0.0))];
    for (at, day) in days.iter().enumerate() {
        sum += value(day);
        points.push((x.at((at + 1).nearest_double()), y.at(sum)));
    }
    points
}
