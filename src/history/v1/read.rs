//! Reads bytes of version 1 into today's entries.

use super::super::cursor::Cursor;
use super::super::error::{HistoryError, Problem, ensure};
use super::super::{FormatVersion, Header, Record, Start};
use super::layout::{
    CLEARING_FLAG, ENTRY_BYTES_MIN, HEADER_BYTES, KOSOVO, REASON_MASK, REASON_OTHER, REASON_SHIFT,
    bits,
};
use crate::memory::{
    AdjustmentEntry, AdjustmentKind, AlertEntry, CardKey, Effect, Entry, Event, EventCountries,
    EventField, EventIds, EventParts, MessageId, OriginalId, Progress, RuleHashes,
};
use crate::transaction::{Kind, Time};

/// The severity assumed for a late alert, since version 1 only has that of the card's newest alert.
const SEVERITY_UNKNOWN: u8 = 0;

/// `cursor` is just after the version.
pub(in super::super) fn read(mut cursor: Cursor<'_>) -> Result<Record<'_>, HistoryError> {
    let header = header(&mut cursor)?;
    let mut entries = Vec::with_capacity(header.entries as usize);
    let mut time = Time(0);
    for _ in 0..header.entries {
        let entry = entry(&mut cursor, time)?;
        time = entry.time();
        entries.push(entry);
    }
    ensure(cursor.left() == 0, cursor.at(), Problem::Surplus)?;
    Ok(Record { header, entries, has_more: false })
}

fn header(cursor: &mut Cursor<'_>) -> Result<Header, HistoryError> {
    let flags = cursor.flags()?;
    let base_currency = cursor.currency()?;
    let partition = cursor.partition()?;
    let (first_offset, next_offset) = cursor.offsets()?;
    let progress = Progress { recorded: cursor.u64()?, labels: 0, reached: Time(cursor.i64()?) };
    let entries = cursor.u32()?;
    let (gap, warm_up_until) = cursor.optional_header(flags)?;
    let fits = i64::from(entries) <= next_offset - first_offset
        && (entries as usize).saturating_mul(ENTRY_BYTES_MIN) <= cursor.left();
    ensure(fits, HEADER_BYTES - 4, Problem::Count)?;
    let start = Start {
        partition,
        base_currency,
        first_offset,
        first_label: None,
        progress,
        gap,
        warm_up_until,
    };
    Ok(Header { version: FormatVersion::V1, start, next_offset, next_label: None, entries })
}

fn entry(cursor: &mut Cursor<'_>, before: Time) -> Result<Entry<'static>, HistoryError> {
    let start = cursor.at();
    let bits = cursor.u16()?;
    let role = bits & bits::ROLE;
    ensure(bits & !bits::allowed(role) == 0, start, Problem::Bits)?;
    let card = CardKey(u128::from_le_bytes(cursor.take()?));
    let id = cursor.id()?;
    let time = cursor.time_after(before)?;
    let has_original = bits & bits::ORIGINAL != 0;
    let effect = match role {
        bits::CHARGE => charge(cursor, bits, id, time)?,
        bits::REFUND => Effect::Refund { event: refund(cursor, bits, id, time)? },
        bits::SETTLES => {
            let amount = read_optional_amount(cursor, bits)?;
            let original = has_original.then(|| authorization(cursor)).transpose()?;
            adjusts(AdjustmentKind::Capture, id, time, amount, original)
        }
        _ => {
            let amount = read_optional_amount(cursor, bits)?;
            let original = has_original.then(|| either(cursor)).transpose()?;
            adjusts(AdjustmentKind::Reversal, id, time, amount, original)
        }
    };
    let alert = alert(cursor, bits, time)?;
    let rules = RuleHashes::default();
    let alert = alert.map(|severity| AlertEntry { severity, rules });
    Ok(Entry { card, token: None, effect, alert })
}

fn charge(
    cursor: &mut Cursor<'_>,
    bits: u16,
    id: MessageId,
    time: Time,
) -> Result<Effect, HistoryError> {
    let start = cursor.at();
    let parts = parts(cursor, bits, id, time)?;
    if bits & bits::ORIGINAL == 0 {
        return Ok(Effect::Charge { event: event(parts, start)?, original: None, charged: None });
    }
    // In version 1 only clearings have an original.
    let parts = EventParts { flags: parts.flags | CLEARING_FLAG, ..parts };
    let (event, original) = (event(parts, start)?, Some(authorization(cursor)?));
    Ok(Effect::Charge { event, original, charged: None })
}

fn refund(
    cursor: &mut Cursor<'_>,
    bits: u16,
    id: MessageId,
    time: Time,
) -> Result<Event, HistoryError> {
    let start = cursor.at();
    let parts = parts(cursor, bits, id, time)?;
    event(parts, start)
}

fn adjusts(
    change: AdjustmentKind,
    id: MessageId,
    time: Time,
    amount: Option<i64>,
    original: Option<OriginalId>,
) -> Effect {
    Effect::Adjustment(AdjustmentEntry {
        change,
        id,
        merchant: 0,
        time,
        amount,
        original,
        charged: None,
    })
}

/// `start` is where the event's parts begin.
fn event(parts: EventParts, start: usize) -> Result<Event, HistoryError> {
    Event::from_parts(parts)
        .map_err(|field| HistoryError::Invalid { offset: start, problem: Problem::Event(field) })
}

fn parts(
    cursor: &mut Cursor<'_>,
    bits: u16,
    id: MessageId,
    time: Time,
) -> Result<EventParts, HistoryError> {
    let has = |bit: u16| bits & bit != 0;
    let start = cursor.at();
    let parts = EventParts {
        time,
        id,
        amount: read_optional_amount(cursor, bits)?,
        ids: EventIds {
            merchant: cursor.u64()?,
            terminal: hash_if(cursor, has(bits::TERMINAL))?,
            device: hash_if(cursor, has(bits::DEVICE))?,
            ip: hash_if(cursor, has(bits::IP))?,
            ship_to: hash_if(cursor, has(bits::SHIP_TO))?,
            ..EventIds::default()
        },
        countries: EventCountries {
            merchant: country_if(cursor, has(bits::COUNTRY))?,
            ship_to: country_if(cursor, has(bits::SHIP_TO_COUNTRY))?,
        },
        mcc: has(bits::MCC).then(|| cursor.u16()).transpose()?,
        flags: cursor.nonzero_if(has(bits::FLAGS)).map(u16::from_le_bytes)?,
        place_e7: has(bits::PLACE).then(|| cursor.place()).transpose()?,
    };
    check_known(&parts)
        .map_err(|field| HistoryError::Invalid { offset: start, problem: Problem::Event(field) })?;
    Ok(parts)
}

/// Rejects values that did not exist when version 1 was written.
fn check_known(parts: &EventParts) -> Result<(), EventField> {
    let reason = (parts.flags >> REASON_SHIFT) & REASON_MASK;
    if parts.flags & CLEARING_FLAG != 0 || reason > REASON_OTHER {
        return Err(EventField::Flags);
    }
    if parts.countries.merchant == KOSOVO {
        return Err(EventField::Country);
    }
    if parts.countries.ship_to == KOSOVO { Err(EventField::ShipToCountry) } else { Ok(()) }
}

/// A hash of which only the upper half is known.
fn hash_if(cursor: &mut Cursor<'_>, is_there: bool) -> Result<u64, HistoryError> {
    cursor.nonzero_if(is_there).map(|bytes| u64::from(u32::from_le_bytes(bytes)) << 32)
}

/// Two letters.
fn country_if(cursor: &mut Cursor<'_>, is_there: bool) -> Result<u16, HistoryError> {
    cursor.nonzero_if(is_there).map(u16::from_be_bytes)
}

fn read_optional_amount(cursor: &mut Cursor<'_>, bits: u16) -> Result<Option<i64>, HistoryError> {
    (bits & bits::AMOUNT != 0).then(|| cursor.signed_amount()).transpose()
}

/// The id of an authorization, without its type.
fn authorization(cursor: &mut Cursor<'_>) -> Result<OriginalId, HistoryError> {
    Ok(OriginalId::of_message(cursor.id()?, Kind::Authorization))
}

/// The ids of an authorization and of a clearing, which must be hashes of the same string.
fn either(cursor: &mut Cursor<'_>) -> Result<OriginalId, HistoryError> {
    let start = cursor.at();
    let original = authorization(cursor)?;
    let clearing = cursor.id()?;
    let is_same = original.as_kind(Kind::Clearing) == clearing;
    ensure(is_same, start, Problem::Original).map(|()| original)
}

fn alert(cursor: &mut Cursor<'_>, bits: u16, own: Time) -> Result<Option<u8>, HistoryError> {
    let start = cursor.at();
    let is_late = bits & bits::ALERT_TIME != 0;
    if bits & bits::ALERT == 0 {
        return ensure(!is_late, start, Problem::Bits).map(|()| None);
    }
    let severity = cursor.byte()?;
    if !is_late {
        return Ok(Some(severity));
    }
    let newest = cursor.time_after(own)?;
    ensure(newest != own, start, Problem::AlertTime)?;
    Ok(Some(SEVERITY_UNKNOWN))
}
