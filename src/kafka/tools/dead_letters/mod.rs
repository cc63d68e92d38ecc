//! Reads published dead letters and retries the transactions and labels that they name.
//!
//! ```text
//! dead letters ─▶ letter.rs: reason, source position ─▶ sources.rs: the record, if it still exists
//!                                                       └─▶ decode ─▶ still fails
//!                                                                  └─▶ its topic again
//! ```
//!
//! It joins no group and commits nothing. Record values go nowhere except to the topic that they came from.

mod letter;
mod letters;
mod retry_error;
mod sources;

pub use letter::{DeadLetter, OTHER_REASON};
pub use letters::{DeadLetterSettings, DeadLetters, Retried, RetryOptions, RetryOutcome};
pub use retry_error::RetryError;
