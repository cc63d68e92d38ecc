//! Callbacks of the client library during a poll. They only note events; the shard handles them
//! later.

use super::statistics::partition_statistics;
use crate::kafka::client::log::ClientLog;
use crate::kafka::shard::ports::{AssignmentChange, InputEvent};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, RebalanceProtocol};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{ClientContext, TopicPartitionList};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// What the callbacks share with the `GroupConsumer`.
pub struct GroupContext {
    log: ClientLog,
    topic: String,
    /// Whether `notes` may contain something. It is read once per record, so it must be cheap.
    noted: AtomicBool,
    notes: Mutex<VecDeque<InputEvent>>,
    /// The client has reported a fatal error.
    pub fatal: AtomicBool,
    /// The shard no longer handles notes, so the callback releases revoked partitions
    /// immediately.
    pub closing: AtomicBool,
}

impl GroupContext {
    pub fn new(topic: &str) -> Self {
        Self {
            log: ClientLog::new("consumer"),
            topic: topic.to_owned(),
            noted: AtomicBool::new(false),
            notes: Mutex::new(VecDeque::new()),
            fatal: AtomicBool::new(false),
            closing: AtomicBool::new(false),
        }
    }

    /// The events since the last call, oldest first.
    pub fn drain_notes(&self) -> VecDeque<InputEvent> {
        // Called once per record, so it locks only if there is something.
        if !self.noted.load(Ordering::Acquire) {
            return VecDeque::new();
        }
        self.noted.store(false, Ordering::Relaxed);
        self.take_notes()
    }

    /// Whether [`Self::drain_notes`] would return something.
    pub fn has_notes(&self) -> bool {
        self.noted.load(Ordering::Acquire)
    }

    pub fn take_notes(&self) -> VecDeque<InputEvent> {
        std::mem::take(&mut *self.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn note(&self, note: InputEvent) {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).push_back(note);
        self.noted.store(true, Ordering::Release);
    }
}

impl ClientContext for GroupContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        self.log.log(level, facility, line);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.log.error(error, reason);
    }

    fn stats_raw(&self, statistics: &[u8]) {
        match partition_statistics(statistics, &self.topic) {
            Ok(statistics) => self.note(InputEvent::Statistics(statistics)),
            Err(error) => tracing::warn!(%error, "cannot read the client library's statistics"),
        }
    }
}

impl ConsumerContext for GroupContext {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        event: RDKafkaRespErr,
        list: &mut TopicPartitionList,
    ) {
        if self.closing.load(Ordering::Relaxed) {
            if let Err(error) = release_partitions(consumer, list) {
                tracing::warn!(%error, "cannot give up the partitions while closing");
            }
            return;
        }
        let partitions = list.elements().iter().map(|element| element.partition()).collect();
        let change = match event {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => {
                AssignmentChange::Assigned(partitions)
            }
            _ => AssignmentChange::Revoked { partitions, lost: consumer.assignment_lost() },
        };
        self.note(InputEvent::Assignment(change));
    }
}

pub fn release_partitions(
    consumer: &BaseConsumer<GroupContext>,
    list: &TopicPartitionList,
) -> KafkaResult<()> {
    match consumer.rebalance_protocol() {
        RebalanceProtocol::Cooperative => consumer.incremental_unassign(list),
        _ => consumer.unassign(),
    }
}
