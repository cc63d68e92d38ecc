//! Recognises texts that a value could equal but that are probably mistakes: quotes, comments, several
//! columns.
//!
//! Ids may contain almost any character, so a text is odd only if a mistake is more likely than such
//! an id. Human-readable names contain punctuation, so fewer of them are odd.

use super::kind::{ValueKind, ValueOrigin};
use crate::decode::contains_card_number;
use crate::transaction::Time;
use core::net::{IpAddr, SocketAddr};

/// What a text looks like. Each variant has a label and help for list entries, and others for literals.
/// A mistake that only a list file can contain has none for literals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LikelyMistake {
    CardNumber,
    CardNumberInName,
    Invisible,
    SpacesBeforeTime,
    Comment,
    Quotes,
    Brackets,
    Columns,
    WhiteSpace,
    NoLetterOrDigit,
    AddressRange,
    AddressWithPort,
    NotAnAddress,
}

type Wording = (&'static str, &'static str);

impl LikelyMistake {
    /// The label and help of a warning; `None` if the text is not odd there.
    pub fn wording(self, origin: ValueOrigin) -> Option<Wording> {
        match origin {
            ValueOrigin::ListEntry => Some(self.of_entry()),
            ValueOrigin::Literal => self.of_literal(),
        }
    }

    fn of_entry(self) -> Wording {
        match self {
            Self::CardNumber => (
                "this reads as a card number",
                "in messages, card numbers are replaced by tokens, unless `card_numbers.trusted_fields` \
                 lists the field: list the token",
            ),
            Self::CardNumberInName => {
                ("this reads as a card number", "in messages, card numbers in names are masked")
            }
            Self::Invisible => (
                "there is an invisible character in this entry",
                "type the entry again: such characters come with a copy from a web page or a document",
            ),
            Self::SpacesBeforeTime => (
                "the time is a part of the entry",
                "put a tab, not spaces, between the entry and the time until which it is valid",
            ),
            Self::Comment => (
                "the comment is a part of the entry",
                "put the comment on a separate line that begins with `#`",
            ),
            Self::Quotes => ("the quotes are a part of the entry", "leave the quotes out"),
            Self::Brackets => ("the brackets are a part of the entry", "leave the brackets out"),
            Self::Columns => (
                "the whole line is one entry",
                "write one entry per line, and nothing else; a tab and the time until which it is valid may follow",
            ),
            Self::WhiteSpace => (
                "the white space is a part of the entry",
                "write one entry per line; ids with white space in them are rare",
            ),
            Self::NoLetterOrDigit => (
                "there is no letter and no digit in this entry",
                "write one entry per line, and nothing else",
            ),
            Self::AddressRange => (
                "this is not one address",
                "an entry is one address; ask `device.ip.startsWith(\"203.0.113.\")` for a network",
            ),
            Self::AddressWithPort => ("this is not an IP address", "leave the port out"),
            Self::NotAnAddress => (
                "this is not an IP address",
                "write an address as messages do, as in `203.0.113.9` or `2001:db8::1`",
            ),
        }
    }

    fn of_literal(self) -> Option<Wording> {
        Some(match self {
            Self::SpacesBeforeTime | Self::Comment | Self::WhiteSpace | Self::NoLetterOrDigit => {
                return None;
            }
            Self::CardNumber => (
                "this reads as a card number",
                "in messages, card numbers are replaced by tokens, unless `card_numbers.trusted_fields` \
                 lists the field: write the token",
            ),
            Self::Invisible => (
                "there is an invisible character in this text",
                "type it again: such characters come with a copy from a web page or a document",
            ),
            Self::Quotes => ("the inner quotes are a part of the text", "leave them out"),
            Self::Brackets => ("the brackets are a part of the text", "leave the brackets out"),
            Self::Columns => (
                "the whole text is one value",
                "for one of several values, write `in [\"…\", \"…\"]`",
            ),
            Self::AddressRange => (
                "this is not one address",
                "ask `device.ip.startsWith(\"203.0.113.\")` for a network",
            ),
            Self::CardNumberInName | Self::AddressWithPort | Self::NotAnAddress => self.of_entry(),
        })
    }
}

/// What is odd about a text that is compared with values of this kind.
pub fn of(kind: ValueKind, text: &str) -> Option<LikelyMistake> {
    let by_kind = match kind {
        ValueKind::Id => contains_card_number(text.as_bytes()).then_some(LikelyMistake::CardNumber),
        ValueKind::Name => {
            contains_card_number(text.as_bytes()).then_some(LikelyMistake::CardNumberInName)
        }
        _ => None,
    };
    by_kind
        .or_else(|| text.chars().any(is_invisible).then_some(LikelyMistake::Invisible))
        .or_else(|| match kind.is_human_readable() {
            true => of_name(text),
            false => of_id(text),
        })
        .or_else(|| match kind {
            ValueKind::Ip => of_address(text),
            ValueKind::Id => is_bare(text).then_some(LikelyMistake::NoLetterOrDigit),
            _ => None,
        })
}

