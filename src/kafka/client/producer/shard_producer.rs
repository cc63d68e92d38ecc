//! The producer: sends outputs, waits for their acknowledgement, and in exactly-once mode commits
//! or aborts them.
//!
//! A full local queue is not an error: outputs that do not fit wait here, in order, and the shard
//! stops reading until they are sent. The client library retries retriable errors. Any other error
//! aborts the transaction or, without one, stops the shard. A dead letter that is too large is sent
//! again with less of its input; no other output is ever shortened.

use super::deliveries::{DeliveryContext, Failure, RefusedOutputs, is_final};
use super::offset_adder::{AddResult, OffsetAdder};
use crate::backoff::Backoff;
use crate::clock::monotonic_now;
use crate::kafka::client::fencing_limit::FencingLimit;
use crate::kafka::client::input_topics::InputTopics;
use crate::kafka::client::record::library_headers;
use crate::kafka::errors::{ShardError, StartError};
use crate::kafka::settings::{Guarantee, Settings};
use crate::kafka::shard::output::{InputTopic, Origin, Output, OutputKind, OwnedOutput};
use crate::kafka::shard::ports::{BatchOffsets, Fault, Offsets, Publisher, Reason, SendProgress};
use crate::metrics::Metrics;
use rdkafka::ClientConfig;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, PurgeConfig};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// The pause between checks for acknowledgements doubles from the first to the last.
const FIRST_PAUSE: Duration = Duration::from_micros(50);
const LAST_PAUSE: Duration = Duration::from_millis(2);
/// The maximum duration of one wait for acknowledgements.
const ACKNOWLEDGE_WAIT: Duration = Duration::from_millis(20);
/// The timeout of one transactional call; the shard repeats it.
const TRANSACTION_TIMEOUT: Duration = Duration::from_millis(500);

/// A transaction that timed out looks like one that was fenced, so fences count only for a short
/// time.
const FENCED_WINDOW: Duration = Duration::from_secs(60);

/// The producer of one shard.
pub struct ShardProducer {
    config: ClientConfig,
    topics: InputTopics,
    metrics: Arc<Metrics>,
    /// In exactly-once mode, the id of the transactions.
    transactional_id: Option<String>,
    /// In exactly-once mode. Must be stopped before the producer is dropped.
    adder: Option<OffsetAdder>,
    producer: Arc<BaseProducer<DeliveryContext>>,
    /// Whether the producer has to be replaced.
    unusable: bool,
    /// Whether the open transaction can only be aborted, because the library accepts no more
    /// outputs for it. The rejected output does not have the reason; the next transactional call
    /// returns it.
    must_abort: bool,
    waiting: VecDeque<OwnedOutput>,
    /// Dead letters that were too large, by the topic, partition and offset of their record, with the
    /// number of times that they were shortened.
    oversized: BTreeMap<(InputTopic, i32, i64), u32>,
    fencing_limit: FencingLimit,
}

impl ShardProducer {
    pub fn new(settings: &Settings, shard: usize) -> Result<Self, StartError> {
        let (config, topics) = (settings.producer_config(shard), InputTopics::of(settings));
        let transactional_id = match settings.guarantee {
            Guarantee::ExactlyOnce => Some(settings.transactional_id(shard)),
            Guarantee::AtLeastOnce => None,
        };
        let metrics = Arc::clone(&settings.metrics);
        let context = DeliveryContext::new(&topics, &metrics, transactional_id.is_none());
        let (adder, producer) = client(&config, context, transactional_id.is_some())
            .map_err(|error| StartError::client("producer", &error))?;
        Ok(Self {
            config,
            topics,
            metrics,
            transactional_id,
            adder,
            producer,
            unusable: false,
            must_abort: false,
            waiting: VecDeque::new(),
            oversized: BTreeMap::new(),
            fencing_limit: FencingLimit::new(FENCED_WINDOW),
        })
    }

