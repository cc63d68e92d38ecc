//! Sets up what all contenders share: the broker, the backlog, and topics that are deleted
//! afterwards.

use super::options::Options;
use super::support::broker::Broker;
use super::support::client::{brokers_known, create_topic_with};
use super::support::redcard::Topics;
use super::support::{environment, unique, wait_within};
use super::traffic::{self, Message, Traffic};
use anyhow::{Context, anyhow};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use std::time::Duration;

/// Deleted topics free their disk space quickly: the histories of many rounds would fill a disk.
const TOPIC_SETTINGS: &[(&str, &str)] = &[("file.delete.delay.ms", "1000"), ("retention.ms", "-1")];

pub struct BenchCluster {
    pub brokers: String,
    pub partitions: i32,
    /// The input topic that throughput is measured on.
    pub backlog: String,
    pub backlog_messages: u64,
    /// `None` if this benchmark did not start the broker; its process id is then unknown.
    broker: Option<Broker>,
    admin: AdminClient<DefaultClientContext>,
    runtime: tokio::runtime::Runtime,
}

impl BenchCluster {
    /// The backlog begins with the messages `first`; the generated ones follow.
    pub fn prepare(options: &Options, first: &[Message]) -> anyhow::Result<Self> {
        let (brokers, broker) = match environment("REDCARD_BENCH_BROKERS") {
            Some(brokers) => {
                wait_within(Duration::from_secs(30), || {
                    (brokers_known(&brokers) > 0).then_some(())
                })
                .with_context(|| format!("no broker answers at {brokers}"))?;
                (brokers, None)
            }
            None => {
                let broker = Broker::start_for_measuring().map_err(|problem| anyhow!(problem))?;
                (broker.addresses(), Some(broker))
            }
        };
        let admin = ClientConfig::new().set("bootstrap.servers", &brokers).create()?;
        let mut cluster = Self {
            admin,
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build()?,
            brokers,
            partitions: options.partitions,
            backlog: unique("backlog"),
            backlog_messages: options.messages + first.len() as u64,
            broker,
        };
        cluster.fill(options, first)?;
        Ok(cluster)
    }

    pub fn broker_process(&self) -> Option<u32> {
        self.broker.as_ref().and_then(Broker::id)
    }

    pub fn create_input(&self, topic: &str) {
        create_topic_with(&self.brokers, topic, (self.partitions, 1), TOPIC_SETTINGS);
    }

    /// Creates the topics for the outputs of `input`, except decisions, which are not published.
    pub fn outputs(&self, input: &str) -> Topics {
        let topics = Topics { transactions: input.to_owned(), ..Topics::named("measured") };
        for topic in Self::of_outputs(&topics) {
            create_topic_with(&self.brokers, topic, (self.partitions, 1), TOPIC_SETTINGS);
        }
        topics
    }

    pub fn delete_input(&self, topic: &str) {
        self.delete(&[topic]);
    }

    pub fn delete_outputs(&self, topics: &Topics) {
        self.delete(&Self::of_outputs(topics));
    }

    /// Topics that cannot be deleted are reported and stay on the broker.
    fn delete(&self, topics: &[&str]) {
        let deleted = self.admin.delete_topics(topics, &AdminOptions::new());
        match self.runtime.block_on(deleted) {
            Ok(results) => results
                .iter()
                .filter_map(|result| result.as_ref().err())
                .for_each(|(topic, code)| println!("topic {topic} was not deleted: {code}")),
            Err(error) => println!("topics {topics:?} were not deleted: {error}"),
        }
    }

    fn of_outputs(topics: &Topics) -> [&str; 3] {
        [&topics.alerts, &topics.dead_letters, &topics.history]
    }

    fn fill(&mut self, options: &Options, first: &[Message]) -> anyhow::Result<()> {
        self.create_input(&self.backlog);
        let mut feed = traffic::Feed::to(&self.brokers, &self.backlog, self.partitions)?;
        let mut traffic = Traffic::new(options.cards, traffic::BACKLOG_SEED);
        for message in first {
            feed.send(message)?;
        }
        let mut bytes = 0;
        for _ in 0..options.messages {
            let message = traffic.next();
            bytes += message.value.len() as u64;
            feed.send(&message)?;
        }
        feed.finish()?;
        println!("a message has {} bytes on average", bytes / options.messages.max(1));
        Ok(())
    }
}
