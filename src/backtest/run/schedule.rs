//! Plans what each shard must know before which message: the time that all messages have reached, and
//! the labels and lists that have become known by then.
//!
//! A label is given when a message of any card reaches its time, before that message; so are entries
//! of lists. The clock is the one that a memory of all cards would have, except that a duplicate moves
//! it too.

use super::decoding::{Arrival, shard_of_card};
use crate::backtest::labels::LabelBook;
use crate::memory::PartitionClock;
use crate::rules::{ScheduledLists, TopicLists};
use crate::transaction::Time;
use std::sync::Arc;

/// Something to do before a message.
#[derive(Debug, Clone)]
pub struct Step {
    /// The index of the message in the block.
    pub before: usize,
    pub action: StepAction,
}

#[derive(Debug, Clone)]
pub enum StepAction {
    /// Move memory's clock.
    Clock(Time),
    /// Remember a label, given by its index, which became known then.
    Label(usize, Time),
    /// Use these entries of lists.
    Lists(Arc<TopicLists>),
}

/// The steps of a block.
#[derive(Debug, Default)]
pub struct BlockPlan {
    /// For all shards, in order.
    pub common: Vec<Step>,
    /// By shard, in order. At the same message, they come after the common ones.
    pub own: Vec<Vec<Step>>,
}

/// What has become known so far.
#[derive(Debug)]
pub struct Schedule {
    shards: usize,
    clock: PartitionClock,
    reached: Time,
    lists: ScheduledLists,
    /// Labels by time, with the shards of their cards.
    labels: Vec<(Time, usize, Vec<usize>)>,
    given: usize,
    /// The newest transaction so far.
    newest: Option<Time>,
}

impl Schedule {
    pub fn new(book: &LabelBook, lists: ScheduledLists, shards: usize) -> Self {
        let label = |(time, label): (Time, usize)| {
            let of = book.labels().get(label)?;
            let cards = [Some(of.card), of.former_card];
            let shards = cards.into_iter().flatten().map(|card| shard_of_card(card, shards));
            let mut shards: Vec<usize> = shards.collect();
            shards.dedup();
            Some((time, label, shards))
        };
        Self {
            shards,
            clock: PartitionClock::new(),
            reached: Time(i64::MIN),
            lists,
            labels: book.by_time().into_iter().filter_map(label).collect(),
            given: 0,
            newest: None,
        }
    }

    /// The newest transaction so far.
    pub fn newest(&self) -> Option<Time> {
        self.newest
    }

    /// The steps of the next block.
    pub fn plan(&mut self, arrivals: &[Arrival]) -> BlockPlan {
        let own = (0..self.shards).map(|_| Vec::new()).collect();
        let mut plan = BlockPlan { common: Vec::new(), own };
        for arrival in arrivals {
            self.advance(*arrival, &mut plan);
        }
        plan
    }

    fn advance(&mut self, arrival: Arrival, plan: &mut BlockPlan) {
        let Arrival { index: before, time, .. } = arrival;
        if self.clock.reached() != self.reached {
            self.reached = self.clock.reached();
            plan.common.push(Step { before, action: StepAction::Clock(self.reached) });
        }
        while let Some((known_at, label, shards)) = self.labels.get(self.given)
            && *known_at <= time
        {
            let action = StepAction::Label(*label, *known_at);
            for shard in shards {
                if let Some(steps) = plan.own.get_mut(*shard) {
                    steps.push(Step { before, action: action.clone() });
                }
            }
            self.given += 1;
        }
        if let Some(lists) = self.lists.advance(time) {
            plan.common.push(Step { before, action: StepAction::Lists(lists) });
        }
        self.clock.tick(time);
        self.newest = self.newest.max(Some(time));
    }
}
