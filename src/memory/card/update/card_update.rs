//! Changes a card by one message.
//!
//! ```text
//! charge ──▶ take out its clearings ─▶ insert ─▶ bind them and what waited ──────────────────┐
//! adjust ──▶ find its original ──────▶ insert ─▶ bind reversals that waited ─────────────────┤
//! respond ─▶ set the response ───────────────────────────────────────────────────────────────┤
//!                                                                                            ▼
//!                  recompute affected charges ◀─ cut the oldest charges ◀─ classify follow-ups
//!                      │
//!                      ▼ cut adjustments beyond the cap
//! ```
//!
//! Charges are cut last, because a message that arrives may merge several of them into one.
//!
//! The caller passes in the limits (a cap, and a retention floor at or before which nothing is
//! kept). This module knows no other card. It records every change in [`CardChanges`].

use crate::memory::card::message::entry::{AdjustmentEntry, AdjustmentKind};
use crate::memory::card::message::event::Event;
use crate::memory::card::message::identity::{Identity, OriginalId};
use crate::memory::card::message::link::{Link, Referrer};
use crate::memory::card::state::adjustment::Adjustment;
use crate::memory::card::state::card::Card;
use crate::memory::card::state::card_changes::CardChanges;
use crate::memory::card::state::increment::Increment;
use crate::memory::card::state::ledger_update::LedgerUpdate;
use crate::memory::card::state::note::Note;
use crate::memory::card::state::recorded_list::RecordedList;
use crate::memory::card::state::referring::Referring;
use crate::memory::card::state::settlement::{Balance, Sums};
use crate::memory::card::state::timeline::{Timed, Timeline};
use crate::transaction::{Kind, Money, Response, Time};

/// A card that one message is changing.
#[derive(Debug)]
pub(in crate::memory) struct CardUpdate<'e> {
    pub(in crate::memory) card: &'e mut Card,
    pub(in crate::memory) changes: &'e mut CardChanges,
    pub(in crate::memory) cap: usize,
    /// How many adjustments and labels the cap has cut while they waited for their original.
    pub evicted_waiting: u64,
}

impl<'e> CardUpdate<'e> {
    /// Starts to change a card whose state the store has saved.
    pub(in crate::memory) fn begin(
        card: &'e mut Card,
        changes: &'e mut CardChanges,
        cap: usize,
    ) -> Self {
        Self { card, changes, cap, evicted_waiting: 0 }
    }

    /// Notes a kept message; true if it is the newest of its card.
    pub(in crate::memory) fn note_kept(&mut self, time: Time, token: Option<&str>) -> bool {
        let times = &mut self.card.times;
        let is_newest = time >= times.newest;
        times.newest = times.newest.max(time);
        self.note_token(token);
        is_newest
    }

    /// Notes the card's token, if it was not known.
    pub(in crate::memory) fn note_token(&mut self, token: Option<&str>) {
        if self.card.token.is_none() {
            self.card.token = token.map(Box::from);
        }
    }

    /// The time of the newest kept message.
    pub(in crate::memory) fn newest(&self) -> Time {
        self.card.times.newest
    }

    /// Notes that a message of this time was not kept.
    pub(in crate::memory) fn note_missed(&mut self, time: Time) {
        let times = &mut self.card.times;
        times.cut = times.cut.max(Some(time));
        times.unknown_until = times.unknown_until.max(Some(time));
    }

    /// Adds an authorization, or a clearing that counts as a charge; false if the cap cut it
    /// immediately. `original` is what it refers to, if memory needs it.
    pub(in crate::memory) fn charge(
        &mut self,
        event: Event,
        original: Option<OriginalId>,
        charged: Option<Money>,
    ) -> bool {
        let identity = event.identity();
        match original.filter(|_| !event.is_clearing() && !event.declined()) {
            Some(original) => self.follow_up(event, original, charged),
            None if self.is_plain(original, charged) || self.is_cut_at_once(&event) => {
                let is_kept = self.insert_plain_charge(event);
                self.cap_increments();
                self.cap_adjustments();
                return is_kept;
            }
            None => {
                let settled = self.take_clearings_of(&event);
                if original.is_some() || charged.is_some() {
                    let mut note = Note::of(identity);
                    note.charged = charged;
                    note.set_settles(original);
                    self.ledger().notes.push_back(note);
                }
                self.insert_charge(event);
                self.settle(identity, settled);
                self.bind_to(&event);
            }
        }
        self.classify_follow_ups(Some(identity));
        self.cap_charges();
        self.cap_increments();
        self.balance(identity);
        self.cap_adjustments();
        self.relabel();
        self.is_kept(identity)
    }

