//! JSON objects behind something else in their line: the key of a record, the beginning of a log line.

use super::known::*;
use serde::de::IgnoredAny;

/// What stands between a key and its value where tools print both: kcat, kafka-console-consumer.
const AFTER_KEY: [u8; 6] = *b":\t|,;=";
/// Between the columns of a table as well, so that there must be only one of them.
const BETWEEN_COLUMNS: [u8; 3] = *b",;|";

/// `text` does not begin with an object.
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

/// A line of a log with an object in it, of a text whose first line is something else.
pub(super) fn in_later_line(text: &[u8]) -> Option<&'static KnownFormat> {
    let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_start);
    lines.any(|line| !line.starts_with(b"{") && by_prefix(line) == Some(LOG)).then_some(LOG)
}

/// Behind which separator a value may stand, after a key that is an object itself.
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

/// Where `{"` begins.
fn find_object(line: &[u8]) -> Option<usize> {
    (0..line.len()).find(|at| {
        let object = line.get(*at..).unwrap_or_default();
        object.strip_prefix(b"{").is_some_and(|rest| rest.trim_ascii_start().starts_with(b"\""))
    })
}

/// Whether an object stands there, or the beginning of one that goes beyond these bytes.
fn holds_object(bytes: &[u8]) -> bool {
    let mut first = serde_json::Deserializer::from_slice(bytes).into_iter::<IgnoredAny>();
    match first.next() {
        Some(Ok(_)) => true,
        Some(Err(error)) => error.is_eof(),
        None => false,
    }
}

/// `34>`: the priority that a line of syslog begins with (RFC 5424).
fn is_priority(text: &[u8]) -> bool {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (1..=3).contains(&digits) && text.get(digits) == Some(&b'>')
}
