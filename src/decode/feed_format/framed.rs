//! Recognises messages behind a binary header: the framing of a schema registry, or a length.

use super::known::*;
use super::signature::zeros;

/// A zero byte, then a schema id of 4 bytes.
const CONFLUENT_BYTES: usize = 5;
/// A zero byte, then an id of 8 bytes.
const APICURIO_BYTES: usize = 9;
/// The version (3), the compression, then the schema version's UUID of 16 bytes.
const GLUE_BYTES: usize = 18;
/// Longer lengths are not those of messages.
const MESSAGE_MAX_BYTES: usize = 1 << 24;
const GLUE_VERSION: u8 = 3;
const GLUE_PLAIN: u8 = 0;
const GLUE_ZLIB: u8 = 5;

/// The framing of a schema registry. Call it last, since other formats begin with zeros too.
pub(super) fn by_registry(bytes: &[u8]) -> Option<&'static KnownFormat> {
    zeros(bytes).or_else(|| glue(bytes)).or_else(|| apicurio(bytes)).or_else(|| confluent(bytes))
}

/// Bytes that are as long as `head_bytes` may end before their message does.
pub(super) fn by_length(bytes: &[u8], head_bytes: usize) -> Option<&'static KnownFormat> {
    has_length(bytes, bytes.len() >= head_bytes).then_some(LENGTH_AND_JSON)
}

/// A length of 4 bytes in either byte order, then JSON of that length.
fn has_length(bytes: &[u8], may_be_cut: bool) -> bool {
    let Some((length, json)) = bytes.split_first_chunk::<4>() else { return false };
    let is_length = |length: u32| {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        match json.get(..length) {
            Some(whole) => whole.ends_with(b"}") || whole.ends_with(b"]"),
            None => may_be_cut && length < MESSAGE_MAX_BYTES,
        }
    };
    begins_json(json)
        && (is_length(u32::from_be_bytes(*length)) || is_length(u32::from_le_bytes(*length)))
}

fn glue(bytes: &[u8]) -> Option<&'static KnownFormat> {
    let [GLUE_VERSION, GLUE_PLAIN | GLUE_ZLIB, ..] = bytes else { return None };
    let payload = bytes.get(GLUE_BYTES..)?;
    Some(if begins_json(payload) { GLUE_JSON } else { GLUE })
}

/// Unlike those of Confluent's registry, these ids have 8 bytes, of which the first 4 are zero.
/// Confluent's start at 1.
fn apicurio(bytes: &[u8]) -> Option<&'static KnownFormat> {
    let is_id = bytes.starts_with(&[0; CONFLUENT_BYTES]);
    // Without the zero byte, only JSON tells the id from other bytes.
    let is_json = |at| bytes.get(at..).is_some_and(begins_json);
    match is_id {
        true if is_json(APICURIO_BYTES) || is_json(APICURIO_BYTES - 1) => Some(APICURIO_JSON),
        true if bytes.len() > APICURIO_BYTES => Some(APICURIO),
        _ => None,
    }
}

/// The schema id may contain a line feed, so a line of a file may end within it.
fn confluent(bytes: &[u8]) -> Option<&'static KnownFormat> {
    let (0, rest) = bytes.split_first()? else { return None };
    let number = rest.get(..CONFLUENT_BYTES - 1).unwrap_or(rest);
    // No registry has 16 million schemas.
    if number.first().is_some_and(|high| *high != 0) {
        return None;
    }
    let payload = bytes.get(CONFLUENT_BYTES..).unwrap_or_default();
    Some(match payload.first() {
        None | Some(b'{') => REGISTRY_JSON,
        Some(b'[') if begins_json(payload) => REGISTRY_ARRAY,
        Some(_) => REGISTRY,
    })
}

/// Whether the bytes begin with an object that has a key, or with an array of objects.
fn begins_json(bytes: &[u8]) -> bool {
    let object = match bytes.split_first() {
        Some((b'[', rest)) => rest.trim_ascii_start(),
        _ => bytes,
    };
    object
        .strip_prefix(b"{")
        .is_some_and(|rest| matches!(rest.trim_ascii_start().first(), Some(b'"' | b'}')))
}
