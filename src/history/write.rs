//! Entries into bytes.

use super::layout::*;
use super::{Gap, Start};
use crate::memory::{Change, Effect, Entry, Event, MessageId};
use crate::transaction::{Kind, Time};
use xxhash_rust::xxh3::xxh3_64;

/// Writes the records of a partition, one after another, into one buffer.
///
/// ```text
/// begin(start) ─▶ push(entry) ─▶ is_full()? ─▶ finish(offset + 1), send, begin again
///                     ▲────────────── no
///                 the commit ─▶ finish(next offset), send
/// ```
///
/// A batch that was taken back is dropped by beginning again.
#[derive(Debug)]
pub struct Writer {
    buffer: Vec<u8>,
    entries: u32,
    /// Of the entry before: times are written as steps.
    time: Time,
    record_bytes_max: usize,
}

impl Writer {
    /// `record_bytes_max`: where [`Writer::is_full`] says so. A record may still get as long as its
    /// header and one entry.
    pub fn new(record_bytes_max: usize) -> Self {
        Self { buffer: Vec::new(), entries: 0, time: Time(0), record_bytes_max }
    }

    /// Begins a record; what was not finished is dropped.
    pub fn begin(&mut self, start: &Start) {
        (self.entries, self.time) = (0, Time(0));
        let out = &mut self.buffer;
        out.clear();
        out.extend_from_slice(&MAGIC);
        out.push(FORMAT_VERSION);
        let gap = match start.gap {
            Gap::None => 0,
            Gap::Open => HAS_OPEN_GAP,
            Gap::Closed(_) => HAS_GAP,
        };
        let warm_up = if start.warm_up_until.is_some() { HAS_WARM_UP } else { 0 };
        out.push(gap | warm_up);
        out.extend_from_slice(start.base_currency.code().as_bytes());
        out.extend_from_slice(&start.partition.to_le_bytes());
        out.extend_from_slice(&start.first_offset.to_le_bytes());
        out.extend_from_slice(&start.first_offset.to_le_bytes());
        out.extend_from_slice(&start.progress.recorded.to_le_bytes());
        out.extend_from_slice(&start.progress.reached.millis().to_le_bytes());
        out.extend_from_slice(&self.entries.to_le_bytes());
        if let Gap::Closed(until) = start.gap {
            out.extend_from_slice(&until.millis().to_le_bytes());
        }
        if let Some(until) = start.warm_up_until {
            out.extend_from_slice(&until.to_le_bytes());
        }
    }

    /// Adds the next entry of the commit.
    pub fn push(&mut self, entry: &Entry<'_>) {
        self.buffer.reserve(ENTRY_BYTES_MAX);
        let time = entry.time();
        let out = &mut self.buffer;
        out.extend_from_slice(&bits_of(entry).to_le_bytes());
        out.extend_from_slice(&entry.card.0.to_le_bytes());
        out.extend_from_slice(&entry.id().0.to_le_bytes());
        put_number(out, zigzag(time.millis().wrapping_sub(self.time.millis())));
        match &entry.effect {
            Effect::Charge { event, original, .. } => {
                put_event(out, event);
                original.iter().for_each(|o| put_ids(out, &[o.as_kind(Kind::Authorization)]));
            }
            Effect::Refund { event } => put_event(out, event),
            Effect::Adjusts(adjusts) => {
                put_amount(out, adjusts.amount);
                if let Some(original) = adjusts.original {
                    put_ids(out, &[original.as_kind(Kind::Authorization)]);
                    if adjusts.change == Change::TakesBack {
                        put_ids(out, &[original.as_kind(Kind::Clearing)]);
                    }
                }
            }
            Effect::Outcome { .. } => {}
        }
        out.extend(entry.alert);
        self.time = time;
        self.entries += 1;
    }

    /// Whether another entry might not fit: then this record is finished after the offset of the
    /// entry just pushed, and the next begins there.
    pub fn is_full(&self) -> bool {
        let more = ENTRY_BYTES_MAX + CHECKSUM_BYTES;
        self.entries == u32::MAX || self.buffer.len() + more > self.record_bytes_max
    }

    /// How many entries were pushed since the beginning of the record.
    pub fn entries(&self) -> u32 {
        self.entries
    }

    /// The record, which covers the input up to before `next_offset`.
    pub fn finish(&mut self, next_offset: i64) -> &[u8] {
        self.patch(NEXT_OFFSET_AT, &next_offset.to_le_bytes());
        self.patch(ENTRIES_AT, &self.entries.to_le_bytes());
        let checksum = xxh3_64(&self.buffer);
        self.buffer.extend_from_slice(&checksum.to_le_bytes());
        &self.buffer
    }

    fn patch(&mut self, at: usize, bytes: &[u8]) {
        if let Some(place) = self.buffer.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    }
}

fn bits_of(entry: &Entry<'_>) -> u16 {
    let role = match &entry.effect {
        Effect::Charge { event, original, .. } => {
            bits::CHARGE | event_bits(event) | bit(original.is_some(), bits::ORIGINAL)
        }
        Effect::Refund { event } => bits::REFUND | event_bits(event),
        Effect::Adjusts(adjusts) => {
            (if adjusts.change == Change::Captures { bits::SETTLES } else { bits::REVERSES })
                | bit(adjusts.amount.is_some(), bits::AMOUNT)
                | bit(adjusts.original.is_some(), bits::ORIGINAL)
        }
        Effect::Outcome { .. } => bits::SETTLES,
    };
    let alert = bit(entry.alert.is_some(), bits::ALERT);
    role | alert
}

fn event_bits(event: &Event) -> u16 {
    let parts = event.to_parts();
    bit(parts.amount.is_some(), bits::AMOUNT)
        | bit(parts.terminal != 0, bits::TERMINAL)
        | bit(parts.device != 0, bits::DEVICE)
        | bit(parts.ip != 0, bits::IP)
        | bit(parts.ship_to != 0, bits::SHIP_TO)
        | bit(parts.country != 0, bits::COUNTRY)
        | bit(parts.ship_to_country != 0, bits::SHIP_TO_COUNTRY)
        | bit(parts.mcc.is_some(), bits::MCC)
        | bit(parts.flags != 0, bits::FLAGS)
        | bit(parts.place_e7.is_some(), bits::PLACE)
}

fn bit(is_set: bool, bit: u16) -> u16 {
    if is_set { bit } else { 0 }
}

fn put_event(out: &mut Vec<u8>, event: &Event) {
    let parts = event.to_parts();
    put_amount(out, parts.amount);
    out.extend_from_slice(&parts.merchant.to_le_bytes());
    for hash in [parts.terminal, parts.device, parts.ip, parts.ship_to] {
        if hash != 0 {
            out.extend_from_slice(&((hash >> 32) as u32).to_le_bytes());
        }
    }
    for country in [parts.country, parts.ship_to_country] {
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

fn put_amount(out: &mut Vec<u8>, amount: Option<i64>) {
    if let Some(amount) = amount {
        put_number(out, zigzag(amount));
    }
}

fn put_ids(out: &mut Vec<u8>, ids: &[MessageId]) {
    ids.iter().for_each(|id| out.extend_from_slice(&id.0.to_le_bytes()));
}

/// LEB128: seven bits a byte, lowest first, the high bit set in all but the last.
fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}
