//! What commands do with the topics: look up a card, list dead letters, and retry their records. No
//! tool joins the group, and only a retry writes anything.

mod card_lookup;
mod dead_letters;
mod murmur2;

pub use card_lookup::{Found, InputRecord, Lookup, LookupSettings, Remembered};
pub use dead_letters::{
    DeadLetter, DeadLetterSettings, DeadLetters, OTHER_REASON, Retried, RetryError, RetryOptions,
    RetryOutcome,
};