    fn is_transactional(&self) -> bool {
        self.transactional_id.is_some()
    }

    fn replace(&mut self) -> Result<(), Fault> {
        let context = DeliveryContext::new(&self.topics, &self.metrics, !self.is_transactional());
        let made = client(&self.config, context, self.is_transactional());
        (self.adder, self.producer) = made.map_err(|error| {
            let reason = error.to_string();
            Fault::Fatal(ShardError::Client { client: "producer", reason })
        })?;
        self.unusable = false;
        Ok(())
    }

    /// Whether every output is acknowledged. Serves the client library's events.
    fn is_acknowledged(&mut self) -> Result<bool, Fault> {
        self.serve();
        self.take_refused()?;
        self.send_waiting()?;
        let done = self.waiting.is_empty() && self.producer.in_flight_count() == 0;
        if done {
            // The last delivery report may have come with the last event.
            self.take_refused()?;
        }
        Ok(done && self.waiting.is_empty())
    }

    fn send_waiting(&mut self) -> Result<(), Fault> {
        while let Some(waiting) = self.waiting.pop_front() {
            if let Some(left) = self.try_send(waiting.as_output())? {
                self.waiting.push_front(left);
                return Ok(());
            }
        }
        Ok(())
    }

    fn take_refused(&mut self) -> Result<(), Fault> {
        let mut refused = self.producer.context().refused();
        let (again, first) = (std::mem::take(&mut refused.again), refused.first.take());
        drop(refused);
        self.waiting.extend(again);
        first.map_or(Ok(()), |failure| Err(self.not_delivered(failure)))
    }

    /// Returns the output if the local queue has no room for it.
    fn try_send(&mut self, output: Output<'_>) -> Result<Option<OwnedOutput>, Fault> {
        let Output { topic, to_partition, key, value, headers, origin } = output;
        let mut record = BaseRecord::with_opaque_to(topic, Box::new(origin)).payload(value);
        record.partition = to_partition;
        record.key = key;
        record.headers = library_headers(headers);
        let Err((error, _)) = self.producer.send(record) else { return Ok(None) };
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::QueueFull) => Ok(Some(output.into_owned())),
            Some(RDKafkaErrorCode::UnknownPartition) if self.may_exist(topic, to_partition) => {
                Ok(Some(output.into_owned()))
            }
            Some(RDKafkaErrorCode::State) if self.is_transactional() => {
                self.must_abort = true;
                Ok(None)
            }
            Some(RDKafkaErrorCode::MessageSizeTooLarge) => match output.into_smaller() {
                // Nothing has been sent yet, so the transaction is not affected.
                Some(smaller) => self.try_send(smaller.as_output()),
                None => Err(self.refused_at_once(topic, origin, &error)),
            },
            _ => Err(self.refused_at_once(topic, origin, &error)),
        }
    }

    /// Whether the partition exists, or the brokers do not answer. The request also refreshes the
    /// client library's metadata, which may be minutes old and lack a partition that was added
    /// since.
    fn may_exist(&self, topic: &str, partition: Option<i32>) -> bool {
        let Some(partition) = partition else { return false };
        let answer = self.producer.client().fetch_metadata(Some(topic), TRANSACTION_TIMEOUT);
        answer.map_or(true, |metadata| {
            let partitions = metadata.topics().iter().flat_map(|topic| topic.partitions());
            partitions.into_iter().any(|known| known.id() == partition)
        })
    }

    fn refused_at_once(&mut self, topic: &str, origin: Origin, error: &KafkaError) -> Fault {
        let failure = self.producer.context().failure(topic, origin, error);
        self.not_delivered(failure)
    }

    /// The fault for an output that was not delivered.
    fn not_delivered(&mut self, failure: Failure) -> Fault {
        let Failure { origin, code, error } = failure;
        let cut = matches!(origin.what, OutputKind::DeadLetter { .. })
            && code == Some(RDKafkaErrorCode::MessageSizeTooLarge);
        if self.is_transactional() && cut {
            let times = self.oversized.entry(place_of(origin)).or_default();
            *times += 1;
            // The first time drops its value, the second what it copied from the input. After that
            // nothing is left to drop.
            if *times <= 2 {
                return Fault::Abortable(Reason(error.to_string()));
            }
        }
        if let Some((_, reason)) = self.producer.client().fatal_error() {
            return self.broken(Reason(reason));
        }
        // The partition existed when it was restored. Sending the record again shows whether it
        // still does.
        let stale =
            origin.what == OutputKind::History && code == Some(RDKafkaErrorCode::UnknownPartition);
        if self.is_transactional() && (stale || !code.is_some_and(is_final)) {
            return Fault::Abortable(Reason(error.to_string()));
        }
        Fault::Fatal(error)
    }

    fn transaction_fault(&mut self, what: &str, error: KafkaError) -> Fault {
        let reason = Reason::of(what, &error);
        match (&error, error.rdkafka_error_code()) {
            (_, Some(code)) if is_final(code) => {
                let (client, reason) = ("producer", reason.0);
                Fault::Fatal(ShardError::Client { client, reason })
            }
            (KafkaError::Transaction(inner), _) if inner.is_fatal() => self.broken(reason),
            (KafkaError::Transaction(inner), _) if inner.txn_requires_abort() => {
                Fault::Abortable(reason)
            }
            (KafkaError::Transaction(inner), _) if inner.is_retriable() => Fault::Retriable(reason),
            (KafkaError::Flush(_), _) => Fault::Retriable(reason),
            _ => self.broken(reason),
        }
    }

    /// Marks the producer for replacement, because it was fenced or the client library reports a
    /// fatal error.
    fn broken(&mut self, reason: Reason) -> Fault {
        self.unusable = true;
        let too_often = self.fencing_limit.is_exceeded_by(monotonic_now());
        match &self.transactional_id {
            Some(id) if too_often => {
                let (transactional_id, reason) = (id.clone(), reason.0);
                Fault::Fatal(ShardError::Fenced { transactional_id, reason })
            }
            _ => Fault::Broken(reason),
        }
    }
}

