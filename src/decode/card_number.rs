//! Card numbers: what counts as one, where one stands in a text, and the type that holds one.
//!
//! A card number is 13 to 19 digits with the prefix of a card brand and a Luhn check digit
//! (ISO/IEC 7812-1). It is made of whole groups of digits: a group is all the digits that stand
//! together, and between two groups of a number there are spaces and hyphens alone, Unicode's own
//! included. So `4242 4242 4242 4242` is one, also with a date and a space before it, and no part of
//! an unbroken run of 20 or more digits is one.

use super::reason::Reason;
use super::tokenizer::is_token;
use std::borrow::Cow;
use std::ops::Range;
use zeroize::Zeroize;

const DIGITS_MIN: usize = 13;
const DIGITS_MAX: usize = 19;
/// `card.number` may be one digit shorter than what is searched for in other texts.
const FIELD_DIGITS_MIN: usize = 12;

/// How many digits are kept in sight.
const LAST: usize = 4;

/// A card number. It cannot be shown, copied or stored: it has no `Debug`, `Display`, `Clone` or
/// `Serialize`, its only way out is [`super::Tokenizer`], and it is wiped when it is dropped.
pub(super) struct CardNumber {
    /// ASCII.
    digits: [u8; DIGITS_MAX],
    len: usize,
}

impl Drop for CardNumber {
    fn drop(&mut self) {
        self.digits.zeroize();
    }
}

impl CardNumber {
    /// Reads `card.number`: 12 to 19 digits with a Luhn check digit, spaces and hyphens ignored.
    pub(super) fn parse(text: &str) -> Result<Self, Reason> {
        let number = Self::collect(text.as_bytes()).ok_or(Reason::CardNumberLength)?;
        if number.len < FIELD_DIGITS_MIN {
            return Err(Reason::CardNumberLength);
        }
        if passes_luhn(number.digits()) { Ok(number) } else { Err(Reason::CardNumberLuhn) }
    }

    /// The digits among spaces and hyphens; `None` for other characters or too many digits.
    fn collect(text: &[u8]) -> Option<Self> {
        let mut number = Self { digits: [0; DIGITS_MAX], len: 0 };
        let mut rest = text;
        while let Some((first, after)) = rest.split_first() {
            rest = match separator_bytes(rest) {
                0 if first.is_ascii_digit() => {
                    number.push(*first)?;
                    after
                }
                0 => return None,
                bytes => rest.get(bytes..)?,
            };
        }
        Some(number)
    }

    fn push(&mut self, digit: u8) -> Option<()> {
        *self.digits.get_mut(self.len)? = digit;
        self.len += 1;
        Some(())
    }

    /// For the keyed hash alone.
    pub(super) fn digits(&self) -> &[u8] {
        self.digits.get(..self.len).unwrap_or_default()
    }

    /// The last four digits, which may be kept.
    pub(super) fn last4(&self) -> String {
        let last = self.digits().iter().skip(self.len.saturating_sub(LAST));
        last.map(|digit| char::from(*digit)).collect()
    }

    /// `************4242`; without the last four where more digits follow, since these and they
    /// could read as another card number.
    pub(super) fn masked(&self, next: Next) -> String {
        let last4 = if next == Next::Digits { "*".repeat(LAST) } else { self.last4() };
        "*".repeat(self.len.saturating_sub(LAST)) + &last4
    }
}

/// What comes after a card number in its text, spaces and hyphens aside.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Next {
    Digits,
    Other,
}

/// Whether a card number stands anywhere in the bytes, which need not be UTF-8. A token as redcard
/// makes them holds none, whatever its digits.
pub fn contains_card_number(bytes: &[u8]) -> bool {
    has_enough_digits(bytes) && find(bytes, 0).is_some() && !is_token(bytes)
}

/// The text with each card number in it masked to its last four digits: `************4242`.
pub fn mask_card_numbers(text: &str) -> Cow<'_, str> {
    replace_card_numbers(text, CardNumber::masked)
        .map_or(Cow::Borrowed(text), |(text, _)| text.into())
}

/// The text with each card number in it overwritten, byte for byte: places in it stay what they were.
pub fn blank_card_numbers(text: &str) -> Cow<'_, str> {
    let mut blanked = Cow::Borrowed(text);
    let mut found =
        if has_enough_digits(text.as_bytes()) { find(text.as_bytes(), 0) } else { None };
    while let Some(range) = found {
        blanked.to_mut().replace_range(range.clone(), &"*".repeat(range.len()));
        found = find(text.as_bytes(), range.end);
    }
    blanked
}

