//! Converts an event to and from its parts, for code that writes and reads events as bytes.

use super::event::{
    ABSENT_AMOUNT, ABSENT_E7, ABSENT_MCC, Event, EventCountries, EventField, EventIds,
};
use super::event_flags::Flags;
use super::identity::MessageId;
use crate::transaction::{Channel, DeclineReason, Time, WireName};

/// Category codes have four digits.
const MCC_MAX: u16 = 9_999;
const LATITUDE_E7_MAX: u32 = 900_000_000;
const LONGITUDE_E7_MAX: u32 = 1_800_000_000;

/// All parts of an [`Event`], whose methods document them. In flags, 0 means absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventParts {
    /// When the charge was made.
    pub time: Time,
    /// The hash of the type and id.
    pub id: MessageId,
    /// The attempted amount, in minor units of the base currency; `None` without a rate.
    pub amount: Option<i64>,
    /// The hashes of its ids.
    pub ids: EventIds,
    /// The codes of its countries.
    pub countries: EventCountries,
    /// Merchant category code, ISO 18245: 0 to 9999.
    pub mcc: Option<u16>,
    /// The flags of the message itself; see docs/reference/history.md.
    pub flags: u16,
    /// Latitude and longitude in ten-millionths of a degree.
    pub place_e7: Option<(i32, i32)>,
}

impl Event {
    /// Builds an event from its parts, or returns the first field that is invalid.
    pub fn from_parts(parts: EventParts) -> Result<Self, EventField> {
        let ensure = |holds: bool, field| if holds { Ok(()) } else { Err(field) };
        ensure(parts.amount != Some(ABSENT_AMOUNT), EventField::Amount)?;
        parts.ids.check()?;
        parts.countries.check()?;
        let is_category = parts.mcc.is_none_or(|mcc| mcc <= MCC_MAX);
        ensure(is_category, EventField::MerchantCategoryCode)?;
        ensure(are_flags(parts.flags), EventField::Flags)?;
        ensure(parts.place_e7.is_none_or(is_place), EventField::Place)?;
        Ok(Self::assembled(parts))
    }

    fn assembled(parts: EventParts) -> Self {
        let (latitude_e7, longitude_e7) = parts.place_e7.unwrap_or((ABSENT_E7, ABSENT_E7));
        Self {
            time_ms: parts.time.millis(),
            id: parts.id.0,
            amount: parts.amount.unwrap_or(ABSENT_AMOUNT),
            attempted: parts.amount.unwrap_or(ABSENT_AMOUNT),
            ids: parts.ids,
            countries: parts.countries,
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
            ids: self.ids,
            countries: self.countries,
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
