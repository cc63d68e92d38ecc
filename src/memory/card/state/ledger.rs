//! Holds what is remembered of a card besides its charges: refunds, clearings and reversals,
//! increments, and notes on charges about which more is known than their event holds.
//!
//! Most cards have none of these, so the ledger is boxed. This module knows which message adds what
//! to which charge. How messages change the ledger is in [`crate::memory::card::update::card_update`].

use super::settlement::{SumKind, Sums};
use super::tagged_list::{ShortHash, Tagged, TaggedList};
use super::timeline::{Timed, Timeline};
use crate::memory::card::message::entry::{AdjustmentEntry, AdjustmentKind};
use crate::memory::card::message::event::Event;
use crate::memory::card::message::identity::{Identity, MessageId, OriginalId};
use crate::memory::card::message::link::{Link, Referent};
use crate::transaction::{Kind, Money, Time};

#[derive(Debug, PartialEq, Default)]
pub(in crate::memory) struct Ledger {
    pub refunds: Timeline<Event>,
    pub adjustments: TaggedList<Adjustment>,
    pub increments: TaggedList<Increment>,
    /// At most one per charge; oldest first.
    pub notes: TaggedList<Note>,
}

/// A reversal, or a clearing that does not count as a charge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::memory) struct Adjustment {
    pub message: AdjustmentEntry,
    pub link: Option<Link>,
    /// What it adds, in minor units of the base currency. A reversal uses the exchange rate of its
    /// original.
    pub amount: Option<i64>,
    /// The severity rank of the alert that was published about it.
    pub alert: Option<u8>,
}

/// An authorization that raised another charge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::memory) struct Increment {
    pub event: Event,
    pub link: Link,
    pub charged: Option<Money>,
}

/// What is known of a charge besides its event.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::memory) struct Note {
    pub charge: Identity,
    /// What a clearing that counts as a charge refers to.
    pub settles: Option<OriginalId>,
    /// What an authorization that may turn out to be an increment refers to.
    pub follows: Option<Link>,
    /// The amount as charged, if it is not in the base currency.
    pub charged: Option<Money>,
    /// What messages that are no longer kept added.
    pub frozen: Sums,
}

impl Note {
    pub(in crate::memory) fn of(charge: Identity) -> Self {
        Self { charge, settles: None, follows: None, charged: None, frozen: Sums::default() }
    }
}

impl Adjustment {
    pub(in crate::memory) fn root(&self) -> Option<Identity> {
        self.link?.root
    }

    /// Which of its charge's sums it adds to; `None` while it waits for its original.
    pub(in crate::memory) fn sum_kind(&self) -> Option<SumKind> {
        let target = self.link?.target?;
        Some(match (self.message.change, target.kind) {
            (AdjustmentKind::Capture, _) => SumKind::Captured,
            (AdjustmentKind::Reversal, Kind::Clearing) => SumKind::GivenBack,
            (AdjustmentKind::Reversal, _) => SumKind::Released,
        })
    }

    pub(in crate::memory) fn add_to(&self, sums: &mut Sums) {
        let Some(sum_kind) = self.sum_kind() else { return };
        sums.add(sum_kind, self.amount);
        sums.alerted |= self.alert.is_some();
        if sum_kind == SumKind::Captured {
            sums.note_capture(self.message.time);
        }
    }
}

impl Increment {
    pub(in crate::memory) fn add_to(&self, sums: &mut Sums) {
        sums.add(SumKind::Authorized, self.event.attempted());
        sums.alerted |= self.event.alert().is_some();
    }
}

impl Timed for Adjustment {
    /// Clearings come before reversals of the same time.
    type Key = (Time, AdjustmentKind);

    fn key(&self) -> Self::Key {
        (self.message.time, self.message.change)
    }

    fn time(&self) -> Time {
        self.message.time
    }

    fn id(&self) -> MessageId {
        self.message.id
    }

    fn identity(&self) -> Identity {
        Identity::new(self.message.id, self.message.merchant, self.message.time)
    }
}

impl Timed for Increment {
    type Key = Time;

    fn key(&self) -> Time {
        self.event.time()
    }

