//! A simple Kafka client for tests: manages topics, writes records, reads a topic to its end.

mod topics;

use super::{PATIENCE, now, unique};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::{BorrowedMessage, Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

#[allow(unused_imports, reason = "the benchmarks use some")]
pub use topics::{add_partitions, create_topic, create_topic_with, delete_before, delete_topic};

const REQUEST_LIMIT: Duration = Duration::from_secs(120);
const ANSWER_LIMIT: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(100);

/// A record to write.
#[derive(Debug, Clone, Default)]
pub struct Outgoing {
    pub key: Option<Vec<u8>>,
    /// `None` writes a tombstone.
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(String, Vec<u8>)>,
    pub timestamp_ms: Option<i64>,
    pub partition: Option<i32>,
}

impl Outgoing {
    /// A record with a key and a value.
    pub fn new(key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        Self { key: Some(key.into()), value: Some(value.into()), ..Self::default() }
    }
}

/// A record that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Incoming {
    pub partition: i32,
    pub offset: i64,
    pub timestamp_ms: Option<i64>,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(String, Vec<u8>)>,
}

impl Incoming {
    pub fn key_text(&self) -> String {
        String::from_utf8_lossy(self.key.as_deref().unwrap_or_default()).into_owned()
    }

    /// The value as JSON; panics if it is not valid JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(self.value.as_deref().unwrap_or_default())
            .unwrap_or_else(|error| panic!("{error} in the value of {self:?}"))
    }

    /// The header `name`; panics unless there is exactly one.
    pub fn header(&self, name: &str) -> String {
        let named: Vec<_> = self.headers.iter().filter(|(key, _)| key == name).collect();
        assert_eq!(named.len(), 1, "header {name} in {:?}", self.headers);
        String::from_utf8_lossy(&named[0].1).into_owned()
    }

    /// Key, value and headers in one text, for searching.
    pub fn everything(&self) -> Vec<u8> {
        let mut bytes = self.key.clone().unwrap_or_default();
        bytes.push(b'\n');
        bytes.extend_from_slice(self.value.as_deref().unwrap_or_default());
        for (name, value) in &self.headers {
            bytes.extend_from_slice(format!("\n{name}: ").as_bytes());
            bytes.extend_from_slice(value);
        }
        bytes
    }
}

/// How many brokers a broker at one of these addresses knows; 0 if none answers.
pub fn brokers_known(addresses: &str) -> usize {
    let consumer: BaseConsumer = config(addresses).create().unwrap();
    let answer = consumer.fetch_metadata(None, ANSWER_LIMIT);
    answer.map_or(0, |metadata| metadata.brokers().len())
}

/// The end offset of each partition of the topic.
pub fn ends(brokers: &str, topic: &str) -> Vec<(i32, i64)> {
    let consumer: BaseConsumer = config(brokers).create().unwrap();
    let end = |partition| consumer.fetch_watermarks(topic, partition, REQUEST_LIMIT).unwrap().1;
    (0..partitions(brokers, topic) as i32).map(|partition| (partition, end(partition))).collect()
}

/// How many partitions the topic has; 0 if it does not exist.
pub fn partitions(brokers: &str, topic: &str) -> usize {
    let consumer: BaseConsumer = config(brokers).create().unwrap();
    // Requests metadata of all topics: a request for one topic by name could create it.
    let metadata = consumer.fetch_metadata(None, REQUEST_LIMIT).unwrap();
    metadata.topics().iter().find(|t| t.name() == topic).map_or(0, |t| t.partitions().len())
}

/// Waits until no transaction is open in the topic: until then, readers of committed records may
/// miss records that were committed after the transaction began.
pub fn wait_settled(brokers: &str, topic: &str) {
    super::wait_until("no transaction is open", || (!is_open(brokers, topic)).then_some(()));
}

/// Whether a transaction is open in a partition of the topic; also true if the broker does not
/// answer.
pub fn is_open(brokers: &str, topic: &str) -> bool {
    let reader = |isolation| -> BaseConsumer {
        config(brokers).set("isolation.level", isolation).create().unwrap()
    };
    let (stable, all) = (reader("read_committed"), reader("read_uncommitted"));
    (0..partitions(brokers, topic)).any(|partition| {
        let partition = i32::try_from(partition).unwrap();
        let end = |reader: &BaseConsumer| {
            reader.fetch_watermarks(topic, partition, REQUEST_LIMIT).map(|(_, end)| end)
        };
        // Reads the last stable offset first, so that it cannot be past the end that is read
        // second.
        match (end(&stable), end(&all)) {
            (Ok(stable), Ok(all)) => stable < all,
            _ => true,
        }
    })
}

