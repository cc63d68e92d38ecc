//! Holds one card: its charges in time order, and what is kept besides them.
//!
//! This module says what a card remembers and answers questions about it. How messages change a
//! card is in [`crate::memory::card::update::card_update`].

use super::adjustment::Adjustment;
use super::ledger::Ledger;
use super::recall::{Past, Recall};
use super::snoozes::Snoozes;
use super::timeline::{Timed, Timeline};
use crate::memory::card::message::entry::{
    AdjustmentEntry, AdjustmentKind, LabelEntry, original_of,
};
use crate::memory::card::message::event::Event;
use crate::memory::card::message::identity::{CardKey, Identity, MessageId, OriginalId};
use crate::memory::card::message::link::Referent;
use crate::memory::card::message::role::{PublishedAlert, Recognised};
use crate::transaction::{Country, Kind, Money, Response, Time, Transaction};

#[derive(Debug, PartialEq)]
pub(in crate::memory) struct Card {
    pub key: CardKey,
    /// `None` until a message or a history record carries the token.
    pub token: Option<Box<str>>,
    pub times: CardTimes,
    pub charges: Timeline<Event>,
    pub ledger: Option<Box<Ledger>>,
    /// See [`Recall::cut_countries`].
    pub cut_countries: Vec<(Country, Time)>,
}

/// What is known of the card as a whole.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::memory) struct CardTimes {
    /// The time of the newest message that was kept; never moves back.
    pub newest: Time,
    /// See [`Recall::cut`].
    pub cut: Option<Time>,
    /// See [`Recall::unknown_until`].
    pub unknown_until: Option<Time>,
    /// The time of the newest charge or increment that the cap has cut.
    pub charge_cut: Option<Time>,
}

/// How much memory a card uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::memory) struct Size {
    /// Charges and refunds.
    pub events: usize,
    pub bytes: usize,
}

impl Card {
    pub(in crate::memory) fn new(key: CardKey, newest: Time, cut: Option<Time>) -> Self {
        Self {
            key,
            token: None,
            times: CardTimes { newest, cut, unknown_until: cut, charge_cut: None },
            charges: Timeline::default(),
            ledger: None,
            cut_countries: Vec::new(),
        }
    }

    /// Compares a message with what is remembered: whether it is new, a separate response or a duplicate.
    pub(in crate::memory) fn recognise(&self, tx: &Transaction<'_>) -> Recognised {
        let identity = Identity::of(tx);
        let mut reused_id = false;
        for event in self.events_with(identity.id) {
            if event.identity().is_same(&identity) {
                return self.recognised_by(event, tx);
            }
            reused_id = true;
        }
        for adjustment in self.adjustments_with(identity.id) {
            if adjustment.identity().is_same(&identity) {
                return Recognised::Duplicate {
                    differs: !has_same_content(&adjustment.message(), tx),
                };
            }
            reused_id = true;
        }
        Recognised::New { reused_id }
    }

    /// Classifies a message that has the identity of a remembered event.
    fn recognised_by(&self, event: &Event, tx: &Transaction<'_>) -> Recognised {
        let again = Event::of(tx);
        if again.has_response() && !event.has_response() {
            let asked = Transaction { response: Response::default(), ..tx.clone() };
            return Recognised::Response { differs: !self.has_same_content(event, &asked) };
        }
        Recognised::Duplicate { differs: !self.has_same_content(event, tx) }
    }

    fn has_same_content(&self, event: &Event, tx: &Transaction<'_>) -> bool {
        let again = Event::of(tx);
        // A duplicate of the original message can arrive after its separate response: it has no response.
        let before = if again.has_response() { *event } else { event.without_response() };
        before.has_same_content_as(&again) && !self.contradicts(event, tx)
    }

    /// Whether a message with the identity of `charge` has another original, or another amount in
    /// the message's own currency.
    fn contradicts(&self, charge: &Event, tx: &Transaction<'_>) -> bool {
        let (original, charged) = self.reference_and_charged_amount(charge.identity());
        let refers_elsewhere =
            tx.kind != Kind::Refund && !charge.declined() && original != original_of(tx);
        refers_elsewhere || charged.is_some_and(|charged| charged != tx.amount)
    }

    /// What a charge or an increment refers to, and its amount in the message's currency if that is
    /// foreign.
    fn reference_and_charged_amount(
        &self,
        charge: Identity,
    ) -> (Option<OriginalId>, Option<Money>) {
        let Some(ledger) = &self.ledger else { return (None, None) };
        if let Some(increment) = ledger.increments.find(charge) {
            return (Some(increment.link.original), increment.charged);
        }
        let Some(note) = ledger.note(charge) else { return (None, None) };
        (note.settles().or(note.follows().map(|link| link.original)), note.charged)
    }

    /// Charges, increments and refunds with this id.
    fn events_with(&self, id: MessageId) -> impl Iterator<Item = &Event> {
        let ledger = self.ledger.iter();
        let others = ledger.flat_map(move |ledger| {
            let increments = ledger.increments.all_with(id).map(|increment| &increment.event);
            increments.chain(ledger.refunds.all_with(id))
        });
        self.charges.all_with(id).chain(others)
    }

