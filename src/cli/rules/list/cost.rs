//! Measures what a rule adds to the time of a decision, by running the ruleset with and without it
//! alternately.

use super::cards::{self, SampleCard};
use crate::cli::rules::ruleset::RulesetSources;
use crate::cli::settings::{self, RulesError};
use crate::clock::monotonic_now;
use crate::decode::{DecodeSettings, Decoder};
use crate::memory::Recall;
use crate::number::{NearestDouble, u64_toward_zero};
use crate::rules::{Environment, Evaluation, Mode, Ruleset, Sources};
use crate::transaction::{BaseCurrency, Transaction};
use std::hint::black_box;
use std::time::Duration;

/// Approximately how long all measurements may take.
const BUDGET: Duration = Duration::from_secs(2);
/// The minimum duration of a round, so that reading the clock does not matter.
const ROUND: Duration = Duration::from_micros(200);
const ROUNDS_MIN: u32 = 8;
const ROUNDS_MAX: u32 = 80;
const PASSES_MAX: u32 = 1_000_000;

/// In nanoseconds per transaction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cost {
    pub ns: f64,
    /// The spread of the rounds that it is computed from.
    pub noise_ns: f64,
}

/// The costs of a ruleset.
#[derive(Debug)]
pub struct Costs {
    /// All rules together, in nanoseconds per transaction.
    pub whole_ns: f64,
    /// By rule; `None` for a rule that is off.
    pub rules: Vec<Option<Cost>>,
    /// The number of sample cards.
    pub cards: usize,
}

/// Decoded charges, each with the past of its card.
struct Bench<'c> {
    charges: Vec<(Transaction<'c>, Recall<'c>)>,
    evaluation: Evaluation,
}

/// `None` if the retention is so short that no card remembers enough charges.
pub fn measure(written: &RulesetSources, ruleset: &Ruleset) -> Result<Option<Costs>, RulesError> {
    let RulesetSources { sources, environment, .. } = written;
    let decoder = decoder(*environment);
    let cards = cards::cards(&decoder, environment.retention_ms);
    if cards.is_empty() {
        return Ok(None);
    }
    let mut bench = Bench::new(&cards, &decoder, environment.retention_ms);
    let (passes, rounds) = bench.plan(ruleset);
    let mut rules = Vec::new();
    for rule in ruleset.rules() {
        if rule.mode == Mode::Off {
            rules.push(None);
            continue;
        }
        let without = switched_off(sources, &rule.id).compile(*environment);
        let (without, _) = without.map_err(settings::refused)?;
        let (mut with, mut less) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            with.push(bench.round(ruleset, passes));
            less.push(bench.round(&without, passes));
        }
        rules.push(Some(difference(with, less)));
    }
    let whole = (0..rounds).map(|_| bench.round(ruleset, passes)).collect();
    Ok(Some(Costs { whole_ns: quickest(whole).0, rules, cards: cards.len() }))
}

/// A decoder for the generator's messages.
fn decoder(environment: Environment) -> Decoder {
    Decoder::new(DecodeSettings::new(BaseCurrency::with_shipped_rates(environment.base_currency)))
}

impl<'c> Bench<'c> {
    fn new(cards: &'c [SampleCard], decoder: &Decoder, retention_ms: i64) -> Self {
        let charges = cards.iter().filter_map(|card| {
            let charge = card.charge(decoder)?;
            let past = card.recall(charge.time, retention_ms);
            Some((charge, past))
        });
        Self { charges: charges.collect(), evaluation: Evaluation::default() }
    }

    /// How many passes a round takes, and how many rounds fit into the budget.
    fn plan(&mut self, ruleset: &Ruleset) -> (u32, u32) {
        self.pass(ruleset);
        let start = monotonic_now();
        self.pass(ruleset);
        let pass = start.elapsed().max(Duration::from_nanos(1));
        let passes = at_least(ROUND.div_duration_f64(pass).ceil(), 1).min(PASSES_MAX);
        let measured = u32::try_from(ruleset.rules().len().max(1)).unwrap_or(u32::MAX);
        let all = pass * passes * 2 * measured;
        (passes, at_least(BUDGET.div_duration_f64(all), ROUNDS_MIN).min(ROUNDS_MAX))
    }

    /// In nanoseconds per transaction.
    fn round(&mut self, ruleset: &Ruleset, passes: u32) -> f64 {
        // An untimed pass first: the other ruleset has just used the caches and buffers.
        self.pass(ruleset);
        let start = monotonic_now();
        for _ in 0..passes {
            self.pass(ruleset);
        }
        let decided = f64::from(passes) * self.charges.len().max(1).nearest_double();
        start.elapsed().as_nanos().nearest_double() / decided
    }