/// Whether the group has committed all records of the topic; false if the broker does not answer.
pub fn is_caught_up(brokers: &str, topic: &str, group: &str) -> bool {
    let committed = committed(brokers, topic, group);
    committed.is_ok_and(|all| all.values().all(|(committed, end)| committed.unwrap_or(0) == *end))
}

/// How many records the group has not committed yet.
pub fn lag(brokers: &str, topic: &str, group: &str) -> KafkaResult<i64> {
    let partitions = committed(brokers, topic, group)?;
    Ok(partitions.values().map(|(committed, end)| end - committed.unwrap_or(0)).sum())
}

/// For each partition, the offset that the group has committed and the end offset.
pub fn committed(
    brokers: &str,
    topic: &str,
    group: &str,
) -> KafkaResult<BTreeMap<i32, (Option<i64>, i64)>> {
    let consumer: BaseConsumer = config(brokers).set("group.id", group).create()?;
    let count = i32::try_from(partitions(brokers, topic)).unwrap();
    let mut list = TopicPartitionList::new();
    list.add_partition_range(topic, 0, (count - 1).max(0));
    let list = consumer.committed_offsets(list, REQUEST_LIMIT)?;
    let mut found = BTreeMap::new();
    for element in list.elements() {
        let (_, end) = consumer.fetch_watermarks(topic, element.partition(), REQUEST_LIMIT)?;
        let committed = match element.offset() {
            Offset::Offset(offset) => Some(offset),
            _ => None,
        };
        found.insert(element.partition(), (committed, end));
    }
    Ok(found)
}

/// Commits offsets by partition, for a group without members.
pub fn commit(brokers: &str, topic: &str, group: &str, offsets: &[(i32, i64)]) {
    let consumer: BaseConsumer = config(brokers).set("group.id", group).create().unwrap();
    let mut list = TopicPartitionList::new();
    for (partition, offset) in offsets {
        list.add_partition_offset(topic, *partition, Offset::Offset(*offset)).unwrap();
    }
    consumer.commit(&list, CommitMode::Sync).unwrap();
}

/// Writes the records in order and waits until the broker has acknowledged them all.
pub fn produce(brokers: &str, topic: &str, records: &[Outgoing]) {
    let writer = Writer::to(brokers, topic);
    writer.write(records);
    writer.flush();
}

/// Another producer's transaction that is open in every partition of a topic.
pub struct OpenTransaction(ThreadedProducer<DefaultProducerContext>);

impl OpenTransaction {
    pub fn begin(brokers: &str, topic: &str) -> Self {
        let mut config = config(brokers);
        config
            .set("transactional.id", unique("other-producer"))
            .set("transaction.timeout.ms", "600000");
        let producer: ThreadedProducer<DefaultProducerContext> = config.create().unwrap();
        producer.init_transactions(REQUEST_LIMIT).unwrap();
        producer.begin_transaction().unwrap();
        for partition in 0..i32::try_from(partitions(brokers, topic)).unwrap() {
            let record = Outgoing { partition: Some(partition), ..Outgoing::new("k", "v") };
            send(&producer, topic, &record);
        }
        producer.flush(REQUEST_LIMIT).unwrap();
        Self(producer)
    }

    /// Aborts the transaction: readers of committed records never see what it wrote.
    pub fn abort(self) {
        self.0.abort_transaction(REQUEST_LIMIT).unwrap();
    }
}

/// A producer for repeated writes.
pub struct Writer {
    producer: ThreadedProducer<DefaultProducerContext>,
    topic: String,
}

impl Writer {
    pub fn to(brokers: &str, topic: &str) -> Self {
        let mut config = config(brokers);
        config.set("partitioner", "murmur2_random").set("linger.ms", "5");
        Self { producer: config.create().unwrap(), topic: topic.to_owned() }
    }

    /// Queues the records in order, without waiting.
    pub fn write(&self, records: &[Outgoing]) {
        records.iter().for_each(|record| send(&self.producer, &self.topic, record));
    }

    /// Waits until the broker has acknowledged everything.
    pub fn flush(&self) {
        self.producer.flush(PATIENCE).unwrap();
    }
}

