//! Answers questions about a transaction besides the rules: the values of features, or of one more
//! expression.
//!
//! Questions are compiled and planned with the rules, so an answer is what a rule would have seen.
//! A ruleset without questions has no extra cost.

use super::check::Checker;
use super::evaluate::{Context, LazyRegisters, Registers, Scratch, State, picked, text};
use super::evaluation::Evaluation;
use super::ir::{AggregateId, Id, Op};
use super::ruleset::Ruleset;
use super::ruleset_files::{SourceFile, Sources};
use super::source::Files;
use super::subject::{Question, Subject};
use super::syntax::Node;
use super::types::Type;
use super::value::{Answer, Value};
use crate::transaction::{Currency, Money, Time};
use std::sync::Arc;

/// The name of an expression that is asked by itself, both as a source file and as a question.
pub const EXPRESSION: &str = "<expression>";

/// The name of a question, and an expression of any type, which may use the ruleset's features and
/// lists.
pub type NamedExpression<'q> = (&'q str, &'q str);

/// The questions that are answered for every transaction.
#[derive(Debug, Clone, Copy, Default)]
pub struct Questions<'q> {
    /// Every feature that has an answer, including those that no rule uses.
    pub features: bool,
    /// More questions, after those of features.
    pub expressions: &'q [NamedExpression<'q>],
    /// Whether to reject expressions that depend on a transaction.
    pub constant: bool,
    /// Whether rules are to be explained ([`RulesetWithLists::explain`](super::RulesetWithLists::explain)).
    pub explanations: bool,
}

/// What the values of a question are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuestionType {
    /// True or false.
    Bool,
    /// A whole number.
    Int,
    /// A number with a fraction.
    Double,
    /// An amount in the base currency.
    Decimal,
    /// Text, also that of a code.
    Text,
    /// A point in time.
    Time,
    /// A length of time.
    Duration,
    /// Values or charges.
    List,
    /// One remembered charge.
    Charge,
}

impl QuestionType {
    fn of(ty: Type) -> Self {
        match ty {
            Type::Bool => Self::Bool,
            Type::Int => Self::Int,
            Type::Double => Self::Double,
            Type::Money => Self::Decimal,
            Type::Text | Type::Code(_) | Type::Id(_) => Self::Text,
            Type::Time => Self::Time,
            Type::Duration => Self::Duration,
        }
    }
}

impl Questions<'_> {
    /// The ruleset's files, and each expression as one more file.
    pub(super) fn files(&self, sources: &Sources) -> Vec<SourceFile> {
        let file = |(name, text): &NamedExpression<'_>| SourceFile {
            name: (*name).to_owned(),
            text: (*text).to_owned(),
        };
        sources.files.iter().cloned().chain(self.expressions.iter().map(file)).collect()
    }

    /// Checks the questions; `expressions` are [`Questions::expressions`], parsed.
    pub(super) fn check(
        &self,
        files: &Files,
        expressions: &[Option<Node>],
        checker: &mut Checker<'_>,
    ) -> Vec<Question> {
        let mut asked = Vec::new();
        for (name, _) in files.features.iter().filter(|_| self.features) {
            if let Some(subject) = checker.feature_question(&name.value, name.span) {
                asked.push(Question { name: Arc::from(name.value.as_str()), subject });
            }
        }
        for ((name, _), node) in self.expressions.iter().zip(expressions) {
            if let Some(node) = node
                && let Some(subject) = checker.question(node)
            {
                if self.constant {
                    checker.must_be_constant(node, &subject);
                }
                asked.push(Question { name: Arc::from(*name), subject });
            }
        }
        asked
    }
}

impl Ruleset {
    /// The names of the questions, in the order of [`Evaluation::answers`].
    pub fn questions(&self) -> impl Iterator<Item = &str> {
        self.program.questions.iter().map(|question| &*question.name)
    }

    /// The type of each question's values, in the order of [`Evaluation::answers`].
    pub fn question_types(&self) -> impl Iterator<Item = QuestionType> {
        self.program.questions.iter().map(|question| match question.subject {
            Subject::Value(id) => QuestionType::of(self.program.tree.ty(id)),
            Subject::Charge(_) => QuestionType::Charge,
            Subject::Values(_)
            | Subject::Charges(_)
            | Subject::Each(..)
            | Subject::Different(..)
            | Subject::Countries(..) => QuestionType::List,
        })
    }

    /// The answer to a question by name; `None` if it was not asked or no rules were evaluated.
    pub fn answer<'e>(&self, name: &str, evaluation: &'e Evaluation) -> Option<&'e Answer> {
        let at = self.questions().position(|known| known == name)?;
        evaluation.answers.get(at)
    }

    pub(super) fn answers(
        &self,
        context: &Context<'_>,
        scratch: &mut Scratch,
        answers: &mut Vec<Answer>,
    ) {
        for question in &self.program.questions {
            let mut answering = Answering { ruleset: self, context, scratch };
            answers.push(answering.answer(&question.subject));
        }
    }
}

/// Reads answers from an evaluation.
struct Answering<'a, 'c> {
    ruleset: &'a Ruleset,
    context: &'a Context<'c>,
    scratch: &'a mut Scratch,
}

impl Answering<'_, '_> {
    fn answer(&mut self, subject: &Subject) -> Answer {
        match subject {
            Subject::Value(id) => self.value(*id),
            Subject::Values(items) => together(items.iter().filter_map(|item| self.item(*item))),
            Subject::Charge(pick) => self.charge(*pick),
            Subject::Charges(list) => self.list(*list, |charges, _, _| charges),
            Subject::Each(list, value) => self.each(*list, *value),
            Subject::Different(list, value) => match self.each(*list, *value) {
                Answer::Is(Value::List(values)) => Answer::Is(different(values)),
                Answer::AtLeast(Value::List(values)) => Answer::AtLeast(different(values)),
                other => other,
            },
            Subject::Countries(list, column) => self.countries(*list, *column),
        }
    }

