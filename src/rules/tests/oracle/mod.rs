//! Compares the compiled form with the `cel` crate's interpreter, on random expressions and
//! histories.
//!
//! The interpreter is an independent implementation. It is slow and runs on boxed lists of the
//! card's past. It gets only what it cannot know by itself:
//!
//! - the macros, defined in CEL ([`definitions`]), including where the language differs from CEL:
//!   in a macro over the past, a charge whose predicate or value is absent does not count, and
//!   `all` skips it; a double that is not finite is absent;
//! - `orValue` as in CEL's reference implementation, from which the crate differs;
//! - the second spelling of each expression ([`generate`]): money in minor units, literals promoted;
//! - fields as maps, in which absent fields have no key ([`boxed`]).
//!
//! Both sides must have the same value, or both must be absent. Doubles may differ by
//! [`TOLERANCE`], because sums are computed in another order. If the sides differ and a condition
//! depends on two doubles that close to each other, the case is left out; the number of such cases
//! is limited. An error of the interpreter that does not mean absence (a wrong type, an unknown
//! name) fails the test.
//!
//! [`TOLERANCE`]: definitions::TOLERANCE

mod answer;
mod batch;
mod boxed;
mod coverage;
mod definitions;
mod generate;
mod history;
mod saturation;
mod tally;

use super::support::recall;
use crate::transaction::Transaction;
pub use answer::Answer;
use batch::{Batch, CompiledResult, events};
use boxed::Boxing;
use definitions::{Definition, definitions, take_close_flag};
use generate::{Feature, Ty};
use history::History;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use tally::Tally;

const SEEDS: Range<u64> = 0..40;
const SEEDS_VARIABLE: &str = "REDCARD_ORACLE_SEEDS";
const HISTORIES_PER_SEED: usize = 16;
/// More than three blocks.
const CHARGES_MAX: usize = 210;
/// Short enough for the interpreter's nested loops.
const CHARGES_OF_MOST: usize = 12;

#[test]
fn the_compiled_form_agrees_with_the_interpreter() {
    let boxing = Boxing::new(definitions::environment(&definitions()));
    let mut tally = Tally::default();
    for_each_seed("the_compiled_form_agrees", |seed| {
        Sample::random(seed).compare(&boxing, |_| true, &mut tally);
        tally.assert_agreement();
    });
    tally.assert_no_vacuity();
}

/// Runs a test with each seed. If one fails, prints how to reproduce it.
fn for_each_seed(test: &str, mut run: impl FnMut(u64)) {
    for seed in seeds() {
        if let Err(cause) = catch_unwind(AssertUnwindSafe(|| run(seed))) {
            let next = seed + 1;
            eprintln!(
                "seed {seed} fails; to reproduce it: {SEEDS_VARIABLE}={seed}..{next} cargo test --lib {test}"
            );
            resume_unwind(cause);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "only this test reads the variable")]
fn seeds() -> Range<u64> {
    let Ok(text) = std::env::var(SEEDS_VARIABLE) else { return SEEDS };
    let ends = text.split_once("..").map(|(from, to)| (from.parse(), to.parse()));
    let Some((Ok(from), Ok(to))) = ends else {
        panic!("{SEEDS_VARIABLE} is a range, as in 0..1000")
    };
    from..to
}

/// The interpreter, for tests of other modules.
pub struct Interpreter {
    boxing: Boxing,
}

impl Interpreter {
    pub fn new() -> Self {
        Self { boxing: Boxing::new(definitions::environment(&definitions())) }
    }

    /// The value of an expression for a transaction, given the charges before it, oldest first.
    pub fn answer(&self, text: &str, tx: &Transaction<'_>, charges: &[Transaction<'_>]) -> Answer {
        let context = self.boxing.context(tx, charges, &[]);
        Answer::of_interpreter(self.boxing.program(text).execute(&context), text)
    }
}

/// Random features, and what the compiled form makes of them on a few random histories.
struct Sample {
    features: Vec<Feature>,
    runs: Vec<(History, Vec<CompiledResult>)>,
}

impl Sample {
    fn random(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut batch = Batch::random(&mut rng);
        let runs = (0..HISTORIES_PER_SEED).map(|at| {
            let charges_max = if at == 0 { CHARGES_MAX } else { CHARGES_OF_MOST };
            let history = History::random(&mut rng, charges_max);
            let (charges, refunds) = (events(&history.charges), events(&history.refunds));
            let compiled = batch.run(&history, &recall(&charges, &refunds));
            (history, compiled)
        });
        let runs = runs.collect();
        Self { features: batch.features, runs }
    }

