//! One remembered charge or refund: 64 bytes, a cache line, nothing that points elsewhere.
//!
//! An event is portable: what it holds of texts are stable hashes (XXH3), equal in every process
//! and version, so that it can be written to a log and read again on another machine.

use crate::transaction::{
    Channel, Country, DeclineReason, Kind, Place, Time, Transaction, WireName,
};
use xxhash_rust::const_xxh3::xxh3_64 as const_xxh3_64;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

pub(super) const ABSENT_AMOUNT: i64 = i64::MIN;
pub(super) const ABSENT_E7: i32 = i32::MIN;
pub(super) const ABSENT_MCC: u16 = u16::MAX;

/// Which card, inside memory: a 128-bit hash of its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CardKey(pub u128);

impl CardKey {
    pub fn of(token: &str) -> Self {
        Self(xxh3_128(token.as_bytes()))
    }
}

/// Which message of a card: a hash of its type and id, by which a redelivery is recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(pub u64);

impl MessageId {
    /// The type goes in after the hash. As XXH3's seed it would be taken back by the letters of a
    /// short id: an authorization `t-1` and a refund `t-2` would be one message.
    pub fn of(kind: Kind, id: &str) -> Self {
        const AUTHORIZATION: u64 = const_xxh3_64(b"authorization");
        const CLEARING: u64 = const_xxh3_64(b"clearing");
        const REVERSAL: u64 = const_xxh3_64(b"reversal");
        const REFUND: u64 = const_xxh3_64(b"refund");
        let kind = match kind {
            Kind::Authorization => AUTHORIZATION,
            Kind::Clearing => CLEARING,
            Kind::Reversal => REVERSAL,
            Kind::Refund => REFUND,
        };
        Self(xxh3_64(id.as_bytes()) ^ kind)
    }
}

/// The stable hash of an id as events keep it: merchants in 64 bits. Never 0, which means absent.
pub fn id_hash64(id: &str) -> u64 {
    xxh3_64(id.as_bytes()).max(1)
}

/// The stable hash of an id as events keep it: all but merchants, in 32 bits. Never 0, which means absent.
pub fn id_hash32(id: &str) -> u32 {
    ((xxh3_64(id.as_bytes()) >> 32) as u32).max(1)
}

/// A remembered charge or refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct Event {
    /// Milliseconds since the epoch.
    pub(super) time_ms: i64,
    pub(super) id: u64,
    /// Minor units of the base currency, after clearings and reversals; `ABSENT_AMOUNT` without a rate.
    pub(super) amount: i64,
    pub(super) merchant: u64,
    pub(super) terminal: u32,
    pub(super) device: u32,
    pub(super) ip: u32,
    pub(super) ship_to: u32,
    pub(super) country: u16,
    pub(super) ship_to_country: u16,
    pub(super) mcc: u16,
    /// See [`Flags`].
    pub(super) flags: u16,
    pub(super) latitude_e7: i32,
    pub(super) longitude_e7: i32,
}

const _: () = assert!(size_of::<Event>() == 64);

/// The layout of `Event::flags`, lowest bit first: three-state booleans take two bits (0 absent,
/// 1 false, 2 true), enumerations 0 for absent or the discriminant plus one.
pub(super) struct Flags;

impl Flags {
    pub const CHANNEL: (u16, u16) = (0, 0b111);
    pub const CARD_PRESENT: (u16, u16) = (3, 0b11);
    pub const CARD_ON_FILE: (u16, u16) = (5, 0b11);
    pub const RECURRING: (u16, u16) = (7, 0b11);
    pub const APPROVED: (u16, u16) = (9, 0b11);
    pub const REASON: (u16, u16) = (11, 0b1111);
    pub const UNUSED: u16 = 1 << 15;
}

/// A packed field of [`Event::flags`]: in place, 0 is absent, a boolean 1 or 2, an enumeration its
/// discriminant plus one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FlagField {
    pub shift: u16,
    /// Before shifting.
    pub mask: u16,
}

impl FlagField {
    pub const CHANNEL: FlagField = FlagField::of(Flags::CHANNEL);
    pub const CARD_PRESENT: FlagField = FlagField::of(Flags::CARD_PRESENT);
    pub const CARD_ON_FILE: FlagField = FlagField::of(Flags::CARD_ON_FILE);
    pub const RECURRING: FlagField = FlagField::of(Flags::RECURRING);
    pub const APPROVED: FlagField = FlagField::of(Flags::APPROVED);
    pub const REASON: FlagField = FlagField::of(Flags::REASON);

    const fn of((shift, mask): (u16, u16)) -> Self {
        Self { shift, mask }
    }
}

fn put(flags: u16, (shift, _): (u16, u16), value: u16) -> u16 {
    flags | (value << shift)
}

fn tristate(value: Option<bool>) -> u16 {
    match value {
        None => 0,
        Some(false) => 1,
        Some(true) => 2,
    }
}

impl Event {
    /// What is remembered of a transaction.
    pub fn of(tx: &Transaction<'_>) -> Self {
        Self::with_id(MessageId::of(tx.kind, &tx.id), tx)
    }

