//! What is reported about notation from another language.

/// Notation from another language, with a fix.
pub(super) struct Suggestion {
    /// How many words it consists of.
    pub(super) length: usize,
    pub(super) message: String,
    pub(super) help: String,
}

impl Suggestion {
    pub(super) fn new(length: usize, message: &str, help: &str) -> Self {
        Self { length, message: message.to_owned(), help: help.to_owned() }
    }
}
