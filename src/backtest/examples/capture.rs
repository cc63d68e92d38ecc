//! Describes a case for a report while its decision is known.

use crate::backtest::report::Example;
use crate::decision::Decision;
use crate::number::NearestDouble;
use serde_json::value::RawValue;

/// The case without its outcome, which is known only in the end. The decision must be rendered.
pub fn example_of(decision: &Decision<'_>, record: u64) -> Option<Example> {
    let tx = decision.transaction;
    let mut json = Vec::new();
    decision.write_json(&mut json);
    let json = RawValue::from_string(String::from_utf8(json).ok()?).ok()?;
    let rules = decision.ruleset.rules();
    let fired = decision.evaluation.fired.iter().filter_map(|fired| rules.get(fired.rule));
    let digits = decision.ruleset.environment.base_currency.exponent();
    let text = |text: &Option<crate::transaction::Text<'_>>| text.as_deref().map(str::to_owned);
    Some(Example {
        record,
        transaction_id: tx.id.clone().into_owned(),
        card: tx.card.token.clone().into_owned(),
        time: tx.time.to_string(),
        amount: tx.base_amount.map(|minor| minor.nearest_double() / 10_f64.powi(i32::from(digits))),
        merchant_id: tx.merchant.id.clone().into_owned(),
        merchant: text(&tx.merchant.name),
        country: tx.merchant.country.map(|country| country.to_string()),
        outcome: String::new(),
        kind: None,
        score: decision.assessment.score,
        action: decision.assessment.action.name().to_owned(),
        rules: fired.map(|rule| rule.id.clone()).collect(),
        decision: json,
    })
}
