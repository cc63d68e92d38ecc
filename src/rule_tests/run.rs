//! Checks the cases of a ruleset and runs them through the pipeline.

use super::case::{Case, CaseStep, PlacedJson};
use super::mismatch;
use super::outcome::{Decided, StepOutcome};
use super::read::{self, ParsedTests};
use super::result::{CaseResult, StepResult};
use crate::decode::{Amounts, DecodeSettings, Decoder, ListDecoder, mask_card_numbers};
use crate::engine::Outcome;
use crate::memory::{Limits, Memory};
use crate::pipeline::{Incoming, Pipeline};
use crate::rules::{Diagnostics, Environment, Questions, Ruleset, ScheduledLists, Sources};
use crate::run_key;
use crate::transaction::{BaseCurrency, Time};
use std::sync::Arc;

/// Runs all cases of a ruleset's files, in order. An error means that the cases themselves are
/// invalid. The results include values of features if the ruleset was compiled with
/// [`Questions::features`].
pub fn run(
    sources: &Sources,
    ruleset: &Arc<Ruleset>,
    environment: Environment,
) -> Result<Vec<CaseResult>, Diagnostics> {
    let (read, ruleset) = checked(sources, ruleset, environment);
    if read.diagnostics.has_errors() {
        return Err(read.diagnostics);
    }
    let decoder = Arc::new(decoder(environment));
    let pipeline = || Pipeline::new(Arc::clone(&decoder), Arc::clone(&ruleset));
    let run = |case| run_case(case, pipeline(), environment);
    Ok(read.cases.into_iter().map(run).collect())
}

/// Reports all errors in how the cases are written, without running them. Works even if the ruleset
/// does not compile.
pub fn check(
    sources: &Sources,
    ruleset: Option<&Arc<Ruleset>>,
    environment: Environment,
) -> Diagnostics {
    if let Some(ruleset) = ruleset {
        return checked(sources, ruleset, environment).0.diagnostics;
    }
    let mut read = read::read(sources);
    let (rules, features) = (read.rules.clone(), read.features.clone());
    let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
    let features: Vec<&str> = features.iter().map(String::as_str).collect();
    read.check_names(&rules, &features);
    read.diagnostics
}

fn checked(
    sources: &Sources,
    ruleset: &Arc<Ruleset>,
    environment: Environment,
) -> (ParsedTests, Arc<Ruleset>) {
    let mut read = read::read(sources);
    let ruleset = ruleset_for_cases(sources, ruleset, environment, &read);
    let rules: Vec<&str> = ruleset.rules().iter().map(|rule| rule.id.as_str()).collect();
    read.check_names(&rules, &ruleset.questions().collect::<Vec<_>>());
    (read, ruleset)
}

/// The ruleset that cases run on. It has no rollouts and no control share: a case tests what a rule
/// does where it is on, and would otherwise fail depending on the hash of its card token. It answers its features if a
/// case expects a value of one.
fn ruleset_for_cases(
    sources: &Sources,
    ruleset: &Arc<Ruleset>,
    environment: Environment,
    read: &ParsedTests,
) -> Arc<Ruleset> {
    let wanted = read.expected.iter().any(|name| !name.is_rule);
    let asked = ruleset.questions().next().is_some();
    if (asked || !wanted) && ruleset.is_alike_for_every_card() {
        return Arc::clone(ruleset);
    }
    let questions = Questions { features: asked || wanted, ..Questions::default() };
    match sources.compile_with_queries(environment, questions) {
        Ok((ruleset_for_cases, _)) => Arc::new(ruleset_for_cases.alike_for_every_card()),
        // It compiled before, so this should not fail. If it does, `check_names` reports the
        // features as unknown.
        Err(_) => Arc::clone(ruleset),
    }
}

fn run_case(case: Case, mut pipeline: Pipeline, environment: Environment) -> CaseResult {
    let mut memory = Memory::new(limits(environment));
    let (labels, mut differences) = labels_by_time(&case.labels, &pipeline);
    let (mut labels, mut steps) = (labels.into_iter().peekable(), Vec::new());
    match scheduled_lists(&case, &pipeline) {
        Ok(lists) => pipeline.schedule_lists(lists),
        Err(why) => differences.push(why),
    }
    for step in &case.steps {
        let time = time_of(step, &pipeline);
        while let Some((_, label)) = labels.next_if(|(known_at, _)| time >= Some(*known_at)) {
            remember(label, &mut pipeline, &mut memory);
        }
        let (outcome, differs) = run_step(step, &mut pipeline, &mut memory);
        steps.push(StepResult { which: step.which, outcome, differs: !differs.is_empty() });
        differences.extend(differs.iter().map(|what| {
            // What was expected may contain a card number.
            format!("transaction {}: {}", step.which, mask_card_numbers(what))
        }));
    }
    let name = mask_card_numbers(&case.name).into_owned();
    CaseResult { name, place: case.place, differences, steps }
}

/// The time of a transaction; `None` if it is not valid.
fn time_of(step: &CaseStep, pipeline: &Pipeline) -> Option<Time> {
    let message = pipeline.decode(Incoming::line(step.message.as_bytes())).ok()?;
    Some(message.transaction().time)
}

/// The labels by when they became known, and what is wrong with those that are not valid.
fn labels_by_time<'l>(
    labels: &'l [PlacedJson],
    pipeline: &Pipeline,
) -> (Vec<(Time, &'l str)>, Vec<String>) {
    let (mut valid, mut faults) = (Vec::new(), Vec::new());
    for PlacedJson { place, json } in labels {
        match pipeline.decode_label(Incoming::line(json.as_bytes())) {
            Ok(label) => valid.push((label.label().known_at, json.as_str())),
            Err(rejection) => {
                let place = mask_card_numbers(place);
                faults.push(format!("{place}: is not a valid label: {rejection}"));
            }
        }
    }
    // Stable: of those that became known at the same time, the later one counts.
    valid.sort_by_key(|(known_at, _)| *known_at);
    (valid, faults)
}

fn remember(label: &str, pipeline: &mut Pipeline, memory: &mut Memory) {
    if let Ok(mut label) = pipeline.decode_label(Incoming::line(label.as_bytes())) {
        pipeline.label(memory, &mut label);
    }
}

/// The entries of lists that a case has.
fn scheduled_lists(case: &Case, pipeline: &Pipeline) -> Result<ScheduledLists, String> {
    let decoder = ListDecoder::new(pipeline.settings());
    let entry = |PlacedJson { place, json }: &PlacedJson| {
        let entry = decoder.entry(json.as_bytes());
        entry.map_err(|fault| format!("{} is not valid: {fault}", mask_card_numbers(place)))
    };
    let entries = case.lists.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
    ScheduledLists::new(entries).map_err(|error| error.to_string())
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

/// Cases write amounts as rules do: as decimals, in the base currency unless another is given.
fn decoder(environment: Environment) -> Decoder {
    let mut settings = DecodeSettings {
        amounts: Amounts::Major,
        default_currency: Some(environment.base_currency),
        ..DecodeSettings::new(BaseCurrency::with_shipped_rates(environment.base_currency))
    };
    run_key::supply(&mut settings);
    Decoder::new(settings)
}

/// Enough for any test that people write.
fn limits(environment: Environment) -> Limits {
    Limits {
        retention_ms: environment.retention_ms,
        events_per_card: environment.events_per_card,
        cards: 10_000,
        bytes: 256 << 20,
    }
}
