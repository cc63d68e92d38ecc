//! The declines that the control share lets through, as a table.

use super::figures::{NONE, amount, count, estimated};
use super::section::section;
use crate::backtest::report::{ControlReport, Estimate, RulesetReport};
use crate::cli::table::Table;
use crate::number::u64_toward_zero;

/// Empty if the ruleset has no control share.
pub fn control(ruleset: &RulesetReport, currency: &str) -> String {
    let Some(control) = &ruleset.control else { return String::new() };
    let mut table = Table::new(&["RULE", "KNOWN", "FRAUD", "PRECISION", "DECLINES NEEDED"]);
    let mut row = |name: &str, (known, fraud), precision: Option<Estimate>, needed: Option<f64>| {
        table.row(vec![
            name.to_owned(),
            count(known),
            count(fraud),
            estimated(precision),
            needed.map_or(NONE.to_owned(), |needed| count(u64_toward_zero(needed))),
        ]);
    };
    let ControlReport { known, fraud, precision, declines_needed, .. } = control;
    row("all declines", (*known, *fraud), *precision, *declines_needed);
    for rule in &control.rules {
        row(&rule.id, (rule.known, rule.fraud), rule.precision, rule.declines_needed);
    }
    let text = section("Control share: declines that were let through", &table);
    let (let_through, eligible) = (count(control.let_through), count(control.eligible));
    let (share, most) = (100.0 * control.share, amount(control.max_amount));
    text + &format!(
        "{let_through} of {eligible} declines up to {currency} {most} were let through ({share} %)\n"
    )
}
