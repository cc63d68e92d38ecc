//! Compares a past that the cap or an eviction has cut with the same past whole: results for the
//! cut one must hold for the whole one.

use super::super::support::recall;
use super::answer::Answer;
use super::batch::{Batch, CompiledResult, events};
use super::generate::{Feature, Ty};
use super::history::History;
use super::{CHARGES_MAX, for_each_seed};
use crate::memory::{Event, Recall};
use crate::rules;
use crate::transaction::{Country, Time};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const CUTS_PER_SEED: usize = 16;

/// How many answers over a cut past were known, bounded and open.
#[derive(Debug, Default)]
struct Shares {
    known: usize,
    bounded: usize,
    open: usize,
    decided: usize,
    undecided: usize,
}

#[test]
fn answers_over_a_cut_history_are_true_of_the_whole_history() {
    let mut shares = Shares::default();
    for_each_seed("answers_over_a_cut_past", |seed| compare(seed, &mut shares));
    let Shares { known, bounded, open, decided, undecided } = shares;
    assert!(bounded * 50 > known && open * 20 > known, "{shares:?}");
    assert!(known > open && decided > undecided, "{shares:?}");
}

fn compare(seed: u64, shares: &mut Shares) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut batch = Batch::random(&mut rng);
    for _ in 0..CUTS_PER_SEED {
        let history = History::random(&mut rng, CHARGES_MAX / 3);
        let (charges, refunds) = (events(&history.charges), events(&history.refunds));
        let whole = batch.run(&history, &recall(&charges, &refunds));
        let lost = rng.random_range(0..=charges.len());
        let Some(newest) = charges[..lost].last() else { continue };
        let countries = countries(&charges[..lost]);
        let cut = match rng.random_bool(0.5) {
            // Cut by the cap, which keeps the countries of the charges that it cuts.
            true => Recall { cut_countries: &countries, ..recall(&charges[lost..], &refunds) },
            false => {
                Recall { unknown_until: Some(newest.time()), ..recall(&charges[lost..], &refunds) }
            }
        };
        let compiled = batch.run(&history, &Recall { cut: Some(newest.time()), ..cut });
        for (feature, (whole, compiled)) in batch.features.iter().zip(whole.iter().zip(&compiled)) {
            // A bound assumes that the value over the whole past fits into 64 bits.
            if feature.spelled.cel.contains(&i64::MAX.to_string()) {
                continue;
            }
            shares.count(feature, compiled);
            check(feature, whole, compiled);
        }
    }
}

/// Each country, with the time of its newest charge.
fn countries(lost: &[Event]) -> Vec<(Country, Time)> {
    let mut countries: Vec<(Country, Time)> = Vec::new();
    for event in lost.iter().rev() {
        if let Some(country) = event.country()
            && !countries.iter().any(|(known, _)| *known == country)
        {
            countries.push((country, event.time()));
        }
    }
    countries
}

fn check(feature: &Feature, whole: &CompiledResult, compiled: &CompiledResult) {
    let holds = match (&compiled.answer, &whole.answer) {
        (rules::Answer::Saturated, _) => true,
        (rules::Answer::AtLeast(bound), rules::Answer::Is(value)) => {
            Answer::of_value(value).is_at_least(&Answer::of_value(bound))
        }
        (rules::Answer::AtMost(bound), rules::Answer::Is(value)) => {
            Answer::of_value(bound).is_at_least(&Answer::of_value(value))
        }
        (compiled, whole) => compiled == whole,
    };
    let points = compiled.points.is_none_or(|points| whole.points == Some(points));
    let verdict = compiled.verdict.is_none_or(|verdict| whole.verdict == Some(verdict));
    let rule = &feature.spelled.rule;
    assert!(holds && points && verdict, "{compiled:?}, and of the whole {whole:?}: {rule}");
}

impl Shares {
    fn count(&mut self, feature: &Feature, compiled: &CompiledResult) {
        *match compiled.answer {
            rules::Answer::Is(_) | rules::Answer::Absent => &mut self.known,
            rules::Answer::AtLeast(_) | rules::Answer::AtMost(_) => &mut self.bounded,
            rules::Answer::Saturated => &mut self.open,
        } += 1;
        if feature.ty == Ty::Bool {
            *if compiled.verdict.is_some() { &mut self.decided } else { &mut self.undecided } += 1;
        }
    }
}
