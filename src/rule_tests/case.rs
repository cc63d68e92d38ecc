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

/// Which transaction of a case, from 1, and which of its copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Which {
    pub transaction: usize,
    pub copy: u32,
    pub copies: u32,
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.transaction)?;
        if self.copies == 1 { Ok(()) } else { write!(f, " ({} of {})", self.copy, self.copies) }
    }
}

/// A case that cannot be run.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CaseError {
    #[error("{place}: {message}")]
    Toml { place: Place, message: String },
    #[error("{place}: test \"{case}\": transaction {transaction}: {problem}")]
    Step { place: Place, case: String, transaction: usize, problem: String },
    #[error("{place}: test \"{case}\" has no transactions")]
    Empty { place: Place, case: String },
    #[error(
        "{place}: test \"{case}\" expects something of rule `{rule}`, which this ruleset does not have{help}"
    )]
    UnknownRule { place: Place, case: String, rule: String, help: String },
    #[error(
        "{place}: test \"{case}\" expects a value of `{feature}`, which is no feature of this ruleset \
         whose value can be read{help}"
    )]
    UnknownFeature { place: Place, case: String, feature: String, help: String },
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
    pub which: Which,
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
        let transaction = index + 1;
        repeated(step, transaction, &mut steps).map_err(|problem| CaseError::Step {
            place: place.clone(),
            case: name.clone(),
            transaction,
            problem,
        })?;
    }
    Ok(Case { name, place, steps })
}

/// Every copy of a transaction is expected to be decided alike.
fn repeated(step: &WrittenStep, transaction: usize, steps: &mut Vec<Step>) -> Result<(), String> {
    let Repeat { count, ref every } = step.repeat;
    let every_ms = rules::parse_duration_ms(every)
        .ok_or_else(|| format!("`{every}` is no duration; write it as in \"10m\" or \"1d\""))?;
    if !(1..=REPEAT_MAX).contains(&count) {
        return Err(format!("it can be repeated 1 to {REPEAT_MAX} times, not {count}"));
    }
    for copy in 0..count {
        let number = steps.len() + 1;
        let later_ms = i64::from(copy).saturating_mul(every_ms);
        steps.push(Step {
            which: Which { transaction, copy: copy + 1, copies: count },
            message: message::json(&step.fields, number, later_ms)?,
            expect: step.expect.clone(),
        });
    }
    Ok(())
}

impl Case {
    /// A misspelt rule would be expected in vain, or not to fire for no reason.
    pub(super) fn check_names(&self, ruleset: &Ruleset) -> Result<(), CaseError> {
        let (place, case) = (&self.place, &self.name);
        let rules = || ruleset.rules().iter().map(|rule| rule.id.as_str());
        let expected = || self.steps.iter().map(|step| &step.expect);
        if let Some(rule) = stranger(expected().flat_map(Expect::rule_names), rules) {
            let (help, rule) = (near(rule, rules()), rule.to_owned());
            return Err(CaseError::UnknownRule {
                place: place.clone(),
                case: case.clone(),
                rule,
                help,
            });
        }
        let features = || ruleset.questions();
        if let Some(feature) = stranger(expected().flat_map(Expect::feature_names), features) {
            let (help, feature) = (near(feature, features()), feature.to_owned());
            let (place, case) = (place.clone(), case.clone());
            return Err(CaseError::UnknownFeature { place, case, feature, help });
        }
        Ok(())
    }
}

/// The first name that is none of those known.
fn stranger<'n, 'k, K: Iterator<Item = &'k str>>(
    mut names: impl Iterator<Item = &'n str>,
    known: impl Fn() -> K,
) -> Option<&'n str> {
    names.find(|name| !known().any(|known| known == *name))
}

fn near<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> String {
    rules::nearest(name, known).map_or(String::new(), |near| format!("; did you mean `{near}`?"))
}

fn line_at(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}
