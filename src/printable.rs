//! Makes text from outside safe to display: characters that are invisible, or that change how
//! others are displayed, are escaped (`\u{202e}`).
//!
//! A merchant's name may contain a terminal's control sequence, a line end that forges the next
//! line, or a mark that reverses the reading order. Everything that redcard displays passes through
//! this file: terminal, log, explanation, message of a rule, notification. Data for programs is
//! unchanged: JSON is written with JSON's own escapes, which read back as the same text.
//!
//! The escaped characters are control characters (C0, DEL, C1), line and paragraph separators,
//! marks that set the direction, and characters without a visible shape: zero-width space, word
//! joiner, byte order mark, soft hyphen, fillers, tags, variation selectors of the supplement,
//! noncharacters. The zero-width joiner and non-joiner and the common variation selectors are kept:
//! names in Persian, in Indian scripts and with emoji need them, and none of them hides or moves
//! another character.

use std::borrow::Cow;
use std::fmt::{self, Write};

/// Text on one line: line ends in it are escaped too.
#[derive(Debug, Clone, Copy)]
pub struct Printable<'t>(pub &'t str);

/// Text of several lines that redcard assembled: line ends are kept.
#[derive(Debug, Clone, Copy)]
pub struct PrintableLines<'t>(pub &'t str);

/// Lines with colours: sequences that set the style of text (SGR) are kept too. For text whose
/// outside parts were escaped before they were coloured.
#[derive(Debug, Clone, Copy)]
pub struct PrintableStyled<'t>(pub &'t str);

/// Ranges of characters that are escaped in addition to control characters, in ascending order.
const HIDDEN: &[(char, char)] = &[
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180e}', '\u{180e}'),
    ('\u{200b}', '\u{200b}'),
    ('\u{200e}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fdd0}', '\u{fdef}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{fffe}', '\u{ffff}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];
/// The last two code points of each plane are noncharacters.
const NONCHARACTER_MASK: u32 = 0xfffe;

/// Whether a character is escaped.
pub fn is_hidden(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    let in_range = |(first, last): &(char, char)| (*first..=*last).contains(&c);
    c.is_control()
        || HIDDEN.iter().any(in_range)
        || u32::from(c) & NONCHARACTER_MASK == NONCHARACTER_MASK
}

/// Whether a text contains nothing to escape.
pub fn is_printable(text: &str) -> bool {
    !text.chars().any(is_hidden)
}

impl Printable<'_> {
    /// Borrows the text if nothing in it needs escaping.
    pub fn into_cow<'t>(self) -> Cow<'t, str>
    where
        Self: 't,
    {
        escaped(self.0, |_| false)
    }
}

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&escaped(self.0, |_| false))
    }
}

impl fmt::Display for PrintableLines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&escaped(self.0, |c| c == '\n'))
    }
}

impl fmt::Display for PrintableStyled<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some((before, after)) = rest.split_once('\u{1b}') {
            f.write_str(&escaped(before, |c| c == '\n'))?;
            let length = style_length(after);
            let (style, behind) = after.split_at_checked(length).unwrap_or(("", after));
            if length == 0 {
                f.write_str("\\u{1b}")?
            } else {
                write!(f, "\u{1b}{style}")?
            }
            rest = behind;
        }
        f.write_str(&escaped(rest, |c| c == '\n'))
    }
}

/// Bytes of `[…m` at the start of a text; 0 if the text does not start with it.
fn style_length(text: &str) -> usize {
    let Some(parameters) = text.strip_prefix('[') else { return 0 };
    let is_parameter = |c: char| c.is_ascii_digit() || c == ';';
    let end = parameters.find(|c| !is_parameter(c)).unwrap_or(parameters.len());
    if parameters.get(end..).is_some_and(|rest| rest.starts_with('m')) { end + 2 } else { 0 }
}

fn escaped(text: &str, stays: impl Fn(char) -> bool) -> Cow<'_, str> {
    let is_escaped = |c: char| is_hidden(c) && !stays(c);
    if !text.chars().any(is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + text.len() / 2);
    for c in text.chars() {
        if is_escaped(c) { out.extend(c.escape_default()) } else { out.push(c) }
    }
    Cow::Owned(out)
}

