//! Tests which remembered charges are shown with a rule that fired, if there are more than fit.

use super::support::*;
use crate::memory::Event;
use crate::rules::Evaluation;
use crate::rules::language::{EachMacro, Macro, MacroKind, Percent, Statistic, StatisticChoice};
use crate::transaction::{Country, HOUR_MS, Time};

const SHOWN: usize = 10;

/// Hourly charges of 10.00 in the US. The one 12 hours ago is the largest, the one 13 hours ago the
/// smallest, and the one 14 hours ago in another country.
fn past() -> Vec<Event> {
    let hourly = (0..16).rev().map(|hours| {
        charge(hours * HOUR_MS, |tx| {
            let cents = match hours {
                12 => 90_000,
                13 => 10,
                _ => 1_000,
            };
            tx.base_amount = Some(cents);
            let country = if hours == 14 { "DK" } else { "US" };
            tx.merchant.country = Country::parse(country);
        })
    });
    hourly.collect()
}

/// How many hours ago the shown charges were.
fn shown(condition: &str) -> Vec<i64> {
    let mut evaluation = Evaluation::default();
    let past = past();
    compiled(&source(condition)).evaluate(&transaction(NOW), &recall(&past, &[]), &mut evaluation);
    let [fired] = &evaluation.fired[..] else { panic!("{condition} does not fire") };
    let ago = |time: Time| (NOW.millis() - time.millis()) / HOUR_MS;
    fired.charges.iter().map(|event| ago(event.time())).collect()
}

/// The newest charges, but for those at these hours, which take the place of the oldest.
fn newest_but(hours: &[i64]) -> Vec<i64> {
    (0..(SHOWN - hours.len()) as i64).chain(hours.iter().copied()).collect()
}

#[test]
fn every_statistic_shows_the_charges_that_determine_it() {
    let mut statistics = 0;
    for row in Macro::ALL.iter().map(|name| name.row()) {
        let MacroKind::Each(EachMacro::Statistic(given)) = row.kind else {
            continue;
        };
        let statistic = match given.choice {
            StatisticChoice::Always(statistic) => statistic,
            StatisticChoice::AtPercent => Statistic::Percentile(Percent::HALF),
        };
        let expected = match statistic {
            Statistic::Sum | Statistic::Mean | Statistic::Deviation | Statistic::Percentile(_) => {
                newest_but(&[])
            }
            Statistic::Least => newest_but(&[13]),
            Statistic::Greatest => newest_but(&[12]),
        };
        let call = row.call().replace("value", "t.amount");
        let condition = format!("card.last(\"7d\"){call} > -1");
        assert_eq!(shown(&condition), expected, "{condition}");
        statistics += 1;
    }
    assert!(statistics >= 7, "{statistics} statistics");
}

#[test]
fn the_decisive_charge_is_shown() {
    let but = newest_but;
    let list = "card.last(\"7d\")";
    for (condition, expected) in [
        (format!("{list}.size() > 12"), but(&[])),
        (format!("{list}.max(t, t.amount) > 800"), but(&[12])),
        (format!("{list}.max(t, t.amount * 2) > 800"), but(&[12])),
        (format!("{list}.min(t, t.amount) < 1"), but(&[13])),
        (format!("{list}.max(t, t.amount) > 800 && {list}.min(t, t.amount) < 1"), but(&[12, 13])),
        (format!("{list}.distinct(t, t.merchant.country).size() > 1"), but(&[14])),
        (format!("{list}.size() > 12 && {list}.exists(t, t.amount > 800)"), but(&[12])),
        (format!("{list}.exists(t, t.amount > 800)"), vec![12]),
    ] {
        assert_eq!(shown(&condition), expected, "{condition}");
    }
}