/// The text with each card number in it replaced, and how many there were; `None` without any.
pub(super) fn replace_card_numbers(
    text: &str,
    mut replacement: impl FnMut(&CardNumber, Next) -> String,
) -> Option<(String, u32)> {
    if !has_enough_digits(text.as_bytes()) {
        return None;
    }
    let mut found = find(text.as_bytes(), 0);
    found.as_ref()?;
    let (mut replaced, mut kept, mut count) = (String::new(), 0, 0);
    while let Some(range) = found {
        let number = text.get(range.clone()).and_then(|text| CardNumber::collect(text.as_bytes()));
        replaced.push_str(text.get(kept..range.start).unwrap_or_default());
        let is_followed = next_group(text.as_bytes(), range.end).is_some();
        let next = if is_followed { Next::Digits } else { Next::Other };
        if let Some(number) = number {
            replaced.push_str(&replacement(&number, next));
        }
        kept = range.end;
        count += 1;
        found = find(text.as_bytes(), kept);
    }
    replaced.push_str(text.get(kept..).unwrap_or_default());
    Some((replaced, count))
}

/// Rules nearly every text out, at next to no cost.
#[inline]
fn has_enough_digits(bytes: &[u8]) -> bool {
    bytes.len() >= DIGITS_MIN
        && bytes.iter().filter(|byte| byte.is_ascii_digit()).count() >= DIGITS_MIN
}

/// The first card number from a position on, which must not be within a group of digits.
fn find(bytes: &[u8], from: usize) -> Option<Range<usize>> {
    let mut at = from;
    loop {
        let start = at + bytes.get(at..)?.iter().position(u8::is_ascii_digit)?;
        if let Some(end) = longest_number(bytes, start) {
            return Some(start..end);
        }
        at = group_end(bytes, start);
    }
}

/// Where the longest card number ends that begins with the group of digits at `start`.
fn longest_number(bytes: &[u8], start: usize) -> Option<usize> {
    let mut number = CardNumber { digits: [0; DIGITS_MAX], len: 0 };
    let mut longest = None;
    let mut group = start;
    loop {
        let end = group_end(bytes, group);
        for digit in bytes.get(group..end)? {
            if number.push(*digit).is_none() {
                return longest;
            }
        }
        if is_card_number(number.digits()) {
            longest = Some(end);
        }
        let Some(gap) = next_group(bytes, end) else { return longest };
        group = end + gap;
    }
}

fn group_end(bytes: &[u8], start: usize) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    start + rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// How far the next group is, across spaces and hyphens; `None` where something else follows.
fn next_group(bytes: &[u8], end: usize) -> Option<usize> {
    let rest = bytes.get(end..)?;
    let mut gap = 0;
    loop {
        let rest = rest.get(gap..)?;
        match separator_bytes(rest) {
            0 => return rest.first()?.is_ascii_digit().then_some(gap),
            bytes => gap += bytes,
        }
    }
}

/// Length of the space or hyphen that the bytes begin with, in UTF-8; 0 without one.
fn separator_bytes(bytes: &[u8]) -> usize {
    match bytes {
        [b' ' | b'-' | b'\t', ..] => 1,
        [0xc2, 0xa0 | 0xad, ..] => 2, // no-break space, soft hyphen
        [0xe2, 0x80, 0x80..=0x95 | 0xaf, ..] => 3, // U+2000 to U+2015: spaces, hyphens, dashes
        [0xe2, 0x88, 0x92, ..] => 3,  // minus sign
        [0xe3, 0x80, 0x80, ..] => 3,  // ideographic space
        _ => 0,
    }
}

fn is_card_number(digits: &[u8]) -> bool {
    digits.len() >= DIGITS_MIN && has_brand_prefix(digits) && passes_luhn(digits)
}

/// Whether the first six digits are within a range of a card brand.
fn has_brand_prefix(digits: &[u8]) -> bool {
    let prefix = digits.iter().take(6).fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    matches!(
        prefix,
        400_000..=499_999       // Visa
        | 510_000..=559_999     // Mastercard
        | 222_100..=272_099     // Mastercard, 2-series
        | 340_000..=349_999     // American Express
        | 370_000..=379_999
        | 601_100..=601_199     // Discover
        | 644_000..=659_999
        | 620_000..=629_999     // UnionPay, Discover 622126 to 622925 included
        | 810_000..=819_999
        | 300_000..=305_999     // Diners Club
        | 309_500..=309_599
        | 360_000..=369_999
        | 380_000..=399_999
        | 352_800..=358_999     // JCB
        | 500_000..=509_999     // Maestro
        | 560_000..=589_999
        | 630_400..=630_499
        | 639_000..=639_999
        | 670_000..=679_999
    )
}

