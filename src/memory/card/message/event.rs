//! Stores one remembered charge or refund, in a fixed size and without pointers.
//!
//! An event is portable. It holds stable hashes (XXH3) of strings, which are equal in every process
//! and version, so it can be written to a log and read on another machine.

use super::identity::{Identity, MessageId, id_hash64, upper_half};
use crate::transaction::{
    Channel, Country, DeclineReason, Kind, Place, Response, Time, Transaction, WireName,
};

pub(in crate::memory) const ABSENT_AMOUNT: i64 = i64::MIN;
pub(in crate::memory) const ABSENT_E7: i32 = i32::MIN;
pub(in crate::memory) const ABSENT_MCC: u16 = u16::MAX;

/// A remembered charge or refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct Event {
    /// Milliseconds since the epoch.
    pub(in crate::memory) time_ms: i64,
    pub(in crate::memory) id: u64,
    /// Minor units of the base currency, after the known clearings, reversals and increments;
    /// `ABSENT_AMOUNT` if a part that counts has no rate.
    pub(in crate::memory) amount: i64,
    /// What the attempt asked for, in minor units of the base currency; `ABSENT_AMOUNT` without a
    /// rate.
    pub(in crate::memory) attempted: i64,
    pub(in crate::memory) merchant: u64,
    pub(in crate::memory) terminal: u64,
    pub(in crate::memory) device: u64,
    pub(in crate::memory) ip: u64,
    pub(in crate::memory) ship_to: u64,
    pub(in crate::memory) account: u64,
    pub(in crate::memory) latitude_e7: i32,
    pub(in crate::memory) longitude_e7: i32,
    /// See [`Flags`].
    pub(in crate::memory) flags: u32,
    pub(in crate::memory) country: u16,
    pub(in crate::memory) ship_to_country: u16,
    pub(in crate::memory) mcc: u16,
}

const _: () = assert!(size_of::<Event>() == 104);

/// The layout of `Event::flags`, lowest bit first. A three-state boolean takes two bits (0 absent,
/// 1 false, 2 true). An enumeration is 0 for absent, or the discriminant plus one.
pub(in crate::memory) struct Flags;

impl Flags {
    pub const CHANNEL: (u32, u32) = (0, 0b111);
    pub const CARD_PRESENT: (u32, u32) = (3, 0b11);
    pub const CARD_ON_FILE: (u32, u32) = (5, 0b11);
    pub const RECURRING: (u32, u32) = (7, 0b11);
    pub const APPROVED: (u32, u32) = (9, 0b11);
    pub const REASON: (u32, u32) = (11, 0b1111);
    /// Set for a clearing that counts as a charge.
    pub const CLEARING: u32 = Self::CLEARING_OF_PARTS as u32;
    /// The same bit in the flags of the event's parts.
    pub const CLEARING_OF_PARTS: u16 = 1 << 15;
    /// The bits that come from the message itself. The bits above them hold what happened later.
    pub const OF_MESSAGE: u32 = 0xffff;
    pub const REVERSED: u32 = 1 << 16;
    /// An alert was published about the charge, an increment of it or a clearing of it.
    pub const ALERTED: u32 = 1 << 17;
    /// The published alert about this message: the severity's rank plus one.
    pub const ALERT: (u32, u32) = (18, 0b111);
    const RESPONSE: u32 = Self::APPROVED.1 << Self::APPROVED.0 | Self::REASON.1 << Self::REASON.0;
}

/// A packed field of [`Event::flags`]. Its value is 0 for absent, 1 or 2 for a boolean, or an
/// enumeration's discriminant plus one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FlagField {
    pub shift: u32,
    /// Before shifting.
    pub mask: u32,
}

impl FlagField {
    pub const CHANNEL: FlagField = FlagField::of(Flags::CHANNEL);
    pub const CARD_PRESENT: FlagField = FlagField::of(Flags::CARD_PRESENT);
    pub const CARD_ON_FILE: FlagField = FlagField::of(Flags::CARD_ON_FILE);
    pub const RECURRING: FlagField = FlagField::of(Flags::RECURRING);
    pub const APPROVED: FlagField = FlagField::of(Flags::APPROVED);
    pub const REASON: FlagField = FlagField::of(Flags::REASON);

    /// One bit: whether the charge was reversed.
    pub const REVERSED: FlagField = FlagField { shift: 16, mask: 1 };
    /// One bit: whether an alert was published about the charge.
    pub const ALERTED: FlagField = FlagField { shift: 17, mask: 1 };

    const fn of((shift, mask): (u32, u32)) -> Self {
        Self { shift, mask }
    }
}

fn put(flags: u32, (shift, _): (u32, u32), value: u32) -> u32 {
    flags | (value << shift)
}

fn tristate(value: Option<bool>) -> u32 {
    match value {
        None => 0,
        Some(false) => 1,
        Some(true) => 2,
    }
}

