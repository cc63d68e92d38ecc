//! Reads the digits of `card.number`, in any notation.
//!
//! It accepts every notation that the search in other text recognises, so that the same number gets
//! the same token. Between two digits there may be any number of spaces and hyphens, or at most two
//! other characters that are not letters. Around the number there may be anything but letters. This
//! module does not know what makes digits a card number.

use super::card_number::{CardNumber, SEPARATORS_MAX};
use super::characters::{Character, Kind, characters};
use zeroize::Zeroizing;

/// With fewer digits before the point, a number is not a card number with a decimal part.
const WHOLE_DIGITS_MIN: usize = 12;

/// A bit set of the `%20` in a text that are spaces. The others are `%` before digits that begin
/// with 20.
pub(super) type Spaces = u32;

/// How many `%20` are read both ways independently. Reading all of them as spaces is always tried.
const FORKS_MAX: usize = 4;

/// The possible readings of a text's `%20`, the likeliest first: all of them are spaces.
pub(super) fn readings(text: &str) -> impl Iterator<Item = Spaces> {
    let escapes = text.matches(['%', '％', '﹪']).count();
    let all = (escapes > 0).then_some(Spaces::MAX);
    all.into_iter().chain(0..1 << escapes.min(FORKS_MAX))
}

/// `None` if the text contains anything else, or more digits than a card number has.
pub(super) fn written_digits(text: &str, spaces: Spaces) -> Option<CardNumber> {
    if has_decimal_part(text) {
        return None;
    }
    let characters = Zeroizing::new(characters(text.as_bytes()));
    let mut number = CardNumber::empty();
    let (mut separators, mut at, mut escapes) = (Separators::default(), 0, 0);
    while let Some(character) = characters.get(at) {
        at += 1;
        match character.kind {
            Kind::Letter => return None,
            Kind::Digit(digit) => {
                let is_first = number.len() == 0;
                if !is_first && !separators.are_allowed() {
                    return None;
                }
                number.push(digit)?;
                separators = Separators::default();
            }
            Kind::Percent if is_escaped_space(characters.get(at..)) => {
                separators.add(false);
                at += if spaces >> escapes & 1 == 1 { 2 } else { 0 };
                escapes = (escapes + 1).min(Spaces::BITS - 1);
            }
            Kind::Percent | Kind::Other => {
                let written = text.get(character.start..character.end);
                separators.add(written.is_some_and(|c| c.chars().all(is_space_or_hyphen)));
            }
        }
    }
    Some(number)
}

/// The separators between two digits.
#[derive(Default)]
struct Separators {
    count: usize,
    /// Whether there is anything but spaces and hyphens.
    has_others: bool,
}

impl Separators {
    fn add(&mut self, is_space_or_hyphen: bool) {
        self.count += 1;
        self.has_others |= !is_space_or_hyphen;
    }

    fn are_allowed(&self) -> bool {
        !self.has_others || self.count <= SEPARATORS_MAX
    }
}

/// Whether `20` comes next.
fn is_escaped_space(after_percent: Option<&[Character]>) -> bool {
    let digits = after_percent.and_then(|characters| characters.first_chunk::<2>());
    digits.is_some_and(|digits| {
        digits.each_ref().map(|digit| digit.kind) == [Kind::Digit(2), Kind::Digit(0)]
    })
}

/// `4242424242424242.0`, as a spreadsheet may write a number. The last 0 is not part of the number.
fn has_decimal_part(text: &str) -> bool {
    text.trim().split_once('.').is_some_and(|(whole, places)| {
        whole.len() >= WHOLE_DIGITS_MIN
            && whole.bytes().all(|byte| byte.is_ascii_digit())
            && !places.is_empty()
            && places.bytes().all(|byte| byte == b'0')
    })
}

/// Characters that people put between digits, in any number.
fn is_space_or_hyphen(char: char) -> bool {
    matches!(
        char,
        ' ' | '\t' | '-'
            | '\u{a0}'                 // no-break space
            | '\u{ad}'                 // soft hyphen
            | '\u{2000}'
            ..='\u{2015}'  // spaces, hyphens, dashes
            | '\u{202f}'               // narrow no-break space
            | '\u{2212}'               // minus sign
            | '\u{3000}' // ideographic space
    )
}
