//! Writes entries as bytes of version 1, without what that version cannot hold.

use super::super::header::MAGIC;
use super::super::number::{put_number, zigzag};
use super::super::{FormatVersion, Start};
use super::layout::{CLEARING_FLAG, KOSOVO, REASON_MASK, REASON_OTHER, REASON_SHIFT, bits};
use crate::memory::{
    AdjustmentEntry, AdjustmentKind, Effect, Entry, EventCountries, EventParts, OriginalId,
};
use crate::transaction::{Kind, Time};

/// The next offset and the number of entries are filled in at the end.
pub(in super::super) fn begin(out: &mut Vec<u8>, start: &Start) {
    out.extend_from_slice(&MAGIC);
    out.push(FormatVersion::V1.number());
    out.push(start.flags());
    out.extend_from_slice(start.base_currency.code().as_bytes());
    out.extend_from_slice(&start.partition.to_le_bytes());
    out.extend_from_slice(&start.first_offset.to_le_bytes());
    out.extend_from_slice(&start.first_offset.to_le_bytes());
    out.extend_from_slice(&start.progress.recorded.to_le_bytes());
    out.extend_from_slice(&start.progress.reached.millis().to_le_bytes());
    out.extend_from_slice(&0_u32.to_le_bytes());
    start.put_optional(out);
}

/// `before` is the time of the previous entry.
pub(in super::super) fn put_entry(out: &mut Vec<u8>, entry: &Entry<'_>, before: Time) {
    let content = Content::of(entry);
    out.extend_from_slice(&content.bits(entry.alert).to_le_bytes());
    out.extend_from_slice(&entry.card.0.to_le_bytes());
    out.extend_from_slice(&content.id().to_le_bytes());
    put_number(out, zigzag(entry.time().millis().wrapping_sub(before.millis())));
    content.put(out);
    // The alert has the entry's own time, which need not be written again.
    out.extend(entry.alert);
}

/// An entry in the form of version 1.
enum Content {
    Charge { parts: EventParts, authorization: Option<u64> },
    Refund { parts: EventParts },
    Settles { id: u64, amount: Option<i64>, authorization: Option<u64> },
    Reverses { id: u64, amount: Option<i64>, original: Option<[u64; 2]> },
}

impl Content {
    fn of(entry: &Entry<'_>) -> Self {
        match &entry.effect {
            Effect::Charge { event, original, .. } => {
                let parts = event.to_parts();
                // A reader of version 1 would treat an authorization with an original as a
                // clearing.
                let original = original.filter(|_| parts.flags & CLEARING_FLAG != 0);
                Self::Charge { parts: reduced(parts), authorization: original.map(authorization) }
            }
            Effect::Refund { event } => Self::Refund { parts: reduced(event.to_parts()) },
            Effect::Adjustment(adjusts) => Self::adjustment(adjusts),
            // Version 1 has no separate responses, but the number of entries must match. So this writes a
            // reversal that refers to nothing, with an id that no message has, so that a reader
            // takes no message for its duplicate.
            Effect::Response { of, .. } => {
                Self::Reverses { id: !of.id.0, amount: Some(0), original: None }
            }
            // The writer of records leaves labels out.
            Effect::Label(label) => {
                Self::Reverses { id: label.content, amount: Some(0), original: None }
            }
        }
    }

    fn adjustment(adjusts: &AdjustmentEntry) -> Self {
        let AdjustmentEntry { change, id, amount, original, .. } = *adjusts;
        match change {
            AdjustmentKind::Capture => {
                Self::Settles { id: id.0, amount, authorization: original.map(authorization) }
            }
            AdjustmentKind::Reversal => {
                let clearing = |original: OriginalId| original.as_kind(Kind::Clearing).0;
                let ids = |original| [authorization(original), clearing(original)];
                Self::Reverses { id: id.0, amount, original: original.map(ids) }
            }
        }
    }