/// Punctuation that is common in names is not odd: `Smith, Jones & Co`, `SHELL #1234`.
fn of_name(text: &str) -> Option<LikelyMistake> {
    let words = || text.split_whitespace();
    let (starts, ends) = (text.starts_with(is_quote), text.ends_with(is_quote));
    // In prose a space follows a comma.
    let is_csv =
        text.split([',', ';']).skip(1).any(|rest| !rest.is_empty() && !rest.starts_with(' '));
    if words().skip(1).last().is_some_and(is_time) {
        return Some(LikelyMistake::SpacesBeforeTime);
    }
    if words().skip(1).any(|word| matches!(word, "#" | "//")) {
        return Some(LikelyMistake::Comment);
    }
    (starts && ends)
        .then_some(LikelyMistake::Quotes)
        .or_else(|| is_csv.then_some(LikelyMistake::Columns))
}

fn of_id(text: &str) -> Option<LikelyMistake> {
    let words = || text.split_whitespace();
    let has_word_after =
        |separator| !text.contains("://") && text.split(separator).skip(1).any(is_word);
    if words().skip(1).last().is_some_and(is_time) || has_escaped_tab(text) {
        return Some(LikelyMistake::SpacesBeforeTime);
    }
    let begins_comment = |word: &str| word.starts_with('#') || matches!(word, "//" | "--");
    if words().skip(1).any(begins_comment) || has_word_after("#") || has_word_after("//") {
        return Some(LikelyMistake::Comment);
    }
    if text.starts_with(is_quote) || text.ends_with(is_quote) {
        return Some(LikelyMistake::Quotes);
    }
    if text.contains([',', ';']) || has_word_after("|") || text.ends_with('|') {
        return Some(LikelyMistake::Columns);
    }
    if is_bracketed(text) {
        return Some(LikelyMistake::Brackets);
    }
    (words().count() > 1).then_some(LikelyMistake::WhiteSpace)
}

/// Whether a part is probably a remark: parts of ids usually contain digits.
fn is_word(part: &str) -> bool {
    part.chars().any(char::is_alphabetic) && !part.chars().any(char::is_numeric)
}

/// Whether the tab before a time is written as `\t`.
fn has_escaped_tab(text: &str) -> bool {
    text.rsplit_once("\\t").is_some_and(|(_, rest)| is_time(rest.trim()))
}

/// Whether a text is like `[m_1]`, or like the first or last line of a list in JSON.
fn is_bracketed(text: &str) -> bool {
    let pairs = [('[', ']'), ('(', ')'), ('{', '}'), ('<', '>')];
    pairs.iter().any(|(open, close)| text.starts_with(*open) && text.ends_with(*close))
        || matches!(text, "[" | "]" | "{" | "}")
}

fn is_bare(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(char::is_alphanumeric)
}

fn of_address(text: &str) -> Option<LikelyMistake> {
    let text = text.trim();
    if text.parse::<IpAddr>().is_ok() {
        return None;
    }
    let is_address = |part: &str| part.trim().parse::<IpAddr>().is_ok();
    let is_range = text.split(['/', '-']).next().is_some_and(is_address);
    Some(match text.parse::<SocketAddr>() {
        Ok(_) => LikelyMistake::AddressWithPort,
        Err(_) if is_range || text.contains('*') => LikelyMistake::AddressRange,
        Err(_) => LikelyMistake::NotAnAddress,
    })
}

/// Whether a word is a time or a date, probably meant as the end of an entry's validity.
fn is_time(word: &str) -> bool {
    let is_date = |word: &str| {
        let parts: Vec<&str> = word.split('-').collect();
        let digits = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
        let [year, month, day] = parts[..] else { return false };
        [year, month, day].iter().all(digits) && (year.len(), month.len(), day.len()) == (4, 2, 2)
    };
    Time::parse_rfc3339(word).is_some() || is_date(word.split('T').next().unwrap_or(word))
}

fn is_quote(c: char) -> bool {
    matches!(
        c,
        '"' | '\'' | '`' | '«' | '»' | '‹' | '›' | '\u{2018}'
            ..='\u{201f}' | '「' | '」' | '『' | '』' | '＂' | '＇'
    )
}

/// Whether a character is a control character or displays as nothing.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        )
}
