//! Checks the search for card numbers: fixed cases, and random text compared with a naive search.

use super::*;
use crate::decode::card_number::test_numbers::{NUMBERS, disguised, grouped};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use regex::Regex;
use unicode_normalization::UnicodeNormalization;

#[test]
fn a_number_of_every_scheme_is_found_and_masked() {
    for number in NUMBERS {
        let expected = "*".repeat(number.len() - 4) + &number[number.len() - 4..];
        for separator in ["", " ", "-", ".", "/", "_", ",", ", ", "%20", "\u{a0}", "::", "\u{200b}"]
        {
            let text = grouped(number, separator);
            assert_eq!(mask_card_numbers(&text), expected, "{text}");
            let around = format!("order {text}; paid");
            assert_eq!(mask_card_numbers(&around), format!("order {expected}; paid"));
            assert!(contains_card_number(around.as_bytes()));
        }
    }
}

#[test]
fn a_number_is_found_in_the_digits_of_any_script() {
    for (text, masked) in [
        ("４２４２４２４２４２４２４２４２", "************4242"),
        ("٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢", "************4242"),
        ("۴۲۴۲ ۴۲۴۲ ۴۲۴۲ ۴۲۴۲", "************4242"),
        ("४२४२-४२४२-४२४२-४२४२", "************4242"),
        ("𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐", "************4242"),
        ("𝟜𝟚𝟜𝟚४२४२4242۴۲42", "************4242"),
        ("④②④②④②④②④②④②④②④②", "************4242"),
        ("⁴²⁴²⁴²⁴²⁴²⁴²⁴²⁴²", "************4242"),
        ("⒋⒉⒋⒉⒋⒉⒋⒉⒋⒉⒋⒉⒋⒉⒋⒉", "************4242"),
        ("⑷⑵⑷⑵⑷⑵⑷⑵⑷⑵⑷⑵⑷⑵⑷⑵", "************4242"),
        ("4️⃣2️⃣4️⃣2️⃣4️⃣2️⃣4️⃣2️⃣4️⃣2️⃣4️⃣2️⃣4️⃣2️⃣4️⃣2\u{fe0f}", "************4242\u{fe0f}"),
        ("４２４２％２０４２４２％２０４２４２％２０４２４２", "************4242"),
        ("café ４２４２4242４２４２4242 ご飯", "café ************4242 ご飯"),
    ] {
        assert_eq!(mask_card_numbers(text), masked);
    }
}

#[test]
fn a_number_is_found_whatever_surrounds_it() {
    for (text, masked) in [
        ("a4242424242424242b", "a************4242b"),
        (";4242424242424242=2912101", ";****************=2912101"),
        ("%B4242424242424242^NAME/A^2912", "%B************4242^NAME/A^2912"),
        ("2026-01-05 4242 4242 4242 4242", "2026-01-05 ************4242"),
        ("1234 4242424242424242", "1234 ************4242"),
        ("4242 -4242--4242, 4242", "************4242"),
        ("4242\u{a0}4242\u{2011}4242\u{2212}4242\u{2013}", "************4242\u{2013}"),
        ("æ4242424242424242ø", "æ************4242ø"),
        ("4242424242424242,5555555555554444", "****************,************4444"),
        ("4242424242424242 5555555555554444", "**************** ************4444"),
        ("4242424242424242 - 5555555555554444", "************4242 - ************4444"),
        ("q=4242%204242%204242%204242&x", "q=************4242&x"),
        ("to%204242424242424242%20now", "to%20************4242%20now"),
        ("4242%20%204242 %204242%20/4242", "************4242"),
        ("4242%2042%4242%4248", "************4248"),
        ("4242%20%20%204242%204242%204242", "4242%20%20%204242%204242%204242"),
        ("4242424242424242%20%20x", "************4242%20%20x"),
        ("4242424242424242%20, 7", "****************%20, 7"),
    ] {
        assert_eq!(mask_card_numbers(text), masked, "{text}");
    }
    assert!(contains_card_number(b"\xff\xfe4242424242424242\x80"));
    assert!(contains_card_number(b"4242\xff4242\xff\xfe4242\xc34242"));
    let utf_16: Vec<u8> = "4242424242424242".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(contains_card_number(&utf_16));
}