    /// The same where the hash of its type and id is known.
    pub(super) fn with_id(id: MessageId, tx: &Transaction<'_>) -> Self {
        let place = tx.merchant.place.map(Place::to_e7);
        let mut flags = 0;
        flags = put(flags, Flags::CHANNEL, tx.channel.map_or(0, |c| c as u16 + 1));
        flags = put(flags, Flags::CARD_PRESENT, tristate(tx.card_present));
        flags = put(flags, Flags::CARD_ON_FILE, tristate(tx.card_on_file));
        flags = put(flags, Flags::RECURRING, tristate(tx.recurring));
        flags = put(flags, Flags::APPROVED, tristate(tx.response.approved));
        flags = put(flags, Flags::REASON, tx.response.reason.map_or(0, |r| r as u16 + 1));
        let hash32 = |id: &Option<crate::transaction::Text<'_>>| id.as_deref().map_or(0, id_hash32);
        Self {
            time_ms: tx.time.millis(),
            id: id.0,
            amount: tx.base_amount.unwrap_or(ABSENT_AMOUNT),
            merchant: id_hash64(&tx.merchant.id),
            terminal: hash32(&tx.terminal_id),
            device: hash32(&tx.device.id),
            ip: hash32(&tx.device.ip),
            ship_to: hash32(&tx.ship_to.key),
            country: tx.merchant.country.map_or(0, Country::code),
            ship_to_country: tx.ship_to.country.map_or(0, Country::code),
            mcc: tx.merchant.mcc.unwrap_or(ABSENT_MCC),
            flags,
            latitude_e7: place.map_or(ABSENT_E7, |(latitude, _)| latitude),
            longitude_e7: place.map_or(ABSENT_E7, |(_, longitude)| longitude),
        }
    }

    pub fn time(&self) -> Time {
        Time(self.time_ms)
    }

    pub fn id(&self) -> MessageId {
        MessageId(self.id)
    }

    /// Minor units of the base currency.
    pub fn amount(&self) -> Option<i64> {
        (self.amount != ABSENT_AMOUNT).then_some(self.amount)
    }

    /// The same charge at another amount, as a clearing or partial reversal leaves it.
    pub fn with_amount(self, amount: Option<i64>) -> Self {
        Self { amount: amount.unwrap_or(ABSENT_AMOUNT), ..self }
    }

    /// [`id_hash64`] of `merchant.id`.
    pub fn merchant(&self) -> u64 {
        self.merchant
    }

    /// [`id_hash32`] of `terminal.id`; 0 when absent. Likewise the three that follow.
    pub fn terminal(&self) -> u32 {
        self.terminal
    }

    pub fn device(&self) -> u32 {
        self.device
    }

    pub fn ip(&self) -> u32 {
        self.ip
    }

    pub fn ship_to(&self) -> u32 {
        self.ship_to
    }

    /// [`Country::code`] of the merchant's country; 0 when absent.
    pub fn country_code(&self) -> u16 {
        self.country
    }

    /// [`Country::code`] of the ship-to country; 0 when absent.
    pub fn ship_to_country_code(&self) -> u16 {
        self.ship_to_country
    }

    pub fn country(&self) -> Option<Country> {
        Country::from_code(self.country)
    }

    pub fn ship_to_country(&self) -> Option<Country> {
        Country::from_code(self.ship_to_country)
    }

    /// Merchant category code, ISO 18245.
    pub fn mcc(&self) -> Option<u16> {
        (self.mcc != ABSENT_MCC).then_some(self.mcc)
    }

    pub fn channel(&self) -> Option<Channel> {
        self.named::<Channel>(Flags::CHANNEL)
    }

    pub fn card_present(&self) -> Option<bool> {
        self.tristate(Flags::CARD_PRESENT)
    }

    pub fn card_on_file(&self) -> Option<bool> {
        self.tristate(Flags::CARD_ON_FILE)
    }

    pub fn recurring(&self) -> Option<bool> {
        self.tristate(Flags::RECURRING)
    }

    /// True without a response: the stream did not say that it was declined.
    pub fn approved(&self) -> bool {
        !self.declined()
    }

    pub fn declined(&self) -> bool {
        self.tristate(Flags::APPROVED) == Some(false)
    }

    pub fn reason(&self) -> Option<DeclineReason> {
        self.named::<DeclineReason>(Flags::REASON)
    }

    /// The merchant's place.
    pub fn place(&self) -> Option<Place> {
        (self.latitude_e7 != ABSENT_E7).then(|| Place::from_e7(self.latitude_e7, self.longitude_e7))
    }

    /// Three-state booleans and enumerations, packed; for comparing many events at once with the
    /// bits that [`FlagField`] says.
    pub(crate) fn flags(&self) -> u16 {
        self.flags
    }

    fn bits(&self, (shift, mask): (u16, u16)) -> u16 {
        (self.flags >> shift) & mask
    }

    fn tristate(&self, field: (u16, u16)) -> Option<bool> {
        match self.bits(field) {
            1 => Some(false),
            2 => Some(true),
            _ => None,
        }
    }

    fn named<T: WireName>(&self, field: (u16, u16)) -> Option<T> {
        let index = usize::from(self.bits(field)).checked_sub(1)?;
        T::NAMES.get(index).map(|(value, _)| *value)
    }
}
