//! What happens next in a whole population: a queue by time, then by person, then by their count.

use super::draft::Draft;
use super::holder::Holder;
use crate::transaction::Time;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

#[derive(Debug)]
pub enum Happening {
    /// Somebody buys something.
    Spend,
    /// A subscription is charged, by its place among the holder's.
    Subscription(usize),
    /// A message that was planned.
    Message(Draft),
}

/// The queue. Never empty once somebody has begun: whoever spends is due again.
#[derive(Debug, Default)]
pub struct Schedule(BinaryHeap<Scheduled>);

#[derive(Debug)]
struct Scheduled {
    time: Time,
    holder: u32,
    happening: Happening,
}

impl Schedule {
    /// Puts a person's first charges in the queue.
    pub fn begin(&mut self, holder: &mut Holder, start: Time) {
        self.spend(holder, start);
        for (slot, subscription) in holder.subscriptions.into_iter().enumerate() {
            if let Some(subscription) = subscription {
                let first = holder.dice.later(start, 0..=subscription.every_ms);
                self.put(first, holder, Happening::Subscription(slot));
            }
        }
    }

    /// Puts a person's next charge after `now` in the queue.
    pub fn spend(&mut self, holder: &mut Holder, now: Time) {
        let next = holder.rhythm.next(now, &mut holder.dice);
        self.put(next, holder, Happening::Spend);
    }

    pub fn subscription(&mut self, holder: &Holder, slot: usize, now: Time) {
        if let Some(Some(subscription)) = holder.subscriptions.get(slot) {
            let next = Time(now.millis() + subscription.every_ms);
            self.put(next, holder, Happening::Subscription(slot));
        }
    }

    pub fn add(&mut self, drafts: impl IntoIterator<Item = Draft>) {
        self.0.extend(drafts.into_iter().map(|draft| Scheduled {
            time: draft.time,
            holder: draft.card.holder,
            happening: Happening::Message(draft),
        }));
    }

    /// Takes what comes next: when, whose, what.
    #[expect(
        clippy::expect_used,
        reason = "a person who spends is due again, and a population has at least one"
    )]
    pub fn take_next(&mut self) -> (Time, u32, Happening) {
        let Scheduled { time, holder, happening } = self.0.pop().expect("one person is always due");
        (time, holder, happening)
    }

    fn put(&mut self, time: Time, holder: &Holder, happening: Happening) {
        self.0.push(Scheduled { time, holder: holder.card.holder, happening });
    }
}

impl Scheduled {
    fn rank(&self) -> (Time, u32, u32) {
        let count = match &self.happening {
            Happening::Spend => 0,
            Happening::Message(draft) => draft.id.count,
            Happening::Subscription(slot) => u32::MAX - *slot as u32,
        };
        (self.time, self.holder, count)
    }
}

/// The earliest is the greatest, as the heap wants it.
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
