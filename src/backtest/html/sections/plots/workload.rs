//! How many cases a day each threshold of the score would alert.

use super::super::super::chart::{
    Axis, BOTTOM, Figure, Frame, LEFT, Legend, RIGHT, Scale, TOP, guide, line,
};
use super::super::super::markup::Markup;
use super::super::cells::name;
use super::scores::score_axis;
use crate::backtest::report::{Report, RulesetReport};
use crate::number::NearestDouble;

pub fn write(markup: &mut Markup, report: &Report) {
    let Some(first) = report.rulesets.first() else { return };
    let shown = report.rulesets.iter().zip(["genuine", "second"]);
    let shown: Vec<(&RulesetReport, &'static str)> =
        shown.filter(|(ruleset, _)| !ruleset.ranking.curve.is_empty()).collect();
    let legend = shown.iter().map(|(ruleset, class)| match *class {
        "second" => Legend::dashed("second", name(ruleset)),
        class => Legend::line(class, name(ruleset)),
    });
    let figure = Figure {
        title: "Alerts by threshold",
        reading: "How many cases with a known outcome have at least this score, a day: the work that a threshold would \
                  be. The axis is logarithmic."
            .to_owned(),
        legend: legend.collect(),
    };
    // A threshold of 0 would alert every case.
    let per_day = |ruleset: &RulesetReport| {
        let days = ruleset.days.len().max(1).nearest_double();
        let points = ruleset.ranking.curve.iter().filter(|point| point.score > 0);
        points.map(|point| (f64::from(point.score), point.cases.nearest_double() / days)).collect()
    };
    let each: Vec<(Vec<(f64, f64)>, &'static str)> =
        shown.iter().map(|(ruleset, class)| (per_day(ruleset), *class)).collect();
    let most =
        each.iter().flat_map(|(points, _)| points).map(|(_, cases)| *cases).fold(0.0, f64::max);
    if most <= 0.0 {
        return figure.write_empty(markup, "No case with a known outcome has a score above 0.");
    }
    let x = Scale::linear((0.0, 1_000.0), (LEFT, RIGHT));
    let y = Scale::logarithmic_to(most, (BOTTOM, TOP));
    let frame = Frame {
        title: "Alerts by threshold",
        x: score_axis(&x, Some(0), "lowest score that is alerted"),
        y: Axis::of(&y, "cases a day (logarithmic)"),
    };
    figure.write(markup, |markup| {
        frame.write(markup, |markup| {
            for (threshold, action) in [(first.review, "review"), (first.decline, "decline")] {
                guide(markup, Some(x.at(f64::from(threshold))), None, action);
            }
            for (points, class) in &each {
                let points: Vec<(f64, f64)> =
                    points.iter().map(|(score, cases)| (x.at(*score), y.at(*cases))).collect();
                line(markup, class, &points);
            }
        });
    });
}
