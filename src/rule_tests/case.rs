//! `[[test]]` tables as they are written, and what is wrong with them.

use super::message;
use super::verdict::Expect;
use crate::rules::{self, Ruleset, SourceFile};
use serde::Deserialize;
use std::fmt;
use toml::Spanned;

/// How often a transaction may be repeated.
const REPEAT_MAX: u32 = 10_000;

/// Where a case stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub file: String,
    /// From 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A case that cannot be run.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CaseError {
    #[error("{place}: {message}")]
    Toml { place: Place, message: String },
    #[error("{place}: test \"{case}\": {step}: {problem}")]
    Step { place: Place, case: String, step: String, problem: String },
    #[error("{place}: test \"{case}\" has no transactions")]
    Empty { place: Place, case: String },
    #[error(
        "{place}: test \"{case}\" expects something of rule `{rule}`, which this ruleset does not have{help}"
    )]
    UnknownRule { place: Place, case: String, rule: String, help: String },
}

/// A case that can be run.
#[derive(Debug)]
pub(super) struct Case {
    pub name: String,
    pub place: Place,
    pub steps: Vec<Step>,
}

/// One message, and what is expected of its decision.
#[derive(Debug)]
pub(super) struct Step {
    /// `transaction 2`, or `transaction 2 (3 of 20)` where it is repeated.
    pub label: String,
    /// JSON.
    pub message: String,
    pub expect: Expect,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    test: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: Spanned<String>,
    #[serde(default)]
    transactions: Vec<WrittenStep>,
}

#[derive(Deserialize)]
struct WrittenStep {
    #[serde(default)]
    expect: Expect,
    #[serde(default)]
    repeat: Repeat,
    #[serde(flatten)]
    fields: toml::Table,
}

/// `repeat = { count = 20, every = "1d" }`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Repeat {
    count: u32,
    every: String,
}

impl Default for Repeat {
    fn default() -> Self {
        Self { count: 1, every: "0s".to_owned() }
    }
}

/// All cases of all files, in their order.
pub(super) fn read(files: &[SourceFile]) -> Result<Vec<Case>, CaseError> {
    let mut cases = Vec::new();
    for file in files {
        let place = |offset| Place { file: file.name.clone(), line: line_at(&file.text, offset) };
        let parsed: File = toml::from_str(&file.text).map_err(|error| CaseError::Toml {
            place: place(error.span().map_or(0, |span| span.start)),
            message: error.message().to_owned(),
        })?;
        for written in parsed.test {
            let place = place(written.name.span().start);
            cases.push(case(written, place)?);
        }
    }
    Ok(cases)
}

fn case(written: Written, place: Place) -> Result<Case, CaseError> {
    let name = written.name.into_inner();
    if written.transactions.is_empty() {
        return Err(CaseError::Empty { place, case: name });
    }
    let mut steps = Vec::new();
    for (index, step) in written.transactions.iter().enumerate() {
        let label = format!("transaction {}", index + 1);
        repeated(step, &label, &mut steps).map_err(|problem| CaseError::Step {
            place: place.clone(),
            case: name.clone(),
            step: label,
            problem,
        })?;
    }
    Ok(Case { name, place, steps })
}

/// Every copy of a transaction is expected to be decided alike.
fn repeated(step: &WrittenStep, label: &str, steps: &mut Vec<Step>) -> Result<(), String> {
    let Repeat { count, ref every } = step.repeat;
    let every_ms = rules::parse_duration_ms(every)
        .ok_or_else(|| format!("`{every}` is no duration; write it as in \"10m\" or \"1d\""))?;
    if !(1..=REPEAT_MAX).contains(&count) {
        return Err(format!("it can be repeated 1 to {REPEAT_MAX} times, not {count}"));
    }
    for copy in 0..count {
        let number = steps.len() + 1;
        let later_ms = i64::from(copy).saturating_mul(every_ms);
        let of = if count == 1 { String::new() } else { format!(" ({} of {count})", copy + 1) };
        steps.push(Step {
            label: format!("{label}{of}"),
            message: message::json(&step.fields, number, later_ms)?,
            expect: step.expect.clone(),
        });
    }
    Ok(())
}

impl Case {
    /// A misspelt rule would be expected in vain, or not to fire for no reason.
    pub(super) fn check_names(&self, ruleset: &Ruleset) -> Result<(), CaseError> {
        let known = || ruleset.rules().iter().map(|rule| rule.id.as_str());
        for name in self.steps.iter().flat_map(|step| step.expect.rule_names()) {
            if !known().any(|known| known == name) {
                let near = rules::nearest(name, known());
                return Err(CaseError::UnknownRule {
                    place: self.place.clone(),
                    case: self.name.clone(),
                    rule: name.to_owned(),
                    help: near.map_or(String::new(), |near| format!("; did you mean `{near}`?")),
                });
            }
        }
        Ok(())
    }
}

fn line_at(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}
