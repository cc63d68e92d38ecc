//! The consumer: polling, and what happens to the assignment.
//!
//! The client library calls back from within [`Source::poll`]. The callbacks only note what
//! happened; the shard acts on the notes right after, where it can flush, commit and drop memory
//! without being inside of the library.

use super::client_log::ClientLog;
use super::committer::Committer;
use super::errors::ShardError;
use super::lag::lags;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, RebalanceProtocol};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::BorrowedMessage;
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{ClientConfig, ClientContext, TopicPartitionList};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Next offsets to read, by partition.
pub(super) type Offsets = BTreeMap<i32, i64>;

/// What the client library told from within a poll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Note {
    Change(Change),
    /// The broker's answer to a commit: what it took, and the error, if any.
    Committed(Offsets, Option<KafkaError>),
    /// Records behind, by partition, where known.
    Lags(BTreeMap<i32, i64>),
}

/// A change of the assignment that waits to be acted on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// May be empty: a member more than there are partitions.
    Assigned(Vec<i32>),
    Revoked {
        partitions: Vec<i32>,
        lost: bool,
    },
}

/// A consumer of one topic, and what of it is assigned.
pub(super) struct Source {
    consumer: Arc<BaseConsumer<Context>>,
    /// Before the consumer is let go of, it must be done.
    committer: Option<Committer>,
    topic: String,
    assigned: BTreeSet<i32>,
    paused: bool,
}

struct Context {
    log: ClientLog,
    topic: String,
    /// Whether `notes` may hold something: asked once per record, so it must be cheap.
    noted: AtomicBool,
    notes: Mutex<VecDeque<Note>>,
    /// Nobody will act on notes any more: partitions are given up at once.
    closing: AtomicBool,
}

impl Source {
    pub(super) fn new(config: &ClientConfig, topic: &str) -> KafkaResult<Self> {
        let context = Context {
            log: ClientLog::new("consumer"),
            topic: topic.to_owned(),
            noted: AtomicBool::new(false),
            notes: Mutex::new(VecDeque::new()),
            closing: AtomicBool::new(false),
        };
        let consumer: Arc<BaseConsumer<Context>> = Arc::new(config.create_with_context(context)?);
        let answer = |context: &Context, offsets, result: KafkaResult<()>| {
            context.note(match result {
                Ok(()) => Note::Committed(offsets, None),
                Err(error) => Note::Committed(Offsets::new(), Some(error)),
            });
        };
        let committer = Committer::start(Arc::clone(&consumer), topic.to_owned(), answer)
            .map_err(|error| KafkaError::ClientCreation(format!("no thread to commit: {error}")))?;
        let (topic, committer) = (topic.to_owned(), Some(committer));
        Ok(Self { consumer, committer, topic, assigned: BTreeSet::new(), paused: false })
    }

    pub(super) fn subscribe(&self) -> Result<(), ShardError> {
        self.consumer.subscribe(&[&self.topic]).map_err(|source| self.consume_error(source))
    }

