//! Reads JSON values as they are in a message: their kind, and the content of strings.
//!
//! serde_json checks the syntax and finds the end of each value. This module handles what
//! serde_json would reject although its syntax is valid: unpaired UTF-16 surrogates in strings, and
//! arbitrary values that are skipped. It knows nothing about transactions.

use std::borrow::Cow;

/// A value whose syntax has been checked.
pub(super) enum Json<'a> {
    Null,
    Flag(bool),
    /// The number's text in the message.
    Number(&'a str),
    Text(JsonText<'a>),
    /// An object or an array.
    Nested,
}

/// The content of a string.
pub(super) struct JsonText<'a> {
    /// Borrowed if the string has no escapes.
    pub(super) text: Cow<'a, str>,
    /// Whether it had unpaired surrogates, which were replaced with U+FFFD.
    pub(super) is_repaired: bool,
}

impl<'a> Json<'a> {
    /// `has_escapes` says whether the text may contain any.
    #[inline]
    pub(super) fn of(json: &'a str, has_escapes: bool) -> Self {
        match json.as_bytes().first() {
            Some(b'"') => Json::Text(JsonText::of(json, has_escapes)),
            Some(b'n') | None => Json::Null,
            Some(b't') => Json::Flag(true),
            Some(b'f') => Json::Flag(false),
            Some(b'{' | b'[') => Json::Nested,
            Some(_) => Json::Number(json),
        }
    }
}

impl<'a> JsonText<'a> {
    /// The content of a quoted string. `has_escapes` says whether it may contain any.
    #[inline]
    pub(super) fn of(json: &'a str, has_escapes: bool) -> Self {
        if has_escapes && may_have_escapes(json) {
            return Self::unescaped(json);
        }
        let inner = json.get(1..json.len().saturating_sub(1)).unwrap_or_default();
        Self { text: Cow::Borrowed(inner), is_repaired: false }
    }

    #[cold]
    fn unescaped(json: &str) -> Self {
        match serde_json::from_str(json) {
            Ok(text) => Self { text: Cow::Owned(text), is_repaired: false },
            Err(_) => {
                let text = serde_json::from_str(&with_whole_pairs(json)).unwrap_or_default();
                Self { text: Cow::Owned(text), is_repaired: true }
            }
        }
    }
}

/// Whether any string in the JSON may contain escapes.
#[inline]
pub(super) fn may_have_escapes(json: &str) -> bool {
    json.as_bytes().contains(&b'\\')
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

/// What [`walk`] finds in an object or array.
pub(super) enum WalkEvent<'a> {
    /// A key, as a string with its quotes.
    Key(&'a str),
    /// The start of an object or array, with the number of those now open.
    Deeper(usize),
}

/// Walks an object or array from its first byte to its last, in one pass and without recursion,
/// until `on_event` returns an error.
pub(super) fn walk<'a>(
    json: &'a str,
    mut on_event: impl FnMut(WalkEvent<'a>) -> Result<(), ()>,
) -> Result<(), usize> {
    let bytes = json.as_bytes();
    let (mut at, mut depth) = (0, 0usize);
    while let Some(byte) = bytes.get(at) {
        let start = at;
        at += 1;
        let event = match byte {
            b'{' | b'[' => {
                depth += 1;
                WalkEvent::Deeper(depth)
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                continue;
            }
            b'"' => {
                at = string_end(bytes, at);
                let is_key = bytes.iter().skip(at).find(|byte| !is_space(**byte)) == Some(&b':');
                match json.get(start..at) {
                    Some(key) if is_key => WalkEvent::Key(key),
                    _ => continue,
                }
            }
            _ => continue,
        };
        on_event(event).map_err(|()| start)?;
    }
    Ok(())
}

/// The byte after the closing quote of the string whose first character is at `at`.
fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at) {
        at += match byte {
            b'"' => return at + 1,
            b'\\' => 2,
            _ => 1,
        };
    }
    bytes.len()
}

/// JSON white space.
#[inline]
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
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
            let read = JsonText::of(json, true);
            assert_eq!((&*read.text, read.is_repaired), (text, is_repaired), "{json}");
        }
    }

    #[test]
    fn a_walk_meets_every_key_and_every_level() {
        let json = r#"{"a" : [{"b\"":"x:"},["}"]], "c":{}}"#;
        let mut keys = Vec::new();
        let mut deepest = 0;
        let walked = walk(json, |event| {
            match event {
                WalkEvent::Key(key) => keys.push(key),
                WalkEvent::Deeper(depth) => deepest = deepest.max(depth),
            }
            Ok(())
        });
        assert_eq!((walked, deepest), (Ok(()), 3));
        assert_eq!(keys, [r#""a""#, r#""b\"""#, r#""c""#]);
        let stopped =
            walk(
                json,
                |event| if matches!(event, WalkEvent::Deeper(3)) { Err(()) } else { Ok(()) },
            );
        assert_eq!(stopped, Err(json.find("{\"b").unwrap()));
    }
}
