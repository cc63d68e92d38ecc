//! Finds card numbers in text.
//!
//! A card number in text is 13 to 19 decimal digits of any script. It consists of whole groups of
//! digits, where a group is a maximal run of digits. Two groups of a number are separated by at
//! most two characters that are neither letters nor digits; `%20`, a space in URLs, counts as one.
//! So `4242 4242 4242 4242`, `4242.4242.4242.4242` and `4242%204242%204242%204242` contain a card
//! number, even after a date and a space. No part of an unbroken run of 20 or more digits is one.
//! If there are several readings, the earliest start wins, then the longest.
//!
//! `card_number` determines whether digits are a card number, and `characters` what counts as a digit.

use super::card_number::{CardNumber, Next, Prefix, SEPARATORS_MAX, passes_luhn};
use super::characters::{Character, Kind, characters, may_hold_digits};
use super::issuers::{PREFIX_DIGITS, has_issuer_prefix, is_issued};
use super::reason::Reason;
use super::token::is_token;
use super::written_number::{readings, written_digits};
use crate::transaction::Field;
use std::borrow::Cow;
use std::ops::Range;
use zeroize::Zeroizing;

const DIGITS_MIN: usize = 13;
/// `card.number` may be one digit shorter than card numbers in other text.
const FIELD_DIGITS_MIN: usize = 12;

/// How many groups can follow another: after `%20`, the one that starts with its digits and the one
/// after it.
const GROUPS_AFTER_MAX: usize = 2 * SEPARATORS_MAX;

/// How many `%20` of a number are read both ways: as a space, and as `%` before digits that begin
/// with 20. Further ones are spaces, so that the time to search a text full of them stays
/// proportional to its length.
const FORKS_MAX: usize = 4;

/// What counts as a card number. By default, a number of a known issuer with a Luhn check digit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CardNumbers {
    /// Numbers with these prefixes count without a check digit, whatever their issuer.
    pub prefixes_without_check_digit: Vec<Prefix>,
    /// Fields that never contain a card number. They are not searched.
    pub trusted_fields: Vec<Field>,
}

static BY_DEFAULT: CardNumbers =
    CardNumbers { prefixes_without_check_digit: Vec::new(), trusted_fields: Vec::new() };

/// Whether the bytes, which need not be UTF-8, contain a card number. A redcard token never does,
/// whatever its digits.
pub fn contains_card_number(bytes: &[u8]) -> bool {
    BY_DEFAULT.contains(bytes)
}

/// Masks each card number in the text to its last four digits: `************4242`.
pub fn mask_card_numbers(text: &str) -> Cow<'_, str> {
    BY_DEFAULT.mask(text)
}

/// Overwrites each card number in the text with the same number of bytes, so that offsets stay
/// valid.
pub fn blank_card_numbers(text: &str) -> Cow<'_, str> {
    let mut blanked = Cow::Borrowed(text);
    let mut search = BY_DEFAULT.search(text.as_bytes());
    while let Some(found) = search.as_mut().and_then(TextSearch::next) {
        let stars = "*".repeat(found.place.len());
        blanked.to_mut().replace_range(found.place, &stars);
    }
    blanked
}

impl CardNumbers {
    /// Whether the bytes, which need not be UTF-8, contain a card number. A redcard token never
    /// does, whatever its digits.
    pub fn contains(&self, bytes: &[u8]) -> bool {
        let mut search = self.search(bytes);
        search.as_mut().and_then(TextSearch::next).is_some() && !is_token(bytes)
    }

