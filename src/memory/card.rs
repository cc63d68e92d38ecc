//! One card: its visible charges in time order, and what is kept beside them.
//!
//! It says what a card remembers. How messages change it is in [`super::edit`].

use super::balance::Target;
use super::ledger::Ledger;
use super::recall::Past;
use super::timeline::Timeline;
use super::{CardKey, Event, LastAlert, MessageId, Original, Recall};
use crate::transaction::{Country, Time};

#[derive(Debug, PartialEq)]
pub(super) struct Card {
    pub key: CardKey,
    pub known: Known,
    pub charges: Timeline<Event>,
    pub ledger: Option<Box<Ledger>>,
    /// See [`Recall::cut_countries`].
    pub cut_countries: Vec<(Country, Time)>,
}

/// What is known of a card as a whole.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Known {
    /// The time of the newest message that was kept of it; never goes back.
    pub newest: Time,
    /// See [`Recall::cut`].
    pub cut: Option<Time>,
    /// See [`Recall::unknown_until`].
    pub unknown_until: Option<Time>,
    pub alert: Option<LastAlert>,
}

/// What a card takes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    /// Charges and refunds.
    pub events: usize,
    pub bytes: usize,
}

impl Card {
    pub(super) fn new(key: CardKey, newest: Time, cut: Option<Time>) -> Self {
        Self {
            key,
            known: Known { newest, cut, unknown_until: cut, alert: None },
            charges: Timeline::default(),
            ledger: None,
            cut_countries: Vec::new(),
        }
    }

    pub(super) fn remembers(&self, id: MessageId) -> bool {
        self.charges.contains(id) || self.ledger.as_ref().is_some_and(|books| books.remembers(id))
    }

    /// Whether a charge of that id is remembered, visible or reversed.
    pub(super) fn has_charge(&self, id: MessageId) -> bool {
        self.charges.position(id).is_some()
            || self.ledger.as_ref().is_some_and(|books| books.reversed.contains(id))
    }

    /// Whether something that came earlier refers to a charge that comes only now.
    pub(super) fn awaits(&self, charge: MessageId) -> bool {
        self.ledger.as_ref().is_some_and(|books| {
            books.has_adjustments_for(charge) || books.clearing_of(charge).is_some()
        })
    }

    /// What a reversal refers to, if that is known already: the authorization, else the clearing,
    /// else what that clearing settled.
    pub(super) fn resolve(&self, target: Target) -> Target {
        let Target::Awaited(Original { authorization, clearing }) = target else { return target };
        if let Some(known) = [authorization, clearing].into_iter().find(|id| self.has_charge(*id)) {
            return Target::Charge(known);
        }
        let settled = self.ledger.as_ref().and_then(|books| {
            let at = books.adjustments.position(clearing)?;
            books.adjustments.get(at).map(|adjustment| adjustment.target)
        });
        settled.unwrap_or(target)
    }

    /// The past after `floor` and up to `now`.
    pub(super) fn recall(&self, floor: Time, now: Time, retention_ms: i64) -> Recall<'_> {
        let (charges, hidden) = Past::between(&self.charges, floor, now);
        let mut recall = Recall {
            now,
            charges,
            refunds: Past::default(),
            cut_countries: &self.cut_countries,
            cut: self.known.cut.max(hidden),
            unknown_until: self.known.unknown_until.max(hidden),
            retention_ms,
        };
        if let Some(books) = &self.ledger {
            let (refunds, hidden) = Past::between(&books.refunds, floor, now);
            recall.refunds = refunds;
            recall.cut = recall.cut.max(hidden);
        }
        recall
    }

    /// Up to when anything was known of it, or missed.
    pub(super) fn known_until(&self) -> Option<Time> {
        self.known.cut.max(Some(self.known.newest))
    }

    /// Capacities count, not lengths.
    pub(super) fn size(&self) -> Size {
        let books = self.ledger.as_ref();
        let countries = self.cut_countries.capacity() * size_of::<(Country, Time)>();
        Size {
            events: self.charges.len() + books.map_or(0, |books| books.refunds.len()),
            bytes: self.charges.bytes() + countries + books.map_or(0, |books| books.bytes()),
        }
    }
}
