//! The consumer: polls the input, and applies changes of the assignment.
//!
//! The client library runs its callbacks within [`GroupConsumer::poll`]. The callbacks only note
//! what happened. The shard handles these notes right after the poll, because it can commit and
//! drop memory only outside the library.

mod context;
mod replacement;

use super::commit_thread::{CommitResult, Committer};
use super::errors::ShardError;
use super::fencing_limit::FencingLimit;
use super::ports::{
    AssignmentChange, Extent, Fault, Input, InputEvent, Offsets, Reason, SendProgress,
};
use crate::transaction::Time;
use context::{GroupContext, release_partitions};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerGroupMetadata, RebalanceProtocol};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::BorrowedMessage;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// The timeout of one request to the brokers; the caller repeats it.
const QUESTION_TIMEOUT: Duration = Duration::from_millis(500);

/// A consumer of one topic, with its assignment.
pub(super) struct GroupConsumer {
    consumer: Arc<BaseConsumer<GroupContext>>,
    /// Must be stopped before the consumer is dropped.
    committer: Option<Committer>,
    config: ClientConfig,
    topic: String,
    fencing_limit: FencingLimit,
    /// Since when the broker has rejected this instance, because it considers a former member with
    /// this name alive.
    unreleased_since: Option<Instant>,
    /// The partitions that belong to this member according to the notes returned so far.
    announced: BTreeSet<i32>,
    assigned: BTreeSet<i32>,
    /// The assigned partitions that are not paused.
    active: BTreeSet<i32>,
    /// See [`Input::capture_membership`].
    membership: Option<Arc<ConsumerGroupMetadata>>,
    /// The commit in progress.
    committing: Option<Offsets>,
}

impl GroupConsumer {
    pub(super) fn new(config: &ClientConfig, topic: &str) -> KafkaResult<Self> {
        let (consumer, committer) = clients(config, topic)?;
        Ok(Self {
            consumer,
            committer: Some(committer),
            config: config.clone(),
            topic: topic.to_owned(),
            fencing_limit: FencingLimit::new(replacement::FENCED_WINDOW),
            unreleased_since: None,
            announced: BTreeSet::new(),
            assigned: BTreeSet::new(),
            active: BTreeSet::new(),
            membership: None,
            committing: None,
        })
    }

    fn pause(&mut self, partitions: &[i32]) -> Result<(), ShardError> {
        if partitions.is_empty() {
            return Ok(());
        }
        let list = self.list(partitions.iter().copied());
        let done = self.consumer.pause(&list).and_then(|()| first_error(&list));
        self.assignment("pause", partitions, done)?;
        self.active.retain(|partition| !partitions.contains(partition));
        Ok(())
    }

    fn resume(&mut self, partitions: &[i32]) -> Result<(), ShardError> {
        if partitions.is_empty() {
            return Ok(());
        }
        let list = self.list(partitions.iter().copied());
        let done = self.consumer.resume(&list).and_then(|()| first_error(&list));
        self.assignment("resume", partitions, done)?;
        self.active.extend(partitions);
        Ok(())
    }

    fn list(&self, partitions: impl Iterator<Item = i32>) -> TopicPartitionList {
        let mut list = TopicPartitionList::new();
        for partition in partitions {
            list.add_partition(&self.topic, partition);
        }
        list
    }

    fn offset_at(&self, partition: i32, since: Time) -> KafkaResult<Option<i64>> {
        let mut list = TopicPartitionList::new();
        let time = Offset::Offset(since.millis().max(0));
        list.add_partition_offset(&self.topic, partition, time)?;
        let found = self.consumer.offsets_for_times(list, QUESTION_TIMEOUT)?;
        first_error(&found)?;
        let offset = found.elements().first().map(|element| element.offset());
        Ok(offset.and_then(|offset| match offset {
            Offset::Offset(offset) => Some(offset),
            _ => None,
        }))
    }

    fn consume_error(&self, source: KafkaError) -> ShardError {
        ShardError::Consume { topic: self.topic.clone(), source: Box::new(source) }
    }