    /// Masks each card number in the text to its last four digits: `************4242`.
    pub fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let replaced = self.replace(text, CardNumber::masked);
        replaced.map_or(Cow::Borrowed(text), |(text, _)| text.into())
    }

    /// Reads `card.number`: 12 to 19 digits with a check digit, in any notation that the search
    /// recognises.
    pub(super) fn parse(&self, text: &str) -> Result<CardNumber, Reason> {
        let mut reason = Reason::CardNumberLength;
        for spaces in readings(text) {
            match self.accept(written_digits(text, spaces)) {
                Ok(number) => return Ok(number),
                // A reading of the right length is the intended one, so its error is kept.
                Err(Reason::CardNumberLength) => {}
                Err(other) => reason = other,
            }
        }
        Err(reason)
    }

    fn accept(&self, number: Option<CardNumber>) -> Result<CardNumber, Reason> {
        let number = number.filter(|number| number.len() >= FIELD_DIGITS_MIN);
        let number = number.ok_or(Reason::CardNumberLength)?;
        let counts = self.needs_no_check_digit(number.digits()) || passes_luhn(number.digits());
        if counts { Ok(number) } else { Err(Reason::CardNumberLuhn) }
    }

    /// Replaces each card number in the text. Returns how many there were; `None` if there were
    /// none.
    #[inline]
    pub(super) fn replace(
        &self,
        text: &str,
        replacement: impl FnMut(&CardNumber, Next) -> String,
    ) -> Option<(String, u32)> {
        let search = self.search(text.as_bytes())?;
        search.replaced(text, replacement)
    }

    /// Whether a field's text must be searched: it has enough digits, and the field is not trusted.
    #[inline]
    pub(super) fn may_hold_one(&self, text: &str, field: Field) -> bool {
        may_hold_digits(text.as_bytes(), DIGITS_MIN) && !self.trusted_fields.contains(&field)
    }

    #[inline]
    fn search(&self, bytes: &[u8]) -> Option<TextSearch<'_>> {
        may_hold_digits(bytes, DIGITS_MIN).then(|| TextSearch {
            card_numbers: self,
            characters: Zeroizing::new(characters(bytes)),
            at: 0,
        })
    }

    fn counts(&self, digits: &[u8]) -> bool {
        digits.len() >= DIGITS_MIN
            && (is_issued(digits) && passes_luhn(digits) || self.needs_no_check_digit(digits))
    }

    /// Whether these digits, with more after them, could be a card number.
    fn may_begin(&self, digits: &[u8]) -> bool {
        let mut prefixes = self.prefixes_without_check_digit.iter();
        digits.len() < PREFIX_DIGITS
            || has_issuer_prefix(digits)
            || prefixes.any(|prefix| prefix.may_begin(digits))
    }

    fn needs_no_check_digit(&self, digits: &[u8]) -> bool {
        let mut prefixes = self.prefixes_without_check_digit.iter();
        prefixes.any(|prefix| prefix.begins(digits))
    }
}

/// A search through a text.
struct TextSearch<'c> {
    card_numbers: &'c CardNumbers,
    characters: Zeroizing<Vec<Character>>,
    /// The next character to examine.
    at: usize,
}

struct Found {
    number: CardNumber,
    /// Its range in the text, in bytes.
    place: Range<usize>,
    /// The index of the first character after it.
    end: usize,
}

