//! Compiles and tests rules files. The result is a ruleset that may become active, or the reason
//! why it may not.

use crate::clock::wall_now;
use crate::rule_tests::{self, CaseResult};
use crate::rules::{Diagnostics, Environment, ReadError, Ruleset, Sources};
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// The most characters in the short form of a refusal.
const SHORT_MAX: usize = 300;

/// Why a ruleset does not become active.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error(transparent)]
    Unreadable(#[from] ReadError),
    #[error("the rule files change while they are read")]
    Unsettled,
    #[error("it has errors")]
    Invalid(Diagnostics),
    #[error("tests fail")]
    Tests { failed: Vec<CaseResult>, all: usize },
    #[error("checking or testing it panicked; please report this with the rule files")]
    Panicked,
}

/// Checks and compiles; the second value holds the lints.
pub(super) fn compile(
    sources: &Sources,
    environment: Environment,
) -> Result<(Arc<Ruleset>, Diagnostics), Refusal> {
    let compiled = catch_panic(|| sources.compile_as_of(environment, wall_now()))?;
    compiled.map(|(ruleset, lints)| (Arc::new(ruleset), lints)).map_err(Refusal::Invalid)
}

/// Runs the tests in the files. Returns how many there are if all pass.
pub(super) fn test(
    sources: &Sources,
    ruleset: &Arc<Ruleset>,
    environment: Environment,
) -> Result<usize, Refusal> {
    let results = catch_panic(|| rule_tests::run(sources, ruleset, environment))?;
    let results = results.map_err(Refusal::Invalid)?;
    let all = results.len();
    let failed: Vec<CaseResult> = results.into_iter().filter(|case| !case.passed()).collect();
    if failed.is_empty() { Ok(all) } else { Err(Refusal::Tests { failed, all }) }
}

/// Catches a panic, so that a ruleset that crashes the compiler leaves the active one in place.
fn catch_panic<T>(run: impl FnOnce() -> T) -> Result<T, Refusal> {
    // After a panic, nothing that `run` touched is used again.
    catch_unwind(AssertUnwindSafe(run)).map_err(|_| Refusal::Panicked)
}

impl Refusal {
    /// The first problem in one line, and how many more there are.
    pub fn summary(&self) -> String {
        let (first, others) = match self {
            Self::Invalid(errors) => {
                (first_error(errors), errors.errors().count().saturating_sub(1))
            }
            Self::Tests { failed, .. } => {
                (failed.first().map(first_difference), failed.len().saturating_sub(1))
            }
            other => (Some(other.to_string()), 0),
        };
        let mut short: String =
            first.unwrap_or_else(|| self.to_string()).chars().take(SHORT_MAX).collect();
        if others > 0 {
            let _ = write!(short, "; and {others} more");
        }
        short
    }

    /// All problems, each with its place.
    pub fn details(&self) -> String {
        match self {
            Self::Invalid(errors) => errors.render(false),
            Self::Tests { failed, all } => {
                let mut text = format!("{} of {all} tests failed", failed.len());
                for case in failed {
                    for difference in &case.differences {
                        let CaseResult { place, name, .. } = case;
                        let _ = write!(text, "\n{place}: test \"{name}\": {difference}");
                    }
                }
                text
            }
            other => other.to_string(),
        }
    }
}

fn first_error(errors: &Diagnostics) -> Option<String> {
    let error = errors.errors().next()?;
    let place = &error.place;
    Some(format!("{}:{}:{}: {}", place.file, place.line, place.column, error.message))
}

fn first_difference(case: &CaseResult) -> String {
    let difference = case.differences.first().map_or("", String::as_str);
    format!("{}: test \"{}\": {difference}", case.place, case.name)
}
