//! Classifies characters of any script for the card number search: as a decimal digit, a letter, or
//! something else that may separate digits.
//!
//! Characters are converted to Unicode's compatibility forms (NFKC) first, which turns full-width,
//! mathematical, circled and superscript digits into digits. The digits of other scripts
//! (Arabic-Indic, Devanagari, …) have no such form and are looked up by value.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};
use zeroize::Zeroize;

/// The class of a character, or of one that it decomposes into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Digit(u8),
    /// Unicode's alphabetic characters, without its marks.
    Letter,
    /// `%`, which may begin a URL escape.
    Percent,
    Other,
}

/// A character and its position in the text, in bytes. If one character decomposes into several,
/// they share its position.
#[derive(Clone, Copy)]
pub(super) struct Character {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The character may be a digit of a card number.
impl Zeroize for Character {
    fn zeroize(&mut self) {
        self.kind = Kind::Other;
        (self.start, self.end) = (0, 0);
    }
}

/// The characters for 0, each directly followed by those for 1 to 9: the characters of general
/// category Nd in Unicode 16.0 (`DerivedGeneralCategory.txt`, from regex-syntax 0.8.12).
const ZEROS: [u32; 76] = [
    0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66,
    0xde6, 0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90,
    0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
    0x104a0, 0x10d30, 0x10d40, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0,
    0x11650, 0x116c0, 0x116d0, 0x116da, 0x11730, 0x118e0, 0x11950, 0x11bf0, 0x11c50, 0x11d50,
    0x11da0, 0x11f50, 0x16130, 0x16a60, 0x16ac0, 0x16b50, 0x16d70, 0x1ccf0, 0x1d7ce, 0x1d7d8,
    0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e4f0, 0x1e5f1, 0x1e950, 0x1fbf0,
];

/// The most digits that one character decomposes into: `⅒` is 1⁄10.
const DIGITS_PER_CHARACTER: usize = 3;

/// Whether the bytes can hold `wanted` digits. This is cheap and rules out nearly every text.
#[inline]
pub(super) fn may_hold_digits(bytes: &[u8], wanted: usize) -> bool {
    if bytes.len() < wanted {
        return false;
    }
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    digits >= wanted || may_hold_digits_of_any_script(bytes, wanted - digits)
}

/// Whether the non-ASCII bytes can hold `wanted` digits.
#[inline]
fn may_hold_digits_of_any_script(bytes: &[u8], wanted: usize) -> bool {
    // Every non-ASCII character has exactly one byte in this range, its first.
    let characters = bytes.iter().filter(|byte| **byte >= 0xc2).count();
    characters * DIGITS_PER_CHARACTER >= wanted && digits_beyond_ascii(bytes) >= wanted
}

#[cold]
fn digits_beyond_ascii(bytes: &[u8]) -> usize {
    let characters = bytes.utf8_chunks().flat_map(|chunk| chunk.valid().chars());
    characters.filter(|char| !char.is_ascii()).map(digits_of).sum()
}

fn digits_of(char: char) -> usize {
    if is_far_from_digits(char) {
        return 0;
    }
    let mut digits = 0;
    each_kind(char, |kind| digits += usize::from(matches!(kind, Kind::Digit(_))));
    digits
}

/// The blocks that most non-ASCII text is written in. None of their characters is a digit.
fn is_far_from_digits(char: char) -> bool {
    matches!(
        char,
        '\u{c0}'..='\u{65f}'           // Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic letters
            | '\u{3041}'..='\u{318f}'  // kana, Hangul jamo
            | '\u{3400}'..='\u{a4cf}'  // Chinese characters
            | '\u{ac00}'..='\u{d7a3}'  // Hangul
    )
}

/// The characters of a text, which need not be UTF-8. Invalid bytes do not count as letters.
pub(super) fn characters(bytes: &[u8]) -> Vec<Character> {
    let mut characters = Vec::with_capacity(bytes.len());
    let mut start = 0;
    for chunk in bytes.utf8_chunks() {
        for char in chunk.valid().chars() {
            let end = start + char.len_utf8();
            each_kind(char, |kind| characters.push(Character { kind, start, end }));
            start = end;
        }
        let end = start + chunk.invalid().len();
        if end > start {
            characters.push(Character { kind: Kind::Other, start, end });
        }
        start = end;
    }
    characters
}

/// Calls `found` with the class of the character, or of each character that it decomposes into.
pub(super) fn each_kind(char: char, mut found: impl FnMut(Kind)) {
    if char.is_ascii() {
        found(kind_of(char));
    } else {
        decompose_compatible(char, |part| found(kind_of(part)));
    }
}

fn kind_of(char: char) -> Kind {
    match char {
        '0'..='9' => Kind::Digit(char as u8 - b'0'),
        'a'..='z' | 'A'..='Z' => Kind::Letter,
        '%' => Kind::Percent,
        _ if char.is_ascii() => Kind::Other,
        _ => kind_beyond_ascii(char),
    }
}

fn kind_beyond_ascii(char: char) -> Kind {
    let code = u32::from(char);
    let before = ZEROS.partition_point(|zero| *zero <= code);
    let zero = before.checked_sub(1).and_then(|index| ZEROS.get(index));
    match zero.and_then(|zero| u8::try_from(code - zero).ok()).filter(|value| *value < 10) {
        Some(value) => Kind::Digit(value),
        None if char.is_alphabetic() && !is_combining_mark(char) => Kind::Letter,
        None => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex::Regex;
    use unicode_normalization::UnicodeNormalization;

    fn every_char() -> impl Iterator<Item = char> {
        (0..=0x0010_ffff).filter_map(char::from_u32)
    }

    #[test]
    fn the_table_of_zeros_is_unicodes_list_of_decimal_digits() {
        let is_digit = Regex::new(r"^\p{Nd}$").unwrap();
        let mut run = 0;
        for char in every_char() {
            let is_digit = is_digit.is_match(char.encode_utf8(&mut [0; 4]));
            let expected = is_digit.then_some(run % 10);
            let value = match kind_of(char) {
                Kind::Digit(value) => Some(u32::from(value)),
                _ => None,
            };
            assert_eq!(value, expected, "{:x}", u32::from(char));
            run = if is_digit { run + 1 } else { 0 };
        }
    }

    #[test]
    fn the_digit_prefilter_agrees_for_every_character() {
        let is_digit = Regex::new(r"\p{Nd}").unwrap();
        for char in every_char().filter(|char| !char.is_ascii()) {
            let normal: String = char.to_string().nfkc().collect();
            let digits = is_digit.find_iter(&normal).count();
            assert!(digits <= DIGITS_PER_CHARACTER, "{char}");
            assert_eq!(digits_of(char), digits, "{char} {:x}", u32::from(char));
        }
    }

    #[test]
    fn a_text_with_too_few_digits_is_ruled_out_early() {
        for (text, expected) in [
            ("4242424242424242", true),
            ("424242424242", false),
            ("Strøget Mode 12", false),
            ("４２４２４２４２４２４２４", true),
            ("４２４２４２４２４２４２", false),
            ("42424242４２４２４", true),
            ("Магазин на улице Ленина, дом 12", false),
            ("⅒⅒⅒⅒⅒", true),
        ] {
            assert_eq!(may_hold_digits(text.as_bytes(), 13), expected, "{text}");
        }
    }
}
