//! A record that a group member polled, with what its client knows of the partition.

use super::context::GroupContext;
use crate::kafka::record::{BorrowedRecord, PolledRecord};
use crate::kafka::shard::ports::InputRecord;
use rdkafka::bindings::rd_kafka_get_watermark_offsets;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::types::RDKafkaRespErr;
use std::ffi::CString;

/// A record of the input.
pub struct GroupRecord<'a> {
    pub message: BorrowedMessage<'a>,
    pub consumer: &'a BaseConsumer<GroupContext>,
}

impl PolledRecord for GroupRecord<'_> {
    fn borrowed(&self) -> BorrowedRecord<'_> {
        self.message.borrowed()
    }
}

impl InputRecord for GroupRecord<'_> {
    /// The library notes the start of the log with every response to a fetch.
    #[expect(unsafe_code, reason = "no safe binding returns what the library has noted")]
    fn log_start(&self) -> Option<i64> {
        let topic = CString::new(self.message.topic()).ok()?;
        let (mut low, mut high) = (0, 0);
        // Safety: the consumer lives as long as `self`, the topic's name ends in a zero byte, and
        // the library only writes the two offsets, before it returns.
        let answer = unsafe {
            rd_kafka_get_watermark_offsets(
                self.consumer.client().native_ptr(),
                topic.as_ptr(),
                self.message.partition(),
                &raw mut low,
                &raw mut high,
            )
        };
        // Negative if no response has come yet.
        (answer == RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR && low >= 0).then_some(low)
    }
}
