//! Parses `--sweep NUMBER=VALUES`.

use super::error::SweepError;
use crate::number::{NearestDouble, u64_toward_zero};
use std::str::FromStr;

/// How many values are compared in one run.
pub const VALUES_MAX: u64 = 50;
/// A threshold is cheap to vary.
pub const THRESHOLDS_MAX: u64 = 1001;

/// What is varied, and its values.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepArg {
    pub target: String,
    /// Ascending, each with its text.
    pub values: Vec<(f64, String)>,
}

/// The threshold whose effect follows from the scores.
pub const REVIEW: &str = "ruleset.review";

impl FromStr for SweepArg {
    type Err = SweepError;

    fn from_str(text: &str) -> Result<Self, SweepError> {
        let no_values = || SweepError::NoValues { text: text.to_owned() };
        let (target, values) = text.rsplit_once('=').ok_or_else(no_values)?;
        let (target, values) = (target.trim().to_owned(), values.trim());
        if target.is_empty() || values.is_empty() {
            return Err(no_values());
        }
        let max = if target == REVIEW { THRESHOLDS_MAX } else { VALUES_MAX };
        let mut values = match values.split_once("..") {
            Some((from, rest)) => range(values, from, rest, max)?,
            None => list(values, max)?,
        };
        values.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        values.dedup_by(|(one, _), (other, _)| one.total_cmp(other).is_eq());
        Ok(Self { target, values })
    }
}

fn list(values: &str, max: u64) -> Result<Vec<(f64, String)>, SweepError> {
    let wrong = || SweepError::Values { values: values.to_owned() };
    let parse =
        |text: &str| Ok((decimal(text.trim()).ok_or_else(wrong)?.0, text.trim().to_owned()));
    let list: Vec<(f64, String)> = values.split(',').map(parse).collect::<Result<_, _>>()?;
    match list.len() as u64 {
        count if count > max => Err(SweepError::TooMany { count, max }),
        _ => Ok(list),
    }
}

/// `from..to/step`; without a step, whole numbers.
fn range(values: &str, from: &str, rest: &str, max: u64) -> Result<Vec<(f64, String)>, SweepError> {
    let wrong = || SweepError::Values { values: values.to_owned() };
    let (to, step) = rest.split_once('/').unwrap_or((rest, "1"));
    let parse = |text: &str| decimal(text.trim()).ok_or_else(wrong);
    let ((from, places), (to, _), (step, step_places)) = (parse(from)?, parse(to)?, parse(step)?);
    if step <= 0.0 || to < from {
        return Err(wrong());
    }
    // A last value that is off by a rounding error is included.
    let steps = u64_toward_zero(((to - from) / step + 1e-9).floor());
    let count = steps.saturating_add(1);
    if count > max {
        return Err(SweepError::TooMany { count, max });
    }
    let places = places.max(step_places);
    let value = |n: u64| format!("{:.places$}", from + n.nearest_double() * step);
    let texts = (0..count).map(value);
    Ok(texts.filter_map(|text| Some((text.parse().ok()?, text))).collect())
}

/// A decimal number without an exponent, and how many decimal places it has.
fn decimal(text: &str) -> Option<(f64, usize)> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let places = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    (is_number(whole) && is_number(fraction)).then_some((text.parse().ok()?, places))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Result<Vec<String>, SweepError> {
        let arg: SweepArg = text.parse()?;
        Ok(arg.values.into_iter().map(|(_, text)| text).collect())
    }

    #[test]
    fn values_are_a_list_or_a_range() {
        assert_eq!(values("rules.a.points=300, 100,200").unwrap(), ["100", "200", "300"]);
        assert_eq!(values("rules.a.when:5=3..6").unwrap(), ["3", "4", "5", "6"]);
        assert_eq!(values("x=0.1..0.3/0.1").unwrap(), ["0.1", "0.2", "0.3"]);
        assert_eq!(values("x=-1..1/0.50").unwrap(), ["-1.00", "-0.50", "0.00", "0.50", "1.00"]);
        assert_eq!(values("x=5..5").unwrap(), ["5"]);
        let arg: SweepArg = "rules.a=b.when:5=1".parse().unwrap();
        assert_eq!(arg.target, "rules.a=b.when:5");
        assert_eq!(values("ruleset.review=0..1000").unwrap().len(), 1001);
    }

    #[test]
    fn what_is_wrong_is_said() {
        for text in ["x", "x=", "=3", ""] {
            assert!(matches!(values(text), Err(SweepError::NoValues { .. })), "{text}");
        }
        for text in ["x=a", "x=1,,2", "x=3..1", "x=1..3/0", "x=1..3/-1", "x=1e3", "x=1..", "x=."] {
            assert!(matches!(values(text), Err(SweepError::Values { .. })), "{text}");
        }
        let too_many = Err(SweepError::TooMany { count: 1000, max: VALUES_MAX });
        assert_eq!(values("x=1..1000"), too_many);
    }
}
