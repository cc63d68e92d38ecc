//! The first lines of a report, and what a person should know before using it.

use super::figures::{amount, count};
use crate::backtest::report::BacktestReport;
use std::time::Duration;

/// What was read, and the cases by outcome.
pub fn overview(report: &BacktestReport) -> String {
    let (input, cases, labels) = (&report.input, &report.cases, &report.labels);
    let span = match (&input.first, &input.last) {
        (Some(first), Some(last)) => format!("{} to {}", day(first), day(last)),
        _ => "no case".to_owned(),
    };
    let mut lines = vec![
        format!("cases         {} of {} cards, {span}", count(cases.all), count(input.cards)),
        format!(
            "fraud         {} on {} cards, {} {}, of which {} approved by the issuer",
            count(cases.fraud),
            count(cases.fraud_cards),
            report.currency,
            amount(cases.fraud_value),
            amount(cases.approved_fraud_value),
        ),
        format!(
            "genuine       {} labelled, {} assumed (no label after {} days)",
            count(cases.genuine),
            count(cases.assumed_genuine),
            report.settings.mature_after_days
        ),
        format!("not yet known {}", count(cases.not_yet_known)),
        format!(
            "declined      {} by the issuer, without a label: they have no outcome",
            count(cases.declined)
        ),
        format!(
            "labels        {} (fraud {}, genuine {}, suspected {}, unknown {}), known until {}",
            count(labels.read),
            count(labels.fraud),
            count(labels.genuine),
            count(labels.suspected),
            count(labels.unknown),
            day(&report.settings.as_of)
        ),
    ];
    if labels.drawn_delay > 0 {
        lines.push(format!(
            "              {} without `known_at`: their delay was drawn",
            count(labels.drawn_delay)
        ));
    }
    lines.join("\n") + "\n"
}

/// How long it took.
pub fn took(report: &BacktestReport, took: Duration) -> String {
    let input = &report.input;
    format!(
        "{} lines in {:.1} s (blank {}, malformed {}, duplicates {}, without rules {}, not counted {})",
        count(input.records),
        took.as_secs_f64(),
        count(input.blank),
        count(input.malformed),
        count(input.duplicates),
        count(input.without_rules),
        count(input.outside),
    )
}

/// What makes figures doubtful.
pub fn warnings(report: &BacktestReport) -> Vec<String> {
    let (cases, labels) = (&report.cases, &report.labels);
    let mut warnings = Vec::new();
    if cases.fraud == 0 {
        warnings.push(
            "no case is labelled as fraud: recall is unknown; check that `transaction_id` and \
             `card.token` of the labels are those of the transactions"
                .to_owned(),
        );
    }
    if labels.unmatched > 0 {
        warnings.push(format!(
            "{} of {} labels are about transactions that are not in the input; they were not used",
            count(labels.unmatched),
            count(labels.read)
        ));
    }
    if cases.early_fraud > 0 && cases.not_yet_known > 0 {
        warnings.push(format!(
            "{} of {} cases of fraud are so young that {} cases of the same days are not yet known: \
             precision is too high and false positives are too few; leave these days out with \
             --count-until, or set --as-of if all labels have arrived",
            count(cases.early_fraud),
            count(cases.fraud),
            count(cases.not_yet_known)
        ));
    }
    let known = cases.fraud + cases.genuine + cases.assumed_genuine;
    if cases.not_yet_known > known {
        warnings.push(format!(
            "{} of {} cases have no outcome yet, and are in no ratio; lower --mature-after, or set \
             --as-of if all labels have arrived",
            count(cases.not_yet_known),
            count(cases.all)
        ));
    }
    warnings
}

/// The date of a time.
fn day(time: &str) -> &str {
    time.split('T').next().unwrap_or(time)
}
