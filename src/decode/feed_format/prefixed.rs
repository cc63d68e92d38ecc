//! Recognises JSON objects after something else in their line: a record's key, or the beginning of
//! a log line.

use super::known::*;
use serde::de::IgnoredAny;

/// Separators between a key and its value in the output of tools that print both (kcat,
/// kafka-console-consumer).
const AFTER_KEY: [u8; 6] = *b":\t|,;=";
/// Separators that also occur between the columns of a table, so a key may be followed by only one.
const BETWEEN_COLUMNS: [u8; 3] = *b",;|";

/// `text` must not begin with an object.
pub(super) fn by_prefix(text: &[u8]) -> Option<&'static KnownFormat> {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let (prefix, object) = line.split_at_checked(find_object(line)?)?;
    if !holds_object(object) {
        return None;
    }
    let prefix = prefix.trim_ascii_start();
    match prefix {
        b"" => None,
        [b'-', rest @ ..] if rest.trim_ascii().is_empty() => Some(YAML),
        [b'[', rest @ ..] if !rest.contains(&b']') => None,
        [b'<', rest @ ..] if !is_priority(rest) => None,
        [b',', rest @ ..] if rest.trim_ascii().is_empty() => Some(LISTED),
        _ => key_or_log(prefix),
    }
}

/// Whether a text, whose first line may be anything, has a log line with an object in it.
pub(super) fn in_later_line(text: &[u8]) -> Option<&'static KnownFormat> {
    let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_start);
    lines.any(|line| !line.starts_with(b"{") && by_prefix(line) == Some(LOG)).then_some(LOG)
}

/// Whether a value may follow this separator after a key that is itself an object.
pub(super) fn separates_key(byte: u8) -> bool {
    byte != b',' && AFTER_KEY.contains(&byte)
}

fn key_or_log(prefix: &[u8]) -> Option<&'static KnownFormat> {
    let before_space = prefix.trim_ascii_end();
    let end = if prefix.ends_with(b"\t") { Some(&b'\t') } else { before_space.last() };
    let Some(separator) = end.filter(|end| AFTER_KEY.contains(end)) else { return Some(LOG) };
    if before_space.contains(&b' ') {
        return Some(LOG);
    }
    let count = prefix.iter().filter(|byte| *byte == separator).count();
    let is_table = BETWEEN_COLUMNS.contains(separator) && count > 1;
    (!is_table).then_some(KEYED)
}

/// The position of the first `{"`.
fn find_object(line: &[u8]) -> Option<usize> {
    (0..line.len()).find(|at| {
        let object = line.get(*at..).unwrap_or_default();
        object.strip_prefix(b"{").is_some_and(|rest| rest.trim_ascii_start().starts_with(b"\""))
    })
}

/// Whether the bytes begin with an object, which may be cut off at their end.
fn holds_object(bytes: &[u8]) -> bool {
    let mut first = serde_json::Deserializer::from_slice(bytes).into_iter::<IgnoredAny>();
    match first.next() {
        Some(Ok(_)) => true,
        Some(Err(error)) => error.is_eof(),
        None => false,
    }
}

/// `34>`: the rest of the priority, after its `<`, that begins a syslog line (RFC 5424).
fn is_priority(text: &[u8]) -> bool {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (1..=3).contains(&digits) && text.get(digits) == Some(&b'>')
}