    fn pass(&mut self, ruleset: &Ruleset) {
        for (charge, past) in &self.charges {
            ruleset.evaluate(black_box(charge), black_box(past), &mut self.evaluation);
            black_box(&self.evaluation);
        }
    }
}

/// How often something fits, without the fraction.
fn at_least(times: f64, least: u32) -> u32 {
    u32::try_from(u64_toward_zero(times)).unwrap_or(u32::MAX).max(least)
}

fn difference(with: Vec<f64>, without: Vec<f64>) -> Cost {
    let ((with, with_noise), (without, without_noise)) = (quickest(with), quickest(without));
    Cost { ns: (with - without).max(0.0), noise_ns: with_noise + without_noise }
}

/// The quickest round, and how much longer the slowest of the quickest quarter took. Other activity
/// on the machine can only make a round longer.
fn quickest(mut rounds: Vec<f64>) -> (f64, f64) {
    rounds.sort_by(f64::total_cmp);
    let at = |place: usize| rounds.get(place).copied().unwrap_or_default();
    (at(0), at(rounds.len() / 4) - at(0))
}

/// The same ruleset with that rule off.
fn switched_off(sources: &Sources, rule: &str) -> Sources {
    let mut changed = sources.clone();
    for file in &mut changed.files {
        let Ok(mut document) = file.text.parse::<toml_edit::DocumentMut>() else { continue };
        let rules = document.get_mut("rule").and_then(|item| item.as_array_of_tables_mut());
        let of_that_id = |table: &&mut toml_edit::Table| {
            table.get("id").and_then(|id| id.as_str()) == Some(rule)
        };
        if let Some(table) = rules.and_then(|rules| rules.iter_mut().find(of_that_id)) {
            table.insert("mode", toml_edit::value("off"));
            file.text = document.to_string();
        }
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::SourceFile;
    use crate::transaction::{Currency, DAY_MS};

    fn rule(id: &str, when: &str) -> String {
        format!(
            "[[rule]]\nid = \"{id}\"\nwhen = '{when}'\npoints = 1\nseverity = \"low\"\nreason = \"R\"\nmessage = \"m\"\n"
        )
    }

    fn written(rules: &[String]) -> RulesetSources {
        let head = "[ruleset]\nname = \"t\"\nversion = \"1\"\nreview = 1\ndecline = 2\n\n";
        let file = |name: &str, text: String| SourceFile { name: name.to_owned(), text };
        let files = vec![file("a.toml", head.to_owned()), file("b.toml", rules.concat())];
        let base_currency = Currency::parse("USD").unwrap();
        RulesetSources {
            sources: Sources { files, lists: Vec::new() },
            is_without_lists_topic: false,
            environment: Environment {
                retention_ms: 30 * DAY_MS,
                events_per_card: 256,
                base_currency,
            },
        }
    }

    #[test]
    fn one_rule_is_switched_off_and_no_other() {
        let written = written(&[rule("a", "amount > 1"), rule("b", "amount > 2")]);
        let (off, _) = switched_off(&written.sources, "b").compile(written.environment).unwrap();
        let modes: Vec<Mode> = off.rules().iter().map(|rule| rule.mode).collect();
        assert_eq!(modes, [Mode::Live, Mode::Off]);
    }

    #[test]
    fn the_cards_remember_what_they_are_said_to() {
        let decoder = decoder(written(&[]).environment);
        let cards = cards::cards(&decoder, 30 * DAY_MS);
        assert!(cards.len() >= 32, "{}", cards.len());
        for card in &cards {
            let charge = card.charge(&decoder).unwrap();
            let past = card.recall(charge.time, 30 * DAY_MS);
            assert_eq!(past.charges.len(), cards::REMEMBERED);
            let times: Vec<_> = past.charges.iter().map(|event| event.time()).collect();
            assert!(times.is_sorted() && *times.last().unwrap() <= charge.time);
        }
    }

    #[test]
    fn a_rule_that_looks_at_the_past_costs_more_than_one_that_does_not() {
        let deviation =
            rule("past", "amount > 0 && card.last(\"30d\").stddev(t, t.amount * 3.0) > 1e9");
        let written = written(&[rule("amount", "amount > 1000000"), deviation]);
        let (ruleset, _) = written.sources.compile(written.environment).unwrap();
        let costs = measure(&written, &ruleset).unwrap().unwrap();
        let [Some(amount), Some(past)] = costs.rules[..] else { panic!("{costs:?}") };
        assert!(past.ns > 2.0 * amount.ns, "{costs:?}");
        assert!(costs.whole_ns >= past.ns - past.noise_ns * 4.0, "{costs:?}");
    }
}
