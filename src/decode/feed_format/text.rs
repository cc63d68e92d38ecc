//! Recognises text formats: JSON in another arrangement, tables, markup.

use super::known::*;
use super::notation::{by_notation, is_python_bytes, is_python_list};
use super::prefixed::{by_prefix, separates_key};
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;

pub(super) fn by_text(bytes: &[u8]) -> Option<&'static KnownFormat> {
    let text = bytes.trim_ascii_start();
    match text.first()? {
        b'{' => object(text),
        b'b' if is_python_bytes(text) => Some(PYTHON_BYTES),
        _ => by_prefix(text).or_else(|| other_text(text)),
    }
}

/// Text that is not a JSON object, with or without something before it.
fn other_text(text: &[u8]) -> Option<&'static KnownFormat> {
    match text.first()? {
        b'[' if is_python_list(text) => Some(PYTHON),
        b'[' => Some(JSON_ARRAY),
        b'<' => Some(XML),
        b'"' if is_json_text(text) => Some(JSON_TEXT),
        b'0' if is_iso_8583(text) => Some(ISO_8583),
        _ if is_sql(text) => Some(SQL),
        _ if is_pairs(text) => Some(PAIRS),
        _ if is_yaml(text) => Some(YAML),
        _ if is_csv(text) => Some(CSV),
        _ => None,
    }
}

/// Bytes that begin as an object but are not a message.
fn object(text: &[u8]) -> Option<&'static KnownFormat> {
    let mut first = serde_json::Deserializer::from_slice(text).into_iter::<Fields<'_>>();
    match first.next() {
        Some(Ok(fields)) => wrapper(&fields)
            .or_else(|| what_follows(text.get(first.byte_offset()..).unwrap_or_default())),
        Some(Err(error)) if error.is_eof() => unfinished(text),
        Some(Err(_)) => by_notation(text),
        None => None,
    }
}

/// Recognises a format by what follows the first object.
fn what_follows(text: &[u8]) -> Option<&'static KnownFormat> {
    let is_keyed = text.starts_with(b"\t");
    match text.trim_ascii_start() {
        [b'{', ..] if is_keyed => Some(KEYED),
        [b'{', ..] => Some(SEVERAL),
        [b',', rest @ ..] => {
            let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
            Some(if line.trim_ascii().is_empty() { LISTED } else { SEPARATED })
        }
        [separator, rest @ ..] => {
            let is_value = rest.trim_ascii_start().starts_with(b"{");
            (separates_key(*separator) && is_value).then_some(KEYED)
        }
        [] => None,
    }
}

/// Whether the first object spans several lines.
pub(super) fn spans_lines(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    let mut first = serde_json::Deserializer::from_slice(text).into_iter::<IgnoredAny>();
    text.starts_with(b"{")
        && matches!(first.next(), Some(Ok(_)))
        && text.get(..first.byte_offset()).is_some_and(|object| object.contains(&b'\n'))
}

type Fields<'b> = BTreeMap<Cow<'b, str>, &'b RawValue>;

/// Keys under which other tools nest the message.
const PAYLOADS: [&str; 5] = ["payload", "data", "after", "record", "value"];
/// Keys under which log collectors put a line.
const LOGGED_UNDER: [&str; 4] = ["message", "log", "msg", "body"];
/// Keys that every event in the structured mode of CloudEvents 1.0 has.
const CLOUD_EVENT_HAS: [&str; 3] = ["specversion", "type", "source"];
/// Keys that every redcard message has.
const OURS: [&str; 3] = ["type", "card", "merchant"];