impl TextSearch<'_> {
    /// The next card number.
    fn next(&mut self) -> Option<Found> {
        while self.at < self.characters.len() {
            let start = self.at;
            self.at += 1;
            if self.is_group_start(start)
                && let Some(found) = self.longest_number(start)
            {
                self.at = found.end;
                return Some(found);
            }
        }
        None
    }

    fn replaced(
        mut self,
        text: &str,
        mut replacement: impl FnMut(&CardNumber, Next) -> String,
    ) -> Option<(String, u32)> {
        let (mut replaced, mut kept, mut count) = (String::new(), 0, 0);
        while let Some(Found { number, place, end }) = self.next() {
            replaced.push_str(text.get(kept..place.start).unwrap_or_default());
            let next = if self.has_digits_after(end) { Next::Digits } else { Next::Other };
            replaced.push_str(&replacement(&number, next));
            kept = place.end;
            count += 1;
        }
        replaced.push_str(text.get(kept..).unwrap_or_default());
        (count > 0).then_some((replaced, count))
    }

    fn kind(&self, at: usize) -> Option<Kind> {
        self.characters.get(at).map(|character| character.kind)
    }

    fn digit(&self, at: usize) -> Option<u8> {
        match self.kind(at)? {
            Kind::Digit(digit) => Some(digit),
            _ => None,
        }
    }

    /// Whether a group of digits begins at this character: it is a digit, and not directly after
    /// another digit unless that ends a `%20`.
    fn is_group_start(&self, at: usize) -> bool {
        let is_after = |before: Option<usize>, found: fn(&Self, usize) -> bool| {
            before.is_some_and(|before| found(self, before))
        };
        self.digit(at).is_some()
            && (!is_after(at.checked_sub(1), |search, before| search.digit(before).is_some())
                || is_after(at.checked_sub(3), Self::is_escaped_space))
    }

    /// Whether `%20` begins at this character.
    fn is_escaped_space(&self, at: usize) -> bool {
        self.kind(at) == Some(Kind::Percent)
            && self.digit(at + 1) == Some(2)
            && self.digit(at + 2) == Some(0)
    }

    fn longest_number(&self, start: usize) -> Option<Found> {
        let mut longest = None;
        self.extend(start, &mut CardNumber::empty(), FORKS_MAX, &mut longest);
        let (number, end) = longest?;
        let first = self.characters.get(start)?.start;
        let last = self.characters.get(end.checked_sub(1)?)?.end;
        Some(Found { number, place: first..last, end })
    }

    /// Adds the group that begins at this character to the number, and tries each group that may
    /// follow. The recursion is at most as deep as a number has digits.
    fn extend(
        &self,
        group: usize,
        number: &mut CardNumber,
        forks_left: usize,
        longest: &mut Option<(CardNumber, usize)>,
    ) {
        let before = number.len();
        let mut end = group;
        while let Some(digit) = self.digit(end) {
            if number.push(digit).is_none() {
                return number.truncate(before);
            }
            end += 1;
        }
        let is_longer = longest.as_ref().is_none_or(|(_, longest)| *longest < end);
        if is_longer && self.card_numbers.counts(number.digits()) {
            *longest = Some((number.copied(), end));
        }
        if self.card_numbers.may_begin(number.digits()) {
            let groups = self.groups_after(end);
            let forks = groups.iter().flatten().count() > 1;
            let skipped = if forks && forks_left == 0 { 1 } else { 0 };
            for group in groups.into_iter().flatten().skip(skipped) {
                self.extend(
                    group,
                    number,
                    forks_left - usize::from(forks && forks_left > 0),
                    longest,
                );
            }
        }
        number.truncate(before);
    }

    /// Whether digits follow that could form another number with the last digits of this one. The
    /// digits of a `%20` alone do not count.
    fn has_digits_after(&self, end: usize) -> bool {
        let goes_on = |group: usize| {
            let is_escape = group.checked_sub(1).is_some_and(|at| self.is_escaped_space(at));
            !is_escape || self.digit(group + 2).is_some() || self.has_digits_after(group + 2)
        };
        self.groups_after(end).into_iter().flatten().any(goes_on)
    }

    /// Where the groups begin that may follow a group ending at `end`.
    fn groups_after(&self, end: usize) -> [Option<usize>; GROUPS_AFTER_MAX] {
        let mut groups = [None; GROUPS_AFTER_MAX];
        let mut free = groups.iter_mut();
        self.find_groups(end, SEPARATORS_MAX, &mut |group| {
            if let Some(free) = free.next() {
                *free = Some(group);
            }
        });
        groups
    }

    /// Calls `found` with the start of each group that follows at most `separators` separators from
    /// this character.
    fn find_groups(&self, at: usize, separators: usize, found: &mut impl FnMut(usize)) {
        let Some(left) = separators.checked_sub(1) else { return };
        let is_separator = matches!(self.kind(at), Some(Kind::Other | Kind::Percent));
        let escaped = self.is_escaped_space(at).then_some(at + 3);
        for next in is_separator.then_some(at + 1).into_iter().chain(escaped) {
            match self.digit(next) {
                Some(_) => found(next),
                None => self.find_groups(next, left, found),
            }
        }
    }
}

#[cfg(test)]
#[path = "card_search_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "card_search_mistakes.rs"]
mod mistakes;