    fn time(&self) -> Time {
        self.event.time()
    }

    fn id(&self) -> MessageId {
        self.event.id()
    }

    fn identity(&self) -> Identity {
        self.event.identity()
    }
}

/// What an adjustment or an increment is searched by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::memory) struct ReferrerTag {
    id: ShortHash,
    original: ShortHash,
    /// Of the charge that it counts towards.
    root: ShortHash,
}

/// What a note is searched by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::memory) struct NoteTag {
    charge: ShortHash,
    settles: ShortHash,
    follows: ShortHash,
}

impl ReferrerTag {
    fn new(id: MessageId, link: Option<&Link>) -> Self {
        Self {
            id: ShortHash::of(id.0),
            original: short_original(link),
            root: ShortHash::of_any(link.and_then(|link| link.root).map(|root| root.id.0)),
        }
    }
}

fn short_original(link: Option<&Link>) -> ShortHash {
    ShortHash::of_any(link.map(|link| link.original.0))
}

impl Tagged for Adjustment {
    type Tag = ReferrerTag;

    fn tag(&self) -> ReferrerTag {
        ReferrerTag::new(self.message.id, self.link.as_ref())
    }
}

impl Tagged for Increment {
    type Tag = ReferrerTag;

    fn tag(&self) -> ReferrerTag {
        ReferrerTag::new(self.event.id(), Some(&self.link))
    }
}

impl Tagged for Note {
    type Tag = NoteTag;

    fn tag(&self) -> NoteTag {
        NoteTag {
            charge: ShortHash::of(self.charge.id.0),
            settles: ShortHash::of_any(self.settles.map(|original| original.0)),
            follows: short_original(self.follows.as_ref()),
        }
    }
}

impl TaggedList<Adjustment> {
    pub(in crate::memory) fn all_with(&self, id: MessageId) -> impl Iterator<Item = &Adjustment> {
        let short = ShortHash::of(id.0);
        self.matching(move |tag| tag.id == short).filter(move |other| other.message.id == id)
    }

    /// Those that count towards a charge.
    pub(in crate::memory) fn all_of(&self, charge: Identity) -> impl Iterator<Item = &Adjustment> {
        let short = ShortHash::of(charge.id.0);
        let matching = self.matching(move |tag| tag.root == short);
        matching.filter(move |other| other.root() == Some(charge))
    }

    /// The index of the first one, at `from` or later, that may refer to this id.
    pub(in crate::memory) fn next_reference_to(
        &self,
        original: OriginalId,
        from: usize,
    ) -> Option<usize> {
        let short = ShortHash::of(original.0);
        self.next_match(from, |tag| tag.original == short)
    }

    fn any_refers_to(&self, original: OriginalId) -> bool {
        let short = ShortHash::of(original.0);
        let is_it = |other: &Adjustment| other.link.is_some_and(|link| link.original == original);
        self.matching(|tag| tag.original == short).any(is_it)
    }
}

impl TaggedList<Increment> {
    pub(in crate::memory) fn all_with(&self, id: MessageId) -> impl Iterator<Item = &Increment> {
        let short = ShortHash::of(id.0);
        self.matching(move |tag| tag.id == short).filter(move |other| other.event.id() == id)
    }

    /// Those that count towards a charge.
    pub(in crate::memory) fn all_of(&self, charge: Identity) -> impl Iterator<Item = &Increment> {
        let short = ShortHash::of(charge.id.0);
        let matching = self.matching(move |tag| tag.root == short);
        matching.filter(move |other| other.link.root == Some(charge))
    }

    fn any_refers_to(&self, original: OriginalId) -> bool {
        let short = ShortHash::of(original.0);
        let is_it = |other: &Increment| other.link.original == original;
        self.matching(|tag| tag.original == short).any(is_it)
    }
}

impl TaggedList<Note> {
    pub(in crate::memory) fn newest_on(&self, charge: Identity) -> Option<&Note> {
        let short = ShortHash::of(charge.id.0);
        self.matching(|tag| tag.charge == short).rfind(|note| note.charge == charge)
    }

