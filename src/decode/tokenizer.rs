//! Turns card numbers and expiry dates into keyed hashes (HMAC-SHA-256, RFC 2104), with keys from a
//! file.
//!
//! The file is TOML. It says which version is current and, during a key rotation, which previous
//! version is still in use. It has each version's key in hexadecimal, of at least 32 bytes.
//!
//! ```toml
//! current = "2"
//! previous = "1"
//! [keys]
//! 1 = "6f1d…"
//! 2 = "a05c…"
//! ```
//!
//! No error reveals anything about a key, not even the position of an invalid character.

use super::card_number::CardNumber;
use super::token::{CardTokens, is_version};
use crate::hex::hex;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::BTreeMap;
use zeroize::{Zeroize, Zeroizing};

const KEY_BYTES_MIN: usize = 32;

/// Turns card numbers and expiry dates into keyed hashes: `v<version>_<64 hexadecimal digits>`.
pub struct Tokenizer {
    current: Key,
    previous: Option<Key>,
    /// False for a key that lasts for one run: equal input would give different output in the next
    /// run.
    hashes_expiry_dates: bool,
}

struct Key {
    version: String,
    /// Initialized with the key, and cloned for each message.
    mac: Hmac<Sha256>,
}

impl std::fmt::Debug for Tokenizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokenizer(..)")
    }
}

/// What is wrong with a key file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileError {
    #[error("line {line} is not TOML: write `current = \"1\"`, then `[keys]`, then `1 = \"…\"`")]
    NotToml { line: usize },
    #[error("only `current`, `previous` and `[keys]` are allowed at the top level")]
    UnknownEntry,
    #[error(
        "`[keys]` is missing or empty: write `1 = \"…\"` with 64 hexadecimal digits or more under it"
    )]
    NoKeys,
    #[error("`current` is missing: name the version to tokenize with, as in `current = \"1\"`")]
    NoCurrent,
    #[error("`current` names a version that is not under `[keys]`")]
    CurrentUnknown,
    #[error("`previous` is not a version, as in `previous = \"1\"`; leave it out if there is none")]
    BadPrevious,
    #[error("`previous` names the version that is `current`, or one that is not under `[keys]`")]
    PreviousUnknown,
    #[error(
        "entry {position} of `[keys]` has no number of at most four digits for a version, as in `1 = \"…\"`"
    )]
    BadVersion { position: usize },
    #[error("the key of version {version} is not text of hexadecimal digits, two for each byte")]
    NotHex { version: String },
    #[error("the key of version {version} has {bytes} bytes; it must have 32 or more")]
    TooShort { version: String, bytes: usize },
}

impl Tokenizer {
    /// Reads a key file. Every key in it must be valid; the current and the previous one are used.
    pub fn from_toml(content: &str) -> Result<Self, KeyFileError> {
        let mut file: toml::Table = content.parse().map_err(|error| not_toml(content, &error))?;
        let current = file.remove("current").and_then(version_of).ok_or(KeyFileError::NoCurrent)?;
        let previous =
            file.remove("previous").map(|value| version_of(value).ok_or(KeyFileError::BadPrevious));
        let previous = previous.transpose()?;
        let Some(toml::Value::Table(entries)) = file.remove("keys") else {
            return Err(KeyFileError::NoKeys);
        };
        if !file.is_empty() {
            return Err(KeyFileError::UnknownEntry);
        }
        let mut keys = BTreeMap::new();
        for (index, (version, value)) in entries.into_iter().enumerate() {
            let key = Key::read(version, value, index + 1)?;
            keys.insert(key.version.clone(), key);
        }
        if keys.is_empty() {
            return Err(KeyFileError::NoKeys);
        }
        let current = keys.remove(&current).ok_or(KeyFileError::CurrentUnknown)?;
        let previous =
            previous.map(|version| keys.remove(&version).ok_or(KeyFileError::PreviousUnknown));
        Ok(Self { current, previous: previous.transpose()?, hashes_expiry_dates: true })
    }

    /// A tokenizer with a key that is not stored, as version 0. Expiry dates are dropped, as
    /// without a key.
    pub fn for_one_run(key: &[u8; KEY_BYTES_MIN]) -> Option<Self> {
        let mac = Hmac::new_from_slice(key).ok()?;
        let current = Key { version: "0".into(), mac };
        Some(Self { current, previous: None, hashes_expiry_dates: false })
    }

