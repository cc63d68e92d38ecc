//! Finds the remembered charges to show with a value or an alert: those that its aggregates
//! selected.
//!
//! This runs only for a rule that fired or is explained. It selects the charges a second time, so
//! that scans need not keep them.

use super::super::ir::{AggregateId, Fold, Source};
use super::super::language::DecisiveValues;
use super::super::plan::{Step, Value, Values};
use super::chunks::{BLOCK, Block};
use super::compute::PastRegisters;
use super::context::Context;
use super::operation::Registers;
use super::scratch::{Scratch, step_of};
use super::settle::ones;
use crate::memory::{Event, Past};

/// The charges behind a value or an alert.
#[derive(Debug, Default)]
pub struct Contributors {
    /// Newest first.
    pub all: Vec<Event>,
    /// Those that determine the result, such as the charge with the greatest amount. The most
    /// important come first.
    decisive: Vec<Event>,
}

impl Contributors {
    /// Adds a charge that determines the result.
    pub fn add(&mut self, event: Event) {
        self.decisive.push(event);
        self.extend([event]);
    }

    pub fn extend(&mut self, events: impl IntoIterator<Item = Event>) {
        for event in events {
            let at = self.all.partition_point(|known| known.time() >= event.time());
            let (not_older, _) = self.all.split_at(at);
            let same_time = not_older.iter().rev().take_while(|k| k.time() == event.time());
            if !same_time.into_iter().any(|known| known.identity() == event.identity()) {
                self.all.insert(at, event);
            }
        }
    }

    /// At most `limit` charges, newest first, of which those that determine the result are included
    /// first; and how many are left out.
    pub fn shown(self, limit: usize) -> (Vec<Event>, usize) {
        let more = self.all.len().saturating_sub(limit);
        if more == 0 {
            return (self.all, 0);
        }
        let mut shown: Vec<Event> = Vec::with_capacity(limit);
        for event in self.decisive.into_iter().chain(self.all) {
            if shown.len() == limit {
                break;
            }
            if !is_among(&event, &shown) {
                shown.push(event);
            }
        }
        newest_first(&mut shown);
        (shown, more)
    }
}

/// Some charges of a past, by how many newer ones there are: bit `i % 64` of word `i / 64`.
#[derive(Debug, Default)]
struct AgeSet(Vec<u64>);

impl AgeSet {
    /// Adds the charges of a block whose bits are set.
    fn add(&mut self, block: Block<'_>, selected: u64) {
        let Some(unused) = BLOCK.checked_sub(block.events.len()) else { return };
        let by_age = selected.reverse_bits() >> unused;
        let (word, shift) = (block.age / BLOCK, block.age % BLOCK);
        self.0.resize(self.0.len().max(word + 2), 0);
        let parts = [by_age << shift, if shift == 0 { 0 } else { by_age >> (BLOCK - shift) }];
        for (word, part) in self.0.iter_mut().skip(word).zip(parts) {
            *word |= part;
        }
    }

    /// The charges, newest first.
    fn of<'e>(&self, past: Past<'e>) -> impl Iterator<Item = Event> {
        let words = self.0.iter().enumerate();
        let ages = words.flat_map(|(at, word)| ones(*word).map(move |bit| at * BLOCK + bit));
        ages.filter_map(move |age| past.nth_newest(age).copied())
    }
}

fn is_among(event: &Event, events: &[Event]) -> bool {
    events.iter().any(|known| known.identity() == event.identity())
}

fn newest_first(events: &mut [Event]) {
    events.sort_by_key(|event| std::cmp::Reverse(event.time()));
}

/// Whether a charge that is not among the newest may determine the result.
fn any_may_decide(step: &Step) -> bool {
    let is_one = |decisive: &DecisiveValues| *decisive != DecisiveValues::All;
    matches!(step.fold, Fold::Distinct(_)) || step.decisive.iter().any(is_one)
}

impl Scratch {
    /// The charges behind the results of the given aggregates: those that determine them, and of all,
    /// at least the newest `limit`.
    pub fn contributing_charges(
        &mut self,
        wanted: &[AggregateId],
        limit: usize,
        context: &Context<'_>,
    ) -> Contributors {
        let mut behind = Contributors::default();
        let (mut charges, mut refunds) = (AgeSet::default(), AgeSet::default());
        let mut events = Vec::new();
        for aggregate in wanted {
            let Some(step) = step_of(*aggregate, context.plan) else { continue };
            let is_refund = context.tree.aggregate(*aggregate).source == Source::Refunds;
            let found = if is_refund { &mut refunds } else { &mut charges };
            let wanted = if any_may_decide(step) { usize::MAX } else { 1 };
            let mut count = 0;
            events.clear();
            self.selected(*aggregate, context, |block, selected| {
                found.add(block, selected);
                count += selected.count_ones() as usize;
                events.extend(block.newest_first(selected).take(wanted - events.len()));
                count < limit.max(wanted)
            });
            behind.decisive.extend(self.decisive(step, &events, context));
        }
        // One more than are shown says that there are more.
        let limit = limit.saturating_add(1);
        behind.all.extend(charges.of(context.past.charges).take(limit));
        behind.extend(refunds.of(context.past.refunds).take(limit));
        behind
    }

    /// The charges that determine an aggregate's result: the one with the least or the greatest
    /// value, the newest with each distinct value, or for other aggregates the newest.
    fn decisive(&self, step: &Step, events: &[&Event], context: &Context<'_>) -> Vec<Event> {
        let valued = || {
            events.iter().filter_map(|event| Some((event, self.value_of(step, event, context)?)))
        };
        let newest = || events.first().map(|event| **event).into_iter().collect();
        match step.fold {
            Fold::Accumulation(_, id) => {
                let form = Values::of(context.tree.ty(id));
                // Of charges with equal values the newest, as for distinct values.
                let least = || valued().min_by(|a, b| form.order(a.1, b.1));
                let greatest = || valued().rev().max_by(|a, b| form.order(a.1, b.1));
                let least = step.decisive.contains(&DecisiveValues::Least).then(least).flatten();
                let greatest =
                    step.decisive.contains(&DecisiveValues::Greatest).then(greatest).flatten();
                let found: Vec<Event> =
                    least.into_iter().chain(greatest).map(|(event, _)| **event).collect();
                if found.is_empty() { newest() } else { found }
            }
            Fold::Distinct(_) => {
                let mut seen = Vec::new();
                let mut is_new = |bits: u64| {
                    !seen.contains(&bits) && {
                        seen.push(bits);
                        true
                    }
                };
                valued().filter(|(_, bits)| is_new(*bits)).map(|(event, _)| **event).collect()
            }
            Fold::Count | Fold::First | Fold::Latest => newest(),
        }
    }

    fn value_of(&self, step: &Step, event: &Event, context: &Context<'_>) -> Option<u64> {
        match &step.value {
            Value::None => None,
            Value::Column(column) => column.get(event),
            Value::Node(id, code) => {
                self.registers(context).at(0, event, &code.nodes).get(*id).known()
            }
        }
    }
}
