//! Bytes into entries. Nothing is allocated, nothing is trusted.

use super::error::{HistoryError, Problem};
use super::layout::*;
use super::{Gap, Header, Start};
use crate::memory::{
    CardKey, Effect, Entry, Event, EventParts, LastAlert, MessageId, Original, Progress,
};
use crate::transaction::{Currency, Time};
use xxhash_rust::xxh3::xxh3_64;

/// A record whose header and checksum are right.
#[derive(Debug, Clone, Copy)]
pub struct Record<'b> {
    pub header: Header,
    cursor: Cursor<'b>,
}

impl<'b> Record<'b> {
    pub fn parse(bytes: &'b [u8]) -> Result<Self, HistoryError> {
        if !bytes.starts_with(&MAGIC) {
            return Err(HistoryError::NotHistory);
        }
        let mut cursor = Cursor { bytes, at: MAGIC.len() };
        let [version] = cursor.take()?;
        if version != FORMAT_VERSION {
            return Err(HistoryError::UnknownVersion { found: version });
        }
        let body = checked(bytes)?;
        cursor.bytes = body;
        let header = header(&mut cursor)?;
        Ok(Self { header, cursor })
    }

    /// The entries, in the order in which memory took them in. After an error nothing comes.
    pub fn entries(&self) -> Entries<'b> {
        Entries { cursor: self.cursor, left: self.header.entries, time: Time(0), ended: false }
    }
}

/// What tells a record from any other: its checksum, as it stands there.
pub fn fingerprint(record: &[u8]) -> u64 {
    record.last_chunk::<CHECKSUM_BYTES>().map_or(0, |checksum| u64::from_le_bytes(*checksum))
}

/// All but the checksum, which matches.
fn checked(bytes: &[u8]) -> Result<&[u8], HistoryError> {
    let short = HistoryError::Short { length: bytes.len() };
    let (body, checksum) = bytes.split_last_chunk::<CHECKSUM_BYTES>().ok_or(short)?;
    if body.len() < HEADER_BYTES {
        return Err(short);
    }
    if xxh3_64(body) != u64::from_le_bytes(*checksum) {
        return Err(HistoryError::Damaged { offset: body.len() });
    }
    Ok(body)
}

fn header(cursor: &mut Cursor<'_>) -> Result<Header, HistoryError> {
    let [flags] = cursor.take()?;
    let known = HAS_GAP | HAS_OPEN_GAP | HAS_WARM_UP;
    if flags & !known != 0 || flags & HAS_GAP != 0 && flags & HAS_OPEN_GAP != 0 {
        return Err(HistoryError::UnknownFlags { found: flags });
    }
    let base_currency = cursor.currency()?;
    let at = cursor.at;
    let partition = i32::from_le_bytes(cursor.take()?);
    ensure(partition >= 0, at, Problem::Partition)?;
    let at = cursor.at;
    let first_offset = i64::from_le_bytes(cursor.take()?);
    let next_offset = i64::from_le_bytes(cursor.take()?);
    ensure(0 <= first_offset && first_offset <= next_offset, at, Problem::Offsets)?;
    let recorded = u64::from_le_bytes(cursor.take()?);
    let reached = Time(i64::from_le_bytes(cursor.take()?));
    let at = cursor.at;
    let entries = u32::from_le_bytes(cursor.take()?);
    let gap = (flags & HAS_GAP != 0).then(|| cursor.take()).transpose()?;
    let warm_up = (flags & HAS_WARM_UP != 0).then(|| cursor.take()).transpose()?;
    let fits = i64::from(entries) <= next_offset - first_offset
        && (entries as usize).saturating_mul(ENTRY_BYTES_MIN) <= cursor.left();
    ensure(fits, at, Problem::Count)?;
    let progress = Progress { recorded, reached };
    let gap = match gap {
        Some(until) => Gap::Closed(Time(i64::from_le_bytes(until))),
        None if flags & HAS_OPEN_GAP != 0 => Gap::Open,
        None => Gap::None,
    };
    let warm_up_until = warm_up.map(i64::from_le_bytes);
    let start = Start { partition, base_currency, first_offset, progress, gap, warm_up_until };
    Ok(Header { start, next_offset, entries })
}

