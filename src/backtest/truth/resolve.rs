//! Finds what the labels say about each message of a card.
//!
//! A label belongs to the charge that memory would bind it to, so memory itself is asked: it gets
//! all messages of the card, with nothing forgotten, and then the labels in the order in which they
//! became known. A label that belongs to no charge belongs to the refund that it names.

use super::labelled_card::{CaseRow, LabelledCard};
use crate::backtest::labels::LabelBook;
use crate::backtest::tally::CaseClass;
use crate::memory::{CardKey, Effect, Entry, Labelled, Limits, Memory, OriginalId};
use crate::pipeline::Pipeline;
use crate::transaction::{LabelValue, Time};
use std::collections::HashMap;

/// Nothing is ever forgotten, and nothing is out of retention.
const UNLIMITED: Limits = Limits {
    retention_ms: i64::MAX,
    events_per_card: usize::MAX,
    cards: usize::MAX,
    bytes: usize::MAX,
};

/// What the labels say about a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaseTruth {
    pub class: CaseClass,
    /// The kind of a fraud: an index into [`Kinds::names`](crate::backtest::labels::Kinds::names).
    pub kind: usize,
}

/// The truth about a card.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResolvedCard {
    /// One per row; `None` for a message on which no rules ran.
    pub truths: Vec<Option<CaseTruth>>,
    /// Labels whose transaction is among the messages, as indices in the label book.
    pub matched: Vec<usize>,
}

/// Applies the labels that are known at `as_of`. `known_at` says when labels became known whose
/// transaction had to be found first. The pipeline only reads the labels.
pub fn resolve(
    (key, card): (CardKey, &LabelledCard),
    (book, known_at): (&LabelBook, &HashMap<usize, Time>),
    pipeline: &mut Pipeline,
    as_of: Time,
) -> ResolvedCard {
    let mut memory = Memory::new(UNLIMITED);
    let entry = |effect: Effect| Entry { card: key, token: None, effect, alert: None };
    for row in &card.rows {
        memory.apply(&entry(row.effect));
    }
    let mut resolved = ResolvedCard::default();
    let mut kinds = HashMap::new();
    // The labels that belong to no charge, by the id that they name: the newest.
    let mut unbound: HashMap<OriginalId, usize> = HashMap::new();
    for (time, label) in in_order(card, book, known_at) {
        let Some(mut decoded) = book.decode(label, time, pipeline).filter(|_| time <= as_of) else {
            continue;
        };
        let kind = book.labels().get(label).map_or(0, |label| label.kind);
        let (entry, labelled) = pipeline.label(&mut memory, &mut decoded);
        if let Some(Effect::Label(label)) = entry.map(|entry| entry.effect) {
            kinds.insert(label.content, kind);
        }
        if matches!(labelled, Labelled::Bound | Labelled::Repeated) {
            resolved.matched.push(label);
        } else if let Some(booked) = book.labels().get(label) {
            unbound.insert(booked.of, label);
        }
    }
    let card_memory = memory.open(key);
    resolved.truths = Vec::with_capacity(card.rows.len());
    for row in &card.rows {
        let truth = row.case.as_ref().map(|case| {
            if let Some(label) = case.refund.and_then(|id| unbound.get(&id)) {
                resolved.matched.push(*label);
                return truth_of_refund(case, book, *label);
            }
            let label = card_memory.label_of(entry(row.effect).identity());
            let class = match label.map(|label| label.value) {
                Some(LabelValue::Fraud) => CaseClass::Fraud,
                Some(LabelValue::Genuine) => CaseClass::Genuine,
                Some(LabelValue::Suspected | LabelValue::Unknown) | None => {
                    CaseClass::without_label(case.approved)
                }
            };
            let kind = label.and_then(|label| kinds.get(&label.content).copied());
            CaseTruth { class, kind: kind.unwrap_or(0) }
        });
        resolved.truths.push(truth);
    }
    resolved
}

/// What a label says about the refund that it names.
fn truth_of_refund(case: &CaseRow, book: &LabelBook, label: usize) -> CaseTruth {
    let label = book.labels().get(label);
    let class = match label.map(|label| label.value) {
        Some(LabelValue::Fraud) => CaseClass::Fraud,
        Some(LabelValue::Genuine) => CaseClass::Genuine,
        _ => CaseClass::without_label(case.approved),
    };
    CaseTruth { class, kind: label.map_or(0, |label| label.kind) }
}

/// The labels of a card whose times are known, by time; of equal ones, in the order of the file.
fn in_order(
    card: &LabelledCard,
    book: &LabelBook,
    known_at: &HashMap<usize, Time>,
) -> Vec<(Time, usize)> {
    let time = |label: usize| match book.labels().get(label)?.known_at {
        crate::backtest::labels::KnownAt::At(time) => Some(time),
        crate::backtest::labels::KnownAt::AfterTransaction(_) => known_at.get(&label).copied(),
    };
    let timed = card.labels.iter().filter_map(|label| Some((time(*label)?, *label)));
    let mut timed: Vec<_> = timed.collect();
    timed.sort_unstable();
    timed
}
