//! What commands do with the topics: look up a card and its decisions, list dead letters, retry their
//! records, and read and write entries of lists. No tool joins the group; only a retry and the entries are written.

mod card_lookup;
mod dead_letters;
mod list_topic;
mod murmur2;
mod past_lists;
mod published;

pub use card_lookup::{Found, InputRecord, Lookup, LookupSettings, Remembered};
pub use dead_letters::{
    DeadLetter, DeadLetterSettings, DeadLetters, OTHER_REASON, Retried, RetryError, RetryOptions,
    RetryOutcome,
};
pub use list_topic::{ListTopic, ListTopicError, ListWriteError, ListWriter};
pub use past_lists::{ListsMoment, PastLists};
pub use published::{DecidedTransaction, PublishedDecision, find_published};
