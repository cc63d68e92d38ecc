//! Shows rules a card's past at one moment.
//!
//! A recall only borrows from the card. It remembers and drops nothing.

use super::snoozes::Snoozes;
use super::timeline::Timeline;
use crate::memory::card::message::event::Event;
use crate::transaction::{Country, Time};

/// A card's past at one moment.
///
/// All events are within the retention before `now`: `now - retention < time <= now`.
/// [`Recall::is_cut`] says whether a window is complete. Amounts include every clearing or reversal
/// that is known, even one later than `now`.
#[derive(Debug, Clone, Copy)]
pub struct Recall<'m> {
    /// The moment.
    pub now: Time,
    /// Charges, oldest first, including reversed ones. Clearings and increments of other charges
    /// are not included.
    pub charges: Past<'m>,
    /// Refunds, oldest first.
    pub refunds: Past<'m>,
    /// Countries of charges that the cap has cut, each with the newest time it was seen. May
    /// include countries last seen before the retention.
    pub cut_countries: &'m [(Country, Time)],
    /// The time of the newest event that was remembered once and no longer is. For a card that is
    /// not in memory, the time up to which the partition may have dropped its messages.
    pub cut: Option<Time>,
    /// The time up to which even the countries are unknown: like `cut`, without what the cap did.
    pub unknown_until: Option<Time>,
    /// How long charges are remembered, in milliseconds.
    pub retention_ms: i64,
    /// Which rules the cardholder has snoozed.
    pub snoozes: Snoozes<'m>,
}

/// Events in time order, as two contiguous slices: all of `older` come before all of `newer`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Past<'m> {
    /// The earlier part, oldest first.
    pub older: &'m [Event],
    /// The later part, oldest first.
    pub newer: &'m [Event],
}

impl<'m> Past<'m> {
    /// How many events there are.
    pub fn len(&self) -> usize {
        self.older.len() + self.newer.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Oldest first. Reverse it for newest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &'m Event> + use<'m> {
        self.older.iter().chain(self.newer)
    }

    /// The event that has `age` newer ones.
    pub fn nth_newest(&self, age: usize) -> Option<&'m Event> {
        let run = |events: &'m [Event], age: usize| events.get(events.len().checked_sub(age + 1)?);
        match age.checked_sub(self.newer.len()) {
            None => run(self.newer, age),
            Some(age) => run(self.older, age),
        }
    }

    /// The events of a list after `retention_floor` and up to `now`, and the time of the newest event at or
    /// before `retention_floor`.
    pub(in crate::memory) fn between(
        events: &'m Timeline<Event>,
        retention_floor: Time,
        now: Time,
    ) -> (Self, Option<Time>) {
        let start = events.until(retention_floor);
        let end = events.until(now).max(start);
        let hidden = start.checked_sub(1).and_then(|at| events.get(at)).map(Event::time);
        let (older, newer) = events.as_slices();
        let split = older.len();
        let part = |run: &'m [Event], from: usize, to: usize| run.get(from..to).unwrap_or(&[]);
        let past = Self {
            older: part(older, start.min(split), end.min(split)),
            newer: part(newer, start.saturating_sub(split), end.saturating_sub(split)),
        };
        (past, hidden)
    }
}

impl Recall<'_> {
    /// The recall of a card that is not in memory. Up to `forgotten` its messages may have been
    /// dropped.
    pub(in crate::memory) fn of_unknown_card(
        forgotten: Option<Time>,
        now: Time,
        retention_ms: i64,
    ) -> Self {
        Self {
            now,
            charges: Past::default(),
            refunds: Past::default(),
            cut_countries: &[],
            cut: forgotten,
            unknown_until: forgotten,
            retention_ms,
            snoozes: Snoozes::default(),
        }
    }

    /// The recall of a card without a past.
    pub fn of_nothing(now: Time) -> Self {
        Self::of_unknown_card(None, now, 0)
    }

    /// The same recall when messages up to `gap` may be missing.
    pub(in crate::memory) fn with_gap(self, gap: Option<Time>) -> Self {
        let (cut, unknown_until) = (self.cut.max(gap), self.unknown_until.max(gap));
        Self { cut, unknown_until, ..self }
    }

    /// Whether the countries of the whole retention are known, including those of cut charges.
    pub fn knows_countries(&self) -> bool {
        let since = self.now.millis().saturating_sub(self.retention_ms);
        self.unknown_until.is_none_or(|until| until.millis() <= since)
    }

    /// Whether the window of `window_ms` before now may contain events that are no longer
    /// remembered, so that counts over it are lower bounds. Exact for windows up to the retention.
    pub fn is_cut(&self, window_ms: i64) -> bool {
        self.cut.is_some_and(|cut| cut.millis() > self.now.millis().saturating_sub(window_ms))
    }
}