/// ISO/IEC 7812-1, annex B: every second digit from the right but the first counts double.
fn passes_luhn(digits: &[u8]) -> bool {
    let value = |(place, digit): (usize, &u8)| {
        let digit = u32::from(digit - b'0');
        let doubled = if place % 2 == 1 { digit * 2 } else { digit };
        if doubled > 9 { doubled - 9 } else { doubled }
    };
    digits.iter().rev().enumerate().map(value).sum::<u32>().is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Test numbers of the brands.
    const NUMBERS: [&str; 13] = [
        "4242424242424242",
        "4222222222222",
        "5555555555554444",
        "2223003122003222",
        "378282246310005",
        "6011111111111117",
        "6450000000000002",
        "30569309025904",
        "38520000023237",
        "3530111333300000",
        "6200000000000005",
        "6759649826438453",
        "5018000000000009",
    ];

    #[test]
    fn a_number_of_every_brand_is_found_and_masked() {
        for number in NUMBERS {
            let (spaced, hyphenated) = (grouped(number, " "), grouped(number, "-"));
            for text in [number, &spaced, &hyphenated] {
                let expected = "*".repeat(number.len() - 4) + &number[number.len() - 4..];
                assert_eq!(mask_card_numbers(text), expected);
                let around = format!("order {text}, paid");
                assert_eq!(mask_card_numbers(&around), format!("order {expected}, paid"));
                assert!(contains_card_number(around.as_bytes()));
            }
        }
    }

    fn grouped(number: &str, separator: &str) -> String {
        let groups: Vec<&str> =
            (0..number.len()).step_by(4).map(|at| &number[at..number.len().min(at + 4)]).collect();
        groups.join(separator)
    }

    #[test]
    fn a_number_is_found_whatever_stands_around_it() {
        for (text, masked) in [
            ("a4242424242424242b", "a************4242b"),
            (";4242424242424242=2912101", ";************4242=2912101"),
            ("2026-01-05 4242 4242 4242 4242", "2026-01-05 ************4242"),
            ("1234 4242424242424242", "1234 ************4242"),
            ("4242 -  4242--4242 4242", "************4242"),
            ("4242\u{a0}4242\u{2011}4242\u{2212}4242\u{2013}", "************4242\u{2013}"),
            ("æ4242424242424242ø", "æ************4242ø"),
            ("4242424242424242,5555555555554444", "************4242,************4444"),
            ("4242424242424242 5555555555554444", "**************** ************4444"),
        ] {
            assert_eq!(mask_card_numbers(text), masked);
        }
        assert!(contains_card_number(b"\xff\xfe4242424242424242\x80"));
    }

    #[test]
    fn what_is_no_card_number_is_left_alone() {
        for text in [
            "",
            "4242",
            "4242424242424241",
            "424242424242",
            "1234567812345670",
            "42424242424242424242",
            "00004242424242424242",
            "4242.4242.4242.4242",
            "2026-01-05T10:15:30.123Z",
            "1767608130123",
            "550e8400-e29b-41d4-a716-446655440000",
            "+1 212 555 0100 ext 12",
        ] {
            assert!(
                matches!(mask_card_numbers(text), Cow::Borrowed(same) if same == text),
                "{text}"
            );
            assert!(!contains_card_number(text.as_bytes()));
        }
    }

    /// The definition at the top of this file, word by word.
    fn naively_contains(text: &[u8]) -> bool {
        let is_digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
        let is_number = |start: usize, end: usize| {
            let part = &text[start..end];
            let whole = is_digit(start) && is_digit(end - 1) && !is_digit(end);
            let digits: Vec<u8> = part.iter().copied().filter(u8::is_ascii_digit).collect();
            whole
                && (start == 0 || !is_digit(start - 1))
                && part.iter().all(|byte| byte.is_ascii_digit() || b" -".contains(byte))
                && digits.len() <= 19
                && is_card_number(&digits)
        };
        let ends = |start: usize| start + 1..=text.len();
        (0..text.len()).any(|start| ends(start).any(|end| is_number(start, end)))
    }

    #[test]
    fn random_texts_hold_a_card_number_where_the_definition_says_so() {
        let mut found = 0;
        for seed in 0..20 {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            for _ in 0..500 {
                let length = random.random_range(13..40);
                let text: Vec<u8> = (0..length)
                    .map(|_| b"0123456789012345678942424555553  -x"[random.random_range(0..35)])
                    .collect();
                let shown = String::from_utf8(text.clone()).unwrap();
                let expected = naively_contains(&text);
                assert_eq!(contains_card_number(&text), expected, "seed {seed}: {shown}");
                let masked = mask_card_numbers(&shown);
                assert!(!contains_card_number(masked.as_bytes()), "seed {seed}: {shown}: {masked}");
                found += usize::from(expected);
            }
        }
        assert!(found > 100, "{found}");
    }

    #[test]
    fn the_field_takes_12_to_19_digits_with_a_check_digit() {
        for (text, expected) in [
            ("4242424242424242", Ok("4242")),
            ("4242 4242-4242 4242", Ok("4242")),
            ("675964982641", Err(Reason::CardNumberLuhn)),
            ("675964982640", Err(Reason::CardNumberLuhn)),
            ("675964982648", Ok("2648")),
            ("67596498264", Err(Reason::CardNumberLength)),
            ("42424242424242424242", Err(Reason::CardNumberLength)),
            ("4242424242424241", Err(Reason::CardNumberLuhn)),
            ("424242424242424x", Err(Reason::CardNumberLength)),
            ("4.2424242424242e15", Err(Reason::CardNumberLength)),
        ] {
            let last4 = CardNumber::parse(text).map(|number| number.last4());
            assert_eq!(last4.as_deref().map_err(|reason| *reason), expected, "{text}");
        }
    }
}