#[test]
fn other_text_is_unchanged() {
    for text in [
        "",
        "4242",
        "4242424242424241",
        "424242424242",
        "1234567812345670",
        "42424242424242424242",
        "00004242424242424242",
        "4242 - 4242 - 4242 - 4242",
        "4242...4242...4242...4242",
        "4242x4242x4242x4242",
        "4242é4242é4242é4242",
        "4242%2F4242%2F4242%2F4242",
        "４２４２４２４２４２４２４２４１",
        "४२४२४२४२४२४२४२४२४२४२",
        "2026-01-05T10:15:30.123Z",
        "1767608130123",
        "550e8400-e29b-41d4-a716-446655440000",
        "+1 212 555 0100 ext 12",
    ] {
        assert!(matches!(mask_card_numbers(text), Cow::Borrowed(same) if same == text), "{text}");
        assert!(!contains_card_number(text.as_bytes()));
    }
}

#[test]
fn blanking_moves_nothing() {
    for text in ["a 4242.4242.4242.4242 b", "４２４２ ４２４２ ４２４２ ４２４２, ok", "no number"]
    {
        let blanked = blank_card_numbers(text);
        assert_eq!(blanked.len(), text.len());
        assert!(!contains_card_number(blanked.as_bytes()), "{blanked}");
        assert_eq!(blanked.chars().last(), text.chars().last());
    }
}

#[test]
fn searching_escaped_spaces_takes_linear_time() {
    // If each were read both ways, these texts would have thousands of readings.
    for unit in ["4%20", "%204", "4%2042", "%20", "4%20%20", "40%2"] {
        let text = unit.repeat(3_000);
        mask_card_numbers(&text);
    }
}

/// A literal implementation of the definition at the top of `card_search`.
struct Naive {
    decimal: Regex,
    letter: Regex,
}

impl Naive {
    fn new() -> Self {
        Self {
            decimal: Regex::new(r"^\p{Nd}$").unwrap(),
            letter: Regex::new(r"^[\p{Alphabetic}--\p{M}]$").unwrap(),
        }
    }

    fn value(&self, char: char) -> Option<u8> {
        let is_decimal = |code: u32| {
            let char = char::from_u32(code);
            char.is_some_and(|char| self.decimal.is_match(char.encode_utf8(&mut [0; 4])))
        };
        let code = u32::from(char);
        let before = (0..).take_while(|before| is_decimal(code - before)).count();
        before.checked_sub(1).map(|before| u8::try_from(before % 10).unwrap())
    }

    fn contains(&self, text: &str) -> bool {
        let chars: Vec<char> = text.nfkc().collect();
        let values: Vec<Option<u8>> = chars.iter().map(|char| self.value(*char)).collect();
        (0..chars.len()).any(|start| self.begins(&chars, &values, start))
    }

    fn is_escape(chars: &[char], at: usize) -> bool {
        chars.get(at..at + 3) == Some(&['%', '2', '0'])
    }

    /// Whether a number begins with the group that begins at `start`.
    fn begins(&self, chars: &[char], values: &[Option<u8>], start: usize) -> bool {
        let first_of_group = start == 0
            || values[start - 1].is_none()
            || start.checked_sub(3).is_some_and(|at| Self::is_escape(chars, at));
        first_of_group && values[start].is_some() && self.continues(chars, values, start, "")
    }

    fn continues(&self, chars: &[char], values: &[Option<u8>], at: usize, before: &str) -> bool {
        let mut digits = before.to_owned();
        let mut end = at;
        while let Some(Some(value)) = values.get(end) {
            digits.push(char::from(b'0' + value));
            end += 1;
        }
        if digits.len() > 19 {
            return false;
        }
        let found =
            digits.len() >= 13 && is_issued(digits.as_bytes()) && passes_luhn(digits.as_bytes());
        found
            || self
                .after(chars, values, end, 2)
                .iter()
                .any(|next| self.continues(chars, values, *next, &digits))
    }

    fn after(&self, chars: &[char], values: &[Option<u8>], at: usize, left: usize) -> Vec<usize> {
        let mut groups = Vec::new();
        let Some(char) = chars.get(at) else { return groups };
        let is_letter = self.letter.is_match(char.encode_utf8(&mut [0; 4]));
        let mut nexts = Vec::new();
        if !is_letter && values[at].is_none() {
            nexts.push(at + 1);
        }
        if Self::is_escape(chars, at) {
            nexts.push(at + 3);
        }
        for next in nexts {
            if values.get(next).is_some_and(Option::is_some) {
                groups.push(next);
            } else if left > 1 {
                groups.extend(self.after(chars, values, next, left - 1));
            }
        }
        groups
    }
}

