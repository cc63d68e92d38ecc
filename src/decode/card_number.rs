//! Holds a card number, and checks whether digits are one.
//!
//! A card number has an issuer's prefix (`issuers`) and a Luhn check digit (ISO/IEC 7812-1), or
//! begins with a configured prefix. Finding card numbers in text is the task of `card_search`.

use zeroize::Zeroize;

const DIGITS_MAX: usize = 19;

/// Characters between two groups of digits of one number, if they are not spaces or hyphens in
/// `card.number`.
pub(super) const SEPARATORS_MAX: usize = 2;

/// How many digits may remain visible.
const LAST: usize = 4;

/// A card number. It cannot be shown, copied or stored, since it has no `Debug`, `Display`, `Clone`
/// or `Serialize`. Only [`super::Tokenizer`] uses all its digits, which are wiped on drop.
pub(super) struct CardNumber {
    /// ASCII digits.
    digits: [u8; DIGITS_MAX],
    len: usize,
}

impl Drop for CardNumber {
    fn drop(&mut self) {
        self.digits.zeroize();
    }
}

impl CardNumber {
    pub(super) fn empty() -> Self {
        Self { digits: [0; DIGITS_MAX], len: 0 }
    }

    /// A second copy, which is also wiped on drop.
    pub(super) fn copied(&self) -> Self {
        Self { digits: self.digits, len: self.len }
    }

    /// Appends a digit from 0 to 9; `None` if there is no room for it.
    pub(super) fn push(&mut self, digit: u8) -> Option<()> {
        *self.digits.get_mut(self.len)? = b'0' + digit;
        self.len += 1;
        Some(())
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Removes everything after the first `len` digits.
    pub(super) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Only for the keyed hash.
    pub(super) fn digits(&self) -> &[u8] {
        self.digits.get(..self.len).unwrap_or_default()
    }

    /// The last four digits, which may be kept.
    pub(super) fn last4(&self) -> String {
        let last = self.digits().iter().skip(self.len.saturating_sub(LAST));
        last.map(|digit| char::from(*digit)).collect()
    }

    /// `************4242`. If more digits follow, the last four are masked too, since together with
    /// those digits they could read as another card number.
    pub(super) fn masked(&self, next: Next) -> String {
        let last4 = if next == Next::Digits { "*".repeat(LAST) } else { self.last4() };
        "*".repeat(self.len.saturating_sub(LAST)) + &last4
    }
}

/// What follows a card number in its text.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Next {
    /// More digits, as close as the digits of a single number may be.
    Digits,
    Other,
}

/// The digits that a set of card numbers begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefix(String);

/// Longer prefixes would be card numbers themselves.
const PREFIX_DIGITS_MAX: usize = 12;

impl Prefix {
    /// `None` unless the text is 1 to 12 digits.
    pub fn parse(text: &str) -> Option<Self> {
        let is_prefix = (1..=PREFIX_DIGITS_MAX).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_digit());
        is_prefix.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the digits begin with this prefix.
    pub(super) fn begins(&self, digits: &[u8]) -> bool {
        digits.starts_with(self.0.as_bytes())
    }

    /// Whether the digits, with more after them, could begin with this prefix.
    pub(super) fn may_begin(&self, digits: &[u8]) -> bool {
        digits.iter().zip(self.0.as_bytes()).all(|(digit, wanted)| digit == wanted)
    }
}

/// ISO/IEC 7812-1, annex B: from the right, every second digit counts double.
pub(super) fn passes_luhn(digits: &[u8]) -> bool {
    let value = |(place, digit): (usize, &u8)| {
        let digit = u32::from(digit - b'0');
        let doubled = if place % 2 == 1 { digit * 2 } else { digit };
        if doubled > 9 { doubled - 9 } else { doubled }
    };
    digits.iter().rev().enumerate().map(value).sum::<u32>().is_multiple_of(10)
}

/// Card numbers for tests, and ways to disguise them.
#[cfg(test)]
pub(super) mod test_numbers {
    use rand::{Rng, RngExt};

    /// Test numbers of the card schemes.
    pub const NUMBERS: [&str; 24] = [
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
        "6074000000000008",
        "8200000000000001",
        "2200000000000004",
        "2204123412341234008",
        "9704000000000000",
        "9704180000000000000",
        "9792000000000003",
        "8600000000000007",
        "9860000000000000",
        "6363680000000007",
        "6370950000000005",
    ];

    /// In groups of four.
    pub fn grouped(number: &str, separator: &str) -> String {
        let groups: Vec<&str> =
            (0..number.len()).step_by(4).map(|at| &number[at..number.len().min(at + 4)]).collect();
        groups.join(separator)
    }

    /// The character for 0 in several scripts and styles.
    const ZEROS: [char; 10] = ['0', '0', '0', '0', '０', '٠', '०', '𝟎', '𝟘', '๐'];

    const SEPARATORS: &[&str] = &[
        "", "", " ", "-", ".", "/", "_", ",", "%20", ":", "\u{a0}", "\u{2011}", "\u{200b}", ", ",
        "--", " %20", "\u{301}", "|", "%", "🙂", "، ", "\u{feff}",
    ];

    /// The number with its digits in random scripts, and random separators between random groups.
    pub fn disguised(number: &str, random: &mut impl Rng) -> String {
        let separator = SEPARATORS[random.random_range(0..SEPARATORS.len())];
        let (mixes, every) = (random.random(), random.random_range(1..6));
        let mut zero = ZEROS[random.random_range(0..ZEROS.len())];
        let mut text = String::new();
        for (at, digit) in number.bytes().enumerate() {
            if at > 0 && at % every == 0 {
                let other = SEPARATORS[random.random_range(0..SEPARATORS.len())];
                text.push_str(if mixes { other } else { separator });
                if mixes {
                    zero = ZEROS[random.random_range(0..ZEROS.len())];
                }
            }
            text.push(char::from_u32(u32::from(zero) + u32::from(digit - b'0')).unwrap());
        }
        text
    }
}
