//! How fraud and genuine cases are spread over the scores.

use super::super::super::chart::{
    Axis, BOTTOM, Figure, Frame, LEFT, Legend, RIGHT, Scale, Stack, TOP, grouped, guide,
};
use super::super::super::markup::Markup;
use super::super::super::numbers::{count, counted};
use super::super::cells::name;
use crate::backtest::report::{RulesetReport, ScoreCount};
use crate::number::NearestDouble;

/// The first column is the score 0 alone, each other one has this many scores.
const SCORES_PER_COLUMN: i32 = 50;
const COLUMNS: i32 = 21;

pub fn write(markup: &mut Markup, ruleset: &RulesetReport) {
    let figure = Figure {
        title: "Scores",
        reading: format!(
            "{}: cases with each score, the first column with score 0 alone. The axis is logarithmic, because most \
             cases are genuine and have low scores.",
            name(ruleset)
        ),
        legend: vec![Legend::area("fraud", "fraud"), Legend::area("genuine", "genuine")],
    };
    let columns: Vec<(u64, u64)> = (0..COLUMNS).map(|at| sums(&ruleset.scores, at)).collect();
    let most = columns.iter().map(|(fraud, genuine)| *fraud.max(genuine)).max().unwrap_or(0);
    if most == 0 {
        return figure.write_empty(markup, "No case has a known outcome.");
    }
    let y = Scale::logarithmic_to(most.nearest_double(), (BOTTOM, TOP));
    // The place of a score: columns are as wide as 50 scores, and the first one lies before 0.
    let x = Scale::linear((-f64::from(SCORES_PER_COLUMN), 1000.0), (LEFT, RIGHT));
    let mut scores = score_axis(&x, None, "score");
    scores.marks.insert(0, (x.at(-f64::from(SCORES_PER_COLUMN) / 2.0), "0".to_owned()));
    let frame =
        Frame { title: "Cases by score", x: scores, y: Axis::of(&y, "cases (logarithmic)") };
    let stacks: Vec<Stack> = columns.iter().zip(0..).map(|(sums, at)| stack(*sums, at)).collect();
    figure.write(markup, |markup| {
        frame.write(markup, |markup| {
            grouped(markup, &y, &stacks);
            for (threshold, action) in [(ruleset.review, "review"), (ruleset.decline, "decline")] {
                // Columns end at a multiple of 50, and a threshold belongs to the cases above it.
                guide(markup, Some(x.at(f64::from(threshold))), None, action);
            }
        });
    });
}

/// Marks scores, from `first` if it is a mark too.
pub fn score_axis(x: &Scale, first: Option<i32>, name: &str) -> Axis {
    let scores = first.into_iter().chain([200, 400, 600, 800, 1000]);
    let marks = scores.map(|score| (x.at(f64::from(score)), score.to_string()));
    Axis { name: name.to_owned(), marks: marks.collect() }
}

fn sums(scores: &[ScoreCount], column: i32) -> (u64, u64) {
    let within =
        scores.iter().filter(|at| (at.score + SCORES_PER_COLUMN - 1) / SCORES_PER_COLUMN == column);
    within.fold((0, 0), |(fraud, genuine), at| (fraud + at.fraud, genuine + at.genuine))
}

fn stack((fraud, genuine): (u64, u64), column: i32) -> Stack {
    let scores = match column {
        0 => "score 0".to_owned(),
        at => format!("scores {} to {}", (at - 1) * SCORES_PER_COLUMN + 1, at * SCORES_PER_COLUMN),
    };
    Stack {
        title: format!(
            "{scores}: {}, {} genuine",
            counted(fraud, "fraud case", "fraud cases"),
            count(genuine)
        ),
        parts: vec![("fraud", fraud.nearest_double()), ("genuine", genuine.nearest_double())],
    }
}
