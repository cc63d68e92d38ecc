//! An embedded cluster with redcard's topics, and helpers that write and read records.

use crate::clock::monotonic_now;
use crate::decode::{self, Decoder};
use crate::fixtures;
pub use crate::fixtures::ruleset_of;
use crate::history::FormatVersion;
use crate::kafka::{DeadLetterPayload, Guarantee, Service, Settings};
use crate::memory::Limits;
use crate::metrics::Metrics;
use crate::precision::MeasureSettings;
use crate::reload::ActiveRuleset;
use crate::rules::Ruleset;
use crate::topics::Topics;
use crate::transaction::BaseCurrency;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Header, Headers, Message, OwnedHeaders, OwnedMessage};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseProducer, BaseRecord, DefaultProducerContext, Producer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

pub const TRANSACTIONS: &str = "transactions";
pub const ALERTS: &str = "alerts";
pub const DEAD_LETTERS: &str = "transactions.dlq";
pub const DECISIONS: &str = "decisions";
pub const GROUP: &str = "redcard";
pub const PARTITIONS: i32 = 4;

/// Longer than any step of these tests may take.
pub const PATIENCE: Duration = Duration::from_secs(240);
pub const GRACE: Duration = Duration::from_secs(120);

pub struct Cluster {
    pub mock: MockCluster<'static, DefaultProducerContext>,
    pub brokers: String,
}

impl Cluster {
    pub fn new() -> Self {
        Self::of(1)
    }

    /// A cluster of `brokers` brokers, the first of which leads every partition.
    pub fn of(brokers: i32) -> Self {
        let mock = MockCluster::new(brokers).unwrap();
        for topic in [TRANSACTIONS, ALERTS, DEAD_LETTERS, DECISIONS] {
            mock.create_topic(topic, PARTITIONS, 1).unwrap();
            for partition in 0..PARTITIONS {
                mock.partition_leader(topic, partition, Some(1)).unwrap();
            }
        }
        Self { brokers: mock.bootstrap_servers(), mock }
    }

    pub fn settings(&self) -> Settings {
        let ruleset = Arc::new(fixtures::high_amount_ruleset());
        Settings {
            brokers: self.brokers.clone(),
            group_id: GROUP.into(),
            client_id: "redcard".into(),
            // The embedded cluster waits for a whole session timeout before it completes a
            // rebalance.
            properties: BTreeMap::from([
                ("session.timeout.ms".into(), "6000".into()),
                ("heartbeat.interval.ms".into(), "300".into()),
            ]),
            topics: Topics {
                labels: None,
                transactions: TRANSACTIONS.into(),
                alerts: ALERTS.into(),
                dead_letters: DEAD_LETTERS.into(),
                decisions: Some(DECISIONS.into()),
                history: None,
                lists: None,
                outcomes: None,
                create: false,
                partitions: PARTITIONS,
                replication_factor: 1,
            },
            guarantee: Guarantee::AtLeastOnce,
            instance: None,
            start_name: "test".into(),
            history_version: FormatVersion::V2,
            measured: MeasureSettings::new(fixtures::dollar()),
            warm_up: None,
            checkpoints: None,
            shards: 1,
            commit_interval: Duration::from_millis(50),
            payload: DeadLetterPayload::None,
            decoder: Arc::new(decoder()),
            base_currency: fixtures::dollar(),
            limits: Limits {
                retention_ms: fixtures::RETENTION_MS,
                events_per_card: 16,
                cards: 10_000,
                bytes: 64 << 20,
            },
            metrics: Arc::new(Metrics::new(&ruleset)),
            ruleset: ActiveRuleset::new(ruleset),
            feed_watch: Arc::default(),
            lists: Arc::default(),
        }
    }

    fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.brokers);
        config
    }

    /// Publishes records and waits until they are acknowledged.
    pub fn produce(&self, records: impl IntoIterator<Item = Input>) {
        let producer: BaseProducer = self.config().create().unwrap();
        for input in records {
            let mut record = BaseRecord::to(TRANSACTIONS).partition(input.partition);
            record.payload = input.value.as_deref();
            record.key = input.key.as_deref();
            record.headers = Some(input.headers);
            producer.send(record).map_err(|(error, _)| error).unwrap();
        }
        producer.flush(PATIENCE).unwrap();
    }

    /// All records of a topic, partition by partition, once there are at least `at_least`.
    pub fn read(&self, topic: &str, at_least: usize) -> Vec<OwnedMessage> {
        let mut config = self.config();
        config.set("group.id", "reader").set("enable.auto.commit", "false");
        let consumer: BaseConsumer = config.create().unwrap();
        let mut list = TopicPartitionList::new();
        for partition in 0..PARTITIONS {
            list.add_partition_offset(topic, partition, Offset::Beginning).unwrap();
        }
        consumer.assign(&list).unwrap();
        let deadline = monotonic_now() + PATIENCE;
        let mut records = Vec::new();
        loop {
            match consumer.poll(Duration::from_millis(500)) {
                Some(record) => records.push(record.unwrap().detach()),
                None if records.len() >= at_least => break,
                None => assert!(
                    monotonic_now() < deadline,
                    "{topic}: {} records of {at_least}",
                    records.len()
                ),
            }
        }
        records.sort_by_key(|record| (record.partition(), record.offset()));
        records
    }

    /// The group's committed offsets by partition; partitions without one are left out.
    pub fn committed(&self) -> BTreeMap<i32, i64> {
        let mut config = self.config();
        config.set("group.id", GROUP);
        let consumer: BaseConsumer = config.create().unwrap();
        let mut list = TopicPartitionList::new();
        list.add_partition_range(TRANSACTIONS, 0, PARTITIONS - 1);
        let list = consumer.committed_offsets(list, PATIENCE).unwrap();
        let known = list.elements().into_iter().filter_map(|element| match element.offset() {
            Offset::Offset(offset) => Some((element.partition(), offset)),
            _ => None,
        });
        known.collect()
    }

    pub fn committed_records(&self) -> i64 {
        self.committed().values().sum()
    }
}

/// A record for the input topic.
pub struct Input {
    partition: i32,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: OwnedHeaders,
}

impl Input {
    pub fn new(partition: i32, value: impl Into<Vec<u8>>) -> Self {
        let value = Some(value.into());
        Self { partition, key: Some(b"key".to_vec()), value, headers: OwnedHeaders::new() }
    }

    pub fn tombstone(partition: i32) -> Self {
        Self { value: None, ..Self::new(partition, "") }
    }

    pub fn key(self, key: &str) -> Self {
        Self { key: Some(key.into()), ..self }
    }

    pub fn header(self, key: &str, value: &str) -> Self {
        Self { headers: self.headers.insert(Header { key, value: Some(value) }), ..self }
    }
}

/// A charge of this many cents on the card with this number.
pub fn charge(number: usize, cents: u32) -> Input {
    let partition = i32::try_from(number).unwrap() % PARTITIONS;
    let json = serde_json::json!({
        "id": format!("t_{number}"), "type": "authorization", "time": "2026-01-05T10:15:30.123Z",
        "card": {"token": format!("c_{number}"), "last4": "4242"},
        "amount": cents, "currency": "USD", "merchant": {"id": "m_1"},
    });
    Input::new(partition, json.to_string()).key(&format!("c_{number}"))
}

pub fn decoder() -> Decoder {
    Decoder::new(decode_settings())
}

pub fn decode_settings() -> decode::DecodeSettings {
    decode::DecodeSettings::new(base_currency())
}

fn base_currency() -> BaseCurrency {
    BaseCurrency::new(fixtures::dollar(), []).unwrap()
}

/// Rules that depend on what is remembered.
pub const VELOCITY_RULES: &str = r#"
[ruleset]
name = "velocity"
version = "1"
review = 100
decline = 600
alert_cooldown = "3m"

[[rule]]
id = "many"
description = "Many charges."
when = 'card.last("10m").size() >= 3'
points = '40 * card.last("10m").size()'
severity = "medium"
reason = "MANY"
message = "{amount} after {card.last(\"10m\").sum(t, t.amount)}"

[[rule]]
id = "countries"
description = "Several countries."
when = 'card.last("30m").exists(t, t.merchant.country != merchant.country)'
points = 110
severity = "high"
reason = "COUNTRIES"
message = "{merchant.country}"
"#;

pub fn velocity_ruleset() -> Arc<Ruleset> {
    static RULESET: OnceLock<Arc<Ruleset>> = OnceLock::new();
    Arc::clone(RULESET.get_or_init(|| Arc::new(ruleset_of(VELOCITY_RULES))))
}

/// The sum of the series whose line begins with `prefix`.
pub fn metric(settings: &Settings, prefix: &str) -> f64 {
    let text = settings.metrics.render();
    let lines = text.lines().filter(|line| line.starts_with(prefix));
    lines.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
}

pub fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = monotonic_now() + PATIENCE;
    while !done() {
        assert!(monotonic_now() < deadline, "timed out: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub fn wait_ready(service: &Service) {
    let status = service.status();
    wait_for("readiness", || status.ready().ok);
}

pub fn stop(service: Service) {
    service.stop(GRACE).unwrap();
}

/// The headers of a record as text.
pub fn headers(record: &OwnedMessage) -> Vec<(String, String)> {
    let text =
        |value: Option<&[u8]>| String::from_utf8(value.unwrap_or_default().to_vec()).unwrap();
    let all = record.headers().into_iter().flat_map(Headers::iter);
    all.map(|header| (header.key.to_owned(), text(header.value))).collect()
}
