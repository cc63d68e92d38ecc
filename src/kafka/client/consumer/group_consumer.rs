//! The consumer: polls the input, and applies changes of the assignment.
//!
//! The client library runs its callbacks within [`GroupConsumer::poll`]. The callbacks only note
//! what happened. The shard handles these notes right after the poll, because it can commit and
//! drop memory only outside the library.

use super::context::release_partitions;
use super::group_record::GroupRecord;
use super::member_client::MemberClient;
use super::replacement::ReplacementLimit;
use crate::clock::monotonic_now;
use crate::kafka::client::commit_thread::CommitResult;
use crate::kafka::client::input_topics::InputTopics;
use crate::kafka::errors::{ClientError, ShardError, StartError};
use crate::kafka::settings::Settings;
use crate::kafka::shard::ports::{
    AssignmentChange, BatchOffsets, Extent, Fault, Input, InputEvent, Reason, SendProgress,
};
use crate::transaction::Time;
use rdkafka::consumer::{Consumer, ConsumerGroupMetadata, RebalanceProtocol};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// The timeout of one request to the brokers; the caller repeats it.
const QUESTION_TIMEOUT: Duration = Duration::from_millis(500);

/// A consumer of one topic, with its assignment.
pub struct GroupConsumer {
    client: MemberClient,
    config: ClientConfig,
    topic: String,
    topics: InputTopics,
    replacements: ReplacementLimit,
    /// The partitions that belong to this member according to the notes returned so far.
    announced: BTreeSet<i32>,
    assigned: BTreeSet<i32>,
    /// The assigned partitions that are not paused.
    active: BTreeSet<i32>,
    /// See [`Input::capture_membership`].
    membership: Option<Arc<ConsumerGroupMetadata>>,
    /// The commit in progress.
    committing: Option<BatchOffsets>,
}

impl GroupConsumer {
    pub fn new(settings: &Settings, shard: usize) -> Result<Self, StartError> {
        let (config, topic) = (settings.consumer_config(shard), &settings.topics.transactions);
        let client = MemberClient::create(&config, topic)
            .map_err(|error| StartError::client("consumer", &error))?;
        Ok(Self {
            client,
            replacements: ReplacementLimit::new(topic, config.get("group.instance.id")),
            topic: topic.clone(),
            topics: InputTopics::of(settings),
            config,
            announced: BTreeSet::new(),
            assigned: BTreeSet::new(),
            active: BTreeSet::new(),
            membership: None,
            committing: None,
        })
    }

    /// Replaces a client with a fatal error by a new member, unless the error would only recur.
    /// Everything that was assigned is reported as lost.
    fn replace(&mut self) -> Result<(), ShardError> {
        let fatal = self.client.consumer.client().fatal_error();
        let Some((code, reason)) = fatal else { return Ok(()) };
        self.replacements.check(code, &reason, monotonic_now())?;
        tracing::warn!(reason, "the consumer is replaced");
        self.client.leave(!self.assigned.is_empty());
        let created = MemberClient::create(&self.config, &self.topic);
        self.client = created.map_err(|source| self.consume_error(&source))?;
        (self.membership, self.committing) = (None, None);
        self.active.clear();
        self.assigned.clear();
        let partitions: Vec<i32> = std::mem::take(&mut self.announced).into_iter().collect();
        if !partitions.is_empty() {
            let change = AssignmentChange::Revoked { partitions, lost: true };
            self.client.consumer.context().note(InputEvent::Assignment(change));
        }
        self.subscribe()
    }

    fn pause(&mut self, partitions: &[i32]) -> Result<(), ShardError> {
        if partitions.is_empty() {
            return Ok(());
        }
        let list = self.list(partitions.iter().copied());
        let done = self.client.consumer.pause(&list).and_then(|()| first_error(&list));
        self.assignment("pause", partitions, done)?;
        self.active.retain(|partition| !partitions.contains(partition));
        Ok(())
    }

    fn resume(&mut self, partitions: &[i32]) -> Result<(), ShardError> {
        if partitions.is_empty() {
            return Ok(());
        }
        let list = self.list(partitions.iter().copied());
        let done = self.client.consumer.resume(&list).and_then(|()| first_error(&list));
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
        let found = self.client.consumer.offsets_for_times(list, QUESTION_TIMEOUT)?;
        first_error(&found)?;
        let offset = found.elements().first().map(|element| element.offset());
        Ok(offset.and_then(|offset| match offset {
            Offset::Offset(offset) => Some(offset),
            _ => None,
        }))
    }

    fn consume_error(&self, source: &KafkaError) -> ShardError {
        ShardError::Consume { topic: self.topic.clone(), source: ClientError::boxed(source) }
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
        if self.client.consumer.client().fatal_error().is_some() {
            self.client.consumer.context().fatal.store(true, Ordering::Relaxed);
            return Ok(());
        }
        let (topic, partitions) = (self.topic.clone(), partitions.to_vec());
        Err(ShardError::Assignment { what, topic, partitions, source: ClientError::boxed(&source) })
    }

    /// The fault for a commit that the broker rejected.
    fn commit_fault(&self, error: KafkaError) -> Fault {
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::GroupAuthorizationFailed) => {
                let topic = self.topic.clone();
                Fault::Fatal(ShardError::Commit { topic, source: ClientError::boxed(&error) })
            }
            _ => Fault::Retriable(Reason::of("cannot commit offsets", &error)),
        }
    }
}

