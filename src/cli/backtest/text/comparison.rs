//! Two rulesets side by side.

use super::figures::{amount, count};
use super::tables::section;
use crate::backtest::report::{Comparison, Example, Side};
use crate::cli::table::Table;

/// What each ruleset catches that the other one misses.
pub fn sides(comparison: &Comparison, currency: &str) -> String {
    let value = format!("FRAUD {currency}");
    let genuine = format!("GENUINE {currency}");
    let mut table =
        Table::new(&["ALERTED BY", "FRAUD", &value, "CARDS", "GENUINE", &genuine, "NOT YET KNOWN"]);
    let mut row = |name: &str, side: &Side| {
        table.row(vec![
            name.to_owned(),
            count(side.fraud),
            amount(side.fraud_value),
            count(side.fraud_cards),
            count(side.genuine),
            amount(side.genuine_value),
            count(side.not_yet_known),
        ]);
    };
    row("both", &comparison.both);
    row("the first only", &comparison.only_first);
    row("the second only", &comparison.only_second);
    row("neither", &comparison.neither);
    let mut text = section("Side by side", &table);
    for (heading, cases) in [
        ("Fraud that only the first alerts on", &comparison.only_first.fraud_examples),
        ("Fraud that only the second alerts on", &comparison.only_second.fraud_examples),
        ("Genuine cases that only the first alerts on", &comparison.only_first.genuine_examples),
        ("Genuine cases that only the second alerts on", &comparison.only_second.genuine_examples),
    ] {
        text.push_str(&examples(heading, cases, currency));
    }
    text
}

/// Cases to look at.
fn examples(heading: &str, cases: &[Example], currency: &str) -> String {
    if cases.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&["LINE", "TRANSACTION", "CARD", "TIME", currency, "RULES"]);
    for case in cases {
        table.row(vec![
            case.record.to_string(),
            case.transaction_id.clone(),
            case.card.clone(),
            case.time.clone(),
            case.amount.map_or("-".to_owned(), amount),
            case.rules.join(", "),
        ]);
    }
    section(heading, &table)
}