fn send(producer: &ThreadedProducer<DefaultProducerContext>, topic: &str, record: &Outgoing) {
    let mut outgoing = base_record(topic, record);
    let deadline = now() + PATIENCE;
    while let Err((error, back)) = producer.send(outgoing) {
        assert_eq!(
            error.rdkafka_error_code(),
            Some(rdkafka::types::RDKafkaErrorCode::QueueFull),
            "{error}"
        );
        assert!(now() < deadline, "the producer's queue stays full");
        outgoing = back;
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn base_record<'a>(topic: &'a str, record: &'a Outgoing) -> BaseRecord<'a, [u8], [u8]> {
    let mut outgoing = BaseRecord::to(topic);
    outgoing.key = record.key.as_deref();
    outgoing.payload = record.value.as_deref();
    outgoing.partition = record.partition;
    outgoing.timestamp = record.timestamp_ms;
    if !record.headers.is_empty() {
        let headers = record.headers.iter().fold(OwnedHeaders::new(), |headers, (key, value)| {
            headers.insert(Header { key, value: Some(value) })
        });
        outgoing.headers = Some(headers);
    }
    outgoing
}

/// Reads the committed records of every partition, from the beginning to the current end.
pub fn read_all(brokers: &str, topic: &str) -> Vec<Incoming> {
    read(brokers, topic, "read_committed")
}

/// The same, including records of open and aborted transactions.
pub fn read_uncommitted(brokers: &str, topic: &str) -> Vec<Incoming> {
    read(brokers, topic, "read_uncommitted")
}

fn read(brokers: &str, topic: &str, isolation: &str) -> Vec<Incoming> {
    let consumer = consumer_from_start(brokers, topic, isolation);
    let mut unfinished: BTreeSet<i32> =
        consumer.assignment().unwrap().elements().iter().map(|e| e.partition()).collect();
    let mut records = Vec::new();
    let deadline = now() + PATIENCE;
    while !unfinished.is_empty() {
        assert!(now() < deadline, "{topic} could not be read to its end");
        match consumer.poll(POLL) {
            Some(Ok(message)) => records.push(incoming(&message)),
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                unfinished.remove(&partition);
            }
            Some(Err(error)) => eprintln!("reading {topic}: {error}"),
            None => {}
        }
    }
    records
}

/// Reads the topic to its end repeatedly, until `enough` accepts the records.
pub fn read_until(
    brokers: &str,
    topic: &str,
    what: &str,
    enough: impl Fn(&[Incoming]) -> bool,
) -> Vec<Incoming> {
    let mut seen = 0;
    let found = super::wait_within(PATIENCE, || {
        let records = read_all(brokers, topic);
        seen = records.len();
        enough(&records).then_some(records)
    });
    found.unwrap_or_else(|| panic!("{topic} has {seen} records; expected were {what}"))
}

/// Reads the topic to its end repeatedly, until it has at least `count` records.
pub fn read_at_least(brokers: &str, topic: &str, count: usize) -> Vec<Incoming> {
    read_until(brokers, topic, &format!("{count} at least"), |records| records.len() >= count)
}

fn consumer_from_start(brokers: &str, topic: &str, isolation: &str) -> BaseConsumer {
    let consumer: BaseConsumer = config(brokers)
        .set("group.id", unique("reader"))
        .set("enable.auto.commit", "false")
        .set("enable.partition.eof", "true")
        .set("isolation.level", isolation)
        .create()
        .unwrap();
    let mut assignment = TopicPartitionList::new();
    for partition in 0..partitions(brokers, topic) {
        let partition = i32::try_from(partition).unwrap();
        assignment.add_partition_offset(topic, partition, Offset::Beginning).unwrap();
    }
    assert!(assignment.count() > 0, "there is no topic {topic}");
    consumer.assign(&assignment).unwrap();
    consumer
}

fn incoming(message: &BorrowedMessage<'_>) -> Incoming {
    let headers = message.headers().map(|headers| {
        headers.iter().map(|h| (h.key.to_owned(), h.value.unwrap_or_default().to_vec())).collect()
    });
    Incoming {
        partition: message.partition(),
        offset: message.offset(),
        timestamp_ms: message.timestamp().to_millis(),
        key: message.key().map(<[u8]>::to_vec),
        value: message.payload().map(<[u8]>::to_vec),
        headers: headers.unwrap_or_default(),
    }
}

fn config(brokers: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers).set("log_level", "2");
    config
}