    /// The next record, if one comes within the time. `None` also where something was noted.
    pub(super) fn poll(&self, wait: Duration) -> Result<Option<BorrowedMessage<'_>>, ShardError> {
        match self.consumer.poll(wait) {
            None => Ok(None),
            Some(Ok(message)) => Ok(Some(message)),
            Some(Err(error)) if is_passing(&error) => Ok(None),
            Some(Err(error)) => Err(self.consume_error(error)),
        }
    }

    /// What was noted since the last call, oldest first.
    pub(super) fn notes(&self) -> VecDeque<Note> {
        let context = self.consumer.context();
        if !context.noted.swap(false, Ordering::Acquire) {
            return VecDeque::new();
        }
        std::mem::take(&mut context.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn is_paused(&self) -> bool {
        self.paused
    }

    /// Starts reading partitions, where the group committed; paused, if the others are.
    pub(super) fn assign(&mut self, partitions: &[i32]) -> Result<(), ShardError> {
        let list = self.list(partitions.iter().copied());
        let done = match self.consumer.rebalance_protocol() {
            RebalanceProtocol::Cooperative => self.consumer.incremental_assign(&list),
            _ => self.consumer.assign(&list),
        };
        done.map_err(|source| self.assignment_error("assign", partitions, source))?;
        self.assigned.extend(partitions);
        if self.paused { self.pause_these(partitions) } else { Ok(()) }
    }

    /// Gives partitions up. The library remembers that one was paused even when it comes back, so
    /// they are resumed first; nothing is polled in between.
    pub(super) fn unassign(&mut self, partitions: &[i32]) -> Result<(), ShardError> {
        if self.paused {
            self.resume_these(partitions)?;
        }
        let list = self.list(partitions.iter().copied());
        give_up(&self.consumer, &list)
            .map_err(|source| self.assignment_error("give up", partitions, source))?;
        self.assigned.retain(|partition| !partitions.contains(partition));
        Ok(())
    }

    /// Whether the group hands out partitions one by one rather than all anew.
    pub(super) fn is_cooperative(&self) -> bool {
        matches!(self.consumer.rebalance_protocol(), RebalanceProtocol::Cooperative)
    }

    /// No record comes from now on, while polling still serves the group.
    pub(super) fn pause(&mut self) -> Result<(), ShardError> {
        if self.paused {
            return Ok(());
        }
        let all: Vec<i32> = self.assigned.iter().copied().collect();
        self.pause_these(&all)?;
        self.paused = true;
        Ok(())
    }

    pub(super) fn resume(&mut self) -> Result<(), ShardError> {
        if !self.paused {
            return Ok(());
        }
        let all: Vec<i32> = self.assigned.iter().copied().collect();
        self.resume_these(&all)?;
        self.paused = false;
        Ok(())
    }

    /// Asks the broker to commit; its answer comes as a note.
    pub(super) fn commit(&self, offsets: Offsets) {
        if let Some(committer) = &self.committer {
            committer.commit(offsets);
        }
    }

    fn pause_these(&self, partitions: &[i32]) -> Result<(), ShardError> {
        let list = self.list(partitions.iter().copied());
        let done = self.consumer.pause(&list).and_then(|()| first_error(&list));
        done.map_err(|source| self.assignment_error("pause", partitions, source))
    }

    fn resume_these(&self, partitions: &[i32]) -> Result<(), ShardError> {
        let list = self.list(partitions.iter().copied());
        let done = self.consumer.resume(&list).and_then(|()| first_error(&list));
        done.map_err(|source| self.assignment_error("resume", partitions, source))
    }

    fn list(&self, partitions: impl Iterator<Item = i32>) -> TopicPartitionList {
        let mut list = TopicPartitionList::new();
        for partition in partitions {
            list.add_partition(&self.topic, partition);
        }
        list
    }

    fn consume_error(&self, source: KafkaError) -> ShardError {
        ShardError::Consume { topic: self.topic.clone(), source: Box::new(source) }
    }

    fn assignment_error(
        &self,
        what: &'static str,
        partitions: &[i32],
        source: KafkaError,
    ) -> ShardError {
        let (topic, partitions) = (self.topic.clone(), partitions.to_vec());
        ShardError::Assignment { what, topic, partitions, source: Box::new(source) }
    }
}

/// The consumer polls until it has left the group, which it cannot while somebody who is not there
/// any more is expected to give up partitions.
impl Drop for Source {
    fn drop(&mut self) {
        drop(self.committer.take());
        self.consumer.context().closing.store(true, Ordering::Relaxed);
        let expects_us = self.notes().iter().any(|note| matches!(note, Note::Change(_)));
        if expects_us && let Err(error) = self.consumer.unassign() {
            tracing::warn!(%error, "cannot give up the partitions while closing");
        }
        // A member without partitions that closes under the cooperative protocol does not tell the
        // group (librdkafka 2.12, rd_kafka_cgrp_revoke_all_rejoin), which then stands still until
        // the member's session times out. One that gives up its subscription does.
        if self.assigned.is_empty() {
            self.consumer.unsubscribe();
        }
    }
}

/// Whether the client library gets over it by itself. It has logged it already.
fn is_passing(error: &KafkaError) -> bool {
    match error {
        KafkaError::MessageConsumption(code) => !matches!(
            code,
            RDKafkaErrorCode::AutoOffsetReset
                | RDKafkaErrorCode::TopicAuthorizationFailed
                | RDKafkaErrorCode::GroupAuthorizationFailed
                | RDKafkaErrorCode::UnknownTopicOrPartition
                | RDKafkaErrorCode::UnknownTopic
        ),
        KafkaError::PartitionEOF(_) => true,
        _ => false,
    }
}

fn give_up(consumer: &BaseConsumer<Context>, list: &TopicPartitionList) -> KafkaResult<()> {
    match consumer.rebalance_protocol() {
        RebalanceProtocol::Cooperative => consumer.incremental_unassign(list),
        _ => consumer.unassign(),
    }
}

fn first_error(list: &TopicPartitionList) -> KafkaResult<()> {
    list.elements()
        .iter()
        .try_for_each(rdkafka::topic_partition_list::TopicPartitionListElem::error)
}

impl Context {
    fn note(&self, note: Note) {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).push_back(note);
        self.noted.store(true, Ordering::Release);
    }
}

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        self.log.log(level, facility, line);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.log.error(error, reason);
    }

    fn stats_raw(&self, statistics: &[u8]) {
        match lags(statistics, &self.topic) {
            Ok(lags) => self.note(Note::Lags(lags)),
            Err(error) => tracing::warn!(%error, "cannot read the client library's statistics"),
        }
    }
}

impl ConsumerContext for Context {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        event: RDKafkaRespErr,
        list: &mut TopicPartitionList,
    ) {
        if self.closing.load(Ordering::Relaxed) {
            if let Err(error) = give_up(consumer, list) {
                tracing::warn!(%error, "cannot give up the partitions while closing");
            }
            return;
        }
        let partitions = list.elements().iter().map(|element| element.partition()).collect();
        let change = match event {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => Change::Assigned(partitions),
            _ => Change::Revoked { partitions, lost: consumer.assignment_lost() },
        };
        self.note(Note::Change(change));
    }
}
