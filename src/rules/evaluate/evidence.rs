//! Finds the remembered charges to show with a value or an alert: those that its aggregates
//! selected.
//!
//! This runs only for a rule that fired or is explained. It selects the charges a second time, so
//! that scans need not keep them.

use super::super::ir::{AggregateId, Fold, Op, Output};
use super::super::language::{DecisiveValues, Statistic};
use super::super::plan::{Scan, Step, Value, Values};
use super::chunks::{blocks, past};
use super::compute::PastRegisters;
use super::context::Context;
use super::operation::Registers;
use super::scratch::Scratch;
use crate::memory::Event;

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
            if !is_among(&event, &self.all) {
                self.all.push(event);
            }
        }
        newest_first(&mut self.all);
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

fn is_among(event: &Event, events: &[Event]) -> bool {
    events.iter().any(|known| known.identity() == event.identity())
}

fn newest_first(events: &mut [Event]) {
    events.sort_by_key(|event| std::cmp::Reverse(event.time()));
}

/// The statistics that the rules take from what a step gathers.
fn statistics<'c>(step: &Step, context: &'c Context<'_>) -> impl Iterator<Item = Statistic> + 'c {
    let aggregate = step.aggregate;
    context.tree.nodes.iter().filter_map(move |node| match node.op {
        Op::Result(of, Output::Statistic(statistic)) if of == aggregate => Some(statistic),
        _ => None,
    })
}

/// Whether a charge that is not among the newest may determine the result.
fn any_may_decide(step: &Step, context: &Context<'_>) -> bool {
    match step.fold {
        Fold::Accumulation(..) => statistics(step, context)
            .any(|statistic| statistic.decisive_values() != DecisiveValues::All),
        Fold::Distinct(_) => true,
        Fold::Count | Fold::First | Fold::Latest => false,
    }
}

impl Scratch {
    /// The charges behind the results of the given aggregates. For an aggregate in which all
    /// charges count alike, the search ends once the newest `limit` are found.
    pub fn contributing_charges(
        &mut self,
        wanted: &[AggregateId],
        limit: usize,
        context: &Context<'_>,
    ) -> Contributors {
        self.for_display = true;
        let mut behind = Contributors::default();
        for scan in context.plan.stages.iter().flatten() {
            let steps = scan.aggregates.iter();
            for step in steps.filter(|step| wanted.contains(&step.aggregate)) {
                let limit = if any_may_decide(step, context) { usize::MAX } else { limit };
                let events = self.charges_of(scan, step, limit, context);
                behind.decisive.extend(self.decisive(step, &events, context));
                behind.extend(events);
            }
        }
        self.for_display = false;
        behind
    }

    /// The charges that one aggregate selected, newest first.
    fn charges_of(
        &mut self,
        scan: &Scan,
        step: &Step,
        limit: usize,
        context: &Context<'_>,
    ) -> Vec<Event> {
        let past = past(scan.source, context.past);
        self.measure(scan, past, context);
        let reach = self.window_counts.get(step.window).copied().unwrap_or(0);
        let mut found = Vec::new();
        for block in blocks(past, reach) {
            self.forget_masks(scan);
            let selected = self.chosen(step, &scan.masks, block, context).selected;
            found.extend(block.newest_first(selected).copied());
            if found.len() >= limit {
                break;
            }
        }
        found
    }

    /// The charges that determine an aggregate's result: the one with the least or the greatest
    /// value, the newest with each distinct value, or for other aggregates the newest.
    fn decisive(&self, step: &Step, events: &[Event], context: &Context<'_>) -> Vec<Event> {
        let valued = || {
            events.iter().filter_map(|event| Some((event, self.value_of(step, event, context)?)))
        };
        let newest = || events.first().copied().into_iter().collect();
        match step.fold {
            Fold::Accumulation(_, id) => {
                let form = Values::of(context.tree.ty(id));
                let decisive: Vec<_> =
                    statistics(step, context).map(Statistic::decisive_values).collect();
                // Of charges with equal values the newest, as for distinct values.
                let least = || valued().min_by(|a, b| form.order(a.1, b.1));
                let greatest = || valued().rev().max_by(|a, b| form.order(a.1, b.1));
                let least = decisive.contains(&DecisiveValues::Least).then(least).flatten();
                let greatest =
                    decisive.contains(&DecisiveValues::Greatest).then(greatest).flatten();
                let found: Vec<Event> =
                    least.into_iter().chain(greatest).map(|(event, _)| *event).collect();
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
                valued().filter(|(_, bits)| is_new(*bits)).map(|(event, _)| *event).collect()
            }
            Fold::Count | Fold::First | Fold::Latest => newest(),
        }
    }

    fn value_of(&self, step: &Step, event: &Event, context: &Context<'_>) -> Option<u64> {
        match &step.value {
            Value::None => None,
            Value::Column(column) => column.get(event),
            Value::Node(id, nodes) => self.registers(context).at(0, event, nodes).get(*id).known(),
        }
    }
}
