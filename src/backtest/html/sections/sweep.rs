//! How the figures change with one number of the ruleset.

use super::super::chart::{
    Axis, BOTTOM, Figure, Frame, LEFT, Legend, RIGHT, Scale, TOP, dot, guide, line, percent_axis,
};
use super::super::markup::Markup;
use super::super::numbers::{
    NONE, amount, count, decimal, estimate_percent, optional_percent, percent,
};
use super::super::table::{Align, Columns, TableCell, table};
use super::budgets::budget_name;
use super::cells::share;
use crate::backtest::report::{Report, Sweep, SweepBest, SweepPoint};

const COLUMNS: Columns<'static> = &[
    ("value", Align::Number),
    ("alerts", Align::Number),
    ("alerts a day", Align::Number),
    ("true", Align::Number),
    ("false", Align::Number),
    ("not yet known", Align::Number),
    ("declined by the issuer", Align::Number),
    ("precision", Align::Number),
    ("recall by number", Align::Number),
    ("recall by value", Align::Number),
    ("recall by card", Align::Number),
    ("false alerts among genuine cases", Align::Number),
    ("value saved", Align::Number),
];

const BEST_COLUMNS: Columns<'static> = &[
    ("budget", Align::Text),
    ("alerts allowed", Align::Number),
    ("best value", Align::Number),
    ("alerts", Align::Number),
    ("precision", Align::Number),
    ("recall by value", Align::Number),
];

/// The class of a line, and its value at each point.
type Series = (&'static str, fn(&SweepPoint) -> Option<f64>);

pub fn write(markup: &mut Markup, report: &Report) {
    let Some(sweep) = &report.sweep else { return };
    let lead = format!(
        "The whole backtest with other values of {}; it is {} in the ruleset. The best value for a budget is the one \
         with the highest recall by value among those with few enough alerts.",
        sweep.target,
        decimal(sweep.current)
    );
    markup.element("p").class("lead").text(&lead);
    if sweep.points.is_empty() {
        return markup.element("p").class("lead").text("No value was tried.");
    }
    markup.element("div").class("plots").with(|markup| {
        write_shares(markup, sweep);
        write_alerts(markup, sweep);
    });
    markup.element("div").class("panel").with(|markup| {
        let caption = format!("The best value of {} for each budget", sweep.target);
        table(markup, &caption, BEST_COLUMNS, sweep.best.iter().map(|best| best_row(sweep, best)));
    });
    markup.element("div").class("panel").with(|markup| {
        let caption = format!("Every value of {}; amounts in {}", sweep.target, report.currency);
        table(markup, &caption, COLUMNS, sweep.points.iter().map(row));
    });
}

fn values(sweep: &Sweep) -> Scale {
    let values = || sweep.points.iter().map(|point| point.value);
    let (low, high) =
        (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
    Scale::linear((low, high), (LEFT, RIGHT))
}

fn write_shares(markup: &mut Markup, sweep: &Sweep) {
    let figure = Figure {
        title: "Precision and recall by value tried",
        reading: format!(
            "{}: what each value would give. The dots are the best values for the budgets.",
            sweep.target
        ),
        legend: vec![
            Legend::line("genuine", "precision"),
            Legend::line("fraud", "recall by number"),
            Legend::line("saved", "recall by value"),
        ],
    };
    let x = values(sweep);
    let y = Scale::linear((0.0, 1.0), (BOTTOM, TOP));
    let frame = Frame {
        title: "Precision and recall by value",
        x: Axis::of(&x, sweep.target.clone()),
        y: percent_axis(&y, "share"),
    };
    let series: [Series; 3] = [
        ("genuine", |point| point.precision.map(|estimate| estimate.value)),
        ("fraud", |point| point.recall.map(|estimate| estimate.value)),
        ("saved", |point| point.recall_by_value),
    ];
    figure.write(markup, |markup| {
        frame.write(markup, |markup| {
            write_current(markup, sweep, &x);
            for (class, value) in series {
                let each = sweep.points.iter();
                let points =
                    each.filter_map(|point| Some((x.at(point.value), y.at(value(point)?))));
                line(markup, class, &points.collect::<Vec<_>>());
            }
            for best in &sweep.best {
                let point = best.point.and_then(|at| sweep.points.get(at));
                let recall = point.and_then(|point| Some((point, point.recall_by_value?)));
                let Some((point, recall)) = recall else { continue };
                let budget = budget_name(best.share, best.per_day);
                let full = format!(
                    "{budget}: {} with recall by value {}",
                    decimal(point.value),
                    percent(recall)
                );
                dot(markup, "saved", (x.at(point.value), y.at(recall)), &budget, &full);
            }
        });
    });
}

fn write_alerts(markup: &mut Markup, sweep: &Sweep) {
    let figure = Figure {
        title: "Alerts a day by value tried",
        reading: format!("{}: how much work each value would be.", sweep.target),
        legend: vec![Legend::line("genuine", "alerts a day")],
    };
    let x = values(sweep);
    let most = sweep.points.iter().map(|point| point.alerts_per_day).fold(0.0, f64::max);
    let y = Scale::linear_to(most, (BOTTOM, TOP));
    let frame = Frame {
        title: "Alerts a day by value",
        x: Axis::of(&x, sweep.target.clone()),
        y: Axis::of(&y, "alerts a day"),
    };
    let points: Vec<(f64, f64)> =
        sweep.points.iter().map(|point| (x.at(point.value), y.at(point.alerts_per_day))).collect();
    figure.write(markup, |markup| {
        frame.write(markup, |markup| {
            write_current(markup, sweep, &x);
            line(markup, "genuine", &points);
        });
    });
}

/// Marks the value in the ruleset, if it is among those that were tried.
fn write_current(markup: &mut Markup, sweep: &Sweep, x: &Scale) {
    let at = x.at(sweep.current);
    if (LEFT..=RIGHT).contains(&at) {
        guide(markup, Some(at), None, &format!("now {}", decimal(sweep.current)));
    }
}

fn row(point: &SweepPoint) -> Vec<TableCell> {
    vec![
        decimal(point.value).into(),
        count(point.alerts).into(),
        decimal(point.alerts_per_day).into(),
        count(point.true_alerts).into(),
        count(point.false_alerts).into(),
        count(point.not_yet_known).into(),
        count(point.declined).into(),
        share(point.precision),
        share(point.recall),
        optional_percent(point.recall_by_value).into(),
        optional_percent(point.recall_by_card).into(),
        optional_percent(point.false_positive_rate).into(),
        amount(point.value_saved).into(),
    ]
}

fn best_row(sweep: &Sweep, best: &SweepBest) -> Vec<TableCell> {
    let point = best.point.and_then(|at| sweep.points.get(at));
    let of = |text: &dyn Fn(&SweepPoint) -> String| {
        TableCell::from(point.map_or_else(|| NONE.to_owned(), text))
    };
    vec![
        budget_name(best.share, best.per_day).into(),
        count(best.alerts_max).into(),
        of(&|point| decimal(point.value)),
        of(&|point| count(point.alerts)),
        of(&|point| estimate_percent(point.precision)),
        of(&|point| optional_percent(point.recall_by_value)),
    ]
}
