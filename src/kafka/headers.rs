//! Builds the headers and keys of published records (docs/reference/decision-and-alert.md). It does
//! not know how values are encoded.

use crate::decision::Decision;
use crate::decode::{CardNumbers, Rejection};
use rdkafka::message::{Header, Headers, Message, OwnedHeaders};
use std::panic::{AssertUnwindSafe, catch_unwind};

const ALERT_TYPE: &str = "redcard.alert.v1";
const JSON: &str = "application/json";
const CONNECTOR: &str = "redcard";
const STAGE: &str = "decode";

/// How many headers redcard adds to a dead letter, after those of the input.
pub(super) const DEAD_LETTER_HEADERS: usize = 7;

/// `/redcard/<group>`, a URI reference: reserved characters are percent-encoded.
pub(super) fn alert_source(group_id: &str) -> String {
    group_id.bytes().fold("/redcard/".to_owned(), |mut source, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                source.push(char::from(byte));
            }
            other => source.push_str(&format!("%{other:02X}")),
        }
        source
    })
}

/// CloudEvents 1.0, Kafka protocol binding, binary mode.
pub(super) fn alert_headers(decision: &Decision<'_>, source: &str) -> OwnedHeaders {
    let tx = decision.transaction;
    let time = tx.time.to_string();
    let id = decision.alert_id();
    let headers: [(&str, &str); 7] = [
        ("ce_specversion", "1.0"),
        ("ce_id", id),
        ("ce_source", source),
        ("ce_type", ALERT_TYPE),
        ("ce_time", &time),
        ("ce_subject", &tx.card.token),
        ("content-type", JSON),
    ];
    with(OwnedHeaders::new_with_capacity(headers.len()), &headers)
}

/// The input's headers that contain no card number, then Kafka Connect's error headers.
pub(super) fn dead_letter_headers(
    input: &impl Message,
    rejection: &Rejection,
    card_numbers: &CardNumbers,
) -> OwnedHeaders {
    let (partition, offset) = (input.partition().to_string(), input.offset().to_string());
    let own: [(&str, &str); DEAD_LETTER_HEADERS] = [
        ("__connect.errors.topic", input.topic()),
        ("__connect.errors.partition", &partition),
        ("__connect.errors.offset", &offset),
        ("__connect.errors.connector.name", CONNECTOR),
        ("__connect.errors.stage", STAGE),
        ("__connect.errors.exception.class.name", rejection.reason.code()),
        ("__connect.errors.exception.message", &rejection.message),
    ];
    with(copied(input.headers(), card_numbers), &own)
}

/// The input's key, unless it contains a card number.
pub(super) fn dead_letter_key<'r>(
    input: &'r impl Message,
    card_numbers: &CardNumbers,
) -> Option<&'r [u8]> {
    input.key().filter(|key| !card_numbers.contains(key))
}

fn with(headers: OwnedHeaders, added: &[(&str, &str)]) -> OwnedHeaders {
    added.iter().fold(headers, |all, (key, value)| all.insert(Header { key, value: Some(*value) }))
}

fn copied(input: Option<&impl Headers>, card_numbers: &CardNumbers) -> OwnedHeaders {
    let count = input.map_or(0, Headers::count);
    let fit = (0..count).filter_map(|index| fit_to_publish(input?, index, card_numbers));
    fit.fold(OwnedHeaders::new_with_capacity(count + DEAD_LETTER_HEADERS), |all, header| {
        all.insert(header)
    })
}

/// A header, or `None` if it cannot be read: the client library panics on a name that is not UTF-8,
/// and no record may crash the reader.
pub(super) fn header_at(headers: &impl Headers, index: usize) -> Option<Header<'_, &[u8]>> {
    catch_unwind(AssertUnwindSafe(|| headers.try_get(index))).ok().flatten()
}

/// The header, unless it contains a card number.
fn fit_to_publish<'h>(
    headers: &'h impl Headers,
    index: usize,
    card_numbers: &CardNumbers,
) -> Option<Header<'h, &'h [u8]>> {
    let header = header_at(headers, index)?;
    let dirty = card_numbers.contains(header.key.as_bytes())
        || header.value.is_some_and(|value| card_numbers.contains(value));
    (!dirty).then_some(header)
}
