//! A key for card numbers that lasts for one run, for commands that publish nothing: with it, ids that
//! read as card numbers become tokens and stay distinct. The tokens are other ones in each run.

use crate::decode::{DecodeSettings, Tokenizer};
use rand::TryRng;
use rand::rngs::SysRng;
use zeroize::Zeroizing;

const KEY_BYTES: usize = 32;

/// Gives the settings a random key if they have none. Without a source of random bytes they stay as
/// they are: a message with a card number is then rejected, as in the service.
pub fn supply(settings: &mut DecodeSettings) {
    if settings.tokenizer.is_some() {
        return;
    }
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    if SysRng.try_fill_bytes(key.as_mut_slice()).is_ok() {
        settings.tokenizer = Tokenizer::for_one_run(&key);
    }
}
