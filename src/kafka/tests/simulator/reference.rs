//! Computes the expected results of an input with the simplest possible reader: one record after
//! the other, without batches, failures or restores.

use super::initial_state::InitialState;
use super::ports::{LABEL_OFFSETS, TRANSACTIONS, WALL};
use super::traffic::Log;
use crate::decision::Position;
use crate::decode::Decoder;
use crate::engine::{self, Engine, Outcome, resolve_token};
use crate::fixtures;
use crate::memory::{CardKey, Effect, Event, Labelled, Limits, Memory, Role};
use crate::precision::{AlertRecord, LabelRecord, LinkRecord};
use crate::rules::{Ruleset, TopicLists};
use crate::transaction::{Kind, Label};
use std::ops::Range;
use std::sync::Arc;

/// An output: the position of its input record, and its bytes.
pub type Published = ((i32, i64), Vec<u8>);

pub struct Expected {
    pub alerts: Vec<Published>,
    pub decisions: Vec<Published>,
    /// What rules are measured with: alerts, labels that are not repeated, and links.
    pub outcomes: Vec<Published>,
    /// Positions of invalid records.
    pub dead_letters: Vec<(i32, i64)>,
    pub memories: Vec<Memory>,
    pub coverage: Coverage,
}

/// How often the input contained each case that memory treats specially.
#[derive(Debug, Default, Clone, Copy)]
pub struct Coverage {
    pub duplicates: usize,
    pub conflicts: usize,
    pub reused_ids: usize,
    pub separate_responses: usize,
    pub increments: usize,
    /// Clearings of a remembered charge.
    pub captures: usize,
    /// Reversals that changed what is left of a charge.
    pub reversals: usize,
    /// Adjustments that the cap evicted while they waited.
    pub evicted_waiting: u64,
    pub labels: usize,
    pub repeated_labels: usize,
    /// Messages that belong to an alerted charge with another id.
    pub links: usize,
}

impl Coverage {
    pub fn add(&mut self, other: &Self) {
        self.duplicates += other.duplicates;
        self.conflicts += other.conflicts;
        self.reused_ids += other.reused_ids;
        self.separate_responses += other.separate_responses;
        self.increments += other.increments;
        self.captures += other.captures;
        self.reversals += other.reversals;
        self.evicted_waiting += other.evicted_waiting;
        self.labels += other.labels;
        self.repeated_labels += other.repeated_labels;
        self.links += other.links;
    }

    pub fn has_all(&self) -> bool {
        self.has_all_transactions() && self.labels > 0 && self.repeated_labels > 0
    }

    pub fn has_all_transactions(&self) -> bool {
        let Self { duplicates, conflicts, reused_ids, separate_responses, .. } = *self;
        let Self { increments, captures, reversals, evicted_waiting, links, .. } = *self;
        [
            links,
            duplicates,
            conflicts,
            reused_ids,
            separate_responses,
            increments,
            captures,
            reversals,
        ]
        .iter()
        .all(|count| *count > 0)
            && evicted_waiting > 0
    }

    fn note(&mut self, outcome: &Outcome<'_>, kind: Kind) {
        match outcome {
            Outcome::Duplicate { differs: false } => self.duplicates += 1,
            Outcome::Duplicate { differs: true } => self.conflicts += 1,
            Outcome::Decided { entry, reused_id, role, .. } => {
                self.captures += usize::from(*role == Role::Settles);
                self.reused_ids += usize::from(*reused_id);
                match entry.effect {
                    Effect::Response { .. } => self.separate_responses += 1,
                    Effect::Charge { original: Some(_), .. } => {
                        self.increments += usize::from(kind == Kind::Authorization);
                    }
                    _ => {}
                }
            }
        }
    }
}

/// The input and the labels by partition, how each partition begins, and the offsets of each
/// partition that were deleted before they were read.
pub type Given<'g> = (&'g [Log], &'g [Vec<Vec<u8>>], &'g [InitialState], &'g [Range<i64>]);

/// The lists that the transaction at a place was scored with, as its decision says; `None` without a
/// topic of lists.
pub type ListsAt<'l> = &'l dyn Fn((i32, i64)) -> Option<Arc<TopicLists>>;

