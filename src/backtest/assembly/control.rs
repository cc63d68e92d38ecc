//! Estimates the precision of declines from those that the control share lets through.

use super::money::MoneyScale;
use crate::backtest::report::{ControlReport, ControlRule, Estimate};
use crate::backtest::tally::{ControlTally, Maturity};
use crate::precision::ControlSums;
use crate::rules::Ruleset;

/// How far the interval may reach to either side, for the number of declines that it takes.
const MARGIN: f64 = 0.05;

/// `None` if the ruleset has no control share.
pub fn report(
    ruleset: &Ruleset,
    tally: &ControlTally,
    maturity: Maturity,
    money: MoneyScale,
) -> Option<ControlReport> {
    let control = ruleset.control?;
    let outcomes = tally.outcomes(maturity);
    let rule = |(rule, sums): (&u16, &ControlSums)| {
        let info = ruleset.rules().get(usize::from(*rule))?;
        Some(ControlRule {
            id: info.id.clone(),
            known: sums.declines,
            fraud: sums.fraud,
            precision: estimate(sums),
            declines_needed: sums.declines_needed(MARGIN, control.share),
        })
    };
    Some(ControlReport {
        share: control.share,
        max_amount: money.amount(control.max_amount.into()),
        eligible: tally.eligible,
        let_through: tally.let_through(),
        known: outcomes.all.declines,
        fraud: outcomes.all.fraud,
        precision: estimate(&outcomes.all),
        declines_needed: outcomes.all.declines_needed(MARGIN, control.share),
        rules: outcomes.rules.iter().filter_map(rule).collect(),
    })
}

fn estimate(sums: &ControlSums) -> Option<Estimate> {
    let estimate = sums.estimate()?;
    let (low, high) = (Some(estimate.low), Some(estimate.high));
    Some(Estimate { value: estimate.precision, low, high })
}
