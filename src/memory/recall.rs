//! A card's past as of one moment: what the rules look at.
//!
//! Nothing here remembers or forgets; it lays views over what a card holds.

use super::Event;
use super::timeline::Timeline;
use crate::transaction::{Country, Time};

/// A card's past as of one moment.
///
/// Everything in it lies in the retention before `now`: `now - retention < time <= now`. Whether a
/// window is whole is [`Recall::is_cut`]'s to say. Amounts are as far as they are known, also where
/// the clearing or reversal that changed one is later than `now`.
#[derive(Debug, Clone, Copy)]
pub struct Recall<'m> {
    pub now: Time,
    /// Charges, oldest first, reversed ones too. Clearings and increments of others are not in it.
    pub charges: Past<'m>,
    /// Refunds, oldest first.
    pub refunds: Past<'m>,
    /// Countries of charges that the cap has cut, each with the newest time it was seen. One that
    /// is older than the retention before `now` may still stand here.
    pub cut_countries: &'m [(Country, Time)],
    /// The time of the newest event that was once remembered and no longer is, or up to when the
    /// partition has let cards go, for a card that it knows nothing of.
    pub cut: Option<Time>,
    /// Up to when not even the countries are known: of `cut`, what was not the cap's doing.
    pub unknown_until: Option<Time>,
    pub retention_ms: i64,
}

/// Events in time order, in two contiguous runs: all of `older` come before all of `newer`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Past<'m> {
    pub older: &'m [Event],
    pub newer: &'m [Event],
}

impl<'m> Past<'m> {
    pub fn len(&self) -> usize {
        self.older.len() + self.newer.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Oldest first; reverse it for newest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &'m Event> + use<'m> {
        self.older.iter().chain(self.newer)
    }

    /// The events of a list after `floor` and up to `now`, and the time of the newest at or before
    /// `floor`.
    pub(super) fn between(
        events: &'m Timeline<Event>,
        floor: Time,
        now: Time,
    ) -> (Self, Option<Time>) {
        let start = events.until(floor);
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
    /// Of a card of which nothing is known, nor was up to `forgotten`.
    pub(super) fn of_nothing(forgotten: Option<Time>, now: Time, retention_ms: i64) -> Self {
        Self {
            now,
            charges: Past::default(),
            refunds: Past::default(),
            cut_countries: &[],
            cut: forgotten,
            unknown_until: forgotten,
            retention_ms,
        }
    }

    /// The same where messages up to `gap` may be missing.
    pub(super) fn behind_gap(self, gap: Option<Time>) -> Self {
        let (cut, unknown_until) = (self.cut.max(gap), self.unknown_until.max(gap));
        Self { cut, unknown_until, ..self }
    }

    /// Whether the countries of the whole retention are known, in the charges and beyond the cap.
    pub fn knows_countries(&self) -> bool {
        let since = self.now.millis().saturating_sub(self.retention_ms);
        self.unknown_until.is_none_or(|until| until.millis() <= since)
    }

    /// Whether an event that is no longer remembered may have lain in the window of `window_ms`
    /// before now: then counts over it are lower bounds. Exact for windows up to the retention.
    pub fn is_cut(&self, window_ms: i64) -> bool {
        self.cut.is_some_and(|cut| cut.millis() > self.now.millis().saturating_sub(window_ms))
    }
}