/// A response as bits of `Event::flags`.
fn response_flags(response: &Response) -> u32 {
    let flags = put(0, Flags::APPROVED, tristate(response.approved));
    put(flags, Flags::REASON, response.reason.map_or(0, |reason| reason as u32 + 1))
}

impl Event {
    /// What is remembered of a transaction.
    pub fn of(tx: &Transaction<'_>) -> Self {
        Self::with_id(MessageId::of(tx.kind, &tx.id), tx)
    }

    /// Like [`Event::of`], if the hash of the type and id is already known.
    pub(in crate::memory) fn with_id(id: MessageId, tx: &Transaction<'_>) -> Self {
        let place = tx.merchant.place.map(Place::to_e7);
        let mut flags = 0;
        flags = put(flags, Flags::CHANNEL, tx.channel.map_or(0, |c| c as u32 + 1));
        flags = put(flags, Flags::CARD_PRESENT, tristate(tx.card_present));
        flags = put(flags, Flags::CARD_ON_FILE, tristate(tx.card_on_file));
        flags = put(flags, Flags::RECURRING, tristate(tx.recurring));
        flags |= response_flags(&tx.response);
        if tx.kind == Kind::Clearing {
            flags |= Flags::CLEARING;
        }
        let hash = |id: &Option<crate::transaction::Text<'_>>| id.as_deref().map_or(0, id_hash64);
        let attempted = tx.base_amount.unwrap_or(ABSENT_AMOUNT);
        Self {
            time_ms: tx.time.millis(),
            id: id.0,
            amount: attempted,
            attempted,
            merchant: id_hash64(&tx.merchant.id),
            terminal: hash(&tx.terminal_id),
            device: hash(&tx.device.id),
            ip: hash(&tx.device.ip),
            ship_to: hash(&tx.ship_to.key),
            account: hash(&tx.cardholder.account_id),
            country: tx.merchant.country.map_or(0, Country::code),
            ship_to_country: tx.ship_to.country.map_or(0, Country::code),
            mcc: tx.merchant.mcc.unwrap_or(ABSENT_MCC),
            flags,
            latitude_e7: place.map_or(ABSENT_E7, |(latitude, _)| latitude),
            longitude_e7: place.map_or(ABSENT_E7, |(_, longitude)| longitude),
        }
    }

    /// When the charge was made.
    pub fn time(&self) -> Time {
        Time(self.time_ms)
    }

    /// The hash of the type and id.
    pub fn id(&self) -> MessageId {
        MessageId(self.id)
    }

    /// What makes a message a duplicate of this one.
    pub fn identity(&self) -> Identity {
        Identity::new(self.id(), self.merchant, self.time())
    }

    /// Minor units of the base currency. For a declined attempt, what it asked for. Otherwise
    /// captured minus given back if anything is captured, else authorized minus released.
    pub fn amount(&self) -> Option<i64> {
        (self.amount != ABSENT_AMOUNT).then_some(self.amount)
    }

    /// What the attempt asked for, in minor units of the base currency. Later messages do not
    /// change it.
    pub fn attempted(&self) -> Option<i64> {
        (self.attempted != ABSENT_AMOUNT).then_some(self.attempted)
    }

    /// The same charge with another balance.
    pub(in crate::memory) fn with_balance(mut self, amount: Option<i64>, reversed: bool) -> Self {
        self.amount = amount.unwrap_or(ABSENT_AMOUNT);
        self.set(Flags::REVERSED, reversed);
        self
    }

    /// The charge as attempted, before anything was added to it.
    pub(in crate::memory) fn as_attempted(self) -> Self {
        Self { amount: self.attempted, flags: self.flags & !Flags::REVERSED, ..self }
    }

    /// Whether at least 99 % of the charge was taken back.
    pub fn reversed(&self) -> bool {
        self.flags & Flags::REVERSED != 0
    }

    /// Whether this is a clearing that counts as a charge, rather than an authorization.
    pub fn is_clearing(&self) -> bool {
        self.flags & Flags::CLEARING != 0
    }

    /// The type of a charge: authorization or clearing.
    pub(in crate::memory) fn kind(&self) -> Kind {
        if self.is_clearing() { Kind::Clearing } else { Kind::Authorization }
    }

    /// Whether an alert was published about the charge, an increment of it or a clearing of it.
    pub fn alerted(&self) -> bool {
        self.flags & Flags::ALERTED != 0
    }

    /// The severity rank of the alert that was published about this message.
    pub fn alert(&self) -> Option<u8> {
        u8::try_from(self.bits(Flags::ALERT)).ok()?.checked_sub(1)
    }

    pub(in crate::memory) fn with_alert(mut self, severity: Option<u8>) -> Self {
        let (shift, mask) = Flags::ALERT;
        let rank = severity.map_or(0, |rank| (u32::from(rank) + 1).min(mask));
        self.flags = self.flags & !(mask << shift) | rank << shift;
        self.set(Flags::ALERTED, rank != 0);
        self
    }