    /// A client with a fatal error has lost its partitions, so this is not an error here: the next
    /// poll replaces the client and reports its whole assignment as lost.
    fn assignment(
        &self,
        what: &'static str,
        partitions: &[i32],
        done: KafkaResult<()>,
    ) -> Result<(), ShardError> {
        let Err(source) = done else { return Ok(()) };
        if self.consumer.client().fatal_error().is_some() {
            self.consumer.context().fatal.store(true, Ordering::Relaxed);
            return Ok(());
        }
        let (topic, partitions) = (self.topic.clone(), partitions.to_vec());
        Err(ShardError::Assignment { what, topic, partitions, source: Box::new(source) })
    }

    /// The fault for a commit that the broker rejected.
    fn commit_fault(&self, error: KafkaError) -> Fault {
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::GroupAuthorizationFailed) => {
                let topic = self.topic.clone();
                Fault::Fatal(ShardError::Commit { topic, source: Box::new(error) })
            }
            _ => Fault::Retriable(Reason::of("cannot commit offsets", &error)),
        }
    }
}

impl Input for GroupConsumer {
    type Record<'a> = BorrowedMessage<'a>;
    type Group = Arc<ConsumerGroupMetadata>;

    fn subscribe(&mut self) -> Result<(), ShardError> {
        self.consumer.subscribe(&[&self.topic]).map_err(|source| self.consume_error(source))
    }

