//! One card: its visible charges in time order, and how messages change them.
//!
//! It knows its own bounds (a cap, a floor below which nothing is kept) as they are handed in, and no
//! other card.

use super::balance::{Adjustment, Balance, Change, Target};
use super::ledger::{Ledger, Note};
use super::recall::Past;
use super::timeline::Timeline;
use super::{CardKey, Event, LastAlert, MessageId, Original, Recall};
use crate::transaction::Time;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Card {
    pub key: CardKey,
    charges: Timeline<Event>,
    ledger: Option<Box<Ledger>>,
    /// The time of the newest message that was kept of it; never goes back.
    pub newest: Time,
    /// See [`Recall::cut`].
    cut: Option<Time>,
    /// See [`Recall::unknown_until`].
    unknown_until: Option<Time>,
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
            charges: Timeline::default(),
            ledger: None,
            newest,
            cut,
            unknown_until: cut,
            alert: None,
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

    /// The past after `floor` and up to `now`.
    pub(super) fn recall(&self, floor: Time, now: Time, retention_ms: i64) -> Recall<'_> {
        let (charges, hidden) = Past::between(&self.charges, floor, now);
        let mut recall = Recall {
            now,
            charges,
            refunds: Past::default(),
            cut_countries: &[],
            cut: self.cut.max(hidden),
            unknown_until: self.unknown_until.max(hidden),
            retention_ms,
        };
        if let Some(books) = &self.ledger {
            let (refunds, hidden) = Past::between(&books.refunds, floor, now);
            recall.refunds = refunds;
            recall.cut_countries = &books.cut_countries;
            recall.cut = recall.cut.max(hidden);
        }
        recall
    }

    /// Takes in a charge; false if the cap cut it at once. `settles`: the authorization that a
    /// clearing refers to, which is not remembered.
    pub(super) fn charge(&mut self, event: Event, settles: Option<MessageId>, cap: usize) -> bool {
        let charge = event.id();
        if settles.is_none() && !self.is_awaited(charge) {
            return self.show(event, cap);
        }
        let books = self.books();
        books.bind(charge, charge);
        books.add_note(Note { charge, balance: Balance::of(&event), settles });
        self.absorb_clearings_of(charge, cap);
        let balance = self.books().balance_of(charge).unwrap_or(Balance::of(&event));
        self.place(event, balance, cap)
    }

    /// Whether something that came earlier refers to a charge that comes only now.
    fn is_awaited(&self, charge: MessageId) -> bool {
        self.ledger.as_ref().is_some_and(|books| {
            books.has_adjustments_for(charge) || books.clearing_of(charge).is_some()
        })
    }

    pub(super) fn refund(&mut self, event: Event, cap: usize) -> bool {
        let gone = self.books().refunds.insert(event, cap);
        self.cut = self.cut.max(gone.map(|gone| gone.time()));
        gone.is_none_or(|gone| gone.id() != event.id())
    }

    /// Takes in a clearing of a remembered charge, or a reversal; false if the cap cut it at once:
    /// it counts, and is not recognised when it comes again.
    pub(super) fn adjust(&mut self, mut adjustment: Adjustment, cap: usize) -> bool {
        adjustment.target = self.resolve(adjustment.target);
        let Target::Charge(charge) = adjustment.target else {
            return self.books().add_adjustment(adjustment, cap);
        };
        self.ensure_note(charge);
        let books = self.books();
        books.bind(adjustment.id, charge);
        let kept = books.add_adjustment(adjustment, cap);
        self.balance_anew(charge, cap);
        kept
    }

    /// What a reversal refers to, if that is known already: the authorization, else the clearing,
    /// else what that clearing settled.
    fn resolve(&self, target: Target) -> Target {
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

    /// Makes clearings that were charges of their own, for want of this authorization, settle it.
    fn absorb_clearings_of(&mut self, authorization: MessageId, cap: usize) {
        while let Some(clearing) = self.ledger.as_ref().and_then(|b| b.clearing_of(authorization)) {
            let event = self.take(clearing);
            let books = self.books();
            let note = books.drop_note(clearing);
            let (Some(event), Some(note)) = (event, note) else { continue };
            books.rebind(clearing, authorization);
            let settlement = Adjustment {
                id: clearing,
                target: Target::Charge(authorization),
                time: event.time(),
                amount: note.balance.amount,
                change: Change::Clears,
            };
            books.add_adjustment(settlement, cap);
        }
    }

    fn ensure_note(&mut self, charge: MessageId) {
        if self.ledger.as_ref().is_some_and(|books| books.note(charge).is_some()) {
            return;
        }
        let event = self.charges.position(charge).and_then(|at| self.charges.get(at)).copied();
        if let Some(event) = event {
            let balance = Balance::of(&event);
            self.books().add_note(Note { charge, balance, settles: None });
        }
    }

    /// Works out what a charge comes to now, and puts it where that belongs.
    fn balance_anew(&mut self, charge: MessageId, cap: usize) {
        let Some(balance) = self.books().balance_of(charge) else { return };
        let shown = self.charges.position(charge);
        if shown.is_some() != balance.stands {
            if let Some(event) = self.take(charge) {
                self.place(event, balance, cap);
            }
        } else if let Some(event) = shown.and_then(|at| self.charges.get_mut(at)) {
            *event = event.with_amount(balance.amount);
        }
    }

    /// Takes a charge out of wherever it is.
    fn take(&mut self, charge: MessageId) -> Option<Event> {
        if let Some(at) = self.charges.position(charge) {
            return self.charges.remove(at);
        }
        let reversed = &mut self.ledger.as_mut()?.reversed;
        let at = reversed.position(charge)?;
        reversed.remove(at)
    }

    /// Shows a charge at its balance, or keeps it as reversed; false if the cap cut it at once.
    fn place(&mut self, event: Event, balance: Balance, cap: usize) -> bool {
        let event = event.with_amount(balance.amount);
        if balance.stands {
            return self.show(event, cap);
        }
        let books = self.books();
        let gone = books.reversed.insert(event, cap);
        if let Some(gone) = gone {
            books.drop_note(gone.id());
        }
        gone.is_none_or(|gone| gone.id() != event.id())
    }

    fn show(&mut self, event: Event, cap: usize) -> bool {
        let Some(gone) = self.charges.insert(event, cap) else { return true };
        self.let_go(&gone);
        if let Some(country) = gone.country() {
            self.books().cut_country(country, gone.time());
        }
        gone.id() != event.id()
    }

    /// What is left to do for a visible charge that is no longer kept.
    fn let_go(&mut self, gone: &Event) {
        self.cut = self.cut.max(Some(gone.time()));
        if let Some(books) = &mut self.ledger {
            books.drop_note(gone.id());
        }
    }

    /// Up to when anything was known of it, or missed.
    pub(super) fn known_until(&self) -> Option<Time> {
        self.cut.max(Some(self.newest))
    }

    /// Notes that a message of that time was not kept.
    pub(super) fn miss(&mut self, time: Time) {
        self.cut = self.cut.max(Some(time));
        self.unknown_until = self.unknown_until.max(Some(time));
    }

    /// Drops what is at or before `floor`.
    pub(super) fn expire(&mut self, floor: Time) {
        while let Some(gone) = self.charges.pop_until(floor) {
            self.let_go(&gone);
            self.unknown_until = self.unknown_until.max(Some(gone.time()));
        }
        self.charges.shrink();
        if let Some(books) = &mut self.ledger {
            self.cut = self.cut.max(books.expire(floor));
            self.ledger.take_if(|books| books.is_empty());
        }
    }

    fn books(&mut self) -> &mut Ledger {
        self.ledger.get_or_insert_default()
    }

    /// Capacities count, not lengths.
    pub(super) fn size(&self) -> Size {
        let books = self.ledger.as_ref();
        Size {
            events: self.charges.len() + books.map_or(0, |books| books.refunds.len()),
            bytes: self.charges.bytes() + books.map_or(0, |books| books.bytes()),
        }
    }
}