    pub(in crate::memory) fn with_alerted(mut self, alerted: bool) -> Self {
        self.set(Flags::ALERTED, alerted);
        self
    }

    fn set(&mut self, flag: u32, is_set: bool) {
        self.flags = if is_set { self.flags | flag } else { self.flags & !flag };
    }

    /// Whether the message came with a response.
    pub(in crate::memory) fn has_response(&self) -> bool {
        self.flags & Flags::RESPONSE != 0
    }

    /// The same message with its response.
    pub(in crate::memory) fn with_response(self, response: &Response) -> Self {
        Self { flags: self.flags & !Flags::RESPONSE | response_flags(response), ..self }
    }

    pub(in crate::memory) fn without_response(self) -> Self {
        Self { flags: self.flags & !Flags::RESPONSE, ..self }
    }

    /// Whether two messages have the same content, ignoring what happened after they arrived.
    pub(in crate::memory) fn has_same_content_as(&self, other: &Self) -> bool {
        let said = |event: &Self| Self {
            amount: event.attempted,
            flags: event.flags & Flags::OF_MESSAGE,
            ..*event
        };
        said(self) == said(other)
    }

    /// [`id_hash64`] of `merchant.id`.
    pub fn merchant(&self) -> u64 {
        self.merchant
    }

    /// [`crate::memory::id_hash32`] of `terminal.id`; 0 when absent.
    pub fn terminal(&self) -> u32 {
        upper_half(self.terminal)
    }

    /// [`crate::memory::id_hash32`] of `device.id`; 0 when absent.
    pub fn device(&self) -> u32 {
        upper_half(self.device)
    }

    /// [`crate::memory::id_hash32`] of `device.ip`; 0 when absent.
    pub fn ip(&self) -> u32 {
        upper_half(self.ip)
    }

    /// [`crate::memory::id_hash32`] of `ship_to.key`; 0 when absent.
    pub fn ship_to(&self) -> u32 {
        upper_half(self.ship_to)
    }

    /// [`Country::code`] of the merchant's country; 0 when absent.
    pub fn country_code(&self) -> u16 {
        self.country
    }

    /// [`Country::code`] of the ship-to country; 0 when absent.
    pub fn ship_to_country_code(&self) -> u16 {
        self.ship_to_country
    }

    /// The merchant's country.
    pub fn country(&self) -> Option<Country> {
        Country::from_code(self.country)
    }

    /// The country that the goods are sent to.
    pub fn ship_to_country(&self) -> Option<Country> {
        Country::from_code(self.ship_to_country)
    }

    /// Merchant category code, ISO 18245.
    pub fn mcc(&self) -> Option<u16> {
        (self.mcc != ABSENT_MCC).then_some(self.mcc)
    }

    /// How the card was used, such as at a terminal or online.
    pub fn channel(&self) -> Option<Channel> {
        self.named::<Channel>(Flags::CHANNEL)
    }

    /// Whether the card was present; `None` if the message did not say.
    pub fn card_present(&self) -> Option<bool> {
        self.tristate(Flags::CARD_PRESENT)
    }

    /// Whether the merchant had stored the card; `None` if the message did not say.
    pub fn card_on_file(&self) -> Option<bool> {
        self.tristate(Flags::CARD_ON_FILE)
    }

    /// Whether the charge is one of a series; `None` if the message did not say.
    pub fn recurring(&self) -> Option<bool> {
        self.tristate(Flags::RECURRING)
    }

    /// Also true without a response, since the stream did not say that the attempt was declined.
    pub fn approved(&self) -> bool {
        !self.declined()
    }

    /// Whether the response says that the attempt was declined.
    pub fn declined(&self) -> bool {
        self.tristate(Flags::APPROVED) == Some(false)
    }

    /// Why the attempt was declined (ISO 8583 field 39), if the message said so.
    pub fn reason(&self) -> Option<DeclineReason> {
        self.named::<DeclineReason>(Flags::REASON)
    }

    /// The merchant's location.
    pub fn place(&self) -> Option<Place> {
        (self.latitude_e7 != ABSENT_E7).then(|| Place::from_e7(self.latitude_e7, self.longitude_e7))
    }

    /// Packed three-state booleans and enumerations. [`FlagField`] gives the bits for comparing
    /// many events at a time.
    pub(crate) fn flags(&self) -> u32 {
        self.flags
    }

    fn bits(&self, (shift, mask): (u32, u32)) -> u32 {
        (self.flags >> shift) & mask
    }

    fn tristate(&self, field: (u32, u32)) -> Option<bool> {
        match self.bits(field) {
            1 => Some(false),
            2 => Some(true),
            _ => None,
        }
    }

    fn named<T: WireName>(&self, field: (u32, u32)) -> Option<T> {
        let index = (self.bits(field) as usize).checked_sub(1)?;
        T::NAMES.get(index).map(|(value, _)| *value)
    }
}
