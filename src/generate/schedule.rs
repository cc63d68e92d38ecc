//! Schedules what happens next in a population: a queue by time, then by person, then by the
//! person's message count.

use super::draft::Draft;
use super::holder::Holder;
use crate::transaction::Time;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

#[derive(Debug)]
pub enum LifeEvent {
    /// An everyday purchase.
    Spend,
    /// A subscription is charged, by its index among the holder's.
    Subscription(usize),
    /// A planned message.
    Message(Draft),
}

/// The queue. It is never empty once a person has begun: everyone who spends is scheduled again.
#[derive(Debug, Default)]
pub struct Schedule(BinaryHeap<Scheduled>);

#[derive(Debug)]
struct Scheduled {
    time: Time,
    holder: u32,
    event: LifeEvent,
}

impl Schedule {
    /// Schedules a person's first charges.
    pub fn begin(&mut self, holder: &mut Holder, start: Time) {
        self.spend(holder, start);
        for (slot, subscription) in holder.subscriptions.into_iter().enumerate() {
            if let Some(subscription) = subscription {
                let first = holder.dice.later(start, 0..=subscription.every_ms);
                self.put(first, holder, LifeEvent::Subscription(slot));
            }
        }
    }

    /// Schedules a person's next charge after `now`.
    pub fn spend(&mut self, holder: &mut Holder, now: Time) {
        let next = holder.rhythm.next(now, &mut holder.dice);
        self.put(next, holder, LifeEvent::Spend);
    }

    pub fn subscription(&mut self, holder: &Holder, slot: usize, now: Time) {
        if let Some(Some(subscription)) = holder.subscriptions.get(slot) {
            let next = Time(now.millis() + subscription.every_ms);
            self.put(next, holder, LifeEvent::Subscription(slot));
        }
    }

    pub fn add(&mut self, drafts: impl IntoIterator<Item = Draft>) {
        self.0.extend(drafts.into_iter().map(|draft| Scheduled {
            time: draft.time,
            holder: draft.card.holder,
            event: LifeEvent::Message(draft),
        }));
    }

    /// Removes the next event: when, whose, what.
    #[expect(
        clippy::expect_used,
        reason = "a person who spends is due again, and a population has at least one"
    )]
    pub fn take_next(&mut self) -> (Time, u32, LifeEvent) {
        let Scheduled { time, holder, event } = self.0.pop().expect("one person is always due");
        (time, holder, event)
    }

    fn put(&mut self, time: Time, holder: &Holder, event: LifeEvent) {
        self.0.push(Scheduled { time, holder: holder.card.holder, event });
    }
}

impl Scheduled {
    fn rank(&self) -> (Time, u32, u32) {
        let count = match &self.event {
            LifeEvent::Spend => 0,
            LifeEvent::Message(draft) => draft.id.count,
            LifeEvent::Subscription(slot) => u32::try_from(*slot).map_or(0, |slot| u32::MAX - slot),
        };
        (self.time, self.holder, count)
    }
}

/// The earliest is the greatest, because the heap pops the greatest.
impl Ord for Scheduled {
    fn cmp(&self, other: &Self) -> Ordering {
        other.rank().cmp(&self.rank())
    }
}

impl PartialOrd for Scheduled {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Scheduled {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }
}

impl Eq for Scheduled {}
