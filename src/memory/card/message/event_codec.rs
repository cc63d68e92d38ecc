//! Converts an event to and from its parts, for code that writes and reads events as bytes.

use super::event::{ABSENT_AMOUNT, ABSENT_E7, ABSENT_MCC, Event, Flags};
use super::identity::MessageId;
use crate::transaction::{Channel, Country, DeclineReason, Time, WireName};

/// Category codes have four digits.
const MCC_MAX: u16 = 9_999;
const LATITUDE_E7_MAX: u32 = 900_000_000;
const LONGITUDE_E7_MAX: u32 = 1_800_000_000;

/// All fields of an [`Event`], whose methods document them. In hashes, countries and flags, 0 means
/// absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventParts {
    /// When the charge was made.
    pub time: Time,
    /// The hash of the type and id.
    pub id: MessageId,
    /// The attempted amount, in minor units of the base currency; `None` without a rate.
    pub amount: Option<i64>,
    /// [`super::identity::id_hash64`] of `merchant.id`.
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
    /// [`Country::code`] of the merchant's country.
    pub country: u16,
    /// [`Country::code`] of `ship_to.country`.
    pub ship_to_country: u16,
    /// Merchant category code, ISO 18245: 0 to 9999.
    pub mcc: Option<u16>,
    /// The flags of the message itself; see docs/reference/history.md.
    pub flags: u16,
    /// Latitude and longitude in ten-millionths of a degree.
    pub place_e7: Option<(i32, i32)>,
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

impl Event {
    /// Builds an event from its parts, or returns the first field that is invalid.
    pub fn from_parts(parts: EventParts) -> Result<Self, EventField> {
        let is_country = |code: u16| code == 0 || Country::from_code(code).is_some();
        let checks = [
            (parts.amount != Some(ABSENT_AMOUNT), EventField::Amount),
            (parts.merchant != 0, EventField::Merchant),
            (is_country(parts.country), EventField::Country),
            (is_country(parts.ship_to_country), EventField::ShipToCountry),
            (parts.mcc.is_none_or(|mcc| mcc <= MCC_MAX), EventField::MerchantCategoryCode),
            (are_flags(parts.flags), EventField::Flags),
            (parts.place_e7.is_none_or(is_place), EventField::Place),
        ];
        match checks.iter().find(|(holds, _)| !holds) {
            Some((_, field)) => Err(*field),
            None => Ok(Self::assembled(parts)),
        }
    }

    fn assembled(parts: EventParts) -> Self {
        let (latitude_e7, longitude_e7) = parts.place_e7.unwrap_or((ABSENT_E7, ABSENT_E7));
        Self {
            time_ms: parts.time.millis(),
            id: parts.id.0,
            amount: parts.amount.unwrap_or(ABSENT_AMOUNT),
            attempted: parts.amount.unwrap_or(ABSENT_AMOUNT),
            merchant: parts.merchant,
            terminal: parts.terminal,
            device: parts.device,
            ip: parts.ip,
            ship_to: parts.ship_to,
            account: parts.account,
            country: parts.country,
            ship_to_country: parts.ship_to_country,
            mcc: parts.mcc.unwrap_or(ABSENT_MCC),
            flags: u32::from(parts.flags),
            latitude_e7,
            longitude_e7,
        }
    }

    /// The parts from which [`Event::from_parts`] builds an equal event, as long as nothing has
    /// changed it.
    pub fn to_parts(&self) -> EventParts {
        EventParts {
            time: self.time(),
            id: self.id(),
            amount: self.attempted(),
            merchant: self.merchant,
            terminal: self.terminal,
            device: self.device,
            ip: self.ip,
            ship_to: self.ship_to,
            account: self.account,
            country: self.country,
            ship_to_country: self.ship_to_country,
            mcc: self.mcc(),
            flags: (self.flags & Flags::OF_MESSAGE) as u16,
            place_e7: (self.latitude_e7 != ABSENT_E7)
                .then_some((self.latitude_e7, self.longitude_e7)),
        }
    }
}

/// Whether every packed field holds a valid value.
fn are_flags(flags: u16) -> bool {
    let flags = u32::from(flags);
    let within =
        |(shift, mask): (u32, u32), most: usize| ((flags >> shift) & mask) as usize <= most;
    within(Flags::CHANNEL, Channel::NAMES.len())
        && within(Flags::REASON, DeclineReason::NAMES.len())
        && within(Flags::CARD_PRESENT, 2)
        && within(Flags::CARD_ON_FILE, 2)
        && within(Flags::RECURRING, 2)
        && within(Flags::APPROVED, 2)
}

fn is_place((latitude, longitude): (i32, i32)) -> bool {
    latitude.unsigned_abs() <= LATITUDE_E7_MAX && longitude.unsigned_abs() <= LONGITUDE_E7_MAX
}