    fn adjustments_with(&self, id: MessageId) -> impl Iterator<Item = &Adjustment> {
        self.ledger.iter().flat_map(move |ledger| ledger.adjustments.all_with(id))
    }

    /// The charge or increment with this identity.
    pub(in crate::memory) fn authorization(&self, identity: Identity) -> Option<&Event> {
        let charge = self.charges.find(identity);
        charge.or_else(|| Some(&self.ledger.as_ref()?.increments.find(identity)?.event))
    }

    /// Whether the message is kept and an `original_id` can refer to it.
    pub(in crate::memory) fn keeps(&self, identity: Identity) -> bool {
        self.authorization(identity).is_some()
            || self
                .ledger
                .as_ref()
                .is_some_and(|ledger| ledger.adjustments.find(identity).is_some())
    }

    /// The messages, other than `own`, that an `original_id` can refer to.
    pub(in crate::memory) fn candidates(
        &self,
        original: OriginalId,
        kind: Kind,
        own: Identity,
    ) -> impl Iterator<Item = Referent> {
        let id = original.as_kind(kind);
        let charges = self.charges.all_with(id).map(move |event| Referent {
            kind,
            merchant: event.merchant(),
            time: event.time(),
        });
        let others = self.ledger.iter().flat_map(move |ledger| ledger.candidates(id, kind));
        charges.chain(others).filter(move |target| target.identity(original) != own)
    }

    /// The message that a clearing or reversal refers to.
    pub(in crate::memory) fn find_original(&self, message: &AdjustmentEntry) -> Option<Referent> {
        let own = Identity::new(message.id, message.merchant, message.time);
        let original = message.original?;
        let referrer = message.referrer();
        let authorizations = self.candidates(original, Kind::Authorization, own);
        match message.change {
            AdjustmentKind::Capture => referrer.choose(authorizations),
            AdjustmentKind::Reversal => referrer.choose(authorizations.chain(self.candidates(
                original,
                Kind::Clearing,
                own,
            ))),
        }
    }

    /// The message that a label belongs to.
    pub(in crate::memory) fn find_labelled(&self, label: &LabelEntry) -> Option<Referent> {
        let of = |kind| self.candidates(label.of, kind, label.identity());
        label.referrer().choose(of(Kind::Authorization).chain(of(Kind::Clearing)))
    }

    /// Whether a label with the same content is kept.
    pub(in crate::memory) fn has_label(&self, label: &LabelEntry) -> bool {
        self.ledger.as_ref().is_some_and(|ledger| ledger.labels.repeats(label))
    }

    /// Whether a label became known after `now`.
    pub(in crate::memory) fn has_label_after(&self, now: Time) -> bool {
        let newest = self.ledger.as_ref().and_then(|ledger| ledger.labels.newest_known_at());
        newest > Some(now)
    }

    /// These charges, labelled with what was known at `now`.
    pub(in crate::memory) fn labelled_as_of(&self, now: Time, charges: &Past<'_>) -> Vec<Event> {
        let mut charges: Vec<_> = charges.iter().map(|charge| charge.with_label(None)).collect();
        for (of, label) in self.ledger.iter().flat_map(|ledger| ledger.labels.known_at(now)) {
            let charge = charges.iter_mut().find(|charge| charge.identity() == of);
            charge.into_iter().for_each(|charge| *charge = charge.with_label(Some(label)));
        }
        charges
    }

    /// The charge that a kept message counts towards: itself, if it is a charge.
    pub(in crate::memory) fn root_of(&self, identity: Identity) -> Option<Identity> {
        if self.charges.find(identity).is_some() {
            return Some(identity);
        }
        self.ledger.as_ref()?.root_of(identity)
    }

    /// The label that counts for a message: the newest of the charge that it counts towards.
    pub(in crate::memory) fn label_of(&self, message: Identity) -> Option<&LabelEntry> {
        let root = self.root_of(message)?;
        Some(&self.ledger.as_ref()?.labels.all_of(root).last()?.entry)
    }

    /// A foreign message's amount in the base currency, and its amount as charged.
    fn rate_of(&self, identity: Identity) -> Option<(Option<i64>, Money)> {
        let ledger = self.ledger.as_ref()?;
        if let Some(event) = self.charges.find(identity) {
            return Some((event.attempted(), ledger.note(identity)?.charged?));
        }
        match ledger.increments.find(identity) {
            Some(increment) => Some((increment.event.attempted(), increment.charged?)),
            None => {
                let message = ledger.adjustments.find(identity)?.message();
                Some((message.amount, message.charged?))
            }
        }
    }