/// Identifies the record that an output belongs to.
fn place_of(origin: Origin) -> (InputTopic, i32, i64) {
    (origin.what.source(), origin.partition, origin.offset)
}

impl Publisher for ShardProducer {
    type Group = Arc<ConsumerGroupMetadata>;

    fn recreate(&mut self) -> Result<(), Fault> {
        if !self.is_transactional() {
            return Ok(());
        }
        self.waiting.clear();
        self.must_abort = false;
        if self.unusable {
            self.replace()?;
        }
        self.producer
            .init_transactions(TRANSACTION_TIMEOUT)
            .map_err(|error| self.transaction_fault("cannot start transactions", error))
    }

    fn begin(&mut self) -> Result<(), Fault> {
        if !self.is_transactional() {
            return Ok(());
        }
        self.producer
            .begin_transaction()
            .map_err(|error| self.transaction_fault("cannot begin a transaction", error))
    }

    fn send(&mut self, output: Output<'_>) -> Result<(), Fault> {
        if self.must_abort {
            return Ok(());
        }
        let cuts = self.oversized.get(&place_of(output.origin));
        if let (Some(cuts), OutputKind::DeadLetter { .. }) = (cuts, output.origin.what) {
            let mut smaller = output.into_owned();
            for _ in 0..*cuts {
                smaller = match smaller.as_output().into_smaller() {
                    Some(next) => next,
                    None => break,
                };
            }
            self.waiting.push_back(smaller);
            return self.send_waiting();
        }
        if self.is_full() {
            self.waiting.push_back(output.into_owned());
            return Ok(());
        }
        if let Some(left) = self.try_send(output)? {
            self.waiting.push_back(left);
        }
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.must_abort || !self.waiting.is_empty()
    }