    fn poll(&mut self, wait: Duration) -> Result<Option<BorrowedMessage<'_>>, ShardError> {
        if self.consumer.context().fatal.load(Ordering::Relaxed) {
            self.replace()?;
            return Ok(None);
        }
        match self.consumer.poll(wait) {
            None => Ok(None),
            Some(Ok(message)) => Ok(Some(message)),
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                self.consumer.context().note(InputEvent::End(partition));
                Ok(None)
            }
            Some(Err(KafkaError::MessageConsumptionFatal(_))) => {
                self.consumer.context().fatal.store(true, Ordering::Relaxed);
                Ok(None)
            }
            Some(Err(error)) if is_passing(&error) => Ok(None),
            Some(Err(error)) => Err(self.consume_error(error)),
        }
    }

    fn drain_events(&mut self) -> VecDeque<InputEvent> {
        let noted = self.consumer.context().drain_notes();
        for note in &noted {
            match note {
                InputEvent::Assignment(AssignmentChange::Assigned(partitions)) => {
                    self.announced.extend(partitions)
                }
                InputEvent::Assignment(AssignmentChange::Revoked { partitions, .. }) => {
                    self.announced.retain(|partition| !partitions.contains(partition));
                }
                InputEvent::Seen(_) | InputEvent::End(_) => {}
            }
        }
        noted
    }

    /// Reading starts at the committed offset, once the partition is active.
    fn assign(&mut self, partitions: &[i32]) -> Result<(), ShardError> {
        let list = self.list(partitions.iter().copied());
        let done = match self.consumer.rebalance_protocol() {
            RebalanceProtocol::Cooperative => self.consumer.incremental_assign(&list),
            _ => self.consumer.assign(&list),
        };
        self.assignment("assign", partitions, done)?;
        self.assigned.extend(partitions);
        self.unreleased_since = None;
        self.pause(partitions)
    }

    /// The library keeps a partition paused across assignments, so paused partitions are resumed
    /// first. Nothing is polled in between.
    fn unassign(&mut self, partitions: &[i32]) -> Result<(), ShardError> {
        let gone = partitions.iter().all(|partition| !self.assigned.contains(partition));
        if gone && !partitions.is_empty() {
            // They were lost with a consumer that has been replaced.
            return Ok(());
        }
        let owned = partitions.iter().copied().filter(|p| self.assigned.contains(p));
        let paused: Vec<i32> = owned.filter(|p| !self.active.contains(p)).collect();
        self.resume(&paused)?;
        let list = self.list(partitions.iter().copied());
        self.assignment("give up", partitions, release_partitions(&self.consumer, &list))?;
        self.assigned.retain(|partition| !partitions.contains(partition));
        self.active.retain(|partition| !partitions.contains(partition));
        Ok(())
    }

    fn is_cooperative(&self) -> bool {
        matches!(self.consumer.rebalance_protocol(), RebalanceProtocol::Cooperative)
    }

    fn set_active_partitions(&mut self, partitions: &BTreeSet<i32>) -> Result<(), ShardError> {
        if *partitions == self.active {
            return Ok(());
        }
        let stop: Vec<i32> = self.active.difference(partitions).copied().collect();
        let start: Vec<i32> = partitions.difference(&self.active).copied().collect();
        self.pause(&stop)?;
        self.resume(&start)
    }

    fn seek(&mut self, partition: i32, offset: i64) -> Result<(), Fault> {
        self.consumer
            .seek(&self.topic, partition, Offset::Offset(offset), QUESTION_TIMEOUT)
            .map_err(|error| Fault::Retriable(Reason::of("cannot seek", &error)))
    }

    /// A `read_committed` client gets no answer while an open transaction may change the offset.
    fn committed(&mut self, partitions: &[i32]) -> Result<BTreeMap<i32, Option<i64>>, Fault> {
        let list = self.list(partitions.iter().copied());
        let answer = self.consumer.committed_offsets(list, QUESTION_TIMEOUT);
        let list = answer
            .and_then(|list| first_error(&list).map(|()| list))
            .map_err(|error| Fault::Retriable(Reason::of("no committed offsets", &error)))?;
        let offset = |offset| match offset {
            Offset::Offset(offset) => Some(offset),
            _ => None,
        };
        let elements = list.elements();
        Ok(elements.iter().map(|e| (e.partition(), offset(e.offset()))).collect())
    }

    fn extent(&mut self, partition: i32) -> Result<Extent, Fault> {
        let watermarks = self.consumer.fetch_watermarks(&self.topic, partition, QUESTION_TIMEOUT);
        let (start, end) = watermarks.map_err(|error| unknown_offsets(&error))?;
        Ok(Extent { start, end })
    }

    fn first_since(&mut self, partition: i32, since: Time) -> Result<Option<i64>, Fault> {
        self.offset_at(partition, since).map_err(|error| unknown_offsets(&error))
    }

    fn capture_membership(&mut self) {
        self.membership = self.consumer.group_metadata().map(Arc::new);
    }

    fn group(&self) -> Result<&Arc<ConsumerGroupMetadata>, Fault> {
        let lost = || Fault::Abortable(Reason("this member is out of the group".into()));
        if self.consumer.assignment_lost() {
            return Err(lost());
        }
        self.membership.as_ref().ok_or_else(lost)
    }

    fn commit(&mut self, offsets: &Offsets) -> Result<SendProgress, Fault> {
        let Some(committer) = &self.committer else { return Ok(SendProgress::NotYet) };
        if self.committing.as_ref() != Some(offsets) {
            committer.commit(offsets.clone());
            self.committing = Some(offsets.clone());
        }
        match committer.answer() {
            Some(CommitResult { offsets: answered, result }) if answered == *offsets => {
                self.committing = None;
                result.map(|()| SendProgress::Done).map_err(|error| self.commit_fault(error))
            }
            _ => Ok(SendProgress::NotYet),
        }
    }
}

fn clients(
    config: &ClientConfig,
    topic: &str,
) -> KafkaResult<(Arc<BaseConsumer<GroupContext>>, Committer)> {
    let context = GroupContext::new(topic);
    let consumer: Arc<BaseConsumer<GroupContext>> = Arc::new(config.create_with_context(context)?);
    let committer = Committer::start(Arc::clone(&consumer), topic.to_owned())
        .map_err(|error| KafkaError::ClientCreation(format!("no thread to commit: {error}")))?;
    Ok((consumer, committer))
}

/// Whether the client library recovers from it by itself. It has logged the error.
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

fn unknown_offsets(error: &KafkaError) -> Fault {
    Fault::Retriable(Reason::of("no offsets of the input", error))
}

fn first_error(list: &TopicPartitionList) -> KafkaResult<()> {
    list.elements()
        .iter()
        .try_for_each(rdkafka::topic_partition_list::TopicPartitionListElem::error)
}
