//! Measures a group's progress by its committed offsets, in the same way for every contender.

use super::bench_cluster::BenchCluster;
use super::contender::Running;
use super::machine::is_running;
use super::support::{PATIENCE, now};
use anyhow::ensure;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use std::time::{Duration, Instant};

const REQUEST_LIMIT: Duration = Duration::from_secs(10);
/// Pause between two requests: short compared with a commit interval, and long enough to cost the
/// broker little.
const ASK_AGAIN: Duration = Duration::from_millis(5);

pub struct Commits {
    /// The contender's process id: if it ends, waiting is pointless.
    process: u32,
    client: BaseConsumer,
    partitions: TopicPartitionList,
}

/// A group's progress, seen right after a commit.
#[derive(Debug, Clone, Copy)]
pub struct Reached {
    pub at: Instant,
    pub messages: u64,
}

impl Commits {
    pub fn of(cluster: &BenchCluster, running: &Running<'_>, input: &str) -> anyhow::Result<Self> {
        let client = ClientConfig::new()
            .set("bootstrap.servers", &cluster.brokers)
            .set("group.id", &running.group)
            // Makes the broker answer immediately: an open transaction does not delay the answer.
            .set("isolation.level", "read_uncommitted")
            .create()?;
        let mut partitions = TopicPartitionList::new();
        partitions.add_partition_range(input, 0, cluster.partitions - 1);
        Ok(Self { process: running.id(), client, partitions })
    }

    /// Waits for a commit that brings the group to at least `least` messages.
    pub fn wait(&self, least: u64) -> anyhow::Result<Reached> {
        let mut last = self.messages();
        let mut moved = now();
        loop {
            let (messages, at) = (self.messages(), now());
            if messages > last {
                if messages >= least {
                    return Ok(Reached { at, messages });
                }
                (last, moved) = (messages, at);
            }
            ensure!(at < moved + PATIENCE, "a contender stands still after {messages} messages");
            self.pause()?;
        }
    }

    /// Waits until the group has committed `least` messages, whenever that commit was.
    pub fn wait_until(&self, least: u64) -> anyhow::Result<()> {
        let deadline = now() + PATIENCE;
        while self.messages() < least {
            ensure!(now() < deadline, "a contender did not come to message {least}");
            self.pause()?;
        }
        Ok(())
    }

    fn pause(&self) -> anyhow::Result<()> {
        ensure!(is_running(self.process), "a contender ended before it had processed everything");
        std::thread::sleep(ASK_AGAIN);
        Ok(())
    }

    /// 0 if the broker does not answer: a new group has no coordinator yet.
    fn messages(&self) -> u64 {
        let answer = self.client.committed_offsets(self.partitions.clone(), REQUEST_LIMIT);
        let offset = |offset| match offset {
            Offset::Offset(offset) => u64::try_from(offset).unwrap_or(0),
            _ => 0,
        };
        answer.map_or(0, |committed| {
            committed.elements().iter().map(|element| offset(element.offset())).sum()
        })
    }
}