fn ensure(holds: bool, offset: usize, problem: Problem) -> Result<(), HistoryError> {
    if holds { Ok(()) } else { Err(HistoryError::Invalid { offset, problem }) }
}

/// The entries of a record, one after another.
#[derive(Debug, Clone)]
pub struct Entries<'b> {
    cursor: Cursor<'b>,
    left: u32,
    /// Of the entry before.
    time: Time,
    ended: bool,
}

impl Iterator for Entries<'_> {
    type Item = Result<Entry, HistoryError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let Some(left) = self.left.checked_sub(1) else {
            self.ended = true;
            let surplus = ensure(self.cursor.left() == 0, self.cursor.at, Problem::Surplus);
            return surplus.err().map(Err);
        };
        self.left = left;
        let entry = entry(&mut self.cursor, self.time);
        match &entry {
            Ok(entry) => self.time = entry.time(),
            Err(_) => self.ended = true,
        }
        Some(entry)
    }
}

fn entry(cursor: &mut Cursor<'_>, before: Time) -> Result<Entry, HistoryError> {
    let at = cursor.at;
    let bits = u16::from_le_bytes(cursor.take()?);
    let role = bits & bits::ROLE;
    ensure(bits & !allowed(role) == 0, at, Problem::Bits)?;
    let card = CardKey(u128::from_le_bytes(cursor.take()?));
    let id = cursor.id()?;
    let time = cursor.time_after(before)?;
    let has_original = bits & bits::ORIGINAL != 0;
    let effect = match role {
        bits::CHARGE => {
            let event = event(cursor, bits, id, time)?;
            Effect::Charge { event, settles: cursor.id_if(has_original)? }
        }
        bits::REFUND => Effect::Refund { event: event(cursor, bits, id, time)? },
        bits::SETTLES => {
            let amount = cursor.amount_if(bits)?;
            Effect::Settles { id, time, amount, authorization: cursor.id_if(has_original)? }
        }
        _ => {
            let amount = cursor.amount_if(bits)?;
            let original = has_original.then(|| cursor.original()).transpose()?;
            Effect::Reverses { id, time, amount, original }
        }
    };
    let alert = alert(cursor, bits, time)?;
    Ok(Entry { card, effect, alert })
}

fn allowed(role: u16) -> u16 {
    match role {
        bits::CHARGE => bits::OF_CHARGE,
        bits::REFUND => bits::OF_REFUND,
        _ => bits::OF_ADJUSTMENT,
    }
}

fn event(
    cursor: &mut Cursor<'_>,
    bits: u16,
    id: MessageId,
    time: Time,
) -> Result<Event, HistoryError> {
    let has = |bit: u16| bits & bit != 0;
    let at = cursor.at;
    let parts = EventParts {
        time,
        id,
        amount: cursor.amount_if(bits)?,
        merchant: u64::from_le_bytes(cursor.take()?),
        terminal: cursor.hash_if(has(bits::TERMINAL))?,
        device: cursor.hash_if(has(bits::DEVICE))?,
        ip: cursor.hash_if(has(bits::IP))?,
        ship_to: cursor.hash_if(has(bits::SHIP_TO))?,
        country: cursor.country_if(has(bits::COUNTRY))?,
        ship_to_country: cursor.country_if(has(bits::SHIP_TO_COUNTRY))?,
        mcc: cursor.mcc_if(has(bits::MCC))?,
        flags: cursor.nonzero_if(has(bits::FLAGS)).map(u16::from_le_bytes)?,
        place_e7: has(bits::PLACE).then(|| cursor.place()).transpose()?,
    };
    Event::from_parts(parts)
        .map_err(|field| HistoryError::Invalid { offset: at, problem: Problem::Event(field) })
}

