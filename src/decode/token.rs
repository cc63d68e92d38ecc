//! Tokens: what replaces a card number, and how to recognise one.
//!
//! `tokenizer` makes them. This module knows neither keys nor card numbers.

use crate::transaction::Text;
use std::borrow::Cow;

const VERSION_DIGITS_MAX: usize = 4;
const HASH_DIGITS: usize = 64;

/// The tokens of one card number.
pub(super) struct CardTokens {
    /// Under the current key.
    pub current: String,
    /// Under the previous key, if one is still in use.
    pub former: Option<String>,
}

/// The token of a card, as read from the message.
pub(super) struct CardToken<'a> {
    pub token: Text<'a>,
    /// See [`crate::transaction::Card::former_token`].
    pub former: Option<Text<'a>>,
    /// The last four digits of the card number that the token was made from.
    pub last4: Option<String>,
}

impl CardToken<'_> {
    pub(super) fn of(tokens: CardTokens, last4: Option<String>) -> Self {
        let CardTokens { current, former } = tokens;
        Self { token: Cow::Owned(current), former: former.map(Cow::Owned), last4 }
    }
}

/// Whether the whole text is a token as `tokenizer` makes them. By chance, one in some thousands
/// has digits that look like a card number.
pub(super) fn is_token(text: &[u8]) -> bool {
    let Some(([b'v'], rest)) = text.split_first_chunk() else { return false };
    let Some(version_digits) = rest.iter().position(|byte| *byte == b'_') else { return false };
    let (version, hash) = rest.split_at(version_digits);
    is_version(std::str::from_utf8(version).unwrap_or_default())
        && hash.len() == 1 + HASH_DIGITS
        && hash.iter().skip(1).all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether the text names a version of the key.
pub(super) fn is_version(text: &str) -> bool {
    (1..=VERSION_DIGITS_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}
