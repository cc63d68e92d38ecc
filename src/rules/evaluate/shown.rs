//! Which remembered charges an alert shows: those that a rule's aggregates selected.
//!
//! It is asked only for a rule that fired, and selects once more rather than have every scan keep
//! what it selected.

use super::super::plan::{Scan, Step};
use super::super::tree::AggregateId;
use super::{Context, Scratch, blocks, past};
use crate::memory::Event;

impl Scratch {
    /// The charges, newest first, that made the given aggregates what they are: at most `limit`.
    pub fn charges_behind(
        &mut self,
        wanted: &[AggregateId],
        limit: usize,
        context: &Context<'_>,
    ) -> Vec<Event> {
        self.shows = true;
        let mut found: Vec<(usize, Event)> = Vec::new();
        for scan in context.plan.stages.iter().flatten() {
            let mine = |step: &&Step| wanted.contains(&step.aggregate);
            let steps: Vec<&Step> = scan.aggregates.iter().filter(mine).collect();
            if !steps.is_empty() {
                self.charges_of(scan, &steps, limit, context, &mut found);
            }
        }
        self.shows = false;
        found.sort_by_key(|(_, event)| std::cmp::Reverse(event.time()));
        found.truncate(limit);
        found.into_iter().map(|(_, event)| event).collect()
    }

    fn charges_of(
        &mut self,
        scan: &Scan,
        steps: &[&Step],
        limit: usize,
        context: &Context<'_>,
        found: &mut Vec<(usize, Event)>,
    ) {
        let past = past(scan.source, context.past);
        self.measure(scan, past, context);
        let furthest = steps.iter().map(|step| step.window).max().unwrap_or(0);
        let reach = self.inside.get(furthest).copied().unwrap_or(0);
        let before = found.len();
        for block in blocks(past, reach) {
            self.forget_masks(scan);
            let mut selected = 0;
            for step in steps {
                selected |= self.chosen(step, &scan.masks, block, context).selected;
            }
            for (at, event) in block.events.iter().enumerate().rev() {
                let age = block.age + block.events.len() - 1 - at;
                let new = !found.iter().any(|(_, known)| known.id() == event.id());
                if selected >> at & 1 == 1 && new {
                    found.push((age, *event));
                }
            }
            if found.len() - before >= limit {
                break;
            }
        }
    }
}