    fn id(&self) -> u64 {
        match self {
            Self::Charge { parts, .. } | Self::Refund { parts } => parts.id.0,
            Self::Settles { id, .. } | Self::Reverses { id, .. } => *id,
        }
    }

    fn bits(&self, alert: Option<u8>) -> u16 {
        let own = match self {
            Self::Charge { parts, authorization } => {
                bits::CHARGE | event_bits(parts) | flag_if(authorization.is_some(), bits::ORIGINAL)
            }
            Self::Refund { parts } => bits::REFUND | event_bits(parts),
            Self::Settles { amount, authorization, .. } => {
                bits::SETTLES
                    | flag_if(amount.is_some(), bits::AMOUNT)
                    | flag_if(authorization.is_some(), bits::ORIGINAL)
            }
            Self::Reverses { amount, original, .. } => {
                bits::REVERSES
                    | flag_if(amount.is_some(), bits::AMOUNT)
                    | flag_if(original.is_some(), bits::ORIGINAL)
            }
        };
        own | flag_if(alert.is_some(), bits::ALERT)
    }

    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Charge { parts, authorization } => {
                put_event(out, parts);
                put_ids(out, authorization.as_slice());
            }
            Self::Refund { parts } => put_event(out, parts),
            Self::Settles { amount, authorization, .. } => {
                put_amount(out, *amount);
                put_ids(out, authorization.as_slice());
            }
            Self::Reverses { amount, original, .. } => {
                put_amount(out, *amount);
                put_ids(out, original.as_ref().map_or(&[], <[u64; 2]>::as_slice));
            }
        }
    }
}

/// The authorization that an `original_id` refers to.
fn authorization(original: OriginalId) -> u64 {
    original.as_kind(Kind::Authorization).0
}

/// Drops what readers of version 1 reject.
fn reduced(parts: EventParts) -> EventParts {
    let known = |country: u16| if country == KOSOVO { 0 } else { country };
    let reason = (parts.flags >> REASON_SHIFT) & REASON_MASK;
    let others = parts.flags & !(CLEARING_FLAG | REASON_MASK << REASON_SHIFT);
    EventParts {
        countries: EventCountries {
            merchant: known(parts.countries.merchant),
            ship_to: known(parts.countries.ship_to),
        },
        flags: others | reason.min(REASON_OTHER) << REASON_SHIFT,
        ..parts
    }
}

fn event_bits(parts: &EventParts) -> u16 {
    flag_if(parts.amount.is_some(), bits::AMOUNT)
        | flag_if(parts.ids.terminal != 0, bits::TERMINAL)
        | flag_if(parts.ids.device != 0, bits::DEVICE)
        | flag_if(parts.ids.ip != 0, bits::IP)
        | flag_if(parts.ids.ship_to != 0, bits::SHIP_TO)
        | flag_if(parts.countries.merchant != 0, bits::COUNTRY)
        | flag_if(parts.countries.ship_to != 0, bits::SHIP_TO_COUNTRY)
        | flag_if(parts.mcc.is_some(), bits::MCC)
        | flag_if(parts.flags != 0, bits::FLAGS)
        | flag_if(parts.place_e7.is_some(), bits::PLACE)
}

fn flag_if(is_set: bool, bit: u16) -> u16 {
    if is_set { bit } else { 0 }
}

fn put_event(out: &mut Vec<u8>, parts: &EventParts) {
    let EventParts { amount, ids, .. } = parts;
    put_amount(out, *amount);
    out.extend_from_slice(&ids.merchant.to_le_bytes());
    for hash in [ids.terminal, ids.device, ids.ip, ids.ship_to] {
        if hash != 0 {
            let upper = ((hash >> 32) as u32).max(1);
            out.extend_from_slice(&upper.to_le_bytes());
        }
    }
    for country in [parts.countries.merchant, parts.countries.ship_to] {
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

fn put_ids(out: &mut Vec<u8>, ids: &[u64]) {
    ids.iter().for_each(|id| out.extend_from_slice(&id.to_le_bytes()));
}
