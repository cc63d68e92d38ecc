//! The minimum any processor costs: a loop that consumes, produces a small record per hundred and
//! commits. It makes no decisions.

use super::support::now;
use anyhow::{Context, bail};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::message::BorrowedMessage;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Duration;

#[path = "../decision/baseline.rs"]
mod baseline;

/// redcard's default.
const COMMIT_INTERVAL: Duration = Duration::from_millis(50);
const BATCH_RECORDS_MAX: u64 = 20_000;
const OUTPUT_EVERY: u64 = 100;
/// The clock is read once per this many records.
const CLOCK_EVERY: u64 = 64;
const TIMEOUT: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_micros(50);

/// What a loop does with each message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    Nothing,
    /// Parses it with serde_json, into a struct of borrowed text.
    Decoding,
}

/// The arguments that a loop is started with.
#[derive(Debug, Clone)]
pub struct Order {
    pub work: Work,
    pub exactly_once: bool,
    pub brokers: String,
    pub group: String,
    pub input: String,
    pub output: String,
}

impl Order {
    /// The argument that makes this program run as a loop.
    pub const ARGUMENT: &str = "--loop";

    pub fn arguments(&self) -> [&str; 6] {
        let work = if self.work == Work::Decoding { "decoding" } else { "nothing" };
        let guarantee = if self.exactly_once { "exactly-once" } else { "at-least-once" };
        [work, guarantee, &self.brokers, &self.group, &self.input, &self.output]
    }

    pub fn from_arguments(arguments: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let arguments: Vec<String> = arguments.collect();
        let [work, guarantee, brokers, group, input, output] = &*arguments else {
            bail!("{} takes six arguments", Self::ARGUMENT);
        };
        Ok(Self {
            work: if work == "decoding" { Work::Decoding } else { Work::Nothing },
            exactly_once: guarantee == "exactly-once",
            brokers: brokers.clone(),
            group: group.clone(),
            input: input.clone(),
            output: output.clone(),
        })
    }
}

/// Runs until the process is killed.
pub fn run(order: &Order) -> anyhow::Result<()> {
    let consumer: BaseConsumer = consumer_config(order).create()?;
    let producer: BaseProducer = producer_config(order).create()?;
    if order.exactly_once {
        producer.init_transactions(TIMEOUT)?;
    }
    consumer.subscribe(&[&order.input])?;
    let mut batch =
        Batch { order, consumer: &consumer, producer, taken: BTreeMap::new(), count: 0 };
    loop {
        batch.fill()?;
        batch.commit()?;
    }
}

/// The same as redcard's defaults.
fn consumer_config(order: &Order) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", &order.brokers)
        .set("group.id", &order.group)
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("auto.offset.reset", "earliest")
        .set("isolation.level", "read_committed")
        .set("fetch.queue.backoff.ms", "1")
        .set("partition.assignment.strategy", "cooperative-sticky");
    config
}

fn producer_config(order: &Order) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", &order.brokers)
        .set("enable.idempotence", "true")
        .set("compression.type", "lz4")
        .set("linger.ms", "1");
    if order.exactly_once {
        config.set("transactional.id", &order.group).set("transaction.timeout.ms", "10000");
    }
    config
}

struct Batch<'c> {
    order: &'c Order,
    consumer: &'c BaseConsumer,
    producer: BaseProducer,
    /// Next offsets to read, by partition.
    taken: BTreeMap<i32, i64>,
    /// Number of records read since the start.
    count: u64,
}

impl<'c> Batch<'c> {
    /// Reads until the commit interval is over or the batch is full.
    fn fill(&mut self) -> anyhow::Result<()> {
        let full = self.count + BATCH_RECORDS_MAX;
        let mut until = None;
        while self.count < full {
            let message = self.consumer.poll(COMMIT_INTERVAL);
            let looks = message.is_none() || self.count.is_multiple_of(CLOCK_EVERY);
            if let Some(message) = message {
                until.get_or_insert_with(|| now() + COMMIT_INTERVAL);
                self.take(&message?)?;
            }
            if looks && until.is_some_and(|until| now() >= until) {
                break;
            }
        }
        Ok(())
    }

    fn take(&mut self, message: &BorrowedMessage<'c>) -> anyhow::Result<()> {
        if self.taken.is_empty() && self.order.exactly_once {
            self.producer.begin_transaction()?;
        }
        self.taken.insert(message.partition(), message.offset() + 1);
        self.count += 1;
        if self.order.work == Work::Decoding {
            let decoded = baseline::parse(message.payload().unwrap_or_default());
            black_box(decoded.context("a generated message cannot be read")?);
        }
        if self.count.is_multiple_of(OUTPUT_EVERY) {
            self.produce(message.partition(), message.offset())?;
        }
        Ok(())
    }

    /// Produces the part of an alert that names its source, and nothing else.
    fn produce(&self, partition: i32, offset: i64) -> anyhow::Result<()> {
        let value = format!(r#"{{"source":{{"partition":{partition},"offset":{offset}}}}}"#);
        let record = BaseRecord::<(), str>::to(&self.order.output).payload(&value);
        self.producer.send(record).map_err(|(error, _)| error)?;
        Ok(())
    }

    fn commit(&mut self) -> anyhow::Result<()> {
        let mut offsets = TopicPartitionList::new();
        for (partition, next) in std::mem::take(&mut self.taken) {
            offsets.add_partition_offset(&self.order.input, partition, Offset::Offset(next))?;
        }
        if self.order.exactly_once {
            let group = self.consumer.group_metadata().context("no member of the group")?;
            self.producer.send_offsets_to_transaction(&offsets, &group, TIMEOUT)?;
            self.wait_acknowledged();
            self.producer.commit_transaction(TIMEOUT)?;
        } else {
            self.wait_acknowledged();
            self.consumer.commit(&offsets, CommitMode::Sync)?;
        }
        Ok(())
    }

    /// Polls instead of calling the library's own flush, which takes 100 ms whenever anything is in
    /// flight.
    fn wait_acknowledged(&self) {
        while self.producer.in_flight_count() > 0 {
            self.producer.poll(LOOK_AGAIN);
        }
    }
}