    /// What an adjustment of `target` adds. A reversal uses the exchange rate of the message it
    /// takes back.
    pub(in crate::memory) fn amount_of(
        &self,
        message: &AdjustmentEntry,
        target: Identity,
    ) -> Option<i64> {
        let (AdjustmentKind::Reversal, Some(charged)) = (message.change, message.charged) else {
            return message.amount;
        };
        match self.rate_of(target) {
            Some((base, original))
                if original.currency == charged.currency && original.minor > 0 =>
            {
                Some(share(charged.minor, base?, original.minor))
            }
            _ => message.amount,
        }
    }

    /// The most severe alert published less than `cooldown_ms` from `time`, if it has at least that
    /// severity; the newest one if several are equally severe.
    pub(in crate::memory) fn alert_near(
        &self,
        time: Time,
        severity: u8,
        cooldown_ms: i64,
    ) -> Option<PublishedAlert> {
        let near = self.alerts().filter(|alert| {
            let distance_ms = alert.time.millis().abs_diff(time.millis());
            alert.severity >= severity && distance_ms < cooldown_ms.unsigned_abs()
        });
        near.max_by_key(|alert| (alert.severity, alert.time))
    }

    /// The published alerts about kept messages.
    fn alerts(&self) -> impl Iterator<Item = PublishedAlert> {
        let of_event =
            |event: &Event| Some(PublishedAlert { time: event.time(), severity: event.alert()? });
        let others = self.ledger.iter().flat_map(move |ledger| {
            let increments = ledger.increments.iter().map(|increment| &increment.event);
            let events = increments.chain(ledger.refunds.iter()).filter_map(of_event);
            let adjustments = ledger.adjustments.iter().filter_map(|adjustment| {
                Some(PublishedAlert { time: adjustment.time(), severity: adjustment.alert()? })
            });
            events.chain(adjustments)
        });
        self.charges.iter().filter_map(of_event).chain(others)
    }

    /// The newest alert about a kept message; the most severe one if several have that time.
    pub(in crate::memory) fn last_alert(&self) -> Option<PublishedAlert> {
        self.alerts().max_by_key(|alert| (alert.time, alert.severity))
    }

    /// The card's past after `retention_floor` and up to `now`.
    pub(in crate::memory) fn recall(
        &self,
        retention_floor: Time,
        now: Time,
        retention_ms: i64,
    ) -> Recall<'_> {
        let (charges, hidden) = Past::between(&self.charges, retention_floor, now);
        let mut recall = Recall {
            now,
            charges,
            refunds: Past::default(),
            cut_countries: &self.cut_countries,
            cut: self.times.cut.max(hidden),
            unknown_until: self.times.unknown_until.max(hidden),
            retention_ms,
            snoozes: Snoozes::default(),
        };
        if let Some(ledger) = &self.ledger {
            let (refunds, hidden) = Past::between(&ledger.refunds, retention_floor, now);
            recall.refunds = refunds;
            recall.cut = recall.cut.max(hidden);
            recall.snoozes = Snoozes::of(&self.charges, ledger, retention_floor, now);
        }
        recall
    }

    /// The time of the newest message of this card, whether kept or missed.
    pub(in crate::memory) fn known_until(&self) -> Option<Time> {
        self.times.cut.max(Some(self.times.newest))
    }

    /// Counts the capacity of lists, not their length.
    pub(in crate::memory) fn size(&self) -> Size {
        let ledger = self.ledger.as_ref();
        let countries = self.cut_countries.capacity() * size_of::<(Country, Time)>();
        let token = self.token.as_ref().map_or(0, |token| token.len());
        Size {
            events: self.charges.len() + ledger.map_or(0, |ledger| ledger.refunds.len()),
            bytes: self.charges.bytes()
                + countries
                + token
                + ledger.map_or(0, |ledger| ledger.bytes()),
        }
    }
}

fn has_same_content(message: &AdjustmentEntry, tx: &Transaction<'_>) -> bool {
    let original = tx.original_id.as_deref().map(OriginalId::of);
    // Merchants are not compared, since a version 1 history has none. In practice no `original_id`
    // hashes to 0.
    message.time == tx.time && message.amount == tx.base_amount && message.original == original
}

/// `part × base / whole`, rounded half to even.
fn share(part: i64, base: i64, whole: i64) -> i64 {
    let (product, whole) = (i128::from(part) * i128::from(base), i128::from(whole));
    let (quotient, rest) = (product.div_euclid(whole), product.rem_euclid(whole));
    let is_up = 2 * rest > whole || 2 * rest == whole && quotient % 2 != 0;
    let rounded = quotient + i128::from(is_up);
    i64::try_from(rounded).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn a_share_is_exact_and_halves_go_to_the_even_unit() {
        for (part, base, whole, expected) in [
            (50, 200, 100, 100),
            (1, 5, 2, 2),
            (3, 5, 2, 8),
            (1, 1, 3, 0),
            (2, 1, 3, 1),
            (0, 7, 9, 0),
            (i64::MAX, i64::MAX, i64::MAX, i64::MAX),
            (i64::MAX, i64::MAX, 1, i64::MAX),
        ] {
            assert_eq!(share(part, base, whole), expected, "{part} × {base} / {whole}");
        }
    }
}
