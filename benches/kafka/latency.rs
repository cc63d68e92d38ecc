//! Measures the time from produce to readable alert at a given rate.
//!
//! The latency of a message counts from when the message was due, not from when it was sent, so
//! that a delayed feed does not hide the delay (coordinated omission). An alert counts as readable
//! when a consumer with `read_committed` has it. Each alert names its message by partition and
//! offset.

use super::bench_cluster::BenchCluster;
use super::contender::Contender;
use super::options::Options;
use super::support::{now, unique};
use super::traffic::{Feed, LIVE_SEED, Message, Traffic};
use anyhow::{Context, ensure};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{ClientConfig, Message as _, Offset, TopicPartitionList};
use serde::Deserialize;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The first fifth of the live time is warm-up: its messages do not count.
const WARM_UP_SHARE: u32 = 5;
/// How long the reader waits after the feed ends, for alerts that are still in flight.
const SETTLE: Duration = Duration::from_secs(2);
const POLL: Duration = Duration::from_millis(100);
const TICK: Duration = Duration::from_micros(500);
/// How long the contender gets to join its group.
const JOIN: Duration = Duration::from_secs(3);

#[derive(Debug, Clone, Copy)]
pub struct Latency {
    pub p50: f64,
    pub p99: f64,
    pub p999: f64,
    pub alerts: usize,
    /// How late the feed was at worst, in ms: a machine that is too slow for the rate shows here.
    pub feed_late: f64,
}

/// An alert, and when it became readable.
struct Seen {
    source: Source,
    at: Instant,
}

#[derive(Deserialize)]
struct Alert {
    source: Source,
}

#[derive(Deserialize)]
struct Source {
    partition: usize,
    offset: usize,
}

/// When each message was due, by partition and offset.
struct Due {
    times: Vec<Vec<Instant>>,
    counts_from: Instant,
    latest: Duration,
}

pub fn measure(
    cluster: &BenchCluster,
    contender: Contender,
    options: &Options,
) -> anyhow::Result<Latency> {
    let input = unique("live");
    cluster.create_input(&input);
    let messages = messages(options);
    let running = contender.start(cluster, &input)?;
    let over = AtomicBool::new(false);
    let (due, seen) = std::thread::scope(|scope| {
        let reader = scope.spawn(|| read(cluster, &running.topics.alerts, &over));
        std::thread::sleep(JOIN);
        let due = feed(cluster, &input, &messages, options);
        std::thread::sleep(SETTLE);
        over.store(true, Ordering::Relaxed);
        let seen = reader.join().expect("the reader returns its errors");
        anyhow::Ok((due?, seen?))
    })?;
    cluster.delete_input(&input);
    latency(&due, &seen)
}

fn messages(options: &Options) -> Vec<Message> {
    let mut traffic = Traffic::new(options.cards, LIVE_SEED);
    let count = options.rate * options.live.as_secs();
    (0..count).map(|_| traffic.next()).collect()
}

fn feed(
    cluster: &BenchCluster,
    input: &str,
    messages: &[Message],
    options: &Options,
) -> anyhow::Result<Due> {
    let mut feed = Feed::to(&cluster.brokers, input, cluster.partitions)?;
    let began = now();
    let mut due = Due {
        times: vec![Vec::new(); usize::try_from(cluster.partitions)?],
        counts_from: began + options.live / WARM_UP_SHARE,
        latest: Duration::ZERO,
    };
    for (number, message) in messages.iter().enumerate() {
        let at = began + Duration::from_secs_f64(number as f64 / options.rate as f64);
        while now() < at {
            feed.serve();
            std::thread::sleep(TICK);
        }
        let partition = feed.send(message)?;
        due.times[usize::try_from(partition)?].push(at);
        if at >= due.counts_from {
            due.latest = due.latest.max(now().duration_since(at));
        }
    }
    feed.finish()?;
    Ok(due)
}

fn read(cluster: &BenchCluster, topic: &str, over: &AtomicBool) -> anyhow::Result<Vec<Seen>> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", &cluster.brokers)
        .set("group.id", unique("alerts"))
        .set("isolation.level", "read_committed")
        .set("enable.auto.commit", "false")
        .create()?;
    let mut partitions = TopicPartitionList::new();
    for partition in 0..cluster.partitions {
        partitions.add_partition_offset(topic, partition, Offset::Beginning)?;
    }
    consumer.assign(&partitions)?;
    let mut seen = Vec::new();
    while !over.load(Ordering::Relaxed) {
        match consumer.poll(POLL) {
            None => {}
            Some(Ok(message)) => {
                let at = now();
                let alert: Alert = serde_json::from_slice(message.payload().unwrap_or_default())?;
                seen.push(Seen { source: alert.source, at });
            }
            Some(Err(KafkaError::PartitionEOF(_))) => {}
            Some(Err(error)) => return Err(error).context("reading alerts"),
        }
    }
    Ok(seen)
}

fn latency(due: &Due, seen: &[Seen]) -> anyhow::Result<Latency> {
    let mut millis = Vec::with_capacity(seen.len());
    for Seen { source, at } in seen {
        let due_at = due.times.get(source.partition).and_then(|times| times.get(source.offset));
        let due_at = *due_at.context("an alert about a message that nobody sent")?;
        if due_at >= due.counts_from {
            millis.push(at.saturating_duration_since(due_at).as_secs_f64() * 1e3);
        }
    }
    ensure!(!millis.is_empty(), "no alert came within the time that counts");
    millis.sort_by(f64::total_cmp);
    let quantile = |share: f64| millis[((millis.len() - 1) as f64 * share).ceil() as usize];
    Ok(Latency {
        p50: quantile(0.5),
        p99: quantile(0.99),
        p999: quantile(0.999),
        alerts: millis.len(),
        feed_late: due.latest.as_secs_f64() * 1e3,
    })
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { p50, p99, p999, alerts, feed_late } = self;
        write!(
            f,
            "p50 {p50:.1} ms, p99 {p99:.1} ms, p99.9 {p999:.1} ms over {alerts} alerts; \
             the feed was late by {feed_late:.0} ms at most"
        )
    }
}