    /// The version that tokens are made with: the `2` of `v2_…`.
    pub fn version(&self) -> &str {
        &self.current.version
    }

    /// The version of tokens that cards are also looked up by.
    pub fn previous_version(&self) -> Option<&str> {
        self.previous.as_ref().map(|key| &*key.version)
    }

    /// A card number's tokens. Nothing else uses the full number.
    pub(super) fn card_tokens(&self, number: &CardNumber) -> CardTokens {
        CardTokens {
            current: self.card_token(number),
            former: self.previous.as_ref().map(|key| key.hash(number.digits())),
        }
    }

    /// The token under the current key alone, for a number that does not identify the card.
    pub(super) fn card_token(&self, number: &CardNumber) -> String {
        self.current.hash(number.digits())
    }

    /// `YYYY-MM` as a keyed hash.
    pub(super) fn expiry_hash(&self, month: &str) -> Option<String> {
        self.hashes_expiry_dates.then(|| self.current.hash(month.as_bytes()))
    }
}

impl Key {
    fn read(version: String, value: toml::Value, position: usize) -> Result<Self, KeyFileError> {
        if !is_version(&version) {
            return Err(KeyFileError::BadVersion { position });
        }
        let toml::Value::String(digits) = value else {
            return Err(KeyFileError::NotHex { version });
        };
        let Some(bytes) = hex_bytes(Zeroizing::new(digits)) else {
            return Err(KeyFileError::NotHex { version });
        };
        if bytes.len() < KEY_BYTES_MIN {
            return Err(KeyFileError::TooShort { version, bytes: bytes.len() });
        }
        match Hmac::new_from_slice(&bytes) {
            Ok(mac) => Ok(Self { version, mac }),
            // Unreachable: HMAC accepts keys of any length.
            Err(_) => Err(KeyFileError::NotHex { version }),
        }
    }

    fn hash(&self, message: &[u8]) -> String {
        let mut mac = self.mac.clone();
        mac.update(message);
        let mut bytes = mac.finalize().into_bytes();
        let token = format!("v{}_{}", self.version, hex(&bytes));
        bytes.as_mut_slice().zeroize();
        token
    }
}

fn version_of(value: toml::Value) -> Option<String> {
    match value {
        toml::Value::String(version) => Some(version),
        toml::Value::Integer(version) => Some(version.to_string()),
        _ => None,
    }
}

/// `None` unless the text is pairs of hexadecimal digits.
fn hex_bytes(digits: Zeroizing<String>) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(digits.len() / 2));
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    for [high, low] in pairs {
        let value = |digit: u8| char::from(digit).to_digit(16);
        bytes.push(u8::try_from(value(*high)? * 16 + value(*low)?).ok()?);
    }
    rest.is_empty().then_some(bytes)
}

/// Drops the parser's message, which quotes the line and so the key.
fn not_toml(content: &str, error: &toml::de::Error) -> KeyFileError {
    let start = error.span().map_or(0, |span| span.start);
    let before = content.as_bytes().get(..start).unwrap_or_default();
    KeyFileError::NotToml { line: 1 + before.iter().filter(|byte| **byte == b'\n').count() }
}

#[cfg(test)]
mod tests {
    use super::super::card_search::CardNumbers;
    use super::super::token::is_token;
    use super::*;

    const ZEROS: &str = "0000000000000000000000000000000000000000000000000000000000000000";
    const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF";

    fn tokenizer(content: &str) -> Tokenizer {
        Tokenizer::from_toml(content).unwrap()
    }

    fn card_number(text: &str) -> CardNumber {
        CardNumbers::default().parse(text).map_err(|_| "no card number").unwrap()
    }

    fn token(tokenizer: &Tokenizer, number: &str) -> String {
        tokenizer.card_token(&card_number(number))
    }

