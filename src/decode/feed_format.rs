//! Recognises feeds that do not contain JSON messages: an array, CSV, an archive, another
//! serializer's output.
//!
//! A feed in the wrong format fails on every record with the same error, which says what is wrong
//! with the bytes but not what they are. This module recognises common formats by their first bytes
//! and says what to do about each. It only looks at rejected bytes, does not affect any decision,
//! and never quotes the bytes.

mod framed;
mod known;
mod notation;
mod prefixed;
mod serialized;
mod signature;
#[cfg(test)]
mod tests;
mod text;

use super::Reason;
use framed::{by_length, by_registry};
use known::{BINARY, CSV, KnownFormat, LISTED, LOG, PRETTY, SEPARATED, SEVERAL, YAML};
use prefixed::in_later_line;
use serialized::by_serializer;
use signature::{binary, by_signature};
use text::{by_text, spans_lines};

/// A format other than one JSON object per line or record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FeedFormat(&'static KnownFormat);

/// Where the bytes came from, which determines the advice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Medium {
    File,
    KafkaRecord,
}

/// Formats that a single line of a file may resemble by chance.
const UNSURE: &[&KnownFormat] = &[CSV, YAML, PRETTY, BINARY];

/// How many bytes of a feed are enough to recognise it.
pub const FEED_HEAD_BYTES: usize = 4096;

impl FeedFormat {
    /// The format of a rejected record, if it is recognised.
    pub fn of_record(bytes: &[u8], reason: Reason) -> Option<Self> {
        may_be_format(reason).then(|| Self::of(bytes)).flatten()
    }

    /// The format of a file with a rejected line. It is recognised by the first [`FEED_HEAD_BYTES`]
    /// of the file, or else by the line, if the match is certain.
    pub fn of_file(head: &[u8], line: &[u8], reason: Reason) -> Option<Self> {
        if !may_be_format(reason) {
            return None;
        }
        let of_line = || Self::of(line).filter(|format| !UNSURE.contains(&format.0));
        Self::of_head(head).or_else(of_line)
    }

    fn of(bytes: &[u8]) -> Option<Self> {
        by_length(bytes, FEED_HEAD_BYTES)
            .or_else(|| by_serializer(bytes))
            .or_else(|| by_signature(bytes))
            .or_else(|| by_registry(bytes))
            .or_else(|| by_text(bytes))
            .or_else(|| binary(bytes))
            .map(Self)
    }

    /// Several objects in one line need a line each. An object over several lines is wrong in a
    /// file, but fine in a record.
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

    /// A bounded name, such as `json_array`.
    pub fn code(self) -> &'static str {
        self.0.code
    }

    /// What the format is and what to do, as one sentence without a full stop.
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

/// Whether the reason is about the bytes as a whole, rather than a value in a message.
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
            // An envelope's `type` is another one.
            | Reason::UnknownType
    )
}
