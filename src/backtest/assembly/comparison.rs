//! Two rulesets side by side.

use super::money::Money;
use super::outcome_counts::OutcomeCounts;
use super::ruleset::examples;
use super::settle::SettledRun;
use crate::backtest::report::{ActionChange, Comparison, Example, Side};
use crate::backtest::tally::{CaseClass, Maturity, PairCounts};
use crate::rules::Action;

/// Compares the first two rulesets; `None` if there is one.
pub fn comparison(run: &SettledRun, money: Money) -> Option<Comparison> {
    if run.settings.reported_count() < 2 {
        return None;
    }
    Some(Comparison {
        both: side(run, money, (true, true)),
        only_first: side(run, money, (true, false)),
        only_second: side(run, money, (false, true)),
        neither: side(run, money, (false, false)),
        changes: changes(run),
    })
}

fn side(run: &SettledRun, money: Money, (first, second): (bool, bool)) -> Side {
    let is_alerted = |action: Action| action != Action::Approve;
    let counts = sum(run, |one, other| (is_alerted(one), is_alerted(other)) == (first, second));
    let cards = run.fraud_cards_by_side.get(usize::from(first));
    let alone = match (first, second) {
        (true, false) => Some(0),
        (false, true) => Some(1),
        _ => None,
    };
    let frauds = alone.and_then(|place| run.fraud_examples.get(place));
    let genuine = alone.and_then(|place| run.shortlists.alone(place));
    Side {
        fraud: counts.fraud.0,
        fraud_value: money.amount(counts.fraud.1),
        fraud_cards: cards.and_then(|cards| cards.get(usize::from(second))).copied().unwrap_or(0),
        genuine: counts.all_genuine(),
        genuine_value: money.amount(counts.genuine_value()),
        not_yet_known: counts.not_yet_known.0,
        declined: counts.declined.0,
        fraud_examples: frauds
            .map(|lists| lists.alone.iter().map(|fraud| fraud.shown()).collect::<Vec<Example>>())
            .unwrap_or_default(),
        genuine_examples: genuine.map(|list| examples(list, run.maturity)).unwrap_or_default(),
    }
}

fn changes(run: &SettledRun) -> Vec<ActionChange> {
    let pairs = Action::ALL.iter().flat_map(|one| Action::ALL.iter().map(move |two| (*one, *two)));
    let different = pairs.filter(|(first, second)| first != second);
    let change = |(first, second): (Action, Action)| {
        let counts = sum(run, |one, other| (one, other) == (first, second));
        ActionChange {
            first: first.name().to_owned(),
            second: second.name().to_owned(),
            cases: counts.all(),
            fraud: counts.fraud.0,
            genuine: counts.all_genuine(),
        }
    };
    let mut changes: Vec<ActionChange> = different.map(change).collect();
    changes.retain(|change| change.cases > 0);
    changes.sort_by_key(|change| std::cmp::Reverse(change.cases));
    changes
}

/// The cases with such actions under the two rulesets.
fn sum(run: &SettledRun, is_counted: impl Fn(Action, Action) -> bool) -> OutcomeCounts {
    let mut sums = OutcomeCounts::default();
    for (day, pairs) in &run.totals.comparison.days {
        add_pairs(&mut sums, pairs, (*day, run.maturity), &is_counted);
    }
    sums
}

fn add_pairs(
    sums: &mut OutcomeCounts,
    pairs: &PairCounts,
    (day, maturity): (i32, Maturity),
    is_counted: impl Fn(Action, Action) -> bool,
) {
    for (first, row) in Action::ALL.iter().zip(&pairs.cells) {
        for (second, classes) in Action::ALL.iter().zip(row) {
            if is_counted(*first, *second) {
                for (class, counts) in CaseClass::ALL.iter().zip(classes) {
                    sums.add(*class, maturity.is_mature(day), *counts);
                }
            }
        }
    }
}
