//! Builds the headers and keys of published records (docs/reference/decision-and-alert.md). It does
//! not know how values are encoded.

use crate::decision::Decision;
use crate::decode::{CardNumbers, Rejection};
use crate::kafka::record::{BorrowedRecord, RecordHeader};

const ALERT_TYPE: &str = "redcard.alert.v1";
const JSON: &str = "application/json";
const CONNECTOR: &str = "redcard";
const STAGE: &str = "decode";

const ALERT_HEADERS: usize = 7;
/// How many headers redcard adds to a dead letter, after those of the input.
pub const DEAD_LETTER_HEADERS: usize = 7;

/// `/redcard/<group>`, a URI reference: reserved characters are percent-encoded.
pub fn alert_source(group_id: &str) -> String {
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
pub fn alert_headers<'a>(
    decision: &'a Decision<'_>,
    alert_id: &'a str,
    source: &'a str,
) -> [RecordHeader<'a>; ALERT_HEADERS] {
    let tx = decision.transaction;
    [
        RecordHeader::text("ce_specversion", "1.0"),
        RecordHeader::text("ce_id", alert_id),
        RecordHeader::text("ce_source", source),
        RecordHeader::text("ce_type", ALERT_TYPE),
        RecordHeader::text("ce_time", tx.time.to_string()),
        RecordHeader::text("ce_subject", &*tx.card.token),
        RecordHeader::text("content-type", JSON),
    ]
}

/// The input's headers that contain no card number, then Kafka Connect's error headers.
pub fn dead_letter_headers<'a>(
    input: &BorrowedRecord<'a>,
    rejection: &'a Rejection,
    card_numbers: &CardNumbers,
) -> Vec<RecordHeader<'a>> {
    let own: [RecordHeader<'a>; DEAD_LETTER_HEADERS] = [
        RecordHeader::text("__connect.errors.topic", input.topic),
        RecordHeader::text("__connect.errors.partition", input.partition.to_string()),
        RecordHeader::text("__connect.errors.offset", input.offset.to_string()),
        RecordHeader::text("__connect.errors.connector.name", CONNECTOR),
        RecordHeader::text("__connect.errors.stage", STAGE),
        RecordHeader::text("__connect.errors.exception.class.name", rejection.reason.code()),
        RecordHeader::text("__connect.errors.exception.message", &*rejection.message),
    ];
    let copied = input.headers().filter(|header| !has_card_number(header, card_numbers));
    copied.chain(own).collect()
}

/// The input's key, unless it contains a card number.
pub fn dead_letter_key<'a>(
    input: &BorrowedRecord<'a>,
    card_numbers: &CardNumbers,
) -> Option<&'a [u8]> {
    input.key.filter(|key| !card_numbers.contains(key))
}

fn has_card_number(header: &RecordHeader<'_>, card_numbers: &CardNumbers) -> bool {
    card_numbers.contains(header.key.as_bytes())
        || header.value.as_deref().is_some_and(|value| card_numbers.contains(value))
}