    pub(in crate::memory) fn refund(&mut self, event: Event) -> bool {
        let cap = self.cap;
        let inserted = self.ledger().refunds.insert(event, cap);
        self.card.times.cut = self.card.times.cut.max(inserted.gone.map(|gone| gone.time()));
        self.cap_increments();
        self.cap_adjustments();
        inserted.at.is_some()
    }

    /// Adds a clearing of a remembered charge, an unlisted clearing, or a reversal. False if a cap
    /// cut it immediately: its amount counts, but a duplicate of it will not be recognised.
    pub(in crate::memory) fn adjust(
        &mut self,
        message: AdjustmentEntry,
        alert: Option<u8>,
    ) -> bool {
        let mut adjustment = Adjustment::of(&message, alert);
        if let Some(target) = self.card.find_original(&message) {
            adjustment = self.bound(adjustment, target);
        }
        let (identity, root) = (adjustment.identity(), adjustment.root());
        self.add_adjustment(adjustment);
        if message.change == AdjustmentKind::Capture {
            self.rebind(message.id, adjustment.referent());
        }
        self.classify_follow_ups(None);
        self.cap_increments();
        root.into_iter().for_each(|root| self.balance(root));
        self.cap_adjustments();
        self.relabel();
        self.card.ledger.as_ref().is_some_and(|l| l.adjustments.find(identity).is_some())
    }

    /// Adds the response to a message that came without one; false if that message is not kept.
    pub(in crate::memory) fn respond(&mut self, of: Identity, response: &Response) -> bool {
        let respond = |event: Event| event.with_response(response);
        if let Some(at) = self.card.charges.position_of(of) {
            self.change_charge(at, respond);
        } else if !self.change_ledger_event(of, respond) {
            return false;
        }
        self.classify_follow_ups(None);
        self.cap_increments();
        self.balance(of);
        self.cap_adjustments();
        self.relabel();
        true
    }

    /// Changes an increment or a refund; false if neither is kept.
    fn change_ledger_event(&mut self, of: Identity, change: impl Fn(Event) -> Event) -> bool {
        let Some(mut ledger) = self.ledger_if_any() else { return false };
        if let Some(at) = ledger.increments.position_of(of) {
            ledger.increments.change(at, |increment| increment.event = change(increment.event));
            return true;
        }
        let Some(at) = ledger.refunds.position_of(of) else { return false };
        ledger.refunds.change(at, |refund| *refund = change(*refund));
        true
    }

    /// Whether nothing refers to or from a charge, and its event is all there is to keep.
    fn is_plain(&self, original: Option<OriginalId>, charged: Option<Money>) -> bool {
        self.card.ledger.is_none() && original.is_none() && charged.is_none()
    }

    /// Whether a charge is older than a full list, and no message refers to its id. One that does
    /// may be merged with it, which makes room.
    fn is_cut_at_once(&self, event: &Event) -> bool {
        let charges = &self.card.charges;
        let is_older = charges.oldest().is_some_and(|oldest| event.time() < oldest.time());
        let is_referred_to = || {
            let original = OriginalId::of_message(event.id(), event.kind());
            self.card.ledger.as_ref().is_some_and(|ledger| ledger.has_reference_to(original))
        };
        charges.len() >= self.cap && is_older && !is_referred_to()
    }

    pub(in crate::memory) fn is_kept(&self, identity: Identity) -> bool {
        self.card.authorization(identity).is_some()
    }

    /// Adds an authorization that may raise another, as an increment until follow-ups are
    /// classified.
    fn follow_up(&mut self, event: Event, original: OriginalId, charged: Option<Money>) {
        let settled = self.take_clearings_of(&event);
        let identity = event.identity();
        let referrer = Referrer { merchant: event.merchant(), time: event.time() };
        let candidates = self.card.candidates(original, Kind::Authorization, identity);
        let link = Link { target: referrer.choose(candidates), ..Link::waiting(original) };
        self.add_increment(Increment { event, link, charged });
        self.settle(identity, settled);
        self.bind_to(&event);
    }

