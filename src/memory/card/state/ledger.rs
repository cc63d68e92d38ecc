//! Holds what is remembered of a card besides its charges: refunds, clearings and reversals,
//! increments, and notes on charges about which more is known than their event holds.
//!
//! Most cards have none of these, so the ledger is boxed. This module knows which message adds what
//! to which charge. How messages change the ledger is in [`crate::memory::card::update::card_update`].

use super::settlement::{SumKind, Sums};
use super::timeline::{Timed, Timeline};
use crate::memory::card::message::entry::{AdjustmentEntry, AdjustmentKind};
use crate::memory::card::message::event::Event;
use crate::memory::card::message::identity::{Identity, MessageId, OriginalId};
use crate::memory::card::message::link::{Link, Referent};
use crate::transaction::{Kind, Money, Time};
use std::collections::VecDeque;

#[derive(Debug, PartialEq, Default)]
pub(in crate::memory) struct Ledger {
    pub refunds: Timeline<Event>,
    pub adjustments: Timeline<Adjustment>,
    pub increments: Timeline<Increment>,
    /// At most one per charge; oldest first.
    pub notes: VecDeque<Note>,
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

impl Ledger {
    pub(in crate::memory) fn note(&self, charge: Identity) -> Option<&Note> {
        self.notes.iter().rfind(|note| note.charge == charge)
    }

    /// The note on a charge, mutable; created if needed.
    pub(in crate::memory) fn note_mut(&mut self, charge: Identity) -> Option<&mut Note> {
        let at = match self.notes.iter().rposition(|note| note.charge == charge) {
            Some(at) => at,
            None => {
                self.notes.push_back(Note::of(charge));
                self.notes.len() - 1
            }
        };
        self.notes.get_mut(at)
    }

    pub(in crate::memory) fn drop_note(&mut self, charge: Identity) -> Option<Note> {
        let at = self.notes.iter().position(|note| note.charge == charge)?;
        self.notes.remove(at)
    }

    /// What all messages that count towards a charge added to it, including those no longer kept.
    pub(in crate::memory) fn added_to(&self, charge: Identity) -> Sums {
        let mut sums = self.note(charge).map_or(Sums::default(), |note| note.frozen);
        for adjustment in self.adjustments.iter().filter(|other| other.root() == Some(charge)) {
            adjustment.add_to(&mut sums);
        }
        for increment in self.increments.iter().filter(|other| other.link.root == Some(charge)) {
            increment.add_to(&mut sums);
        }
        sums
    }

    /// Whether any authorization may be an increment of another.
    pub(in crate::memory) fn has_follow_ups(&self) -> bool {
        !self.increments.is_empty() || self.notes.iter().any(|note| note.follows.is_some())
    }

    /// Whether a message refers to this id.
    pub(in crate::memory) fn has_reference_to(&self, original: OriginalId) -> bool {
        let is_it = |link: Option<Link>| link.is_some_and(|link| link.original == original);
        let note_refers = |note: &Note| note.settles == Some(original) || is_it(note.follows);
        self.adjustments.iter().any(|adjustment| is_it(adjustment.link))
            || self.increments.iter().any(|increment| is_it(Some(increment.link)))
            || self.notes.iter().any(note_refers)
    }

    /// The messages other than charges that an `original_id` can refer to.
    pub(in crate::memory) fn candidates(
        &self,
        id: MessageId,
        kind: Kind,
    ) -> impl Iterator<Item = Referent> {
        let adjustments = self
            .adjustments
            .iter()
            .filter(move |other| other.message.id == id && other.message.change.kind() == kind)
            .map(move |other| Referent {
                kind,
                merchant: other.message.merchant,
                time: other.message.time,
            });
        let increments =
            self.increments.iter().filter(move |other| other.event.id() == id).map(move |other| {
                Referent { kind, merchant: other.event.merchant(), time: other.event.time() }
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
            + self.notes.capacity() * size_of::<Note>()
    }
}

/// Copies of ledgers, in one list for each of their lists. The last copy is restored first.
#[derive(Debug, Default)]
pub(in crate::memory) struct LedgerCopies {
    refunds: Vec<Event>,
    adjustments: Vec<Adjustment>,
    increments: Vec<Increment>,
    notes: Vec<Note>,
}

/// Where a copy begins in each list of [`LedgerCopies`], and the capacity of the ledger's list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::memory) struct CopiedLedger {
    refunds: CopiedList,
    adjustments: CopiedList,
    increments: CopiedList,
    notes: CopiedList,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct CopiedList {
    start: usize,
    capacity: usize,
}

impl LedgerCopies {
    pub(in crate::memory) fn push(&mut self, ledger: &Ledger) -> CopiedLedger {
        CopiedLedger {
            refunds: copy(ledger.refunds.items(), &mut self.refunds),
            adjustments: copy(ledger.adjustments.items(), &mut self.adjustments),
            increments: copy(ledger.increments.items(), &mut self.increments),
            notes: copy(&ledger.notes, &mut self.notes),
        }
    }

    /// The last copy, which is dropped.
    pub(in crate::memory) fn pop(&mut self, copied: CopiedLedger) -> Ledger {
        Ledger {
            refunds: Timeline::of_sorted(restored(copied.refunds, &mut self.refunds)),
            adjustments: Timeline::of_sorted(restored(copied.adjustments, &mut self.adjustments)),
            increments: Timeline::of_sorted(restored(copied.increments, &mut self.increments)),
            notes: restored(copied.notes, &mut self.notes),
        }
    }

    pub(in crate::memory) fn clear(&mut self) {
        self.refunds.clear();
        self.adjustments.clear();
        self.increments.clear();
        self.notes.clear();
    }
}

fn copy<T: Copy>(items: &VecDeque<T>, copies: &mut Vec<T>) -> CopiedList {
    let copied = CopiedList { start: copies.len(), capacity: items.capacity() };
    let (older, newer) = items.as_slices();
    copies.extend_from_slice(older);
    copies.extend_from_slice(newer);
    copied
}

fn restored<T>(copied: CopiedList, copies: &mut Vec<T>) -> VecDeque<T> {
    let mut items = VecDeque::with_capacity(copied.capacity);
    items.extend(copies.drain(copied.start..));
    items
}