    #[test]
    fn a_token_is_the_hmac_of_the_digits_under_the_current_key() {
        let two = tokenizer(&format!("current = \"2\"\n[keys]\n1 = \"{KEY}\"\n2 = \"{ZEROS}\"\n"));
        // printf 4242424242424242 | openssl dgst -sha256 -mac HMAC -macopt hexkey:00…00
        let expected = "v2_061a646ab9fd9886613264967be8bc47238bcb4b7dda75395e6eec538344bb1a";
        assert_eq!(two.version(), "2");
        assert_eq!(token(&two, "4242424242424242"), expected);
        assert_eq!(token(&two, "4242 4242-42424242"), expected);
        let one = tokenizer(&format!("current = 1\n[keys]\n1 = \"{KEY}\"\n2 = \"{ZEROS}\"\n"));
        assert_ne!(token(&one, "4242424242424242")[3..], expected[3..]);
        assert!(is_token(token(&one, "4242424242424242").as_bytes()));
    }

    #[test]
    fn with_a_previous_key_a_number_has_two_tokens_and_either_may_be_current() {
        let tokens = |current: u32, previous: u32| {
            let keys = format!("[keys]\n1 = \"{KEY}\"\n2 = \"{ZEROS}\"\n");
            let both =
                tokenizer(&format!("current = {current}\nprevious = \"{previous}\"\n{keys}"));
            assert_eq!(both.previous_version(), Some(&*previous.to_string()));
            let number = card_number("4242424242424242");
            let CardTokens { current, former } = both.card_tokens(&number);
            (current, former.unwrap())
        };
        let (two, one) = tokens(2, 1);
        assert!(two.starts_with("v2_061a646a") && one.starts_with("v1_"));
        assert_eq!(tokens(1, 2), (one, two));
    }

    #[test]
    fn lookalikes_are_not_tokens() {
        let real =
            token(&tokenizer(&format!("current = 1\n[keys]\n1 = \"{KEY}\"")), "4242424242424242");
        for text in
            ["", "v", "v1_", "v1_4242424242424242", &real[1..], &real[..60], &real.to_uppercase()]
        {
            assert!(!is_token(text.as_bytes()), "{text}");
        }
        assert!(!is_token(format!("{real} ").as_bytes()));
        assert!(!is_token(real.replace("v1", "v4242424242424242").as_bytes()));
    }

    #[test]
    fn a_key_file_that_is_wrong_says_where_and_never_shows_a_key() {
        use KeyFileError::*;
        let short = &KEY[..62];
        for (content, expected) in [
            ("", NoCurrent),
            (&format!("current = \"1\"\n1 = \"{KEY}\""), NoKeys),
            (&format!("current = \"1\"\n{KEY} = 1\n[keys]\n1 = \"{KEY}\""), UnknownEntry),
            ("current = \"1\"\n[keys]", NoKeys),
            (&format!("[keys]\n1 = \"{KEY}\""), NoCurrent),
            (&format!("current = \"3\"\n[keys]\n1 = \"{KEY}\""), CurrentUnknown),
            (&format!("current = 1\nprevious = 1\n[keys]\n1 = \"{KEY}\""), PreviousUnknown),
            (&format!("current = 1\nprevious = 2\n[keys]\n1 = \"{KEY}\""), PreviousUnknown),
            (&format!("current = 1\nprevious = true\n[keys]\n1 = \"{KEY}\""), BadPrevious),
            (&format!("current = \"1\"\n[keys]\n1 = {KEY}"), NotToml { line: 3 }),
            (&format!("current = \"1\"\n[keys]\n{KEY} = \"1\""), BadVersion { position: 1 }),
            (&format!("current = \"1\"\n[keys]\n1 = \"{KEY}0\""), NotHex { version: "1".into() }),
            (&format!("current = \"1\"\n[keys]\n1 = \"{KEY}0x\""), NotHex { version: "1".into() }),
            ("current = \"1\"\n[keys]\n1 = 12", NotHex { version: "1".into() }),
            (
                &format!("current = \"1\"\n[keys]\n1 = \"{short}\""),
                TooShort { version: "1".into(), bytes: 31 },
            ),
        ] {
            let error = Tokenizer::from_toml(content).unwrap_err();
            assert_eq!(error, expected, "{content}");
            assert!(!format!("{error} {error:?}").contains(&KEY[..16]));
        }
    }

    #[test]
    fn a_tokenizer_shows_nothing_of_its_keys() {
        let tokenizer = tokenizer(&format!("current = 1\n[keys]\n1 = \"{KEY}\""));
        assert_eq!(format!("{tokenizer:?}"), "Tokenizer(..)");
    }
}