/// Labels are remembered before the first transaction. `missing` are the offsets of each partition that were deleted before they were read.
pub fn expected(
    (input, labels, initial_states, missing): Given<'_>,
    decoder: &Decoder,
    (ruleset, lists_at): (&Arc<Ruleset>, ListsAt<'_>),
    limits: Limits,
) -> Expected {
    let mut expected = Expected {
        alerts: Vec::new(),
        decisions: Vec::new(),
        outcomes: Vec::new(),
        dead_letters: Vec::new(),
        memories: Vec::new(),
        coverage: Coverage::default(),
    };
    let partitions = input.iter().zip(initial_states).zip(missing).zip(labels);
    for ((((log, initial), missing), labels), partition) in partitions.zip(0..) {
        let mut memory = Memory::new(limits);
        for (value, offset) in labels.iter().zip(LABEL_OFFSETS..) {
            if value.is_empty() {
                continue;
            }
            let place = (partition, offset);
            match decoder.decode_label(value) {
                Ok((mut label, _)) => remember_label(&mut memory, &mut label, place, &mut expected),
                Err(_) => expected.dead_letters.push(place),
            }
        }
        let log_end = i64::try_from(log.len()).unwrap();
        let decided_from = initial.decided_from(log_end);
        let mut gap = initial.has_gap();
        let mut is_before_gap = true;
        for (value, offset) in log.iter().zip(0..) {
            let Some(value) = value else { continue };
            if offset < initial.remembered_from(log_end) || missing.contains(&offset) {
                continue;
            }
            gap |= !missing.is_empty() && is_before_gap && offset >= missing.end;
            is_before_gap &= offset < missing.end;
            if value.is_empty() {
                continue;
            }
            let place = (partition, offset);
            let is_decided = offset >= decided_from;
            let Ok((mut tx, _)) = decoder.decode(value, Some(WALL)) else {
                if is_decided {
                    expected.dead_letters.push(place);
                }
                continue;
            };
            if std::mem::take(&mut gap) {
                memory.note_gap(tx.time);
            }
            let mut engine = Engine::new(Arc::clone(ruleset));
            if let Some(lists) = lists_at(place) {
                engine.use_lists(lists);
            }
            if !is_decided {
                engine.remember(&mut memory, &mut tx);
                continue;
            }
            let kind = tx.kind;
            resolve_token(&memory, &mut tx);
            let card = CardKey::of(&tx.card.token);
            let before = left_of(&mut memory, card);
            let outcome = engine.decide(&mut memory, &mut tx, None);
            expected.coverage.note(&outcome, kind);
            let after = left_of(&mut memory, card);
            let is_changed =
                kind == Kind::Reversal && after.len() == before.len() && after != before;
            expected.coverage.reversals += usize::from(is_changed);
            let Outcome::Decided { decision, links, .. } = outcome else { continue };
            let mut bytes = Vec::new();
            decision.write_json(&mut bytes);
            expected.decisions.push((place, bytes));
            if decision.alert {
                let (partition, offset) = place;
                let source = Position { topic: TRANSACTIONS, partition, offset };
                let mut bytes = Vec::new();
                decision.write_alert(Some(WALL), Some(source), &mut bytes);
                expected.alerts.push((place, bytes));
                let mut bytes = Vec::new();
                AlertRecord::of(&decision).write_json(&mut bytes);
                expected.outcomes.push((place, bytes));
            }
            expected.coverage.links += links.len();
            for link in &links {
                let mut bytes = Vec::new();
                LinkRecord::of(link, &decision.transaction.card.token).write_json(&mut bytes);
                expected.outcomes.push((place, bytes));
            }
        }
        expected.coverage.evicted_waiting += memory.usage().evicted_waiting;
        expected.memories.push(memory);
    }
    expected
}

fn remember_label(
    memory: &mut Memory,
    label: &mut Label<'_>,
    place: (i32, i64),
    expected: &mut Expected,
) {
    let former_card = label.card.former_token.clone();
    let labelled = engine::label(memory, label).1;
    expected.coverage.labels += usize::from(labelled.is_kept());
    expected.coverage.repeated_labels += usize::from(!labelled.is_kept());
    if labelled != Labelled::Repeated {
        let mut bytes = Vec::new();
        LabelRecord::of(label, former_card.as_deref(), fixtures::dollar()).write_json(&mut bytes);
        expected.outcomes.push((place, bytes));
    }
}

/// What is left of each charge of a card.
fn left_of(memory: &mut Memory, card: CardKey) -> Vec<Option<i64>> {
    let open = memory.open(card);
    let past = open.recall_all();
    past.map_or(Vec::new(), |past| past.charges.iter().map(Event::amount).collect())
}
