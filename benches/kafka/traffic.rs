//! Generates transactions and writes them to a topic.

use super::support::now;
use anyhow::{Context, ensure};
use rdkafka::ClientConfig;
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use redcard::generate::{Generator, GeneratorSettings, Population};
use redcard::transaction::Time;
use std::time::Duration;
use xxhash_rust::xxh3::xxh3_64;

pub const BACKLOG_SEED: u64 = 1;
pub const LIVE_SEED: u64 = 2;

/// 2026-01-05, a Monday.
const START: Time = Time(1_767_571_200_000);
/// About one message in a hundred then raises an alert; the loops produce as many records.
const FRAUD_RATE: f64 = 0.02;
/// Share of the optional fields that acquirers leave out; a message then has about 370 bytes.
const MISSING_FIELDS: f64 = 0.6;
const FINISH_LIMIT: Duration = Duration::from_secs(120);
const FULL_POLL: Duration = Duration::from_millis(5);
/// Delivery reports are served once per this many messages.
const SERVE_EVERY: u64 = 64;

/// The messages of a generated population of cardholders.
pub struct Traffic(Generator);

pub struct Message {
    pub key: Vec<u8>,
    pub value: Vec<u8>,
}

impl Traffic {
    pub fn new(cards: u32, seed: u64) -> Self {
        let ordinary = Population::named("ordinary").expect("a population of that name");
        Self(Generator::new(GeneratorSettings {
            seed,
            population: Population { missing_fields: MISSING_FIELDS, ..*ordinary },
            cards,
            fraud_rate: FRAUD_RATE,
            start: START,
            fraud_from: START,
            card_numbers: false,
        }))
    }

    pub fn next(&mut self) -> Message {
        let generated = self.0.generate();
        let (mut key, mut value) = (Vec::new(), Vec::new());
        generated.write_key(&mut key);
        generated.write_json(&mut value);
        Message { key, value }
    }
}

/// A producer that chooses each message's partition itself.
pub struct Feed {
    producer: BaseProducer,
    topic: String,
    partitions: u64,
    sent: u64,
}

impl Feed {
    pub fn to(brokers: &str, topic: &str, partitions: i32) -> anyhow::Result<Self> {
        let producer = ClientConfig::new()
            .set("bootstrap.servers", brokers)
            .set("enable.idempotence", "true")
            .set("compression.type", "lz4")
            .set("linger.ms", "1")
            .set("delivery.report.only.error", "true")
            .create()?;
        let partitions = u64::try_from(partitions)?;
        Ok(Self { producer, topic: topic.to_owned(), partitions, sent: 0 })
    }

    /// Sends a message and returns its partition.
    pub fn send(&mut self, message: &Message) -> anyhow::Result<i32> {
        let partition = i32::try_from(xxh3_64(&message.key) % self.partitions)?;
        if self.sent.is_multiple_of(SERVE_EVERY) {
            self.serve();
        }
        let record = BaseRecord::to(&self.topic).key(&message.key).payload(&message.value);
        let mut record = record.partition(partition);
        while let Err((error, back)) = self.producer.send(record) {
            let full = error.rdkafka_error_code() == Some(RDKafkaErrorCode::QueueFull);
            ensure!(full, "cannot send to {}: {error}", self.topic);
            self.producer.poll(FULL_POLL);
            record = back;
        }
        self.sent += 1;
        Ok(partition)
    }

    pub fn serve(&self) {
        self.producer.poll(Duration::ZERO);
    }

    /// Waits until the broker has acknowledged everything.
    pub fn finish(self) -> anyhow::Result<()> {
        let deadline = now() + FINISH_LIMIT;
        while self.producer.in_flight_count() > 0 {
            ensure!(now() < deadline, "the broker does not acknowledge {}", self.topic);
            self.producer.poll(FULL_POLL);
        }
        let written = self.producer.client().fetch_metadata(Some(&self.topic), FINISH_LIMIT);
        written.map(drop).context("the broker is gone")
    }
}
