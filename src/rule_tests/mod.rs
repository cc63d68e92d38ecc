//! The tests that a ruleset carries with it: `[[test]]` cases, run through the engine.
//!
//! ```text
//! TOML ─ case: what is written ─ message: a JSON message a transaction ─ decoder ─ engine ─ verdict: held against `expect`
//! ```
//!
//! A case starts with an empty memory and sends its transactions in the order in which they are
//! written. What a rule's author writes there is what a source would send: the cases pass through the
//! same decoder and the same engine as a stream.

mod case;
mod message;
#[cfg(test)]
mod tests;
mod verdict;

pub use case::{CaseError, Place};

use crate::decode::{Amounts, Decoder, Settings};
use crate::engine::{Engine, Outcome};
use crate::memory::{Limits, Memory};
use crate::rules::{Environment, Ruleset, Sources};
use crate::transaction::BaseCurrency;
use case::{Case, Step};
use std::sync::Arc;

const MESSAGE_BYTES_MAX: usize = 64 * 1024;

/// How a case ended.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseResult {
    pub name: String,
    pub place: Place,
    /// What differed from what was expected, a sentence each; empty when it passed.
    pub differences: Vec<String>,
}

impl CaseResult {
    pub fn passed(&self) -> bool {
        self.differences.is_empty()
    }
}

/// Runs all cases of a ruleset's files, in their order. An error says what is wrong with a case
/// itself.
pub fn run(
    sources: &Sources,
    ruleset: &Arc<Ruleset>,
    environment: Environment,
) -> Result<Vec<CaseResult>, CaseError> {
    let decoder = decoder(environment);
    let cases = case::read(&sources.files)?;
    for case in &cases {
        case.check_names(ruleset)?;
    }
    Ok(cases.into_iter().map(|case| run_case(case, ruleset, environment, &decoder)).collect())
}

fn run_case(
    case: Case,
    ruleset: &Arc<Ruleset>,
    environment: Environment,
    decoder: &Decoder,
) -> CaseResult {
    let mut engine = Engine::new(Arc::clone(ruleset));
    let mut memory = Memory::new(limits(environment));
    let mut differences = Vec::new();
    for step in &case.steps {
        differences.extend(run_step(step, &mut engine, &mut memory, decoder));
    }
    CaseResult { name: case.name, place: case.place, differences }
}

fn run_step(
    step: &Step,
    engine: &mut Engine,
    memory: &mut Memory,
    decoder: &Decoder,
) -> Vec<String> {
    let named = |what: String| format!("{}: {what}", step.label);
    let (tx, _) = match decoder.decode(step.message.as_bytes(), None) {
        Ok(decoded) => decoded,
        Err(rejection) => return vec![named(format!("is no transaction: {rejection}"))],
    };
    match engine.decide(memory, &tx) {
        Outcome::Decided { decision, .. } => {
            verdict::differences(&step.expect, &decision).into_iter().map(named).collect()
        }
        Outcome::Duplicate => vec![named("has the id of an earlier transaction".to_owned())],
    }
}

/// Amounts are written as rules write them: decimals, in the base currency unless one is given.
fn decoder(environment: Environment) -> Decoder {
    Decoder::new(Settings {
        amounts: Amounts::Major,
        default_currency: Some(environment.base_currency),
        base_currency: BaseCurrency::with_shipped_rates(environment.base_currency),
        max_message_bytes: MESSAGE_BYTES_MAX,
        max_skew_ms: 0,
        tokenizer: None,
    })
}

/// Room for what a person writes down.
fn limits(environment: Environment) -> Limits {
    Limits {
        retention_ms: environment.retention_ms,
        events_per_card: 256,
        cards: 10_000,
        bytes: 256 << 20,
    }
}
