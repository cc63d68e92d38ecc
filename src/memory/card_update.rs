//! How messages change a card.
//!
//! ```text
//! charge ─▶ take out clearings of it ─▶ insert ─▶ they, and what waited, count towards it ┐
//! adjust ─▶ which message is meant? ─▶ insert ─▶ what waited for this clearing            ├─▶ classify
//! outcome ─▶ set the response                                                             ┘ follow-ups
//!                                                                                            │
//!                                                              amounts of the charges concerned
//! ```
//!
//! It knows its own bounds (a cap, a floor below which nothing is kept) as they are handed in, and no
//! other card. Before it changes anything it tells the [`Journal`] what was there.

use super::card::Card;
use super::entry::Adjusts;
use super::journal::Journal;
use super::ledger::{Adjustment, Increment, Ledger, Note};
use super::link::{Link, Referrer, Via};
use super::settlement::Sums;
use super::timeline::{Timed, Timeline};
use super::{Change, Event, Identity, MessageId, OriginalId};
use crate::transaction::{Country, Kind, Money, Response, Time};

/// A card that is being changed by one message.
#[derive(Debug)]
pub(super) struct CardUpdate<'e> {
    pub(super) card: &'e mut Card,
    pub(super) journal: &'e mut Journal,
    cap: usize,
    /// How many adjustments the cap has cut while they waited for their original.
    pub evicted_waiting: u64,
}

impl<'e> CardUpdate<'e> {
    pub(super) fn begin(card: &'e mut Card, journal: &'e mut Journal, cap: usize) -> Self {
        journal.touch(card);
        Self { card, journal, cap, evicted_waiting: 0 }
    }

    /// Notes a message that is kept; true if it is the newest of its card.
    pub(super) fn see(&mut self, time: Time, token: Option<&str>) -> bool {
        let known = &mut self.card.known;
        let is_newest = time >= known.newest;
        known.newest = known.newest.max(time);
        if self.card.token.is_none() {
            self.card.token = token.map(Box::from);
        }
        is_newest
    }

    /// Notes that a message of that time was not kept.
    pub(super) fn miss(&mut self, time: Time) {
        let known = &mut self.card.known;
        known.cut = known.cut.max(Some(time));
        known.unknown_until = known.unknown_until.max(Some(time));
    }

    /// Takes in an authorization, or a clearing that is a charge of its own; false if the cap cut it
    /// at once. `original`: what it refers to, if that can matter.
    pub(super) fn charge(
        &mut self,
        event: Event,
        original: Option<OriginalId>,
        charged: Option<Money>,
    ) -> bool {
        let identity = event.identity();
        match original.filter(|_| !event.is_clearing() && !event.declined()) {
            Some(original) => self.follow_up(event, original, charged),
            None if self.is_plain(original, charged) || self.would_be_cut(&event) => {
                return self.show(event);
            }
            None => {
                let settled = self.take_clearings_of(&event);
                let mut note = Note::of(identity);
                (note.settles, note.charged) = (original, charged);
                if original.is_some() || charged.is_some() {
                    self.ledger().notes.push_back(note);
                }
                self.insert_charge(event);
                self.settle(identity, settled);
                self.bind_to(&event);
                self.cap_charges();
            }
        }
        self.classify_follow_ups();
        self.balance(identity);
        self.cap_adjustments();
        self.is_kept(identity)
    }

    pub(super) fn refund(&mut self, event: Event) -> bool {
        let cap = self.cap;
        let inserted = self.ledger().refunds.insert(event, cap);
        self.card.known.cut = self.card.known.cut.max(inserted.gone.map(|gone| gone.time()));
        inserted.at.is_some()
    }

    /// Takes in a clearing of a remembered charge, one that is in no list, or a reversal; false if
    /// the cap cut it at once: it counts, and is not recognised when it comes again.
    pub(super) fn adjust(&mut self, message: Adjusts, alert: Option<u8>) -> bool {
        let mut adjustment = Adjustment {
            message,
            link: message.original.map(Link::waiting),
            amount: message.amount,
            alert,
        };
        if let Some(via) = self.card.meant_by(&message) {
            self.bind(&mut adjustment, via);
        }
        let (identity, root) = (adjustment.identity(), adjustment.root());
        self.add_adjustment(adjustment);
        if message.change == Change::Captures {
            let via = Via { kind: Kind::Clearing, merchant: message.merchant, time: message.time };
            self.rebind(message.id, via);
        }
        self.classify_follow_ups();
        root.into_iter().for_each(|root| self.balance(root));
        self.cap_adjustments();
        self.card.ledger.as_ref().is_some_and(|l| l.adjustments.find(identity).is_some())
    }

