//! One sentence for each figure of the page.

use super::super::markup::Markup;
use super::super::numbers::{count, decimal};
use crate::backtest::report::{Report, Settings};

const DEFINITIONS: &[(&str, &str)] = &[
    (
        "case",
        "A transaction that ran rules: not a reversal, a separate response or a clearing of a remembered charge.",
    ),
    (
        "alert",
        "A case with the action review or decline. The cooldown keeps some alerts from being published; they count as alerts here.",
    ),
    (
        "not yet known",
        "A case without a label that is too recent for its label to have arrived. It is in no ratio.",
    ),
    (
        "declined by the issuer",
        "A case without a label that the issuer declined. What it would have been is not known, so it is in no ratio.",
    ),
    ("true, false alert", "An alert on a fraud case, and one on a genuine case."),
    ("precision", "True alerts among true and false ones."),
    (
        "recall",
        "True alerts among fraud cases; by value, their amounts among the amounts of all fraud; by card, cards with a true alert among cards with fraud.",
    ),
    ("false alerts per true one", "How many genuine cases are alerted for each fraud case."),
    (
        "value saved",
        "Approved fraud of a card after its first true alert, and the alerted transaction itself if it would be declined: what blocking the card at that time would have saved.",
    ),
    (
        "delay",
        "From the first fraud of a card to its first true alert, in fraud transactions and in time. Cards that are never alerted are counted separately.",
    ),
    (
        "alone",
        "Cases that would be approved without the rule. A rule can be left out if no case changes its action without it.",
    ),
    (
        "undecided",
        "Cases on which a rule had no result, because something it needs was absent or saturated.",
    ),
    ("budget", "What the cases with the highest scores contain, if only so many can be looked at."),
    (
        "average precision",
        "The mean of the precisions at each threshold of the score, each weighted with what the threshold adds to recall (as in scikit-learn).",
    ),
    (
        "ROC area",
        "The probability that a fraud case has a higher score than a genuine one; equal scores count half.",
    ),
    (
        "card precision",
        "On each day, of the cards with the highest scores, the share that had fraud on that day; the mean over the days. A day with fewer cards is divided by the same number.",
    ),
    (
        "overlap",
        "Alerts on which both rules fired, among the alerts on which at least one of them did.",
    ),
];

pub fn write(markup: &mut Markup, report: &Report) {
    markup.element("dl").class("definitions").with(|markup| {
        for (name, text) in DEFINITIONS {
            write_definition(markup, name, text);
        }
        write_definition(markup, "genuine", &genuine(&report.settings));
        write_definition(markup, "interval", &intervals(report));
        if let Some(text) = delays(report) {
            write_definition(markup, "when labels count", &text);
        }
    });
}

fn write_definition(markup: &mut Markup, name: &str, text: &str) {
    markup.element("div").with(|markup| {
        markup.line("dt", name);
        markup.line("dd", text);
    });
}

fn genuine(settings: &Settings) -> String {
    let days = decimal(settings.mature_after_days);
    if settings.unlabelled == "genuine" {
        format!(
            "Labelled as genuine, or without a label {days} days after the transaction (assumed genuine)."
        )
    } else {
        format!(
            "Labelled as genuine. Cases without a label are not yet known, even after {days} days."
        )
    }
}

fn intervals(report: &Report) -> String {
    let replicates = report.rulesets.first().map_or(0, |ruleset| ruleset.ranking.replicates);
    format!(
        "A range that contains the true value in 95 % of repetitions. Precision and recall of alerts: Wilson's interval, \
         which treats cases as independent. Ranking and budgets: {} bootstrap replicates of whole cards.",
        count(replicates)
    )
}

fn delays(report: &Report) -> Option<String> {
    if report.labels.drawn_delay == 0 {
        return None;
    }
    let points = report.settings.label_delay.iter();
    let points: Vec<String> = points
        .map(|point| {
            format!("{} % after {} days", decimal(point.share * 100.0), decimal(point.days))
        })
        .collect();
    Some(format!(
        "From their known_at on. Labels without one count after a delay that is drawn from this distribution: {}.",
        points.join(", ")
    ))
}
