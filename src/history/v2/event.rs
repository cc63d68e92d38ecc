//! The fields of an event in format version 2: their bits, and their bytes in this order.

use super::super::cursor::Cursor;
use super::super::error::HistoryError;
use super::super::number::{VARINT_BYTES_MAX, put_number};
use crate::memory::{EventCountries, EventIds, EventParts, MessageId};
use crate::transaction::Time;

/// The amount of a charge, a refund or an adjustment.
pub const AMOUNT: u64 = 1 << 3;
const COUNTRY: u64 = 1 << 4;
const MCC: u64 = 1 << 5;
const FLAGS: u64 = 1 << 6;
const TERMINAL: u64 = 1 << 7;
const DEVICE: u64 = 1 << 8;
const IP: u64 = 1 << 9;
const SHIP_TO: u64 = 1 << 10;
const SHIP_TO_COUNTRY: u64 = 1 << 11;
const ACCOUNT: u64 = 1 << 12;
const PLACE: u64 = 1 << 13;

/// Every field that an event may have.
pub const ALL: u64 = AMOUNT
    | COUNTRY
    | MCC
    | FLAGS
    | TERMINAL
    | DEVICE
    | IP
    | SHIP_TO
    | SHIP_TO_COUNTRY
    | ACCOUNT
    | PLACE;

/// With every field: the amount, six hashes, three codes and flags, and the place.
pub const BYTES_MAX: usize = VARINT_BYTES_MAX + 6 * 8 + 4 * 2 + 8;

pub fn bits_of(parts: &EventParts) -> u64 {
    flag_if(parts.amount.is_some(), AMOUNT)
        | flag_if(parts.ids.terminal != 0, TERMINAL)
        | flag_if(parts.ids.device != 0, DEVICE)
        | flag_if(parts.ids.ip != 0, IP)
        | flag_if(parts.ids.ship_to != 0, SHIP_TO)
        | flag_if(parts.ids.account != 0, ACCOUNT)
        | flag_if(parts.countries.merchant != 0, COUNTRY)
        | flag_if(parts.countries.ship_to != 0, SHIP_TO_COUNTRY)
        | flag_if(parts.mcc.is_some(), MCC)
        | flag_if(parts.flags != 0, FLAGS)
        | flag_if(parts.place_e7.is_some(), PLACE)
}

pub fn flag_if(is_set: bool, bit: u64) -> u64 {
    if is_set { bit } else { 0 }
}

pub fn put(out: &mut Vec<u8>, parts: &EventParts) {
    let EventParts { ids, countries, .. } = parts;
    out.extend_from_slice(&ids.merchant.to_le_bytes());
    put_amount(out, parts.amount);
    for hash in [ids.terminal, ids.device, ids.ip, ids.ship_to, ids.account] {
        if hash != 0 {
            out.extend_from_slice(&hash.to_le_bytes());
        }
    }
    for country in [countries.merchant, countries.ship_to] {
        if country != 0 {
            out.extend_from_slice(&country.to_be_bytes());
        }
    }
    if let Some(mcc) = parts.mcc {
        out.extend_from_slice(&mcc.to_le_bytes());
    }
    if parts.flags != 0 {
        out.extend_from_slice(&parts.flags.to_le_bytes());
    }
    if let Some((latitude, longitude)) = parts.place_e7 {
        out.extend_from_slice(&latitude.to_le_bytes());
        out.extend_from_slice(&longitude.to_le_bytes());
    }
}

/// Amounts are never negative.
pub fn put_amount(out: &mut Vec<u8>, amount: Option<i64>) {
    if let Some(amount) = amount {
        put_number(out, amount.max(0).unsigned_abs());
    }
}

/// `bits` say which fields follow.
pub fn take(
    cursor: &mut Cursor<'_>,
    bits: u64,
    id: MessageId,
    time: Time,
) -> Result<EventParts, HistoryError> {
    let has = |bit: u64| bits & bit != 0;
    let merchant = cursor.u64()?;
    Ok(EventParts {
        time,
        id,
        amount: take_amount(cursor, bits)?,
        ids: EventIds {
            merchant,
            terminal: hash_if(cursor, has(TERMINAL))?,
            device: hash_if(cursor, has(DEVICE))?,
            ip: hash_if(cursor, has(IP))?,
            ship_to: hash_if(cursor, has(SHIP_TO))?,
            account: hash_if(cursor, has(ACCOUNT))?,
        },
        countries: EventCountries {
            merchant: country_if(cursor, has(COUNTRY))?,
            ship_to: country_if(cursor, has(SHIP_TO_COUNTRY))?,
        },
        mcc: has(MCC).then(|| cursor.u16()).transpose()?,
        flags: cursor.nonzero_if(has(FLAGS)).map(u16::from_le_bytes)?,
        place_e7: has(PLACE).then(|| cursor.place()).transpose()?,
    })
}

pub fn take_amount(cursor: &mut Cursor<'_>, bits: u64) -> Result<Option<i64>, HistoryError> {
    (bits & AMOUNT != 0).then(|| cursor.amount()).transpose()
}

fn hash_if(cursor: &mut Cursor<'_>, is_there: bool) -> Result<u64, HistoryError> {
    cursor.nonzero_if(is_there).map(u64::from_le_bytes)
}

/// Two letters.
fn country_if(cursor: &mut Cursor<'_>, is_there: bool) -> Result<u16, HistoryError> {
    cursor.nonzero_if(is_there).map(u16::from_be_bytes)
}