fn wrapper(fields: &Fields<'_>) -> Option<&'static KnownFormat> {
    let is_ours = OURS.iter().all(|name| fields.contains_key(*name));
    if is_ours {
        return None;
    }
    if CLOUD_EVENT_HAS.iter().all(|name| fields.contains_key(*name)) {
        return Some(CLOUD_EVENT);
    }
    let holds = |value: &&RawValue, open: u8| value.get().as_bytes().first() == Some(&open);
    let of_objects = |value: &&RawValue| {
        value.get().get(1..).is_some_and(|rest| rest.trim_start().starts_with('{'))
    };
    if fields.values().any(|value| holds(value, b'[') && of_objects(value)) {
        return Some(WRAPPED);
    }
    let is_in = |names: &[&str], is_message: &dyn Fn(&&RawValue) -> bool| {
        names.iter().any(|name| fields.get(*name).is_some_and(is_message))
    };
    if is_in(&PAYLOADS, &|value| holds(value, b'{')) {
        return Some(ENVELOPE);
    }
    let is_text = |value: &&RawValue| is_json_text(value.get().as_bytes());
    (is_in(&PAYLOADS, &is_text) || is_in(&LOGGED_UNDER, &is_text)).then_some(LOGGED)
}

/// An object that continues on the next line, or an array of records in an object.
fn unfinished(text: &[u8]) -> Option<&'static KnownFormat> {
    let mut lines = text.splitn(2, |byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default().trim_ascii();
    let next = lines.next().unwrap_or_default().trim_ascii_start();
    let is_wrapped = first.strip_prefix(b"{").is_some_and(begins_with_array)
        || (first == b"{" && begins_with_array(next));
    if is_wrapped {
        return Some(WRAPPED);
    }
    let goes_on = first == b"{" || matches!(next.first(), Some(b'"' | b'}'));
    (goes_on && !is_whole_object(first)).then_some(PRETTY)
}

/// `"name": [{`
fn begins_with_array(text: &[u8]) -> bool {
    let mut parts = text.trim_ascii_start().splitn(2, |byte| *byte == b':');
    let name = parts.next().unwrap_or_default().trim_ascii();
    let value = parts.next().unwrap_or_default().trim_ascii_start();
    let is_name = name.starts_with(b"\"") && !name.contains(&b',');
    let rest = value.strip_prefix(b"[").map(<[u8]>::trim_ascii_start);
    is_name && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"{"))
}

fn is_whole_object(line: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(line).is_ok()
}

fn is_json_text(text: &[u8]) -> bool {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let inner = serde_json::from_slice::<String>(line.trim_ascii());
    inner.is_ok_and(|inner| inner.trim_start().starts_with('{'))
}

/// A message type indicator followed by a bitmap, both as text.
fn is_iso_8583(text: &[u8]) -> bool {
    let Some((indicator, bitmap)) = text.split_at_checked(4) else { return false };
    let digits = indicator.iter().all(u8::is_ascii_digit);
    let bitmap = bitmap.get(..16).unwrap_or_default();
    digits && bitmap.len() == 16 && bitmap.iter().all(u8::is_ascii_hexdigit)
}

fn is_sql(text: &[u8]) -> bool {
    let begins =
        |word: &[u8]| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    begins(b"INSERT INTO ") || begins(b"COPY ") || begins(b"CREATE TABLE ")
}

/// Separators between pairs in logfmt, URL-encoded forms and FIX.
const BETWEEN_PAIRS: [u8; 4] = *b" &|\x01";

/// At least two `name=value` pairs, and nothing else.
fn is_pairs(text: &[u8]) -> bool {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii();
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let is_pair = |pair: &[u8]| {
        let name = pair.iter().take_while(|byte| is_name(byte)).count();
        name > 0 && pair.get(name) == Some(&b'=')
    };
    BETWEEN_PAIRS.iter().any(|separator| {
        let pairs = || line.split(|byte| byte == separator).filter(|pair| !pair.is_empty());
        pairs().count() > 1 && pairs().all(is_pair)
    })
}

fn is_yaml(text: &[u8]) -> bool {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_end();
    let entry = line.strip_prefix(b"- ").unwrap_or(line);
    let mut parts = entry.splitn(2, |byte| *byte == b':');
    let name = parts.next().unwrap_or_default();
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let is_entry = !name.is_empty()
        && name.iter().all(is_name)
        && parts.next().is_some_and(|value| value.is_empty() || value.starts_with(b" "));
    line == b"---" || line.starts_with(b"--- ") || is_entry
}

/// Separators between values. A table has at least two columns.
const SEPARATORS: [u8; 4] = *b",;\t|";

/// Lines of printable text whose first two have the same number of separators.
fn is_csv(text: &[u8]) -> bool {
    let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let (first, second) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let is_text = std::str::from_utf8(first).is_ok_and(|line| !line.chars().any(is_binary));
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'"';
    let count = |line: &[u8], separator| line.iter().filter(|byte| **byte == separator).count();
    let agree = |separator: &u8| match count(first, *separator) {
        0 => false,
        1 => count(second, *separator) == 1,
        columns => second.is_empty() || count(second, *separator) == columns,
    };
    is_text && first.first().is_some_and(is_word) && SEPARATORS.iter().any(agree)
}

fn is_binary(c: char) -> bool {
    c.is_control() && c != '\t'
}
