//! What a feed is that does not hold messages: an array, CSV, an archive, another serializer's bytes.
//!
//! A feed of the wrong format fails on every record with the same error, which says what is wrong with
//! the bytes and not what they are. This file recognises common formats by their first bytes and says
//! what to do about each. It is asked only about bytes that were rejected, decides nothing, and quotes
//! nothing of them.

mod known;
mod notation;
mod prefixed;
mod serialized;
mod signature;
#[cfg(test)]
mod tests;
mod text;

use super::Reason;
use known::{BINARY, CSV, KnownFormat, LISTED, LOG, PRETTY, SEPARATED, SEVERAL, YAML};
use prefixed::in_later_line;
use serialized::by_serializer;
use signature::{binary, by_signature};
use text::{by_text, spans_lines};

/// A format that is not one JSON object a line or a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FeedFormat(&'static KnownFormat);

/// Where the bytes came from, which decides what is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Medium {
    File,
    KafkaRecord,
}

/// What a single line among others may look like by chance.
const UNSURE: &[&KnownFormat] = &[CSV, YAML, PRETTY, BINARY];

/// So many bytes of a feed are enough to recognise it.
pub const FEED_HEAD_BYTES: usize = 4096;

impl FeedFormat {
    /// What a rejected record is, if that is known.
    pub fn of_record(bytes: &[u8], reason: Reason) -> Option<Self> {
        may_be_format(reason).then(|| Self::of(bytes)).flatten()
    }

    /// What a file is in which a line was rejected: by the first [`FEED_HEAD_BYTES`] of it, or by the
    /// line, where that looks like nothing else.
    pub fn of_file(head: &[u8], line: &[u8], reason: Reason) -> Option<Self> {
        if !may_be_format(reason) {
            return None;
        }
        let of_line = || Self::of(line).filter(|format| !UNSURE.contains(&format.0));
        Self::of_head(head).or_else(of_line)
    }

    fn of(bytes: &[u8]) -> Option<Self> {
        by_serializer(bytes)
            .or_else(|| by_signature(bytes))
            .or_else(|| by_text(bytes))
            .or_else(|| binary(bytes))
            .map(Self)
    }

    /// Several objects are wrong in one line, and right in a line each; an object over several lines is
    /// right in a record.
    fn of_head(head: &[u8]) -> Option<Self> {
        let first_line = || head.split(|byte| *byte == b'\n').next().and_then(Self::of);
        match Self::of(head) {
            Some(Self(SEVERAL)) | None if spans_lines(head) => Some(Self(PRETTY)),
            Some(Self(LISTED)) if spans_lines(head) => Some(Self(SEPARATED)),
            Some(Self(SEVERAL)) => first_line(),
            None if head.trim_ascii_start().starts_with(b"{") => None,
            None => in_later_line(head).map(Self),
            Some(Self(CSV | YAML)) if in_later_line(head).is_some() => Some(Self(LOG)),
            other => other,
        }
    }

    /// A bounded name: `json_array`.
    pub fn code(self) -> &'static str {
        self.0.code
    }

    /// What it is and what to do, as one sentence without a full stop.
    pub fn hint(self, medium: Medium) -> String {
        let KnownFormat { name, in_file, in_record, .. } = self.0;
        match medium {
            Medium::File => format!("this is {name}, not one JSON object a line: {in_file}"),
            Medium::KafkaRecord => {
                format!("this is {name}, not one JSON object a record: {in_record}")
            }
        }
    }
}

/// Whether the reason is about the bytes as a whole, and not about a value in a message.
fn may_be_format(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::TooLarge
            | Reason::NotUtf8
            | Reason::ByteOrderMark
            | Reason::NotJson
            | Reason::TrailingBytes
            | Reason::NotAnObject
            | Reason::TooDeep
            | Reason::MissingField
    )
}
