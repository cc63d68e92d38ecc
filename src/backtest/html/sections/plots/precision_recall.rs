//! The precision–recall curve: every threshold that a score offers.

use super::super::super::chart::{
    BOTTOM, Figure, Frame, LEFT, Legend, RIGHT, Scale, TOP, dot, guide, percent_axis, steps,
};
use super::super::super::markup::Markup;
use super::super::super::numbers::{part, percent};
use super::super::cells::name;
use crate::backtest::report::{CurvePoint, Report, RulesetReport};

/// The class of each ruleset.
const CLASSES: [&str; 2] = ["fraud", "second"];

pub fn write(markup: &mut Markup, report: &Report) {
    let shown: Vec<(&RulesetReport, &'static str)> =
        report.rulesets.iter().zip(CLASSES).filter(|(r, _)| !r.ranking.curve.is_empty()).collect();
    let legend = shown.iter().map(|(ruleset, class)| match *class {
        "second" => Legend::dashed("second", name(ruleset)),
        class => Legend::line(class, name(ruleset)),
    });
    let figure = Figure {
        title: "Precision and recall",
        reading: "Each point is a threshold of the score: to the right it catches more fraud, further up fewer of \
                  its alerts are false. The dots are the thresholds of the ruleset."
            .to_owned(),
        legend: legend.collect(),
    };
    if shown.is_empty() {
        return figure.write_empty(markup, "A curve needs cases that are labelled as fraud.");
    }
    let x = Scale::linear((0.0, 1.0), (LEFT, RIGHT));
    let y = Scale::linear((0.0, 1.0), (BOTTOM, TOP));
    let frame = Frame {
        title: "Precision–recall curve",
        x: percent_axis(&x, "recall by number"),
        y: percent_axis(&y, "precision"),
    };
    figure.write(markup, |markup| {
        frame.write(markup, |markup| {
            let base = part(report.cases.fraud, known(report));
            guide(markup, None, Some(y.at(base)), &format!("at random {}", percent(base)));
            for (ruleset, class) in &shown {
                let curve = &ruleset.ranking.curve;
                let points: Vec<(f64, f64)> =
                    curve.iter().map(|point| (x.at(point.recall), y.at(point.precision))).collect();
                steps(markup, class, &points);
                for (threshold, action) in
                    [(ruleset.review, "review"), (ruleset.decline, "decline")]
                {
                    if let Some(point) = at_threshold(curve, threshold) {
                        let full = format!(
                            "{}, {action} at {threshold}: precision {}, recall {}",
                            name(ruleset),
                            percent(point.precision),
                            percent(point.recall)
                        );
                        let text = format!("{action} {threshold}");
                        let at = (x.at(point.recall), y.at(point.precision));
                        dot(markup, class, at, &text, &full);
                    }
                }
            }
        });
    });
}

/// Cases with a known outcome.
fn known(report: &Report) -> u64 {
    let cases = &report.cases;
    cases.fraud + cases.genuine + cases.assumed_genuine
}

/// The last point that the threshold includes.
fn at_threshold(curve: &[CurvePoint], threshold: i32) -> Option<&CurvePoint> {
    curve.iter().take_while(|point| point.score >= threshold).last()
}