const PIECES: &[&str] = &[
    "4",
    "2",
    "42",
    "4242",
    "0",
    "1",
    "5",
    "3",
    "55555",
    "7",
    "4242424242",
    "６",
    "４２",
    "٤",
    "٢",
    "४",
    "२",
    "𝟒",
    "𝟐",
    "④",
    "⒉",
    "½",
    "²",
    " ",
    "-",
    ".",
    "/",
    "_",
    ",",
    "%",
    "%20",
    "%2",
    "%2042",
    "\u{a0}",
    "\u{301}",
    "\u{fe0f}\u{20e3}",
    "\u{200b}",
    "x",
    "é",
    "Ж",
    "字",
    "ⅳ",
    "🅐",
    "፩",
    "::",
    "\u{202e}",
];

#[test]
fn the_search_agrees_with_its_definition_on_random_texts() {
    let naive = Naive::new();
    let mut found = 0;
    for seed in 0..40 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        for _ in 0..300 {
            let text: String = if random.random() {
                let count = random.random_range(4..30);
                (0..count).map(|_| PIECES[random.random_range(0..PIECES.len())]).collect()
            } else {
                let number = NUMBERS[random.random_range(0..NUMBERS.len())];
                let at = random.random_range(0..PIECES.len());
                let end = random.random_range(0..PIECES.len());
                format!("{}{}{}", PIECES[at], disguised(number, &mut random), PIECES[end])
            };
            let expected = naive.contains(&text);
            assert_eq!(contains_card_number(text.as_bytes()), expected, "seed {seed}: {text}");
            let masked = mask_card_numbers(&text);
            assert_eq!(masked != text, expected, "seed {seed}: {text}");
            assert!(!naive.contains(&masked), "seed {seed}: {text}: {masked}");
            found += usize::from(expected);
        }
    }
    assert!(found > 3000, "{found}");
}

#[test]
fn the_field_takes_12_to_19_digits_with_a_check_digit() {
    for (text, expected) in [
        ("4242424242424242", Ok("4242")),
        ("4242 4242-4242 4242", Ok("4242")),
        ("4242 \u{2013} 4242 \u{a0} 4242 -- 4242", Ok("4242")),
        ("４２４２ ４２４２ ４２４２ ४२٤٢", Ok("4242")),
        ("675964982641", Err(Reason::CardNumberLuhn)),
        ("675964982640", Err(Reason::CardNumberLuhn)),
        ("675964982648", Ok("2648")),
        ("67596498264", Err(Reason::CardNumberLength)),
        ("42424242424242424242", Err(Reason::CardNumberLength)),
        ("4242424242424241", Err(Reason::CardNumberLuhn)),
        ("424242424242424x", Err(Reason::CardNumberLength)),
        ("4242.4242.4242.4242", Ok("4242")),
        ("4242%204242%20%204242%204242", Ok("4242")),
        ("４２４２％２０４２４２％２０４２４２％２０４２４２", Ok("4242")),
        ("4242%2042%4242%4248", Ok("4248")),
        ("(4242/4242_4242,4242)", Ok("4242")),
        ("4.2424242424242e15", Err(Reason::CardNumberLength)),
    ] {
        let last4 = BY_DEFAULT.parse(text).map(|number| number.last4());
        assert_eq!(last4.as_deref().map_err(|reason| *reason), expected, "{text}");
    }
}

#[test]
fn numbers_with_a_listed_prefix_count_without_a_check_digit() {
    let prefixes = ["622848", "9"].map(|prefix| Prefix::parse(prefix).unwrap());
    let listed =
        CardNumbers { prefixes_without_check_digit: prefixes.into(), ..CardNumbers::default() };
    for (text, masked) in [
        ("6228480000000001", "************0001"),
        ("6228 4800 0000 0001 23", "**************0123"),
        ("9000000000001", "*********0001"),
        ("９000.0000.00001", "*********0001"),
        ("900000000000", "900000000000"),
        ("6228490000000001", "6228490000000001"),
        ("4242424242424242", "************4242"),
        ("4242424242424241", "4242424242424241"),
    ] {
        assert_eq!(listed.mask(text), masked);
        assert_eq!(listed.contains(text.as_bytes()), text != masked);
    }
    for (text, expected) in [
        ("6228480000000001", Ok("0001")),
        ("900000000001", Ok("0001")),
        ("62284800000", Err(Reason::CardNumberLength)),
        ("4242424242424241", Err(Reason::CardNumberLuhn)),
    ] {
        let last4 = listed.parse(text).map(|number| number.last4());
        assert_eq!(last4.as_deref().map_err(|reason| *reason), expected, "{text}");
    }
    for text in ["", "62284x", "1234567890123", "６２"] {
        assert_eq!(Prefix::parse(text), None, "{text}");
    }
}
