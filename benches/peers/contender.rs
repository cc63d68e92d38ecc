//! Starts and stops the contenders that are compared, each in a separate process, all exactly once.

use super::bench_cluster::BenchCluster;
use super::loops::{Order, Work};
use super::peer::{Job, Peer, Program};
use super::rules::{RULES, rates};
use super::support::guard::Guarded;
use super::support::redcard::{Redcard, Setup, Topics};
use super::support::unique;
use std::fmt;
use std::process::{Command, Stdio};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contender {
    /// Consumes, deserializes each message and commits; makes no decisions.
    Decoding,
    RedcardShippedRules,
    RedcardPeerRules,
    Flink {
        checkpoint_ms: u32,
    },
    Streams,
}

impl Contender {
    pub const ALL: [Self; 6] = [
        Self::Decoding,
        Self::RedcardShippedRules,
        Self::RedcardPeerRules,
        Self::Flink { checkpoint_ms: 1_000 },
        Self::Flink { checkpoint_ms: 100 },
        Self::Streams,
    ];

    pub fn has_peer_rules(self) -> bool {
        !matches!(self, Self::Decoding | Self::RedcardShippedRules)
    }

    /// Whether the name begins with `only`. The loop always runs, because others are compared with it.
    pub fn is_selected(self, only: &str) -> bool {
        self == Self::Decoding || self.to_string().starts_with(only)
    }

    pub fn is_java(self) -> bool {
        matches!(self, Self::Flink { .. } | Self::Streams)
    }

    /// Starts the contender on `input` from the beginning, in a new group and with new output
    /// topics.
    pub fn start<'s>(self, cluster: &'s BenchCluster, input: &str) -> anyhow::Result<Running<'s>> {
        let (group, topics) = (unique("group"), cluster.outputs(input));
        let peer = |program, more: &[String]| {
            let (brokers, output) = (&cluster.brokers, &topics.alerts);
            Peer::start(program, &Job { brokers, group: &group, input, output, more })
        };
        let process = match self {
            Self::Decoding => Process::Loop(start_loop(cluster, &group, &topics)?),
            Self::RedcardShippedRules => Process::redcard(&setup(cluster, &group, &topics)),
            Self::RedcardPeerRules => Process::redcard(
                &setup(cluster, &group, &topics).rules(RULES).set("money", "rates", rates()?),
            ),
            Self::Flink { checkpoint_ms } => {
                Process::Peer(peer(Program::Flink, &[checkpoint_ms.to_string()])?)
            }
            Self::Streams => Process::Peer(peer(Program::Streams, &[])?),
        };
        Ok(Running { cluster, contender: self, process, group, topics })
    }
}

fn start_loop(cluster: &BenchCluster, group: &str, topics: &Topics) -> anyhow::Result<Guarded> {
    let order = Order {
        work: Work::Decoding,
        exactly_once: true,
        brokers: cluster.brokers.clone(),
        group: group.to_owned(),
        input: topics.transactions.clone(),
        output: topics.alerts.clone(),
    };
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(Order::ARGUMENT).args(order.arguments()).stdin(Stdio::null());
    Ok(Guarded::spawn(&mut command, None)?)
}

fn setup(cluster: &BenchCluster, group: &str, topics: &Topics) -> Setup {
    Setup::new(&cluster.brokers, topics)
        .set("kafka", "group_id", group)
        .set("topics", "decisions", "")
        .set("delivery", "guarantee", "exactly_once")
        .set("log", "format", "json")
}

/// A contender that is running. Dropping it ends its process and deletes its outputs.
pub struct Running<'s> {
    cluster: &'s BenchCluster,
    contender: Contender,
    process: Process,
    pub group: String,
    pub topics: Topics,
}

enum Process {
    Loop(Guarded),
    Redcard(Box<Redcard>),
    Peer(Peer),
}

impl Process {
    fn redcard(setup: &Setup) -> Self {
        Self::Redcard(Box::new(setup.start()))
    }
}

impl Running<'_> {
    pub fn id(&self) -> u32 {
        match &self.process {
            Process::Loop(process) => process.id(),
            Process::Redcard(redcard) => redcard.id(),
            Process::Peer(peer) => peer.id(),
        }
    }

    /// What the contender has printed; the loop prints to this process's own output.
    pub fn output(&self) -> String {
        match &self.process {
            Process::Loop(_) => String::new(),
            Process::Redcard(redcard) => redcard.output(),
            Process::Peer(peer) => peer.output(),
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        match &mut self.process {
            Process::Loop(process) => process.kill(),
            Process::Redcard(redcard) => redcard.signal("KILL"),
            Process::Peer(peer) => peer.kill(),
        }
        self.cluster.delete_outputs(&self.topics);
        if self.contender == Contender::Streams {
            // Kafka Streams creates it, and names it after the group and the store.
            self.cluster.delete_input(&format!("{}-past-changelog", self.group));
        }
    }
}

impl fmt::Display for Contender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decoding => f.write_str("loop that decodes"),
            Self::RedcardShippedRules => f.write_str("redcard, its shipped rules"),
            Self::RedcardPeerRules => f.write_str("redcard, the six rules"),
            Self::Flink { checkpoint_ms } => {
                write!(f, "Flink, the six rules, a checkpoint every {checkpoint_ms} ms")
            }
            Self::Streams => f.write_str("Kafka Streams, the six rules"),
        }
    }
}
