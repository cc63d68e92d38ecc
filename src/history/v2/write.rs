//! Writes entries as bytes of version 2.

use super::super::header::MAGIC;
use super::super::number::{put_number, zigzag};
use super::super::{FormatVersion, Start};
use super::cards::{CardIndex, CardTable};
use super::event::{self, flag_if, put_amount};
use super::layout::{INPUT, LABELS, RESPONSE_KINDS, TOKEN_BYTES_MAX, bits};
use crate::memory::{
    AdjustmentEntry, AdjustmentKind, AlertEntry, Effect, Entry, LabelEntry, OriginalId,
};
use crate::transaction::{Kind, Money, Response, Time, WireName};

/// The next offsets and the number of entries are filled in at the end.
pub(in super::super) fn begin(out: &mut Vec<u8>, start: &Start) {
    out.extend_from_slice(&MAGIC);
    out.push(FormatVersion::V2.number());
    out.push(start.flags());
    out.extend_from_slice(start.base_currency.code().as_bytes());
    out.extend_from_slice(&start.partition.to_le_bytes());
    out.extend_from_slice(&start.progress.recorded.to_le_bytes());
    out.extend_from_slice(&start.progress.reached.millis().to_le_bytes());
    out.extend_from_slice(&0_u32.to_le_bytes());
    out.push(1 + u8::from(start.first_label.is_some()));
    put_topic(out, INPUT, start.first_offset);
    if let Some(first) = start.first_label {
        put_topic(out, LABELS, first);
        put_u64(out, start.progress.labels);
    }
    start.put_optional(out);
}

fn put_topic(out: &mut Vec<u8>, topic: u8, first_offset: i64) {
    out.push(topic);
    out.extend_from_slice(&first_offset.to_le_bytes());
    out.extend_from_slice(&first_offset.to_le_bytes());
}

/// `before` is the time of the previous entry.
pub(in super::super) fn put_entry(
    out: &mut Vec<u8>,
    entry: &Entry<'_>,
    before: Time,
    cards: &mut CardTable,
) {
    put_number(out, bits_of(entry));
    put_card(out, entry, cards);
    put_u64(out, entry.id().0);
    put_number(out, zigzag(entry.time().millis().wrapping_sub(before.millis())));
    match &entry.effect {
        Effect::Charge { event, original, charged } => {
            event::put(out, &event.to_parts());
            put_reference(out, *original, *charged);
        }
        Effect::Refund { event } => event::put(out, &event.to_parts()),
        Effect::Adjustment(adjusts) => {
            put_u64(out, adjusts.merchant);
            put_amount(out, adjusts.amount);
            put_reference(out, adjusts.original, adjusts.charged);
        }
        Effect::Response { of, kind, response, .. } => {
            put_u64(out, of.merchant);
            put_response(out, *kind, response);
        }
        Effect::Label(label) => put_label(out, label),
    }
    entry.alert.iter().for_each(|alert| put_alert(out, alert));
}

/// Writes the card's index. A new card also gets its token, or a length of zero and its key.
fn put_card(out: &mut Vec<u8>, entry: &Entry<'_>, cards: &mut CardTable) {
    let token = entry.token.filter(|token| !token.is_empty() && token.len() <= TOKEN_BYTES_MAX);
    let index = match cards.place(entry.card, token.is_some()) {
        CardIndex::Known(index) => return put_number(out, index.into()),
        CardIndex::New(index) => index,
    };
    put_number(out, index.into());
    put_number(out, token.map_or(0, str::len) as u64);
    match token {
        Some(token) => out.extend_from_slice(token.as_bytes()),
        None => out.extend_from_slice(&entry.card.0.to_le_bytes()),
    }
}

fn bits_of(entry: &Entry<'_>) -> u64 {
    let own = match &entry.effect {
        Effect::Charge { event, original, charged } => {
            bits::CHARGE | event::bits_of(&event.to_parts()) | reference_bits(*original, *charged)
        }
        Effect::Refund { event } => bits::REFUND | event::bits_of(&event.to_parts()),
        Effect::Adjustment(adjusts) => {
            let AdjustmentEntry { change, amount, original, charged, .. } = *adjusts;
            let role = match change {
                AdjustmentKind::Capture => bits::CAPTURES,
                AdjustmentKind::Reversal => bits::TAKES_BACK,
            };
            role | flag_if(amount.is_some(), event::AMOUNT) | reference_bits(original, charged)
        }
        Effect::Response { .. } => bits::RESPONSE,
        Effect::Label(label) => {
            bits::LABEL
                | flag_if(label.time.is_some(), bits::TIME)
                | flag_if(label.is_from_cardholder, bits::CARDHOLDER)
        }
    };
    own | flag_if(entry.alert.is_some(), bits::ALERT)
}

fn reference_bits(original: Option<OriginalId>, charged: Option<Money>) -> u64 {
    flag_if(original.is_some(), bits::ORIGINAL) | flag_if(charged.is_some(), bits::CHARGED)
}

fn put_reference(out: &mut Vec<u8>, original: Option<OriginalId>, charged: Option<Money>) {
    if let Some(original) = original {
        put_u64(out, original.0);
    }
    if let Some(Money { minor, currency }) = charged {
        out.extend_from_slice(currency.code().as_bytes());
        put_amount(out, Some(minor));
    }
}

/// Messages of other types have no separate response, and memory makes no such entry.
fn put_response(out: &mut Vec<u8>, kind: Kind, response: &Response) {
    let kind = (0..).zip(RESPONSE_KINDS).find(|(_, known)| *known == kind);
    out.push(kind.map_or(0, |(at, _)| at));
    out.push(response.approved.map_or(0, |approved| 1 + u8::from(approved)));
    out.push(response.reason.map_or(0, |reason| 1 + reason as u8));
}

fn put_alert(out: &mut Vec<u8>, alert: &AlertEntry<'_>) {
    out.push(alert.severity);
    put_number(out, alert.rules.len() as u64);
    out.extend_from_slice(alert.rules.as_bytes());
}

/// The time of the message is written relative to when the label became known.
fn put_label(out: &mut Vec<u8>, label: &LabelEntry) {
    put_u64(out, label.merchant);
    put_u64(out, label.of.0);
    out.push(label.value.number());
    if let Some(time) = label.time {
        put_number(out, zigzag(time.millis().wrapping_sub(label.known_at.millis())));
    }
}

fn put_u64(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&value.to_le_bytes());
}
