//! Turns a JSON value, whose syntax has been checked, into a raw value.
//!
//! serde_json checks the syntax and finds the end of each value. This file handles what serde_json
//! would reject although its syntax is valid: unpaired UTF-16 surrogates in strings. It knows
//! nothing about transactions.

use super::super::raw_value::{RawText, RawValue};
use std::borrow::Cow;

/// The value of this JSON.
#[inline]
pub(super) fn raw_value(json: &str) -> RawValue<'_> {
    match json.as_bytes().first() {
        Some(b'"') => RawValue::Text(string(json)),
        Some(b'n') | None => RawValue::Null,
        Some(b't') => RawValue::Flag(true),
        Some(b'f') => RawValue::Flag(false),
        Some(b'{' | b'[') => RawValue::Nested,
        Some(_) => RawValue::Number(json),
    }
}

/// The content of a quoted string.
#[inline]
pub(super) fn string(json: &str) -> RawText<'_> {
    if may_have_escapes(json) {
        return unescaped(json);
    }
    let inner = json.get(1..json.len().saturating_sub(1)).unwrap_or_default();
    RawText { text: Cow::Borrowed(inner), is_repaired: false }
}

#[cold]
fn unescaped(json: &str) -> RawText<'_> {
    match serde_json::from_str(json) {
        Ok(text) => RawText { text: Cow::Owned(text), is_repaired: false },
        Err(_) => {
            let text = serde_json::from_str(&with_whole_pairs(json)).unwrap_or_default();
            RawText { text: Cow::Owned(text), is_repaired: true }
        }
    }
}

/// Whether any string in the JSON may contain escapes. It looks at every byte, since a loop without
/// an early exit compares many at once.
#[inline]
pub(super) fn may_have_escapes(json: &str) -> bool {
    json.bytes().fold(false, |found, byte| found | (byte == b'\\'))
}

/// The same JSON with `\ufffd` in place of each escaped unpaired surrogate.
fn with_whole_pairs(json: &str) -> String {
    let mut whole = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        whole.push_str(before);
        let (length, is_half) = match (surrogate(escape), escape.get(6..).and_then(surrogate)) {
            (Some(Half::High), Some(Half::Low)) => (12, false),
            (Some(_), _) => (6, true),
            // For any other escape, two bytes are enough to get past its backslash.
            (None, _) => (2, false),
        };
        let (escape, after) = escape.split_at_checked(length).unwrap_or((escape, ""));
        whole.push_str(if is_half { "\\ufffd" } else { escape });
        rest = after;
    }
    whole + rest
}

enum Half {
    High,
    Low,
}

/// Which half of a surrogate pair the text begins with, as an escape.
fn surrogate(text: &str) -> Option<Half> {
    let unit = u16::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok()?;
    match unit {
        0xd800..=0xdbff => Some(Half::High),
        0xdc00..=0xdfff => Some(Half::Low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_surrogate_pair_is_one_replacement_character_and_a_whole_pair_stays() {
        for (json, text, is_repaired) in [
            (r#""abc""#, "abc", false),
            (r#""""#, "", false),
            (r#""\ud83c\udf5f""#, "🍟", false),
            (r#""a \ud83c""#, "a \u{fffd}", true),
            (r#""\udf5fb""#, "\u{fffd}b", true),
            (r#""\ud83c\ud83c\udf5f""#, "\u{fffd}🍟", true),
            (r#""\udf5f\ud83c""#, "\u{fffd}\u{fffd}", true),
            (r#""\ud83c\n""#, "\u{fffd}\n", true),
            (r#""\\ud83c""#, "\\ud83c", false),
            (r#""\\\ud83c\\""#, "\\\u{fffd}\\", true),
            (r#""\uD83CÆ\u0041""#, "\u{fffd}ÆA", true),
            (r#""\ud83c\"\udf5f""#, "\u{fffd}\"\u{fffd}", true),
        ] {
            let read = string(json);
            assert_eq!((&*read.text, read.is_repaired), (text, is_repaired), "{json}");
        }
    }
}