    /// The index of the oldest note on a charge.
    pub(in crate::memory) fn position_on(&self, charge: Identity) -> Option<usize> {
        self.positions_on(charge).next()
    }

    pub(in crate::memory) fn newest_position_on(&self, charge: Identity) -> Option<usize> {
        self.positions_on(charge).last()
    }

    fn positions_on(&self, charge: Identity) -> impl Iterator<Item = usize> {
        let short = ShortHash::of(charge.id.0);
        let next = move |from| self.next_match(from, |tag| tag.charge == short);
        let all = std::iter::successors(next(0), move |at| next(at + 1));
        all.filter(move |at| self.get(*at).is_some_and(|note| note.charge == charge))
    }

    /// The oldest note on a clearing that refers to this id.
    pub(in crate::memory) fn settling(&self, original: OriginalId) -> Option<&Note> {
        let short = ShortHash::of(original.0);
        let mut matching = self.matching(|tag| tag.settles == short);
        matching.find(|note| note.settles == Some(original))
    }

    /// Those on authorizations that may turn out to be increments.
    pub(in crate::memory) fn following(&self) -> impl Iterator<Item = &Note> {
        self.matching(|tag| tag.follows != ShortHash::ABSENT)
    }

    fn any_refers_to(&self, original: OriginalId) -> bool {
        let short = ShortHash::of(original.0);
        let is_it = |note: &Note| {
            let follows = note.follows.is_some_and(|link| link.original == original);
            note.settles == Some(original) || follows
        };
        self.matching(|tag| tag.settles == short || tag.follows == short).any(is_it)
    }
}

impl Ledger {
    pub(in crate::memory) fn note(&self, charge: Identity) -> Option<&Note> {
        self.notes.newest_on(charge)
    }

    /// What all messages that count towards a charge added to it, including those no longer kept.
    pub(in crate::memory) fn added_to(&self, charge: Identity) -> Sums {
        let mut sums = self.note(charge).map_or(Sums::default(), |note| note.frozen);
        self.adjustments.all_of(charge).for_each(|adjustment| adjustment.add_to(&mut sums));
        self.increments.all_of(charge).for_each(|increment| increment.add_to(&mut sums));
        sums
    }

    /// Whether any authorization may be an increment of another.
    pub(in crate::memory) fn has_follow_ups(&self) -> bool {
        !self.increments.is_empty() || self.notes.following().next().is_some()
    }

    /// Whether a message refers to this id.
    pub(in crate::memory) fn has_reference_to(&self, original: OriginalId) -> bool {
        self.adjustments.any_refers_to(original)
            || self.increments.any_refers_to(original)
            || self.notes.any_refers_to(original)
    }

    /// The messages other than charges that an `original_id` can refer to.
    pub(in crate::memory) fn candidates(
        &self,
        id: MessageId,
        kind: Kind,
    ) -> impl Iterator<Item = Referent> {
        let adjustments = self.adjustments.all_with(id);
        let adjustments = adjustments.filter(move |other| other.message.change.kind() == kind).map(
            move |other| Referent {
                kind,
                merchant: other.message.merchant,
                time: other.message.time,
            },
        );
        let increments = self.increments.all_with(id).map(move |other| Referent {
            kind,
            merchant: other.event.merchant(),
            time: other.event.time(),
        });
        adjustments.chain(increments)
    }

    /// Whether anything in the ledger is at or before `retention_floor`.
    pub(in crate::memory) fn has_until(&self, retention_floor: Time) -> bool {
        self.refunds.oldest().is_some_and(|refund| refund.time() <= retention_floor)
            || self
                .adjustments
                .oldest()
                .is_some_and(|adjustment| adjustment.time() <= retention_floor)
            || self.increments.oldest().is_some_and(|increment| increment.time() <= retention_floor)
    }

    pub(in crate::memory) fn is_empty(&self) -> bool {
        self.refunds.is_empty()
            && self.adjustments.is_empty()
            && self.increments.is_empty()
            && self.notes.is_empty()
    }

    /// Bytes of the ledger itself and its lists.
    pub(in crate::memory) fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.refunds.bytes()
            + self.adjustments.bytes()
            + self.increments.bytes()
            + self.notes.bytes()
    }
}
