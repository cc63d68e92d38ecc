//! The compiled form against the `cel` crate's interpreter, on random expressions and histories.
//!
//! The interpreter is another's work, slow, and runs over boxed lists of the card's past. What it
//! cannot know is given to it, and nothing else:
//!
//! - the macros, defined in CEL ([`definitions`]), together with the places where the language
//!   departs from CEL: within a macro over the past a charge for which the predicate or value
//!   cannot be had does not count, and `all` passes over it; a double that is not finite is absent;
//! - `orValue` as CEL's reference implementation has it, where the crate departs from that;
//! - the second spelling of each expression ([`generate`]): money in minor units, literals promoted;
//! - fields as maps in which what is absent has no key ([`boxed`]).
//!
//! A value must be the same, or absent on both sides. Doubles may differ by [`TOLERANCE`], because
//! sums are made in another order; where a condition hangs on two doubles that close, and the sides
//! differ, the case is left out, and how many may be is bounded. An error of the interpreter that
//! is not absence (a wrong type, an unknown name) fails the test.
//!
//! [`TOLERANCE`]: definitions::TOLERANCE

mod answer;
mod batch;
mod boxed;
mod definitions;
mod generate;
mod history;
mod saturation;
mod tally;

use super::support::recall;
use answer::Answer;
use batch::{Batch, Said, events};
use boxed::Boxing;
use definitions::{DEFINITIONS, Definition, was_close};
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
/// Three blocks and more.
const CHARGES_MAX: usize = 210;
/// Short enough for the interpreter's loops within loops.
const CHARGES_OF_MOST: usize = 12;

#[test]
fn the_compiled_form_agrees_with_the_interpreter() {
    let boxing = Boxing::new(definitions::environment(DEFINITIONS));
    let mut tally = Tally::default();
    for_each_seed("the_compiled_form_agrees", |seed| {
        compare(seed, &boxing, &mut tally);
        tally.assert_agreement();
    });
    tally.assert_no_vacuity();
}

/// Runs what fails by its own, with what reproduces it.
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

#[allow(clippy::disallowed_methods)] // a test's own switch, of no effect on the program
fn seeds() -> Range<u64> {
    let Ok(text) = std::env::var(SEEDS_VARIABLE) else { return SEEDS };
    let ends = text.split_once("..").map(|(from, to)| (from.parse(), to.parse()));
    let Some((Ok(from), Ok(to))) = ends else {
        panic!("{SEEDS_VARIABLE} is a range, as in 0..1000")
    };
    from..to
}

/// Random features over a few random histories.
fn compare(seed: u64, boxing: &Boxing, tally: &mut Tally) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut batch = Batch::random(&mut rng);
    let programs: Vec<_> =
        batch.features.iter().map(|feature| boxing.program(&feature.spelled.cel)).collect();
    tally.begin(batch.features.len());
    for at in 0..HISTORIES_PER_SEED {
        let charges_max = if at == 0 { CHARGES_MAX } else { CHARGES_OF_MOST };
        let history = History::random(&mut rng, charges_max);
        let (charges, refunds) = (events(&history.charges), events(&history.refunds));
        let said = batch.run(&history, &recall(&charges, &refunds));
        let context = boxing.context(&history.tx, &history.charges, &history.refunds);
        for (at, (feature, said)) in batch.features.iter().zip(&said).enumerate() {
            if feature.spelled.loops > 1 && history.charges.len() > CHARGES_OF_MOST {
                continue;
            }
            was_close();
            let result = programs[at].execute(&context);
            let expected = Answer::of_interpreter(result, &feature.spelled.cel);
            match disagreement(feature, said, &expected) {
                Some(_) if was_close() => tally.close += 1,
                Some(wrong) => tally.disagree(feature, &wrong),
                None => tally.agree(at, feature, expected),
            }
        }
    }
}

fn disagreement(feature: &Feature, said: &Said, expected: &Answer) -> Option<String> {
    let answer = Answer::of_compiled(&said.answer);
    if !answer.as_ref().is_ok_and(|answer| answer.is_same(expected)) {
        return Some(format!("{answer:?}, and the interpreter says {expected:?}"));
    }
    if said.points.map(f64::from) != expected.points(feature.ty) {
        return Some(format!("{:?} points, and the interpreter says {expected:?}", said.points));
    }
    if feature.ty == Ty::Bool && said.verdict != expected.verdict() {
        return Some(format!("{:?} by rule, and the interpreter says {expected:?}", said.verdict));
    }
    None
}

/// The oracle's own test: a definition that is a little wrong is found out.
#[test]
fn a_wrong_definition_is_found() {
    for (name, wrong) in [
        ("last", "all_charges.filter(each, each.time >= now - t && each.time <= now)"),
        ("exists", "list.exists(t, e)"),
        ("all", "list.all(t, is_true(e))"),
        ("exists_one", "list.exists(t, is_true(e))"),
        ("count", "list.filter(t, is_not_false(e)).size()"),
        ("map", "list.map(t, e)"),
        ("sum", "list.values(t, e).reduce(so_far, each, zero, so_far - each)"),
        ("min", "list.values(t, e)[0]"),
        ("avg", "finite(list.values(t, e).reduce(so_far, each, 0.0, so_far + double(each)))"),
        ("distinct", "list.values(t, e)"),
        ("latest", "list[0]"),
        ("orValue", "list.value()"),
    ] {
        let replaced = |definition: &Definition| match definition.name == name {
            true => Definition { past: wrong, ..*definition },
            false => *definition,
        };
        let definitions: Vec<Definition> = DEFINITIONS.iter().map(replaced).collect();
        let boxing = Boxing::new(definitions::environment(&definitions));
        let mut tally = Tally::default();
        let found = SEEDS.into_iter().any(|seed| {
            compare(seed, &boxing, &mut tally);
            tally.has_disagreement()
        });
        assert!(found, "nobody notices that `{name}` is {wrong}");
    }
}
