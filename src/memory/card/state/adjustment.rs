//! Holds a reversal, or a clearing that does not count as a charge, without the padding and the
//! repetition of its parts: many are remembered, and most cards have some.

use super::referring::{ReferrerTag, Referring};
use super::settlement::{SumKind, Sums};
use super::tagged_list::Tagged;
use super::timeline::Timed;
use crate::memory::card::message::entry::{AdjustmentEntry, AdjustmentKind};
use crate::memory::card::message::identity::{Identity, MessageId, OriginalId};
use crate::memory::card::message::link::{Link, Referent};
use crate::transaction::{Currency, Kind, Money, Time};

/// A reversal, or a clearing that does not count as a charge.
///
/// A value that may be absent is only valid if its bit of `flags` is set, and 0 otherwise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::memory) struct Adjustment {
    id: MessageId,
    merchant: u64,
    time: Time,
    /// The amount of the message.
    attempted: i64,
    amount: i64,
    charged_minor: i64,
    original: OriginalId,
    target_merchant: u64,
    target_time: Time,
    root: Identity,
    charged_currency: Option<Currency>,
    alert: Option<u8>,
    flags: u8,
}

const _: () = assert!(size_of::<Adjustment>() == 104);

const REVERSAL: u8 = 1;
const ATTEMPTED: u8 = 1 << 1;
const AMOUNT: u8 = 1 << 2;
const ORIGINAL: u8 = 1 << 3;
const TARGET: u8 = 1 << 4;
const TARGET_IS_CLEARING: u8 = 1 << 5;
const ROOT: u8 = 1 << 6;

const NO_IDENTITY: Identity = Identity { id: MessageId(0), merchant: 0, second: 0 };

impl Adjustment {
    /// An adjustment that waits for its original.
    pub(in crate::memory) fn of(message: &AdjustmentEntry, alert: Option<u8>) -> Self {
        let AdjustmentEntry { change, id, merchant, time, amount, original, charged } = *message;
        let mut adjustment = Self {
            id,
            merchant,
            time,
            attempted: amount.unwrap_or(0),
            amount: 0,
            charged_minor: charged.map_or(0, |charged| charged.minor),
            original: original.unwrap_or(OriginalId(0)),
            target_merchant: 0,
            target_time: Time(0),
            root: NO_IDENTITY,
            charged_currency: charged.map(|charged| charged.currency),
            alert,
            flags: 0,
        };
        adjustment.set(REVERSAL, change == AdjustmentKind::Reversal);
        adjustment.set(ATTEMPTED, amount.is_some());
        adjustment.set(ORIGINAL, original.is_some());
        adjustment.with_amount(amount)
    }

    /// The same adjustment with another amount to add.
    pub(in crate::memory) fn with_amount(mut self, amount: Option<i64>) -> Self {
        self.amount = amount.unwrap_or(0);
        self.set(AMOUNT, amount.is_some());
        self
    }

    /// The same adjustment, bound to this message and counting towards this charge. It must have an
    /// original.
    pub(in crate::memory) fn with_target(
        mut self,
        target: Option<Referent>,
        root: Option<Identity>,
    ) -> Self {
        self.target_merchant = target.map_or(0, |target| target.merchant);
        self.target_time = target.map_or(Time(0), |target| target.time);
        self.set(TARGET, target.is_some());
        self.set(TARGET_IS_CLEARING, target.is_some_and(|target| target.kind == Kind::Clearing));
        self.root = root.unwrap_or(NO_IDENTITY);
        self.set(ROOT, root.is_some());
        self
    }

    pub(in crate::memory) fn message(&self) -> AdjustmentEntry {
        AdjustmentEntry {
            change: self.change(),
            id: self.id,
            merchant: self.merchant,
            time: self.time,
            amount: self.has(ATTEMPTED).then_some(self.attempted),
            original: self.original(),
            charged: self.charged(),
        }
    }

    pub(in crate::memory) fn change(&self) -> AdjustmentKind {
        if self.has(REVERSAL) { AdjustmentKind::Reversal } else { AdjustmentKind::Capture }
    }

    /// What it adds, in minor units of the base currency. A reversal uses the exchange rate of its
    /// original.
    pub(in crate::memory) fn amount(&self) -> Option<i64> {
        self.has(AMOUNT).then_some(self.amount)
    }

    /// The amount as in the message, if it is not in the base currency.
    pub(in crate::memory) fn charged(&self) -> Option<Money> {
        Some(Money { minor: self.charged_minor, currency: self.charged_currency? })
    }

    /// The severity rank of the alert that was published about it.
    pub(in crate::memory) fn alert(&self) -> Option<u8> {
        self.alert
    }

    /// It, as a message that others refer to.
    pub(in crate::memory) fn referent(&self) -> Referent {
        Referent { kind: self.change().kind(), merchant: self.merchant, time: self.time }
    }

    /// Which of its charge's sums it adds to; `None` while it waits for its original.
    pub(in crate::memory) fn sum_kind(&self) -> Option<SumKind> {
        let target = self.target()?;
        Some(match (self.change(), target.kind) {
            (AdjustmentKind::Capture, _) => SumKind::Captured,
            (AdjustmentKind::Reversal, Kind::Clearing) => SumKind::GivenBack,
            (AdjustmentKind::Reversal, _) => SumKind::Released,
        })
    }

    pub(in crate::memory) fn add_to(&self, sums: &mut Sums) {
        let Some(sum_kind) = self.sum_kind() else { return };
        sums.add(sum_kind, self.amount());
        sums.alerted |= self.alert.is_some();
        if sum_kind == SumKind::Captured {
            sums.note_capture(self.time);
        }
    }

    fn original(&self) -> Option<OriginalId> {
        self.has(ORIGINAL).then_some(self.original)
    }

    fn target(&self) -> Option<Referent> {
        let kind = if self.has(TARGET_IS_CLEARING) { Kind::Clearing } else { Kind::Authorization };
        let target = Referent { kind, merchant: self.target_merchant, time: self.target_time };
        self.has(TARGET).then_some(target)
    }

    fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    fn set(&mut self, flag: u8, is_set: bool) {
        self.flags = if is_set { self.flags | flag } else { self.flags & !flag };
    }
}

impl Referring for Adjustment {
    fn link(&self) -> Option<Link> {
        Some(Link { original: self.original()?, target: self.target(), root: self.root() })
    }

    fn root(&self) -> Option<Identity> {
        self.has(ROOT).then_some(self.root)
    }
}

impl Tagged for Adjustment {
    type Tag = ReferrerTag;

    fn tag(&self) -> ReferrerTag {
        ReferrerTag::new(self.id, self.original(), self.root())
    }
}

impl Timed for Adjustment {
    /// Clearings come before reversals of the same time.
    type Key = (Time, AdjustmentKind);

    fn key(&self) -> Self::Key {
        (self.time, self.change())
    }

    fn time(&self) -> Time {
        self.time
    }

    fn id(&self) -> MessageId {
        self.id
    }

    fn identity(&self) -> Identity {
        Identity::new(self.id, self.merchant, self.time)
    }
}
