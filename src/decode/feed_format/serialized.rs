//! Recognises binary serialization formats by the first key of the first object.
//!
//! These formats have no signature. Instead, a map's header followed by a short printable key
//! identifies them.

use super::known::*;

type Check = fn(&[u8]) -> bool;

const SERIALIZERS: [(Check, &KnownFormat); 4] =
    [(is_bson, BSON), (is_message_pack, MESSAGE_PACK), (is_cbor, CBOR), (is_pickle, PICKLE)];

pub(super) fn by_serializer(bytes: &[u8]) -> Option<&'static KnownFormat> {
    SERIALIZERS.iter().find(|(is_its, _)| is_its(bytes)).map(|(_, known)| *known)
}

/// A map or an array of maps, and the first key (msgpack.org, spec.md).
fn is_message_pack(bytes: &[u8]) -> bool {
    let Some((first, rest)) = bytes.split_first() else { return false };
    match first {
        0x91..=0x9f => is_message_pack_map(rest),
        0xdc => rest.get(2..).is_some_and(is_message_pack_map),
        0xdd => rest.get(4..).is_some_and(is_message_pack_map),
        _ => is_message_pack_map(bytes),
    }
}

fn is_message_pack_map(bytes: &[u8]) -> bool {
    let key = match bytes.first() {
        Some(0x81..=0x8f) => bytes.get(1..),
        Some(0xde) => bytes.get(3..),
        Some(0xdf) => bytes.get(5..),
        _ => None,
    };
    match key {
        Some([length @ 0xa1..=0xbf, key @ ..]) => begins_with_name(key, length - 0xa0),
        Some([0xd9, length, key @ ..]) => begins_with_name(key, *length),
        _ => false,
    }
}

/// A map and its first key (RFC 8949), optionally after the tag that marks CBOR.
fn is_cbor(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xd9\xd9\xf7").unwrap_or(bytes);
    let key = match bytes.first() {
        Some(0xa1..=0xb7 | 0xbf) => bytes.get(1..),
        Some(0xb8) => bytes.get(2..),
        Some(0xb9) => bytes.get(3..),
        _ => None,
    };
    match key {
        Some([length @ 0x61..=0x77, key @ ..]) => begins_with_name(key, length - 0x60),
        Some([0x78, length, key @ ..]) => begins_with_name(key, *length),
        _ => false,
    }
}

/// The largest document that MongoDB stores.
const BSON_BYTES_MAX: u32 = 16 << 20;

/// The document's length, then the type and the name of its first element (bsonspec.org).
fn is_bson(bytes: &[u8]) -> bool {
    let [a, b, c, d, kind, name @ ..] = bytes else { return false };
    let length = u32::from_le_bytes([*a, *b, *c, *d]);
    let end = name.iter().position(|byte| *byte == 0);
    let name_length = end.and_then(|end| u8::try_from(end).ok());
    matches!(kind, 0x01..=0x13)
        && (5..=BSON_BYTES_MAX).contains(&length)
        && name_length.is_some_and(|length| begins_with_name(name, length))
}

/// The pickle protocol, from version 2 on, and the first instruction.
fn is_pickle(bytes: &[u8]) -> bool {
    matches!(bytes, [0x80, 0x04 | 0x05, 0x95, ..] | [0x80, 0x02 | 0x03, b'}' | b']' | b'c', ..])
}

/// Whether the bytes begin with a field name of this length.
fn begins_with_name(bytes: &[u8], length: u8) -> bool {
    let is_name_byte = |byte: &u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$' | b'@')
    };
    let name = bytes.get(..usize::from(length)).unwrap_or_default();
    !name.is_empty() && name.iter().all(is_name_byte)
}
