//! Kafka records as redcard sees them. The client library's own types stay in [`super::client`].

use crate::transaction::Time;
use std::borrow::Cow;
use std::sync::Arc;

/// A record that was read. Everything is borrowed from the client library's buffer, so a view costs
/// no copy.
#[derive(Clone, Copy)]
pub struct BorrowedRecord<'a> {
    pub topic: &'a str,
    pub partition: i32,
    pub offset: i64,
    pub timestamp: Option<Time>,
    pub key: Option<&'a [u8]>,
    /// `None`: the record is a tombstone.
    pub value: Option<&'a [u8]>,
    /// Parsed only when they are asked for.
    pub headers: &'a dyn HeaderList,
}

/// A record that a poll returned, which keeps the buffer alive.
pub trait PolledRecord {
    fn borrowed(&self) -> BorrowedRecord<'_>;
}

/// A record that is kept until its batch is committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedRecord {
    pub topic: Arc<str>,
    pub partition: i32,
    pub offset: i64,
    pub timestamp: Option<Time>,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<RecordHeader<'static>>,
}

impl PolledRecord for OwnedRecord {
    fn borrowed(&self) -> BorrowedRecord<'_> {
        BorrowedRecord {
            topic: &self.topic,
            partition: self.partition,
            offset: self.offset,
            timestamp: self.timestamp,
            key: self.key.as_deref(),
            value: self.value.as_deref(),
            headers: &self.headers,
        }
    }
}

impl HeaderList for Vec<RecordHeader<'static>> {
    fn count(&self) -> usize {
        self.len()
    }

    fn get(&self, index: usize) -> Option<RecordHeader<'_>> {
        self.as_slice().get(index).cloned()
    }
}

/// The headers of a record, by their position.
pub trait HeaderList {
    fn count(&self) -> usize;

    /// `None` if there is no such header, or if it cannot be read.
    fn get(&self, index: usize) -> Option<RecordHeader<'_>>;
}

/// No headers.
pub struct NoHeaders;

impl HeaderList for NoHeaders {
    fn count(&self) -> usize {
        0
    }

    fn get(&self, _: usize) -> Option<RecordHeader<'_>> {
        None
    }
}

/// A header of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordHeader<'a> {
    pub key: Cow<'a, str>,
    pub value: Option<Cow<'a, [u8]>>,
}

impl<'a> BorrowedRecord<'a> {
    /// The headers that can be read, in their order.
    pub fn headers(&self) -> impl DoubleEndedIterator<Item = RecordHeader<'a>> + use<'a> {
        let headers = self.headers;
        (0..headers.count()).filter_map(move |index| headers.get(index))
    }
}

impl<'a> RecordHeader<'a> {
    pub fn text(key: &'a str, value: impl Into<Cow<'a, str>>) -> Self {
        let value = match value.into() {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        };
        Self { key: Cow::Borrowed(key), value: Some(value) }
    }

    pub fn into_owned(self) -> RecordHeader<'static> {
        let value = self.value.map(|value| Cow::Owned(value.into_owned()));
        RecordHeader { key: Cow::Owned(self.key.into_owned()), value }
    }
}
