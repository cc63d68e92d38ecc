//! Supplies a random key for card numbers that lasts for one run, for commands that publish
//! nothing. With it, ids that look like card numbers become distinct tokens. Each run produces
//! different tokens.

use crate::decode::{DecodeSettings, Tokenizer};
use rand::TryRng;
use rand::rngs::SysRng;
use zeroize::Zeroizing;

const KEY_BYTES: usize = 32;

/// Gives the settings a random key if they have none. If the system has no random bytes, the
/// settings are unchanged, and a message with a card number is rejected, as in the service.
pub fn supply(settings: &mut DecodeSettings) {
    if settings.tokenizer.is_some() {
        return;
    }
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    if SysRng.try_fill_bytes(key.as_mut_slice()).is_ok() {
        settings.tokenizer = Tokenizer::for_one_run(&key);
    }
}