    /// Polls instead of flushing: the library's flush takes 100 ms whenever anything is in flight.
    fn acknowledged(&mut self) -> Result<SendProgress, Fault> {
        if self.must_abort {
            return Err(Fault::Abortable(Reason("the transaction takes no more outputs".into())));
        }
        let deadline = monotonic_now() + ACKNOWLEDGE_WAIT;
        let mut backoff = Backoff::new(FIRST_PAUSE, LAST_PAUSE);
        while !self.is_acknowledged()? {
            if monotonic_now() >= deadline {
                return Ok(SendProgress::NotYet);
            }
            std::thread::sleep(backoff.delay());
        }
        Ok(SendProgress::Done)
    }

    fn history_offsets(&mut self) -> Offsets {
        std::mem::take(&mut *self.producer.context().history())
    }

    fn send_offsets(
        &mut self,
        offsets: &BatchOffsets,
        group: &Arc<ConsumerGroupMetadata>,
    ) -> Result<SendProgress, Fault> {
        let Some(adder) = &mut self.adder else { return Ok(SendProgress::Done) };
        if !adder.is_pending() {
            let list = self.topics.list(offsets);
            let list =
                list.map_err(|error| Fault::Abortable(Reason::of("no such offset", &error)))?;
            adder.request(list, Arc::clone(group));
        }
        match adder.poll_result() {
            AddResult::NotYet => Ok(SendProgress::NotYet),
            AddResult::Answered(done) => done.map(|()| SendProgress::Done).map_err(|error| {
                self.transaction_fault("cannot add offsets to a transaction", error)
            }),
            AddResult::TimedOut { after } => {
                self.unusable = true;
                let after_s = after.as_secs();
                let reason = format!("adding offsets to a transaction took more than {after_s} s");
                Err(Fault::Broken(Reason(reason)))
            }
        }
    }

    fn commit(&mut self) -> Result<(), Fault> {
        let done = self.producer.commit_transaction(TRANSACTION_TIMEOUT);
        done.map_err(|error| self.transaction_fault("cannot commit a transaction", error))?;
        self.oversized.clear();
        Ok(())
    }

    /// Purges the outputs in flight first: the library would wait for them without serving events.
    fn abort(&mut self) -> Result<(), Fault> {
        self.waiting.clear();
        self.must_abort = false;
        self.producer.purge(PurgeConfig::default().queue().inflight());
        self.serve();
        *self.producer.context().refused() = RefusedOutputs::default();
        self.producer.context().history().clear();
        let Some(adder) = &self.adder else { return Ok(()) };
        if adder.is_pending() {
            // The library accepts no other call while this one is pending. The first call of the
            // next producer aborts the transaction.
            self.unusable = true;
            return Err(Fault::Broken(Reason("offsets are still being added".into())));
        }
        self.producer
            .abort_transaction(TRANSACTION_TIMEOUT)
            .map_err(|error| self.transaction_fault("cannot abort a transaction", error))
    }

    /// One poll of the library serves one event.
    fn serve(&self) {
        loop {
            let before = self.producer.in_flight_count();
            self.producer.poll(Duration::ZERO);
            let after = self.producer.in_flight_count();
            if after == 0 || after >= before {
                return;
            }
        }
    }
}

fn client(
    config: &ClientConfig,
    context: DeliveryContext,
    transactional: bool,
) -> KafkaResult<(Option<OffsetAdder>, Arc<BaseProducer<DeliveryContext>>)> {
    let producer: Arc<BaseProducer<DeliveryContext>> =
        Arc::new(config.create_with_context(context)?);
    let adder = transactional
        .then(|| OffsetAdder::start(Arc::clone(&producer), TRANSACTION_TIMEOUT))
        .transpose()
        .map_err(|error| KafkaError::ClientCreation(format!("no thread for offsets: {error}")))?;
    Ok((adder, producer))
}
