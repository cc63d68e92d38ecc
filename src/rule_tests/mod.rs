//! The tests that a ruleset carries with it: `[[test]]` cases, run through the pipeline.
//!
//! ```text
//! TOML ─ read ─ case: what is written ─ message: a JSON message a transaction ─ pipeline ─ outcome: compared with `expect`
//! ```
//!
//! A case starts with an empty memory and sends its transactions in the order in which they are
//! written. What a rule's author writes there is what a source would send: the cases pass through the
//! same pipeline as a stream.

mod case;
mod expected;
mod fields;
mod message;
mod mismatch;
mod outcome;
mod read;
#[cfg(test)]
mod tests;

pub use case::{CasePlace, Which};
pub use outcome::{Decided, StepOutcome};

use crate::decode::{Amounts, DecodeSettings, Decoder, mask_card_numbers};
use crate::engine::Outcome;
use crate::memory::{Limits, Memory};
use crate::pipeline::{Incoming, Pipeline};
use crate::rules::{Diagnostics, Environment, Questions, Ruleset, Sources};
use crate::run_key;
use crate::transaction::BaseCurrency;
use case::{Case, CaseStep};
use read::Read;
use std::sync::Arc;

/// How a case ended.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseResult {
    pub name: String,
    pub place: CasePlace,
    /// What differed from what was expected, a sentence each; empty when it passed.
    pub differences: Vec<String>,
    /// Its transactions, in their order.
    pub steps: Vec<StepResult>,
}

/// How one transaction of a case ended.
#[derive(Debug, Clone, PartialEq)]
pub struct StepResult {
    pub which: Which,
    pub outcome: StepOutcome,
    /// Whether something differed from what was expected.
    pub differs: bool,
}

impl CaseResult {
    pub fn passed(&self) -> bool {
        self.differences.is_empty()
    }
}

/// Runs all cases of a ruleset's files, in their order. An error says what is wrong with the cases
/// themselves. Values of features are part of the results if the ruleset is asked for them
/// ([`Questions::features`]).
pub fn run(
    sources: &Sources,
    ruleset: &Arc<Ruleset>,
    environment: Environment,
) -> Result<Vec<CaseResult>, Diagnostics> {
    let (read, ruleset) = checked(sources, ruleset, environment);
    if read.wrong.has_errors() {
        return Err(read.wrong);
    }
    let decoder = Arc::new(decoder(environment));
    let pipeline = || Pipeline::new(Arc::clone(&decoder), Arc::clone(&ruleset));
    let run = |case| run_case(case, pipeline(), environment);
    Ok(read.cases.into_iter().map(run).collect())
}

/// Everything that is wrong with how the cases are written, without running any; also of a ruleset
/// that does not compile.
pub fn check(
    sources: &Sources,
    ruleset: Option<&Arc<Ruleset>>,
    environment: Environment,
) -> Diagnostics {
    if let Some(ruleset) = ruleset {
        return checked(sources, ruleset, environment).0.wrong;
    }
    let mut read = read::read(&sources.files);
    let (rules, features) = (read.rules.clone(), read.features.clone());
    let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
    let features: Vec<&str> = features.iter().map(String::as_str).collect();
    read.check_names(&rules, &features);
    read.wrong
}

fn checked(
    sources: &Sources,
    ruleset: &Arc<Ruleset>,
    environment: Environment,
) -> (Read, Arc<Ruleset>) {
    let mut read = read::read(&sources.files);
    let ruleset = asking(sources, ruleset, environment, &read);
    let rules: Vec<&str> = ruleset.rules().iter().map(|rule| rule.id.as_str()).collect();
    read.check_names(&rules, &ruleset.questions().collect::<Vec<_>>());
    (read, ruleset)
}

/// The ruleset as cases see it: its rules on for every card, since a case says what a rule does where
/// it is on, and would else fail by the hash of its card's name; asked for its features if a case
/// expects something of one.
fn asking(
    sources: &Sources,
    ruleset: &Arc<Ruleset>,
    environment: Environment,
    read: &Read,
) -> Arc<Ruleset> {
    let wanted = read.expected.iter().any(|name| !name.is_rule);
    let asked = ruleset.questions().next().is_some();
    if (asked || !wanted) && ruleset.is_on_for_every_card() {
        return Arc::clone(ruleset);
    }
    let questions = Questions { features: asked || wanted, ..Questions::default() };
    match sources.compile_with_queries(environment, questions) {
        Ok((asking, _)) => Arc::new(asking.on_for_every_card()),
        // It compiled before. If not, the features are not known, which `check_names` reports.
        Err(_) => Arc::clone(ruleset),
    }
}

fn run_case(case: Case, mut pipeline: Pipeline, environment: Environment) -> CaseResult {
    let mut memory = Memory::new(limits(environment));
    let (mut differences, mut steps) = (Vec::new(), Vec::new());
    for step in &case.steps {
        let (outcome, differs) = run_step(step, &mut pipeline, &mut memory);
        steps.push(StepResult { which: step.which, outcome, differs: !differs.is_empty() });
        differences.extend(differs.iter().map(|what| {
            // What was expected may quote the number of a card.
            format!("transaction {}: {}", step.which, mask_card_numbers(what))
        }));
    }
    let name = mask_card_numbers(&case.name).into_owned();
    CaseResult { name, place: case.place, differences, steps }
}

fn run_step(
    step: &CaseStep,
    pipeline: &mut Pipeline,
    memory: &mut Memory,
) -> (StepOutcome, Vec<String>) {
    let mut message = match pipeline.decode(Incoming::line(step.message.as_bytes())) {
        Ok(decoded) => decoded,
        Err(rejection) => {
            let why = rejection.to_string();
            return (
                StepOutcome::Rejected(why.clone()),
                vec![format!("is not a valid transaction: {why}")],
            );
        }
    };
    match pipeline.decide(memory, &mut message) {
        Outcome::Decided { decision, .. } => {
            let differences = mismatch::differences(&step.expect, &decision);
            let shown = mismatch::features_shown(&step.expect, &decision);
            (StepOutcome::Decided(Decided::of(&decision, shown)), differences)
        }
        Outcome::Duplicate { .. } => {
            (StepOutcome::Duplicate, vec!["has the id of an earlier transaction".to_owned()])
        }
    }
}

/// Amounts are written as rules write them: decimals, in the base currency unless one is given.
fn decoder(environment: Environment) -> Decoder {
    let mut settings = DecodeSettings {
        amounts: Amounts::Major,
        default_currency: Some(environment.base_currency),
        ..DecodeSettings::new(BaseCurrency::with_shipped_rates(environment.base_currency))
    };
    run_key::supply(&mut settings);
    Decoder::new(settings)
}

/// Room for what a person writes down.
fn limits(environment: Environment) -> Limits {
    Limits {
        retention_ms: environment.retention_ms,
        events_per_card: environment.events_per_card,
        cards: 10_000,
        bytes: 256 << 20,
    }
}
