//! Compiles a ruleset once for each value of the number that is varied.

use super::error::SweepError;
use super::place::NumberPlace;
use super::sweep_arg::{REVIEW, SweepArg};
use crate::backtest::assembly::{SweepRequest, SweepSource};
use crate::cli::settings;
use crate::rules::{Environment, Ruleset, Sources};
use std::sync::Arc;

/// A sweep that is ready to run.
#[derive(Debug)]
pub struct SweptRulesets {
    pub request: SweepRequest,
    /// The ruleset with each value; none if the effect of the values follows from the scores.
    pub variants: Vec<Arc<Ruleset>>,
}

impl SweepArg {
    /// The variants of a ruleset; the first of them will have the place `first` among the rulesets of
    /// the run.
    pub fn compile(
        &self,
        sources: &Sources,
        environment: Environment,
        first: usize,
    ) -> anyhow::Result<SweptRulesets> {
        if self.target == REVIEW {
            return self.thresholds(sources, environment);
        }
        let place = NumberPlace::find(sources, &self.target)?;
        let mut variants = Vec::new();
        for (_, value) in &self.values {
            let changed = place.replace(sources, value);
            let compiled = changed.compile(environment).map_err(|errors| SweepError::Invalid {
                place: self.target.clone(),
                value: value.clone(),
                errors: errors.render(false),
            })?;
            variants.push(Arc::new(compiled.0));
        }
        let points = self.values.iter().map(|(value, _)| *value).zip(first..).collect();
        let request = SweepRequest {
            target: self.target.clone(),
            current: place.text.parse().unwrap_or(f64::NAN),
            source: SweepSource::Variants(points),
        };
        Ok(SweptRulesets { request, variants })
    }

    fn thresholds(
        &self,
        sources: &Sources,
        environment: Environment,
    ) -> anyhow::Result<SweptRulesets> {
        let threshold = |(_, value): &(f64, String)| {
            let parsed = value.parse().ok().filter(|score| (0..=1000).contains(score));
            parsed.ok_or_else(|| SweepError::Threshold { value: value.clone() })
        };
        let thresholds: Vec<i32> = self.values.iter().map(threshold).collect::<Result<_, _>>()?;
        // Its lints were already printed.
        let (ruleset, _) = sources.compile(environment).map_err(settings::refused)?;
        let request = SweepRequest {
            target: self.target.clone(),
            current: f64::from(ruleset.review),
            source: SweepSource::Review(thresholds),
        };
        Ok(SweptRulesets { request, variants: Vec::new() })
    }
}
