//! Parses the arguments that only `redcard backtest` has.

use crate::backtest::assembly::BudgetRequest;
use crate::backtest::run::Unlabelled;
use crate::transaction::Time;
use clap::builder::{PossibleValuesParser, TypedValueParser};

/// `0.5%` of the cases, or `100/day`.
pub fn budget(text: &str) -> Result<BudgetRequest, &'static str> {
    const FORM: &str =
        "neither a share of the cases such as 0.5% nor a number a day such as 100/day";
    let text = text.trim();
    if let Some(percent) = text.strip_suffix('%') {
        let percent: f64 = percent.trim().parse().map_err(|_| FORM)?;
        let is_share = percent > 0.0 && percent <= 100.0;
        return if is_share {
            Ok(BudgetRequest::Share(percent / 100.0))
        } else {
            Err("a share is above 0 % and at most 100 %")
        };
    }
    let per_day = text.strip_suffix("/day").ok_or(FORM)?;
    match per_day.trim().parse() {
        Ok(cases) if cases > 0 => Ok(BudgetRequest::PerDay(cases)),
        _ => Err(FORM),
    }
}

/// What is reported without `--budget`.
pub fn default_budgets() -> Vec<BudgetRequest> {
    vec![
        BudgetRequest::Share(0.001),
        BudgetRequest::Share(0.005),
        BudgetRequest::Share(0.01),
        BudgetRequest::PerDay(100),
    ]
}

pub fn time(text: &str) -> Result<Time, String> {
    Time::parse(text).map_err(|error| error.to_string())
}

pub fn unlabelled() -> impl TypedValueParser<Value = Unlabelled> {
    PossibleValuesParser::new(["genuine", "unknown"]).map(|name| match name.as_str() {
        "unknown" => Unlabelled::Unknown,
        _ => Unlabelled::Genuine,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_a_share_or_a_number_a_day() {
        assert_eq!(budget("0.5%"), Ok(BudgetRequest::Share(0.005)));
        assert_eq!(budget("1 %"), Ok(BudgetRequest::Share(0.01)));
        assert_eq!(budget("100/day"), Ok(BudgetRequest::PerDay(100)));
        for text in ["", "5", "0%", "101%", "0/day", "-1/day", "x%", "1.5/day", "100/week"] {
            assert!(budget(text).is_err(), "{text}");
        }
    }
}