    /// The response to a message that came without one; false if that is not kept.
    pub(super) fn outcome(&mut self, of: Identity, response: &Response) -> bool {
        if let Some(at) = self.card.charges.position_of(of) {
            self.change_charge(at, |event| event.with_response(response));
        } else if let Some(event) = self.event_beside(of) {
            *event = event.with_response(response);
        } else {
            return false;
        }
        self.classify_follow_ups();
        self.balance(of);
        true
    }

    /// An increment or a refund, to be changed.
    fn event_beside(&mut self, of: Identity) -> Option<&mut Event> {
        let ledger = self.ledger_if_any()?;
        if let Some(at) = ledger.increments.position_of(of) {
            return ledger.increments.get_mut(at).map(|increment| &mut increment.event);
        }
        let at = ledger.refunds.position_of(of)?;
        ledger.refunds.get_mut(at)
    }

    /// Whether nothing refers to or from a charge, and its event is all there is to keep.
    fn is_plain(&self, original: Option<OriginalId>, charged: Option<Money>) -> bool {
        self.card.ledger.is_none() && original.is_none() && charged.is_none()
    }

    fn would_be_cut(&self, event: &Event) -> bool {
        let charges = &self.card.charges;
        charges.len() >= self.cap
            && charges.oldest().is_some_and(|oldest| event.time() < oldest.time())
    }

    fn is_kept(&self, identity: Identity) -> bool {
        self.card.authorization(identity).is_some()
    }

    /// An authorization that may raise another: provisionally an increment.
    fn follow_up(&mut self, event: Event, original: OriginalId, charged: Option<Money>) {
        let settled = self.take_clearings_of(&event);
        let identity = event.identity();
        let referrer = Referrer { merchant: event.merchant(), time: event.time() };
        let candidates = self.card.candidates(original, Kind::Authorization, identity);
        let link = Link { via: referrer.choose(candidates), ..Link::waiting(original) };
        self.add_increment(Increment { event, link, charged });
        self.settle(identity, settled);
        self.bind_to(&event);
    }

    /// Takes clearings that were charges of their own out of the list, since the authorization that
    /// they refer to has come.
    fn take_clearings_of(&mut self, authorization: &Event) -> Vec<(Event, Note)> {
        if authorization.is_clearing() {
            return Vec::new();
        }
        let original = OriginalId::of_message(authorization.id(), Kind::Authorization);
        let mut taken = Vec::new();
        let is_its = |note: &&Note| note.settles == Some(original);
        while let Some(charge) = self
            .card
            .ledger
            .as_ref()
            .and_then(|ledger| Some(ledger.notes.iter().find(is_its)?.charge))
        {
            let event = self.take_charge(charge);
            let note = self.ledger().drop_note(charge);
            taken.extend(event.zip(note));
        }
        taken
    }

    /// Makes clearings adjustments of the authorization that they refer to.
    fn settle(&mut self, authorization: Identity, clearings: Vec<(Event, Note)>) {
        for (event, note) in clearings {
            let (merchant, time) = (event.merchant(), event.time());
            let message = Adjusts {
                change: Change::Captures,
                id: event.id(),
                merchant,
                time,
                amount: event.attempted(),
                original: note.settles,
                charged: note.charged,
            };
            let ledger = self.ledger();
            ledger.move_root(event.identity(), authorization);
            if note.frozen != Sums::default()
                && let Some(own) = ledger.note_mut(authorization)
            {
                own.frozen.add_all(&note.frozen);
            }
            let mut adjustment = Adjustment {
                message,
                link: note.settles.map(Link::waiting),
                amount: message.amount,
                alert: event.alert(),
            };
            if let Some(via) = self.card.meant_by(&message) {
                self.bind(&mut adjustment, via);
            }
            self.add_adjustment(adjustment);
        }
    }

    /// Lets messages that refer to this charge count towards it.
    fn bind_to(&mut self, event: &Event) {
        let via = Via { kind: event.kind(), merchant: event.merchant(), time: event.time() };
        self.rebind(event.id(), via);
        if !event.is_clearing() {
            self.rebind_follow_ups(event.id(), via);
        }
    }

