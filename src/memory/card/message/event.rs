//! Stores one remembered charge or refund, in a fixed size and without pointers.
//!
//! Code that handles whole events copies the ids together, and the countries. So a new one is named
//! only here, and where its bytes and its column are defined.
//!
//! An event is portable. It holds stable hashes (XXH3) of strings, which are equal in every process
//! and version, so it can be written to a log and read on another machine.

use super::event_flags::{Flags, put, tristate};
use super::identity::{Identity, MessageId, id_hash64, upper_half};
use crate::transaction::{
    Channel, Country, DeclineReason, Kind, Place, Response, Text, Time, Transaction, WireName,
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
    pub(in crate::memory) ids: EventIds,
    pub(in crate::memory) latitude_e7: i32,
    pub(in crate::memory) longitude_e7: i32,
    /// See [`Flags`].
    pub(in crate::memory) flags: u32,
    pub(in crate::memory) countries: EventCountries,
    pub(in crate::memory) mcc: u16,
}

const _: () = assert!(size_of::<Event>() == 104);

/// Stable hashes of ids. 0 means absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(C)]
pub struct EventIds {
    /// [`id_hash64`] of `merchant.id`.
    pub merchant: u64,
    /// The hash of `terminal.id`. In this and the next four, the lower half is 0 if the id is from
    /// a version 1 history.
    pub terminal: u64,
    /// The hash of `device.id`.
    pub device: u64,
    /// The hash of `device.ip`.
    pub ip: u64,
    /// The hash of `ship_to.key`.
    pub ship_to: u64,
    /// The hash of `cardholder.account_id`.
    pub account: u64,
}

/// Codes of countries ([`Country::code`]). 0 means absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(C)]
pub struct EventCountries {
    /// Of `merchant.country`.
    pub merchant: u16,
    /// Of `ship_to.country`.
    pub ship_to: u16,
}

/// A field whose stored form allows invalid values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventField {
    /// The value that means an absent amount.
    Amount,
    /// A merchant's hash of 0.
    Merchant,
    /// Not the code of a country.
    Country,
    /// Not the code of a country.
    ShipToCountry,
    /// More than four digits.
    MerchantCategoryCode,
    /// A packed value that no message can have.
    Flags,
    /// Not a place on Earth.
    Place,
}

impl std::fmt::Display for EventField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Amount => "the amount",
            Self::Merchant => "the merchant",
            Self::Country => "the country",
            Self::ShipToCountry => "the ship-to country",
            Self::MerchantCategoryCode => "the merchant category code",
            Self::Flags => "the flags",
            Self::Place => "the place",
        })
    }
}

impl EventIds {
    fn of(tx: &Transaction<'_>) -> Self {
        let hash = |id: &Option<Text<'_>>| id.as_deref().map_or(0, id_hash64);
        Self {
            merchant: id_hash64(&tx.merchant.id),
            terminal: hash(&tx.terminal_id),
            device: hash(&tx.device.id),
            ip: hash(&tx.device.ip),
            ship_to: hash(&tx.ship_to.key),
            account: hash(&tx.cardholder.account_id),
        }
    }

    pub(super) fn check(&self) -> Result<(), EventField> {
        if self.merchant == 0 { Err(EventField::Merchant) } else { Ok(()) }
    }
}

impl EventCountries {
    fn of(tx: &Transaction<'_>) -> Self {
        Self {
            merchant: tx.merchant.country.map_or(0, Country::code),
            ship_to: tx.ship_to.country.map_or(0, Country::code),
        }
    }

    pub(super) fn check(&self) -> Result<(), EventField> {
        let check = |code: u16, field| match Country::from_code(code) {
            None if code != 0 => Err(field),
            _ => Ok(()),
        };
        check(self.merchant, EventField::Country)?;
        check(self.ship_to, EventField::ShipToCountry)
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
        let attempted = tx.base_amount.unwrap_or(ABSENT_AMOUNT);
        Self {
            time_ms: tx.time.millis(),
            id: id.0,
            amount: attempted,
            attempted,
            ids: EventIds::of(tx),
            countries: EventCountries::of(tx),
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
        Identity::new(self.id(), self.merchant(), self.time())
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
        let flags = self.flags & !(Flags::REVERSED | Flags::LABEL);
        Self { amount: self.attempted, flags, ..self }
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
        self.ids.merchant
    }

    /// [`crate::memory::id_hash32`] of `terminal.id`; 0 when absent.
    pub fn terminal(&self) -> u32 {
        upper_half(self.ids.terminal)
    }

    /// [`crate::memory::id_hash32`] of `device.id`; 0 when absent.
    pub fn device(&self) -> u32 {
        upper_half(self.ids.device)
    }

    /// [`crate::memory::id_hash32`] of `device.ip`; 0 when absent.
    pub fn ip(&self) -> u32 {
        upper_half(self.ids.ip)
    }

    /// [`crate::memory::id_hash32`] of `ship_to.key`; 0 when absent.
    pub fn ship_to(&self) -> u32 {
        upper_half(self.ids.ship_to)
    }

    /// [`Country::code`] of the merchant's country; 0 when absent.
    pub fn country_code(&self) -> u16 {
        self.countries.merchant
    }

    /// [`Country::code`] of the ship-to country; 0 when absent.
    pub fn ship_to_country_code(&self) -> u16 {
        self.countries.ship_to
    }

    /// The merchant's country.
    pub fn country(&self) -> Option<Country> {
        Country::from_code(self.countries.merchant)
    }

    /// The country that the goods are sent to.
    pub fn ship_to_country(&self) -> Option<Country> {
        Country::from_code(self.countries.ship_to)
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

    /// Packed three-state booleans and enumerations. [`FlagField`](super::event_flags::FlagField) gives the bits for comparing
    /// many events at a time.
    pub(crate) fn flags(&self) -> u32 {
        self.flags
    }

    fn bits(&self, (shift, mask): (u32, u32)) -> u32 {
        (self.flags >> shift) & mask
    }

    pub(super) fn tristate(&self, field: (u32, u32)) -> Option<bool> {
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