impl Drop for GroupConsumer {
    fn drop(&mut self) {
        self.client.leave(!self.assigned.is_empty());
    }
}

impl Input for GroupConsumer {
    type Record<'a> = GroupRecord<'a>;
    type Group = Arc<ConsumerGroupMetadata>;

    fn subscribe(&mut self) -> Result<(), ShardError> {
        self.client.consumer.subscribe(&[&self.topic]).map_err(|source| self.consume_error(&source))
    }

    fn poll(&mut self, wait: Duration, max: usize) -> Result<Vec<GroupRecord<'_>>, ShardError> {
        if self.client.consumer.context().fatal.load(Ordering::Relaxed) {
            self.replace()?;
            return Ok(Vec::new());
        }
        let (consumer, context) = (&self.client.consumer, self.client.consumer.context());
        let (mut records, mut wait) = (Vec::new(), wait);
        while records.len() < max {
            match consumer.poll(wait) {
                None => break,
                Some(Ok(message)) => records.push(GroupRecord { message, consumer }),
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    context.note(InputEvent::End(partition));
                }
                Some(Err(KafkaError::MessageConsumptionFatal(_))) => {
                    context.fatal.store(true, Ordering::Relaxed);
                    break;
                }
                Some(Err(error)) if is_passing(&error) => break,
                Some(Err(error)) => return Err(self.consume_error(&error)),
            }
            if context.has_notes() {
                break;
            }
            wait = Duration::ZERO;
        }
        Ok(records)
    }

    fn drain_events(&mut self) -> VecDeque<InputEvent> {
        let noted = self.client.consumer.context().drain_notes();
        for note in &noted {
            match note {
                InputEvent::Assignment(AssignmentChange::Assigned(partitions)) => {
                    self.announced.extend(partitions)
                }
                InputEvent::Assignment(AssignmentChange::Revoked { partitions, .. }) => {
                    self.announced.retain(|partition| !partitions.contains(partition));
                }
                InputEvent::Statistics(_) | InputEvent::End(_) => {}
            }
        }
        noted
    }

    /// Reading starts at the committed offset, once the partition is active.
    fn assign(&mut self, partitions: &[i32]) -> Result<(), ShardError> {
        let list = self.list(partitions.iter().copied());
        let done = match self.client.consumer.rebalance_protocol() {
            RebalanceProtocol::Cooperative => self.client.consumer.incremental_assign(&list),
            _ => self.client.consumer.assign(&list),
        };
        self.assignment("assign", partitions, done)?;
        self.assigned.extend(partitions);
        self.replacements.accepted();
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
        self.assignment("give up", partitions, release_partitions(&self.client.consumer, &list))?;
        self.assigned.retain(|partition| !partitions.contains(partition));
        self.active.retain(|partition| !partitions.contains(partition));
        Ok(())
    }

    fn is_cooperative(&self) -> bool {
        matches!(self.client.consumer.rebalance_protocol(), RebalanceProtocol::Cooperative)
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
        self.client
            .consumer
            .seek(&self.topic, partition, Offset::Offset(offset), QUESTION_TIMEOUT)
            .map_err(|error| Fault::Retriable(Reason::of("cannot seek", &error)))
    }

    /// A `read_committed` client gets no answer while an open transaction may change the offset.
    fn committed(&mut self, partitions: &[i32]) -> Result<BTreeMap<i32, Option<i64>>, Fault> {
        let list = self.list(partitions.iter().copied());
        let answer = self.client.consumer.committed_offsets(list, QUESTION_TIMEOUT);
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
        let watermarks =
            self.client.consumer.fetch_watermarks(&self.topic, partition, QUESTION_TIMEOUT);
        let (start, end) = watermarks.map_err(|error| unknown_offsets(&error))?;
        Ok(Extent { start, end })
    }

    fn first_since(&mut self, partition: i32, since: Time) -> Result<Option<i64>, Fault> {
        self.offset_at(partition, since).map_err(|error| unknown_offsets(&error))
    }

    fn capture_membership(&mut self) {
        self.membership = self.client.consumer.group_metadata().map(Arc::new);
    }

    fn group(&self) -> Result<&Arc<ConsumerGroupMetadata>, Fault> {
        let lost = || Fault::Abortable(Reason("this member is out of the group".into()));
        if self.client.consumer.assignment_lost() {
            return Err(lost());
        }
        self.membership.as_ref().ok_or_else(lost)
    }

    fn commit(&mut self, offsets: &BatchOffsets) -> Result<SendProgress, Fault> {
        let Some(committer) = &self.client.committer else { return Ok(SendProgress::NotYet) };
        if self.committing.as_ref() != Some(offsets) {
            committer.commit(offsets.clone(), self.topics.list(offsets));
            self.committing = Some(offsets.clone());
        }
        match committer.answer() {
            Some(CommitResult { what: answered, result }) if answered == *offsets => {
                self.committing = None;
                result.map(|()| SendProgress::Done).map_err(|error| self.commit_fault(error))
            }
            _ => Ok(SendProgress::NotYet),
        }
    }
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