    /// Lets adjustments that refer to a message that has come mean it, if it is what they mean
    /// rather than what they meant so far.
    fn rebind(&mut self, id: MessageId, arrived: Via) {
        let original = OriginalId::of_message(id, arrived.kind);
        let count = self.card.ledger.as_ref().map_or(0, |ledger| ledger.adjustments.len());
        for at in 0..count {
            let Some((mut adjustment, via)) = self.meaning_now(at, original, &arrived) else {
                continue;
            };
            let before = adjustment.root();
            self.bind(&mut adjustment, via);
            let (identity, root) = (adjustment.identity(), adjustment.root());
            self.put_adjustment(at, adjustment);
            if adjustment.message.change == Change::Captures {
                self.move_reversals_of(identity, root);
            }
            before.into_iter().chain(root).for_each(|charge| self.balance(charge));
        }
    }

    /// The adjustment there and what it means, if that is something else since a message has come:
    /// that message, which may also be one that it meant before and that was forgotten in between.
    fn meaning_now(
        &self,
        at: usize,
        original: OriginalId,
        arrived: &Via,
    ) -> Option<(Adjustment, Via)> {
        let adjustment = self.card.ledger.as_ref()?.adjustments.get(at)?;
        let link = adjustment.link.filter(|link| link.original == original)?;
        let arrived = arrived.identity(original);
        let is_open = link.target().is_none_or(|known| known == arrived || self.card.keeps(known));
        let via = self.card.meant_by(&adjustment.message).filter(|_| is_open)?;
        let is_new = link.via != Some(via) || via.identity(original) == arrived;
        is_new.then_some((*adjustment, via))
    }

    pub(super) fn put_adjustment(&mut self, at: usize, adjustment: Adjustment) {
        if let Some(place) = self.ledger().adjustments.get_mut(at) {
            *place = adjustment;
        }
    }

    /// Reversals of a clearing count towards what that counts towards.
    fn move_reversals_of(&mut self, clearing: Identity, root: Option<Identity>) {
        let Some(ledger) = self.ledger_if_any() else { return };
        let mut moved = Vec::new();
        for adjustment in ledger.adjustments.iter_mut() {
            if let Some(link) = adjustment.link.as_mut().filter(|l| l.target() == Some(clearing)) {
                moved.extend(link.root);
                link.root = root;
            }
        }
        moved.into_iter().for_each(|before| self.balance(before));
    }

    /// Makes an adjustment mean a message that is kept.
    fn bind(&self, adjustment: &mut Adjustment, via: Via) {
        let Some(link) = &mut adjustment.link else { return };
        let target = via.identity(link.original);
        link.via = Some(via);
        link.root = self.card.root_of(target);
        adjustment.amount = self.card.amount_of(&adjustment.message, target);
    }

    /// There may be too many until it is known what each of them counts towards.
    fn add_adjustment(&mut self, adjustment: Adjustment) {
        let adjustments = &mut self.ledger().adjustments;
        let cap = adjustments.len() + 1;
        adjustments.insert(adjustment, cap);
    }

    /// Lets go of adjustments beyond the cap.
    fn cap_adjustments(&mut self) {
        while self.card.ledger.as_ref().is_some_and(|l| l.adjustments.len() > self.cap) {
            let Some(gone) = pop(&mut self.ledger().adjustments, Time(i64::MAX)) else { return };
            self.evicted_waiting += u64::from(gone.link.is_some() && gone.root().is_none());
            self.freeze(gone.root(), |sums| gone.add_to(sums));
        }
    }

    /// Keeps with a charge what a message added to it that is no longer kept itself.
    pub(super) fn freeze(&mut self, root: Option<Identity>, add: impl FnOnce(&mut Sums)) {
        let Some(root) = root.filter(|root| self.is_kept(*root)) else { return };
        if let Some(note) = self.ledger().note_mut(root) {
            add(&mut note.frozen);
        }
    }

    /// There may be too many until the follow-ups are classified.
    pub(super) fn add_increment(&mut self, increment: Increment) {
        let increments = &mut self.ledger().increments;
        let cap = increments.len() + 1;
        increments.insert(increment, cap);
    }

    /// Lets go of increments beyond the cap.
    pub(super) fn cap_increments(&mut self) {
        while self.card.ledger.as_ref().is_some_and(|l| l.increments.len() > self.cap) {
            let Some(gone) = self.ledger().increments.pop_until(Time(i64::MAX)) else { return };
            self.freeze(gone.link.root, |sums| gone.add_to(sums));
        }
    }