    fn value(&self, id: Id) -> Answer {
        answer(id, self.ruleset, &self.scratch.registers(self.context))
    }

    /// An item of a list; `None` if its condition is false.
    fn item(&self, (id, guard): (Id, Option<Id>)) -> Option<Answer> {
        match guard.map(|guard| self.value(guard)) {
            None | Some(Answer::Is(Value::Bool(true))) => Some(self.value(id)),
            Some(Answer::Is(_)) => None,
            Some(unknown) => Some(unknown),
        }
    }

    fn charge(&self, pick: Id) -> Answer {
        let age = self.scratch.value(pick, self.context).known();
        match age.and_then(|age| picked(pick, age, self.context)) {
            Some(event) => Answer::Is(Value::Charge(*event)),
            None => self.value(pick),
        }
    }

    fn each(&mut self, list: Id, value: Id) -> Answer {
        let ruleset = self.ruleset;
        self.list(list, |charges, scratch, context| {
            let of = |charge: Value| match charge {
                Value::Charge(event) => {
                    let registers = scratch.registers_at(context, &event);
                    answer(value, ruleset, &registers).known().cloned()
                }
                _ => None,
            };
            charges.into_iter().filter_map(of).collect()
        })
    }

    /// A list of charges, oldest first, converted by `make`.
    fn list(
        &mut self,
        list: Id,
        make: impl FnOnce(Vec<Value>, &Scratch, &Context<'_>) -> Vec<Value>,
    ) -> Answer {
        let Op::Result(aggregate, _) = self.context.tree.op(list) else { return Answer::Absent };
        let charges = self.charges(aggregate);
        let made = Value::List(make(charges, self.scratch, self.context));
        if self.scratch.is_cut(aggregate, self.context) {
            Answer::AtLeast(made)
        } else {
            Answer::Is(made)
        }
    }

    fn charges(&mut self, aggregate: AggregateId) -> Vec<Value> {
        let mut events =
            self.scratch.contributing_charges(&[aggregate], usize::MAX, self.context).all;
        events.reverse();
        events.into_iter().map(Value::Charge).collect()
    }

    fn countries(&mut self, list: Id, column: Id) -> Answer {
        let past = self.context.past;
        let since = past.now.millis().saturating_sub(past.retention_ms);
        let cut = past.cut_countries.iter().filter(|(_, at)| at.millis() > since);
        let mut values: Vec<Value> =
            cut.map(|(country, _)| Value::Text(country.to_string())).collect();
        if let Answer::Is(Value::List(more)) | Answer::AtLeast(Value::List(more)) =
            self.each(list, column)
        {
            values.extend(more);
        }
        let all = different(values);
        if past.knows_countries() { Answer::Is(all) } else { Answer::AtLeast(all) }
    }
}

/// A list, if all of its values are known exactly; otherwise absent or saturated.
fn together(answers: impl Iterator<Item = Answer>) -> Answer {
    let mut values = Vec::new();
    for answer in answers {
        match answer {
            Answer::Is(value) => values.push(value),
            Answer::Absent => return Answer::Absent,
            Answer::AtLeast(_) | Answer::AtMost(_) | Answer::Saturated => return Answer::Saturated,
        }
    }
    Answer::Is(Value::List(values))
}

fn different(values: Vec<Value>) -> Value {
    let mut found: Vec<Value> = Vec::new();
    for value in values {
        if !found.contains(&value) {
            found.push(value);
        }
    }
    Value::List(found)
}

/// The value of a node, and how certain it is.
pub fn answer(id: Id, ruleset: &Ruleset, registers: &LazyRegisters<'_>) -> Answer {
    match (value(id, ruleset, registers), state(id, registers)) {
        (_, State::Open) => Answer::Saturated,
        (None, _) | (_, State::Absent) => Answer::Absent,
        (Some(value), State::AtLeast) => Answer::AtLeast(value),
        (Some(value), State::AtMost) => Answer::AtMost(value),
        (Some(value), State::Exact) => Answer::Is(value),
    }
}

fn state(id: Id, registers: &LazyRegisters<'_>) -> State {
    match registers.tree().ty(id) {
        Type::Text => text(id, registers).map_or_else(|nothing| nothing.state, |_| State::Exact),
        _ => registers.get(id).state,
    }
}

/// A node's value or bound; `None` if it is absent, or a hash, which means nothing to people.
pub fn value(id: Id, ruleset: &Ruleset, registers: &LazyRegisters<'_>) -> Option<Value> {
    let ty = registers.tree().ty(id);
    if ty == Type::Text {
        return text(id, registers).ok().map(|text| Value::Text(text.to_owned()));
    }
    let slot = registers.get(id);
    if !slot.is_present() {
        return None;
    }
    read(ty, slot.bits, ruleset.environment.base_currency)
}

/// Decodes 64 bits by type; `None` for texts, which are stored elsewhere, and for hashes, which
/// mean nothing to people.
pub fn read(ty: Type, bits: u64, base: Currency) -> Option<Value> {
    Some(match ty {
        Type::Bool => Value::Bool(bits == 1),
        Type::Int => Value::Int(bits.cast_signed()),
        Type::Double => Value::Double(f64::from_bits(bits)),
        Type::Money => Value::Money(Money { minor: bits.cast_signed(), currency: base }),
        Type::Code(code) => Value::Text(code.text(bits).to_string()),
        Type::Time => Value::Time(Time(bits.cast_signed())),
        Type::Duration => Value::Duration(bits.cast_signed()),
        Type::Id(_) | Type::Text => return None,
    })
}