/// JSON with the same meaning in which these characters are written as JSON escapes. In valid JSON,
/// DEL and characters outside ASCII occur only inside strings.
pub fn json(text: &str) -> Cow<'_, str> {
    let is_escaped = |c: char| c > ' ' && is_hidden(c);
    if !text.chars().any(is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + text.len() / 2);
    for c in text.chars() {
        if is_escaped(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// As [`json`], for bytes. Bytes that are not UTF-8 are returned unchanged.
pub fn json_bytes(bytes: &[u8]) -> Cow<'_, [u8]> {
    if bytes.is_ascii() && !bytes.contains(&0x7f) {
        return Cow::Borrowed(bytes);
    }
    match std::str::from_utf8(bytes).map(json) {
        Ok(Cow::Owned(text)) => Cow::Owned(text.into_bytes()),
        Ok(Cow::Borrowed(_)) | Err(_) => Cow::Borrowed(bytes),
    }
}

/// A text of the same length in bytes in which a mark replaces each such character, except line
/// ends and tabs: for places that count bytes.
pub fn marked(text: &str) -> Cow<'_, str> {
    let is_marked = |c: char| is_hidden(c) && !matches!(c, '\n' | '\t' | '\r');
    if !text.chars().any(is_marked) {
        return Cow::Borrowed(text);
    }
    let mark = |c: char| match (is_marked(c), c.len_utf8()) {
        (false, _) => c,
        (true, 1) => '?',
        (true, 2) => '¿',
        (true, 3) => char::REPLACEMENT_CHARACTER,
        (true, _) => '🛇',
    };
    Cow::Owned(text.chars().map(mark).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(Printable(text).to_string(), expected);
        assert!(is_printable(&Printable(text).to_string()));
    }

    #[test]
    fn invisible_and_reordering_characters_are_escaped() {
        check("Shop\u{1b}]0;owned\u{7}\u{1b}[2J", "Shop\\u{1b}]0;owned\\u{7}\\u{1b}[2J");
        check("a\nb\rc\td", "a\\nb\\rc\\td");
        check("a\u{7f}\u{9b}31m", "a\\u{7f}\\u{9b}31m");
        check("a\u{202e}b\u{2066}c\u{61c}\u{200f}", "a\\u{202e}b\\u{2066}c\\u{61c}\\u{200f}");
        check("a\u{2028}\u{2029}\u{85}", "a\\u{2028}\\u{2029}\\u{85}");
        check("a\u{200b}\u{2060}\u{feff}\u{ad}", "a\\u{200b}\\u{2060}\\u{feff}\\u{ad}");
        check("a\u{e0001}\u{e0041}\u{e0100}", "a\\u{e0001}\\u{e0041}\\u{e0100}");
        check("a\u{ffff}\u{1fffe}\u{fdd0}", "a\\u{ffff}\\u{1fffe}\\u{fdd0}");
    }

    #[test]
    fn text_that_people_write_stays() {
        for text in [
            "Strøget Mode",
            "東京ストア",
            "می‌خواهم",
            "क्‍ष",
            "👨‍👩‍👧",
            "❤\u{fe0f}",
            "a\u{a0}b",
            "\\u{1b}",
            "",
        ] {
            check(text, text);
            assert!(matches!(Printable(text).into_cow(), Cow::Borrowed(_)));
        }
    }

    #[test]
    fn lines_keep_their_ends_and_styled_text_its_colours() {
        assert_eq!(PrintableLines("a\nb\r\u{1b}[1m").to_string(), "a\nb\\r\\u{1b}[1m");
        let styled = "\u{1b}[1;31merror\u{1b}[0m: a\u{1b}[2J\u{1b}]0;x\u{7}\u{1b}";
        let expected = "\u{1b}[1;31merror\u{1b}[0m: a\\u{1b}[2J\\u{1b}]0;x\\u{7}\\u{1b}";
        assert_eq!(PrintableStyled(styled).to_string(), expected);
        assert_eq!(PrintableStyled("a\u{1b}[9999").to_string(), "a\\u{1b}[9999");
    }

    #[test]
    fn escaping_json_does_not_change_its_value() {
        let value = serde_json::json!({"a\u{202e}": "\u{7f}\u{9b}\u{1b}\n\u{2028}\u{e0041}ø"});
        let text = serde_json::to_string_pretty(&value).unwrap();
        let shown = json(&text);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
        assert!(shown.lines().all(is_printable), "{shown}");
        assert_eq!(json_bytes(text.as_bytes()), shown.as_bytes());
        assert_eq!(*json_bytes(b"{\"a\": \"\xff\"}"), b"{\"a\": \"\xff\"}"[..]);
    }

    #[test]
    fn a_marked_text_has_its_length() {
        let text = "a\u{1b}\u{9b}\u{202e}\u{e0041}\n\tø";
        assert_eq!(marked(text).len(), text.len());
        assert_eq!(marked(text), "a?¿\u{fffd}🛇\n\tø");
    }

    #[test]
    fn every_control_character_and_every_mark_of_direction_is_hidden() {
        for c in ('\0'..=char::MAX).filter(|c| c.is_control()) {
            assert!(is_hidden(c), "{c:?}");
        }
        for c in "\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}"
            .chars()
        {
            assert!(is_hidden(c), "{c:?}");
        }
    }
}