    /// Compares those of the features for which `is_compared` is true.
    fn compare(&self, boxing: &Boxing, is_compared: impl Fn(&Feature) -> bool, tally: &mut Tally) {
        let compared = self.features.iter().enumerate().filter(|(_, feature)| is_compared(feature));
        let programs: Vec<_> = compared
            .map(|(at, feature)| (at, feature, boxing.program(&feature.spelled.cel)))
            .collect();
        tally.begin(self.features.len());
        for (history, compiled) in &self.runs {
            let context = boxing.context(&history.tx, &history.charges, &history.refunds);
            for (at, feature, program) in &programs {
                if feature.spelled.loops > 1 && history.charges.len() > CHARGES_OF_MOST {
                    continue;
                }
                take_close_flag();
                let result = program.execute(&context);
                let expected = Answer::of_interpreter(result, &feature.spelled.cel);
                match disagreement(feature, &compiled[*at], &expected) {
                    Some(_) if take_close_flag() => tally.close += 1,
                    Some(wrong) => tally.disagree(feature, &wrong),
                    None => tally.agree(*at, feature, expected),
                }
            }
        }
    }
}

fn disagreement(feature: &Feature, compiled: &CompiledResult, expected: &Answer) -> Option<String> {
    let answer = Answer::of_compiled(&compiled.answer);
    if !answer.as_ref().is_ok_and(|answer| answer.is_same(expected)) {
        return Some(format!("{answer:?}, and the interpreter says {expected:?}"));
    }
    if compiled.points.map(f64::from) != expected.points(feature.ty) {
        return Some(format!(
            "{:?} points, and the interpreter says {expected:?}",
            compiled.points
        ));
    }
    if feature.ty == Ty::Bool && compiled.verdict != expected.verdict() {
        return Some(format!(
            "{:?} by rule, and the interpreter says {expected:?}",
            compiled.verdict
        ));
    }
    None
}

/// Tests the oracle itself: it must detect a definition that is slightly wrong.
#[test]
fn an_incorrect_definition_is_found() {
    let mut samples: Vec<Sample> = Vec::new();
    for (name, wrong) in [
        ("last", "all_charges.filter(each, each.time >= now - t && each.time <= now)"),
        ("exists", "list.exists(t, e)"),
        ("all", "list.all(t, is_true(e))"),
        ("exists_one", "list.exists(t, is_true(e))"),
        ("count", "list.filter(t, is_not_false(e)).size()"),
        ("map", "list.map(t, e)"),
        ("sum", "list.values(t, e).reduce(so_far, each, argument, so_far - each)"),
        ("min", "list.values(t, e)[0]"),
        ("avg", "finite(list.values(t, e).reduce(so_far, each, 0.0, so_far + double(each)))"),
        ("median", "[sorted(list.values(t, e))].map(all, all[all.size() / 2])[0]"),
        ("percentile", "[sorted(list.values(t, e))].map(all, all[all.size() - 1])[0]"),
        ("distinct", "list.values(t, e)"),
        ("latest", "list[0]"),
        ("orValue", "list.value()"),
        ("startOfDay", "list"),
        (
            "startOfWeek",
            "list - time_of_day(list, t) - duration(string(list.getDayOfWeek(t) * 24) + 'h')",
        ),
        (
            "startOfMonth",
            "list - time_of_day(list, t) - duration(string(list.getDate(t) * 24) + 'h')",
        ),
    ] {
        let replaced = |definition: &Definition| match definition.name == name {
            true => Definition { past: wrong, ..*definition },
            false => *definition,
        };
        let definitions: Vec<Definition> = definitions().iter().map(replaced).collect();
        let boxing = Boxing::new(definitions::environment(&definitions));
        let call = format!("{name}(");
        let uses_it = |feature: &Feature| feature.spelled.cel.contains(&call);
        let found = SEEDS.zip(0..).any(|(seed, at)| {
            if samples.len() == at {
                samples.push(Sample::random(seed));
            }
            let mut tally = Tally::default();
            samples[at].compare(&boxing, uses_it, &mut tally);
            tally.has_disagreement()
        });
        assert!(found, "no comparison notices that `{name}` is {wrong}");
    }
}
