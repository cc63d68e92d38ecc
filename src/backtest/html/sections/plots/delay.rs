//! How many fraud transactions a card has before its first true alert.

use super::super::super::chart::{
    Axis, BOTTOM, Figure, Frame, Legend, Scale, Stack, TOP, columns_axis, stacked,
};
use super::super::super::markup::Markup;
use super::super::super::numbers::{counted, decimal, minutes};
use super::super::cells::name;
use crate::backtest::report::{Delay, DelayCount, RulesetReport};
use crate::number::NearestDouble;

pub fn write(markup: &mut Markup, ruleset: &RulesetReport) {
    let delay = &ruleset.alerts.delay;
    let figure = Figure {
        title: "Detection delay",
        reading: reading(ruleset, delay),
        legend: vec![Legend::area("saved", "caught"), Legend::area("unknown", "never alerted")],
    };
    if delay.caught_cards + delay.missed_cards == 0 {
        return figure.write_empty(markup, "No card has fraud.");
    }
    let mut columns: Vec<(String, Stack)> = delay.by_transactions.iter().map(caught).collect();
    columns.push(("never".to_owned(), missed(delay.missed_cards)));
    let cards = delay.by_transactions.iter().map(|at| at.cards).chain([delay.missed_cards]);
    let y = Scale::linear_to(cards.max().unwrap_or(0).nearest_double(), (BOTTOM, TOP));
    let (names, stacks): (Vec<String>, Vec<Stack>) = columns.into_iter().unzip();
    let frame = Frame {
        title: "Detection delay",
        x: columns_axis(&names, "fraud transactions before the first true alert"),
        y: Axis::of(&y, "cards with fraud"),
    };
    figure.write(markup, |markup| {
        frame.write(markup, |markup| stacked(markup, &y, &stacks));
    });
}

fn reading(ruleset: &RulesetReport, delay: &Delay) -> String {
    let mut reading =
        format!("{}: what a thief could do before the card was alerted.", name(ruleset));
    if let (Some(time), Some(transactions)) = (delay.minutes, delay.transactions) {
        reading.push_str(&format!(
            " Half of the caught cards are alerted within {} and {} fraud transactions, 90 % within {} and {}.",
            minutes(time.median),
            decimal(transactions.median),
            minutes(time.p90),
            decimal(transactions.p90)
        ));
    }
    reading
}

fn caught(at: &DelayCount) -> (String, Stack) {
    let name =
        if at.or_more { format!("{}+", at.transactions) } else { at.transactions.to_string() };
    let title = format!("{} after {name} fraud transactions", counted(at.cards, "card", "cards"));
    (name, Stack { title, parts: vec![("saved", at.cards.nearest_double())] })
}

fn missed(cards: u64) -> Stack {
    let title = format!("{} never alerted", counted(cards, "card", "cards"));
    Stack { title, parts: vec![("unknown", cards.nearest_double())] }
}
