//! What the highest scores contain if only some cases can be looked at.

use super::super::markup::Markup;
use super::super::numbers::{NONE, amount, count, decimal, optional_percent, percent};
use super::super::table::{Align, Columns, TableCell, table};
use super::cells::{name, share};
use crate::backtest::report::{Budget, Report};

const COLUMNS: Columns<'static> = &[
    ("budget", Align::Text),
    ("cases looked at", Align::Number),
    ("lowest score", Align::Number),
    ("fraud found", Align::Number),
    ("value found", Align::Number),
    ("precision", Align::Number),
    ("recall by number", Align::Number),
    ("recall by value", Align::Number),
    ("tied at the cut", Align::Number),
];

pub fn write(markup: &mut Markup, report: &Report) {
    let lead = "If only the cases with the highest scores can be looked at. Where several have the score at \
                which the budget ends, the figures are those to expect if they are drawn at random, and the last \
                column says how many are tied.";
    markup.element("p").class("lead").text(lead);
    for ruleset in &report.rulesets {
        markup.element("div").class("panel").with(|markup| {
            let zero = ruleset.ranking.share_of_score_0.map(percent);
            let zero =
                zero.map_or_else(String::new, |share| format!("; {share} of cases have score 0"));
            let caption =
                format!("Budgets, {}; amounts in {}{zero}", name(ruleset), report.currency);
            table(markup, &caption, COLUMNS, ruleset.budgets.iter().map(row));
        });
    }
}

/// A budget in words.
pub fn budget_name(share: Option<f64>, per_day: Option<u64>) -> String {
    match (share, per_day) {
        (Some(share), _) => format!("{} % of cases", decimal(share * 100.0)),
        (None, Some(number)) => format!("{} a day", count(number)),
        (None, None) => NONE.to_owned(),
    }
}

fn row(budget: &Budget) -> Vec<TableCell> {
    let tied = match budget.tied {
        0 => "none".into(),
        tied => TableCell::with_small(
            count(tied),
            Some(format!("{} looked at", count(budget.tied_taken))),
        ),
    };
    vec![
        budget_name(budget.share, budget.per_day).into(),
        count(budget.cases).into(),
        budget.score.map_or_else(|| NONE.to_owned(), |score| score.to_string()).into(),
        decimal((budget.fraud * 10.0).round() / 10.0).into(),
        amount(budget.fraud_value).into(),
        share(budget.precision),
        share(budget.recall),
        optional_percent(budget.recall_by_value).into(),
        tied,
    ]
}