    /// Takes clearings that counted as charges out of the charges, now that the authorization they
    /// refer to has arrived.
    fn take_clearings_of(&mut self, authorization: &Event) -> Vec<(Event, Note)> {
        if authorization.is_clearing() {
            return Vec::new();
        }
        let original = OriginalId::of_message(authorization.id(), Kind::Authorization);
        let mut taken = Vec::new();
        while let Some(charge) =
            self.card.ledger.as_ref().and_then(|l| Some(l.notes.settling(original)?.charge))
        {
            let event = self.remove_charge(charge);
            let note = self.ledger().drop_note(charge);
            taken.extend(event.zip(note));
        }
        taken
    }

    /// Turns clearings into adjustments that wait until [`Self::bind_to`] binds them to the
    /// authorization.
    fn settle(&mut self, authorization: Identity, clearings: Vec<(Event, Note)>) {
        for (event, note) in clearings {
            let (merchant, time) = (event.merchant(), event.time());
            let message = AdjustmentEntry {
                change: AdjustmentKind::Capture,
                id: event.id(),
                merchant,
                time,
                amount: event.attempted(),
                original: note.settles(),
                charged: note.charged,
            };
            let frozen = note.frozen();
            if frozen != Sums::default() {
                self.ledger().change_note(authorization, |own| {
                    own.change_frozen(|sums| sums.add_all(&frozen));
                });
            }
            self.add_adjustment(Adjustment::of(&message, event.alert()));
        }
    }

    /// Recomputes what is left of a charge.
    pub(in crate::memory) fn balance(&mut self, charge: Identity) {
        let Some(at) = self.card.charges.position_of(charge) else { return };
        let Some(event) = self.card.charges.get(at) else { return };
        let mut sums = Sums::of(event);
        let mut reversed_as_charged = false;
        if let Some(ledger) = &self.card.ledger {
            sums.add_all(&ledger.added_to(charge));
            reversed_as_charged = ledger.is_reversed_as_charged(event, &sums);
        }
        let balance = if reversed_as_charged { Balance::REVERSED } else { sums.balance(event) };
        let changed =
            event.with_balance(balance.amount, balance.reversed).with_alerted(sums.alerted);
        if changed != *event {
            self.change_charge(at, |_| changed);
        }
    }

    fn change_charge(&mut self, at: usize, change: impl FnOnce(Event) -> Event) {
        self.charges().change(at, |event| *event = change(*event));
    }

    /// Takes a charge out of the list without marking it as cut.
    pub(in crate::memory) fn remove_charge(&mut self, charge: Identity) -> Option<Event> {
        let at = self.card.charges.position_of(charge)?;
        self.charges().remove(at)
    }

    /// Inserts a charge that nothing refers to; false if the cap cut it immediately.
    fn insert_plain_charge(&mut self, event: Event) -> bool {
        let cap = self.cap;
        let inserted = self.charges().insert(event, cap);
        let Some(gone) = inserted.gone else { return true };
        self.cut(&gone);
        inserted.at.is_some()
    }

    /// May exceed the cap until what refers to the charges is known.
    pub(in crate::memory) fn insert_charge(&mut self, event: Event) {
        let cap = self.card.charges.len() + 1;
        self.charges().insert(event, cap);
    }

    /// May exceed the cap until what each adjustment counts towards is known.
    fn add_adjustment(&mut self, adjustment: Adjustment) {
        self.ledger().adjustments.insert(adjustment);
    }

    /// May exceed the cap until the follow-ups are classified.
    pub(in crate::memory) fn add_increment(&mut self, increment: Increment) {
        self.ledger().increments.insert(increment);
    }

    pub(in crate::memory) fn charges(&mut self) -> RecordedList<'_, Timeline<Event>> {
        self.changes.charges(&mut self.card.charges)
    }

    /// The ledger, to be changed; created if needed.
    pub(in crate::memory) fn ledger(&mut self) -> LedgerUpdate<'_> {
        self.changes.ledger(&mut self.card.ledger)
    }

    pub(in crate::memory) fn ledger_if_any(&mut self) -> Option<LedgerUpdate<'_>> {
        self.card.ledger.is_some().then(|| self.ledger())
    }
}
