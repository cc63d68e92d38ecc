//! What each of two rulesets catches that the other misses.

use super::super::chart::{Bar, Figure, Legend, bars};
use super::super::markup::Markup;
use super::super::numbers::{amount, count};
use super::super::table::{Align, Columns, TableCell, table};
use super::case::write_cases;
use super::cells::name;
use crate::backtest::report::{ActionChange, Comparison, Report, Side};
use crate::number::NearestDouble;

const COLUMNS: Columns<'static> = &[
    ("alerted by", Align::Text),
    ("fraud cases", Align::Number),
    ("fraud value", Align::Number),
    ("cards with fraud", Align::Number),
    ("genuine cases", Align::Number),
    ("genuine value", Align::Number),
    ("not yet known", Align::Number),
    ("declined by the issuer", Align::Number),
];

pub fn write(markup: &mut Markup, report: &Report) {
    let Some(comparison) = &report.comparison else { return };
    let (first, second) = names(report);
    let sides = [
        ("both".to_owned(), &comparison.both),
        (format!("only {first}"), &comparison.only_first),
        (format!("only {second}"), &comparison.only_second),
        ("neither".to_owned(), &comparison.neither),
    ];
    markup.element("p").class("lead").text(&summary(comparison, &first, &second, &report.currency));
    markup.element("div").class("plots").with(|markup| {
        write_bars(markup, "Fraud cases by who alerts", "fraud", &sides[..], |side| side.fraud);
        let alerted = sides.get(..3).unwrap_or_default();
        write_bars(markup, "Genuine cases by who alerts", "genuine", alerted, |side| side.genuine);
    });
    markup.element("div").class("panel").with(|markup| {
        let caption = format!("Cases by who alerts; amounts in {}", report.currency);
        table(markup, &caption, COLUMNS, sides.iter().map(|(name, side)| row(name, side)));
    });
    if !comparison.changes.is_empty() {
        markup.element("div").class("panel").with(|markup| {
            let columns = [
                (first.as_str(), Align::Text),
                (second.as_str(), Align::Text),
                ("cases", Align::Number),
                ("fraud", Align::Number),
                ("genuine", Align::Number),
            ];
            let caption = "Cases with different actions";
            table(markup, caption, &columns, comparison.changes.iter().map(change));
        });
    }
    for (alerting, other, side) in
        [(&first, &second, &comparison.only_first), (&second, &first, &comparison.only_second)]
    {
        write_cases(
            markup,
            &format!("Fraud that only {alerting} alerts on"),
            &format!("{other} approves these cases."),
            &side.fraud_examples,
        );
        write_cases(
            markup,
            &format!("Genuine cases that only {alerting} alerts on"),
            &format!("{other} approves these cases."),
            &side.genuine_examples,
        );
    }
}

fn names(report: &Report) -> (String, String) {
    let name = |at: usize| report.rulesets.get(at).map(name).unwrap_or_default();
    (name(0), name(1))
}

fn summary(comparison: &Comparison, first: &str, second: &str, currency: &str) -> String {
    let (one, other) = (&comparison.only_first, &comparison.only_second);
    format!(
        "{first} alone alerts on {} fraud cases ({} {currency}) at the price of {} genuine ones. {second} alone alerts on \
         {} fraud cases ({} {currency}) at the price of {} genuine ones.",
        count(one.fraud),
        amount(one.fraud_value),
        count(one.genuine),
        count(other.fraud),
        amount(other.fraud_value),
        count(other.genuine)
    )
}

fn write_bars(
    markup: &mut Markup,
    title: &'static str,
    class: &'static str,
    sides: &[(String, &Side)],
    number: fn(&Side) -> u64,
) {
    let figure = Figure {
        title,
        reading: "Each case is in one of the bars.".to_owned(),
        legend: vec![Legend::area(class, format!("{class} cases"))],
    };
    let rows: Vec<Bar> = sides
        .iter()
        .map(|(name, side)| Bar {
            name: name.clone(),
            note: count(number(side)),
            title: format!("{name}: {} {class} cases", count(number(side))),
            segments: vec![(class, number(side).nearest_double())],
            whisker: None,
        })
        .collect();
    let most = sides.iter().map(|(_, side)| number(side)).max().unwrap_or(0);
    if most == 0 {
        return figure.write_empty(markup, "There is no such case.");
    }
    figure.write(markup, |markup| bars(markup, title, most.nearest_double(), &rows));
}

fn row(name: &str, side: &Side) -> Vec<TableCell> {
    vec![
        name.into(),
        count(side.fraud).into(),
        amount(side.fraud_value).into(),
        count(side.fraud_cards).into(),
        count(side.genuine).into(),
        amount(side.genuine_value).into(),
        count(side.not_yet_known).into(),
        count(side.declined).into(),
    ]
}

fn change(change: &ActionChange) -> Vec<TableCell> {
    vec![
        change.first.clone().into(),
        change.second.clone().into(),
        count(change.cases).into(),
        count(change.fraud).into(),
        count(change.genuine).into(),
    ]
}
