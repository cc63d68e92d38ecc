//! How messages change a card.
//!
//! It knows its own bounds (a cap, a floor below which nothing is kept) as they are handed in, and no
//! other card. Before it changes anything it tells the [`Journal`] what was there.

use super::balance::{Adjustment, Balance, Change, Target};
use super::card::Card;
use super::journal::Journal;
use super::ledger::{Ledger, Note};
use super::{Event, LastAlert, MessageId};
use crate::transaction::{Country, Time};

/// A card that is being changed by one message.
#[derive(Debug)]
pub(super) struct Edit<'e> {
    card: &'e mut Card,
    journal: &'e mut Journal,
    cap: usize,
}

impl<'e> Edit<'e> {
    pub(super) fn begin(card: &'e mut Card, journal: &'e mut Journal, cap: usize) -> Self {
        journal.touch(card);
        Self { card, journal, cap }
    }

    /// The last alert, if it is another, and whether the message is the newest of its card.
    pub(super) fn see(&mut self, time: Time, alert: Option<LastAlert>) -> bool {
        let known = &mut self.card.known;
        let is_newest = time >= known.newest;
        known.newest = known.newest.max(time);
        known.alert = alert.or(known.alert);
        is_newest
    }

    /// Notes that a message of that time was not kept.
    pub(super) fn miss(&mut self, time: Time, alert: Option<LastAlert>) {
        let known = &mut self.card.known;
        known.alert = alert.or(known.alert);
        known.cut = known.cut.max(Some(time));
        known.unknown_until = known.unknown_until.max(Some(time));
    }

    /// Takes in a charge; false if the cap cut it at once. `settles`: the authorization that a
    /// clearing refers to, which is not remembered.
    pub(super) fn charge(&mut self, event: Event, settles: Option<MessageId>) -> bool {
        let charge = event.id();
        if settles.is_none() && !self.card.awaits(charge) {
            return self.show(event);
        }
        let books = self.books();
        books.bind(charge, charge);
        books.add_note(Note { charge, balance: Balance::of(&event), settles });
        self.absorb_clearings_of(charge);
        let balance = self.books().balance_of(charge).unwrap_or(Balance::of(&event));
        self.place(event, balance)
    }

    pub(super) fn refund(&mut self, event: Event) -> bool {
        let cap = self.cap;
        let gone = self.books().refunds.insert(event, cap).gone;
        self.card.known.cut = self.card.known.cut.max(gone.map(|gone| gone.time()));
        gone.is_none_or(|gone| gone.id() != event.id())
    }

    /// Takes in a clearing of a remembered charge, or a reversal; false if the cap cut it at once:
    /// it counts, and is not recognised when it comes again.
    pub(super) fn adjust(&mut self, mut adjustment: Adjustment) -> bool {
        let cap = self.cap;
        adjustment.target = self.card.resolve(adjustment.target);
        let Target::Charge(charge) = adjustment.target else {
            return self.books().add_adjustment(adjustment, cap);
        };
        self.ensure_note(charge);
        let books = self.books();
        books.bind(adjustment.id, charge);
        let kept = books.add_adjustment(adjustment, cap);
        self.balance_anew(charge);
        kept
    }