    /// Works out what is left of a charge.
    pub(super) fn balance(&mut self, charge: Identity) {
        let Some(at) = self.card.charges.position_of(charge) else { return };
        let Some(event) = self.card.charges.get(at) else { return };
        let mut sums = Sums::of(event);
        if let Some(ledger) = &self.card.ledger {
            sums.add_all(&ledger.added_to(charge));
        }
        let balance = sums.balance(event);
        let changed =
            event.with_balance(balance.amount, balance.reversed).with_alerted(sums.alerted);
        if changed != *event {
            self.change_charge(at, |_| changed);
        }
    }

    fn change_charge(&mut self, at: usize, change: impl FnOnce(Event) -> Event) {
        if let Some(event) = self.card.charges.get_mut(at) {
            self.journal.charge_was(at, event);
            *event = change(*event);
        }
    }

    /// Takes a charge out of the list, which is not what the cap does.
    pub(super) fn take_charge(&mut self, charge: Identity) -> Option<Event> {
        let at = self.card.charges.position_of(charge)?;
        let event = self.card.charges.remove(at)?;
        self.journal.charge_gone(at, &event);
        Some(event)
    }

    /// Puts a charge in its place; false if the cap cut it at once.
    fn show(&mut self, event: Event) -> bool {
        let inserted = self.card.charges.insert(event, self.cap);
        if let Some(at) = inserted.at {
            inserted.gone.iter().for_each(|gone| self.journal.charge_gone(0, gone));
            self.journal.charge_came(at);
        }
        let Some(gone) = inserted.gone else { return true };
        self.cut(&gone);
        inserted.at.is_some()
    }

    /// There may be too many until it is known what refers to them.
    pub(super) fn insert_charge(&mut self, event: Event) {
        let charges = &mut self.card.charges;
        let cap = charges.len() + 1;
        if let Some(at) = charges.insert(event, cap).at {
            self.journal.charge_came(at);
        }
    }

    /// Cuts charges beyond the cap.
    pub(super) fn cap_charges(&mut self) {
        while self.card.charges.len() > self.cap {
            let Some(gone) = self.card.charges.pop_until(Time(i64::MAX)) else { return };
            self.journal.charge_gone(0, &gone);
            self.cut(&gone);
        }
    }

    /// What is left to do for a charge that the cap has cut.
    fn cut(&mut self, gone: &Event) {
        self.let_go(gone);
        self.card.known.charge_cut = self.card.known.charge_cut.max(Some(gone.time()));
        if let Some(country) = gone.country() {
            self.cut_country(country, gone.time());
        }
    }

    /// What is left to do for a charge that is no longer kept.
    fn let_go(&mut self, gone: &Event) {
        self.card.known.cut = self.card.known.cut.max(Some(gone.time()));
        let identity = gone.identity();
        if self.card.ledger.as_ref().is_some_and(|ledger| ledger.note(identity).is_some()) {
            self.ledger().drop_note(identity);
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
        self.expire_ledger(floor);
    }

    fn expire_ledger(&mut self, floor: Time) {
        if self.card.ledger.as_ref().is_some_and(|ledger| ledger.has_until(floor)) {
            while let Some(gone) = pop(&mut self.ledger().adjustments, floor) {
                self.freeze(gone.root(), |sums| gone.add_to(sums));
            }
            while let Some(gone) = pop(&mut self.ledger().increments, floor) {
                self.freeze(gone.link.root, |sums| gone.add_to(sums));
            }
            let refunds = &mut self.ledger().refunds;
            let newest = std::iter::from_fn(|| refunds.pop_until(floor)).last();
            self.card.known.cut = self.card.known.cut.max(newest.map(|refund| refund.time()));
        }
        if self.card.ledger.as_ref().is_some_and(|ledger| ledger.is_empty()) {
            self.journal.save_ledger(self.card.ledger.as_deref());
            self.card.ledger = None;
        }
    }

    /// The ledger, to be changed.
    pub(super) fn ledger(&mut self) -> &mut Ledger {
        self.journal.save_ledger(self.card.ledger.as_deref());
        self.card.ledger.get_or_insert_default()
    }

    fn ledger_if_any(&mut self) -> Option<&mut Ledger> {
        self.journal.save_ledger(self.card.ledger.as_deref());
        self.card.ledger.as_deref_mut()
    }
}

fn pop<T: Timed>(list: &mut Timeline<T>, floor: Time) -> Option<T> {
    list.pop_until(floor)
}