fn alert(cursor: &mut Cursor<'_>, bits: u16, own: Time) -> Result<Option<LastAlert>, HistoryError> {
    let at = cursor.at;
    let is_elsewhen = bits & bits::ALERT_TIME != 0;
    if bits & bits::ALERT == 0 {
        return ensure(!is_elsewhen, at, Problem::Bits).map(|()| None);
    }
    let [severity] = cursor.take()?;
    let time = if is_elsewhen { cursor.time_after(own)? } else { own };
    ensure(!is_elsewhen || time != own, at, Problem::AlertTime)?;
    Ok(Some(LastAlert { time, severity }))
}

/// Where reading has come.
#[derive(Debug, Clone, Copy)]
struct Cursor<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Cursor<'_> {
    fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], HistoryError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let short = HistoryError::Short { length: self.bytes.len() };
        let taken = rest.first_chunk::<N>().ok_or(short)?;
        self.at += N;
        Ok(*taken)
    }

    fn currency(&mut self) -> Result<Currency, HistoryError> {
        let at = self.at;
        let code: [u8; 3] = self.take()?;
        Currency::from_code(&code)
            .ok_or(HistoryError::Invalid { offset: at, problem: Problem::Currency })
    }

    fn id(&mut self) -> Result<MessageId, HistoryError> {
        Ok(MessageId(u64::from_le_bytes(self.take()?)))
    }

    fn id_if(&mut self, is_there: bool) -> Result<Option<MessageId>, HistoryError> {
        is_there.then(|| self.id()).transpose()
    }

    fn original(&mut self) -> Result<Original, HistoryError> {
        Ok(Original { authorization: self.id()?, clearing: self.id()? })
    }

    fn place(&mut self) -> Result<(i32, i32), HistoryError> {
        Ok((i32::from_le_bytes(self.take()?), i32::from_le_bytes(self.take()?)))
    }

    /// A field for which 0 stands for absent.
    fn nonzero_if<const N: usize>(&mut self, is_there: bool) -> Result<[u8; N], HistoryError> {
        if !is_there {
            return Ok([0; N]);
        }
        let at = self.at;
        let bytes = self.take()?;
        ensure(bytes != [0; N], at, Problem::Absent).map(|()| bytes)
    }

    fn hash_if(&mut self, is_there: bool) -> Result<u32, HistoryError> {
        self.nonzero_if(is_there).map(u32::from_le_bytes)
    }

    /// Two letters.
    fn country_if(&mut self, is_there: bool) -> Result<u16, HistoryError> {
        self.nonzero_if(is_there).map(u16::from_be_bytes)
    }

    fn mcc_if(&mut self, is_there: bool) -> Result<Option<u16>, HistoryError> {
        is_there.then(|| self.take().map(u16::from_le_bytes)).transpose()
    }

    fn amount_if(&mut self, bits: u16) -> Result<Option<i64>, HistoryError> {
        (bits & bits::AMOUNT != 0).then(|| self.number().map(unzigzag)).transpose()
    }

    fn time_after(&mut self, before: Time) -> Result<Time, HistoryError> {
        let step = unzigzag(self.number()?);
        Ok(Time(before.millis().wrapping_add(step)))
    }

    /// LEB128 in its shortest form.
    fn number(&mut self) -> Result<u64, HistoryError> {
        let start = self.at;
        let mut number = 0;
        for shift in (0..VARINT_BYTES_MAX).map(|byte| 7 * byte) {
            let [byte] = self.take()?;
            let part = u64::from(byte & 0x7f);
            number |= part << shift;
            if byte < 0x80 {
                let is_shortest = byte != 0 || shift == 0;
                let fits = (part << shift) >> shift == part;
                return ensure(is_shortest && fits, start, Problem::Number).map(|()| number);
            }
        }
        ensure(false, start, Problem::Number).map(|()| number)
    }
}
