//! Compiles random features into one ruleset, and runs it on a transaction.

use super::super::support::*;
use super::generate::{Feature, Generator, Ty};
use super::history::{History, LISTED, NOTICES, label_of};
use crate::decode::{ListChange, ListEntry, ListKey, ListText};
use crate::memory::{Event, Recall};
use crate::rules::ir::{Range, Ranges};
use crate::rules::types::Type;
use crate::rules::{self, Evaluation, ListFile, Questions, Ruleset, TopicLists};
use crate::transaction::Time;
use rand_chacha::ChaCha8Rng;

const FEATURES: usize = 40;
const DEPTH_MAX: u32 = 4;

/// Features that use each other. Each boolean is also the condition of a rule, each number also the
/// points of one.
pub struct Batch {
    pub features: Vec<Feature>,
    ruleset: Ruleset,
    lists: TopicLists,
    evaluation: Evaluation,
}

/// What the compiled form answers for one feature.
#[derive(Debug, Clone, PartialEq)]
pub struct CompiledResult {
    pub answer: rules::Answer,
    /// The points, if the feature is a number and it is known.
    pub points: Option<i32>,
    /// Whether the condition is true; `None` if it is undecided.
    pub verdict: Option<bool>,
}

impl Batch {
    pub fn random(rng: &mut ChaCha8Rng) -> Self {
        let features = features(rng);
        let asked = Questions { features: true, ..Questions::default() };
        let text = ruleset_of(&features);
        let mut sources = sources(&text);
        sources.lists.push(ListFile {
            name: "listed.txt".to_owned(),
            path: "listed.txt".to_owned(),
            text: Ok(listed()),
        });
        let compiled = sources.compile_with_queries(environment(), asked);
        let (ruleset, _) = compiled.unwrap_or_else(|errors| panic!("{errors}"));
        Self { features, ruleset, lists: notices(), evaluation: Evaluation::default() }
    }

    /// Runs the rules; the answers are in the order of the features.
    pub fn run(&mut self, history: &History, past: &Recall<'_>) -> Vec<CompiledResult> {
        let rules = self.ruleset.with_lists(&self.lists);
        rules.evaluate(&history.tx, past, &mut self.evaluation);
        self.assert_values_within_ranges(history, past);
        self.features.iter().map(|feature| self.result(feature)).collect()
    }

    /// No known value is outside the range that lints, and sums over cut windows, rely on.
    fn assert_values_within_ranges(&self, history: &History, past: &Recall<'_>) {
        let program = &self.ruleset.program;
        let rules = self.ruleset.with_lists(&self.lists);
        let context = rules.context(&history.tx, past);
        let mut ranges = Ranges::of(&program.tree);
        let asked = program.questions.iter().flat_map(|question| question.subject.nodes());
        for id in program.tree.all_below(asked.collect::<Vec<_>>()) {
            let ty = program.tree.ty(id);
            let is_number = !matches!(ty, Type::Code(_) | Type::Id(_) | Type::Text);
            if !is_number || !program.tree.node(id).charges.is_none() {
                continue;
            }
            let Some(bits) = self.evaluation.scratch.value(id, &context).known() else { continue };
            let value = match ty {
                Type::Double => f64::from_bits(bits),
                _ => bits.cast_signed() as f64,
            };
            let Range { least, greatest } = ranges.get(id);
            // Bounds and values are rounded in other orders.
            let rounding = 1e-9 * value.abs().max(1.0);
            assert!(
                value >= least - rounding && value <= greatest + rounding,
                "{value} is not between {least} and {greatest}: {:?} of {:?}",
                program.tree.op(id),
                self.features.iter().map(|f| &f.spelled.rule).collect::<Vec<_>>()
            );
        }
    }

    fn result(&self, Feature { name, ty, .. }: &Feature) -> CompiledResult {
        let evaluation = &self.evaluation;
        let rule = self.ruleset.rules().iter().position(|rule| rule.id == *name);
        let fired = evaluation.fired.iter().find(|fired| Some(fired.rule) == rule);
        let undecided = rule.is_some_and(|rule| evaluation.undecided.contains(&rule));
        let answer = self.ruleset.answer(name, evaluation);
        CompiledResult {
            answer: answer.unwrap_or_else(|| panic!("`{name}` is not answered")).clone(),
            points: fired.filter(|_| ty.is_number()).map(|fired| fired.points),
            verdict: (*ty == Ty::Bool && !undecided).then_some(fired.is_some()),
        }
    }
}

/// Charges or refunds as memory holds them, with what labels say.
pub fn events(all: &[crate::transaction::Transaction<'_>]) -> Vec<Event> {
    all.iter().map(|tx| Event::of(tx).with_label(label_of(tx))).collect()
}

fn features(rng: &mut ChaCha8Rng) -> Vec<Feature> {
    let mut generator = Generator::new(rng);
    for at in 0..FEATURES {
        let ty = if at % 2 == 0 { Ty::Bool } else { Ty::ALL[at / 2 % Ty::ALL.len()] };
        generator.feature(ty, 1 + at as u32 % DEPTH_MAX);
    }
    generator.features
}

fn ruleset_of(features: &[Feature]) -> String {
    let mut text = String::from("[lists]\nlisted = 'listed.txt'\n[features]\n");
    for Feature { name, spelled, .. } in features {
        text += &format!("{name} = '''{}'''\n", spelled.rule);
    }
    for Feature { name, ty, spelled } in features {
        match ty {
            Ty::Bool => text += &rule(name, &spelled.rule, "1"),
            _ if ty.is_number() => text += &rule(name, "true", &format!("'{name}'")),
            _ => {}
        }
    }
    ruleset_text(&text)
}

/// The list of the topic.
fn notices() -> TopicLists {
    let text = |text: &&str| ListText { text: (*text).to_owned(), former: None };
    let entry = |(entry, values, ms): &(&str, &[&str], Option<i64>)| {
        ListChange::Set(ListEntry {
            key: ListKey { list: "notices".to_owned(), entry: text(entry) },
            values: values.iter().map(text).collect(),
            from: None,
            until: ms.map(|ms| Time(NOW.millis() + ms)),
            reason: None,
            by: None,
        })
    };
    TopicLists::of(&NOTICES.iter().map(entry).collect::<Vec<_>>()).unwrap()
}

/// The text of the named list's file.
fn listed() -> String {
    let line = |(entry, ms): &(&str, Option<i64>)| match ms {
        Some(ms) => format!("{entry}\t{}\n", Time(NOW.millis() + ms)),
        None => format!("{entry}\n"),
    };
    LISTED.iter().map(line).collect()
}

fn rule(id: &str, when: &str, points: &str) -> String {
    format!(
        "[[rule]]\nid = \"{id}\"\nwhen = '''{when}'''\npoints = {points}\nseverity = \"low\"\nreason = \"R\"\nmessage = \"m\"\n"
    )
}