    /// Makes clearings that were charges of their own, for want of this authorization, settle it.
    fn absorb_clearings_of(&mut self, authorization: MessageId) {
        let cap = self.cap;
        while let Some(clearing) = self.books().clearing_of(authorization) {
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
        if self.card.ledger.as_ref().is_some_and(|books| books.note(charge).is_some()) {
            return;
        }
        let charges = &self.card.charges;
        let event = charges.position(charge).and_then(|at| charges.get(at)).copied();
        if let Some(event) = event {
            let balance = Balance::of(&event);
            self.books().add_note(Note { charge, balance, settles: None });
        }
    }

    /// Works out what a charge comes to now, and puts it where that belongs.
    fn balance_anew(&mut self, charge: MessageId) {
        let Some(balance) = self.books().balance_of(charge) else { return };
        let shown = self.card.charges.position(charge);
        if shown.is_some() != balance.stands {
            if let Some(event) = self.take(charge) {
                self.place(event, balance);
            }
        } else if let Some(at) = shown {
            self.change_amount(at, balance.amount);
        }
    }

    fn change_amount(&mut self, at: usize, amount: Option<i64>) {
        if let Some(event) = self.card.charges.get_mut(at) {
            self.journal.charge_was(at, event);
            *event = event.with_amount(amount);
        }
    }

    /// Takes a charge out of wherever it is.
    fn take(&mut self, charge: MessageId) -> Option<Event> {
        if let Some(at) = self.card.charges.position(charge) {
            let event = self.card.charges.remove(at)?;
            self.journal.charge_gone(at, &event);
            return Some(event);
        }
        let reversed = &mut self.books_if_any()?.reversed;
        let at = reversed.position(charge)?;
        reversed.remove(at)
    }

    /// Shows a charge at its balance, or keeps it as reversed; false if the cap cut it at once.
    fn place(&mut self, event: Event, balance: Balance) -> bool {
        let event = event.with_amount(balance.amount);
        if balance.stands {
            return self.show(event);
        }
        let cap = self.cap;
        let books = self.books();
        let gone = books.reversed.insert(event, cap).gone;
        if let Some(gone) = gone {
            books.drop_note(gone.id());
        }
        gone.is_none_or(|gone| gone.id() != event.id())
    }

    fn show(&mut self, event: Event) -> bool {
        let inserted = self.card.charges.insert(event, self.cap);
        if let Some(at) = inserted.at {
            inserted.gone.iter().for_each(|gone| self.journal.charge_gone(0, gone));
            self.journal.charge_came(at);
        }
        let Some(gone) = inserted.gone else { return true };
        self.let_go(&gone);
        if let Some(country) = gone.country() {
            self.cut_country(country, gone.time());
        }
        inserted.at.is_some()
    }

    /// What is left to do for a visible charge that is no longer kept.
    fn let_go(&mut self, gone: &Event) {
        self.card.known.cut = self.card.known.cut.max(Some(gone.time()));
        let books = self.card.ledger.as_ref();
        if books.is_some_and(|books| books.note(gone.id()).is_some()) {
            self.books().drop_note(gone.id());
        }
    }

    fn cut_country(&mut self, country: Country, time: Time) {
        self.journal.save_countries(&self.card.cut_countries);
        let countries = &mut self.card.cut_countries;
        match countries.iter_mut().find(|(known, _)| *known == country) {
            Some((_, newest)) => *newest = time.max(*newest),
            None => countries.push((country, time)),
        }
    }

    /// Drops what is at or before `floor`.
    pub(super) fn expire(&mut self, floor: Time) {
        while let Some(gone) = self.card.charges.pop_until(floor) {
            self.journal.charge_gone(0, &gone);
            self.let_go(&gone);
            let known = &mut self.card.known;
            known.unknown_until = known.unknown_until.max(Some(gone.time()));
        }
        self.card.charges.shrink();
        if self.card.cut_countries.iter().any(|(_, newest)| *newest <= floor) {
            self.journal.save_countries(&self.card.cut_countries);
            self.card.cut_countries.retain(|(_, newest)| *newest > floor);
        }
        self.expire_books(floor);
    }

    fn expire_books(&mut self, floor: Time) {
        if self.card.ledger.as_ref().is_some_and(|books| books.has_until(floor)) {
            let newest = self.books().expire(floor);
            self.card.known.cut = self.card.known.cut.max(newest);
        }
        if self.card.ledger.as_ref().is_some_and(|books| books.is_empty()) {
            self.journal.save_ledger(self.card.ledger.as_deref());
            self.card.ledger = None;
        }
    }

    /// The ledger, to be changed.
    fn books(&mut self) -> &mut Ledger {
        self.journal.save_ledger(self.card.ledger.as_deref());
        self.card.ledger.get_or_insert_default()
    }

    fn books_if_any(&mut self) -> Option<&mut Ledger> {
        self.journal.save_ledger(self.card.ledger.as_deref());
        self.card.ledger.as_deref_mut()
    }
}
