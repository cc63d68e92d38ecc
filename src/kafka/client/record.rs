//! The client library's records and headers as redcard's own, and redcard's headers as the
//! library's.

use crate::kafka::record::{BorrowedRecord, HeaderList, OwnedRecord, PolledRecord, RecordHeader};
use crate::transaction::Time;
use rdkafka::message::{self, BorrowedMessage, Headers, Message, OwnedHeaders};
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

impl PolledRecord for BorrowedMessage<'_> {
    fn borrowed(&self) -> BorrowedRecord<'_> {
        BorrowedRecord {
            topic: self.topic(),
            partition: self.partition(),
            offset: self.offset(),
            timestamp: self.timestamp().to_millis().map(Time),
            key: self.key(),
            value: self.payload(),
            headers: self,
        }
    }
}

impl HeaderList for BorrowedMessage<'_> {
    fn count(&self) -> usize {
        self.headers().map_or(0, Headers::count)
    }

    fn get(&self, index: usize) -> Option<RecordHeader<'_>> {
        header_at(self.headers()?, index)
    }
}

/// A copy of a record of this topic.
pub fn owned(message: &BorrowedMessage<'_>, topic: Arc<str>) -> OwnedRecord {
    OwnedRecord {
        topic,
        partition: message.partition(),
        offset: message.offset(),
        timestamp: message.timestamp().to_millis().map(Time),
        key: message.key().map(<[u8]>::to_vec),
        value: message.payload().map(<[u8]>::to_vec),
        headers: message.headers().map(copied_headers).unwrap_or_default(),
    }
}

/// All headers of a message, without those that cannot be read.
pub fn copied_headers(headers: &impl Headers) -> Vec<RecordHeader<'static>> {
    let all = (0..headers.count()).filter_map(|index| header_at(headers, index));
    all.map(RecordHeader::into_owned).collect()
}

/// The headers of a record to be sent.
pub fn library_headers(headers: &[RecordHeader<'_>]) -> Option<OwnedHeaders> {
    if headers.is_empty() {
        return None;
    }
    let all = OwnedHeaders::new_with_capacity(headers.len());
    Some(headers.iter().fold(all, |all, RecordHeader { key, value }| {
        all.insert(message::Header { key, value: value.as_deref() })
    }))
}

/// A header, or `None` if it cannot be read: the client library panics on a name that is not UTF-8,
/// and no record may crash the reader.
fn header_at(headers: &impl Headers, index: usize) -> Option<RecordHeader<'_>> {
    let read = catch_unwind(AssertUnwindSafe(|| headers.try_get(index)));
    let message::Header { key, value } = read.ok().flatten()?;
    Some(RecordHeader { key: Cow::Borrowed(key), value: value.map(Cow::Borrowed) })
}
