//! Starts and stops the contenders that are compared: loops and redcard, each in a separate process.

use super::bench_cluster::BenchCluster;
use super::loops::{Order, Work};
use super::support::guard::Guarded;
use super::support::redcard::{Redcard, Setup, Topics};
use super::support::unique;
use std::fmt;
use std::process::{Command, Stdio};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contender {
    pub kind: Kind,
    pub exactly_once: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Loop(Work),
    Redcard,
}

impl Contender {
    pub const NOTHING_EXACTLY_ONCE: Self =
        Self { kind: Kind::Loop(Work::Nothing), exactly_once: true };
    pub const REDCARD_EXACTLY_ONCE: Self = Self { kind: Kind::Redcard, exactly_once: true };
    pub const ALL: [Self; 6] = [
        Self { kind: Kind::Loop(Work::Nothing), exactly_once: false },
        Self::NOTHING_EXACTLY_ONCE,
        Self { kind: Kind::Loop(Work::Decoding), exactly_once: false },
        Self { kind: Kind::Redcard, exactly_once: false },
        Self { kind: Kind::Loop(Work::Decoding), exactly_once: true },
        Self::REDCARD_EXACTLY_ONCE,
    ];

    /// The loop that only decodes, with the same guarantee.
    pub fn baseline(self) -> Self {
        Self { kind: Kind::Loop(Work::Decoding), ..self }
    }

    /// Starts the contender on `input` from the beginning, in a new group and with new output
    /// topics.
    pub fn start<'s>(self, cluster: &'s BenchCluster, input: &str) -> anyhow::Result<Running<'s>> {
        let (group, topics) = (unique("group"), cluster.outputs(input));
        let process = match self.kind {
            Kind::Loop(work) => {
                let order = Order {
                    work,
                    exactly_once: self.exactly_once,
                    brokers: cluster.brokers.clone(),
                    group: group.clone(),
                    input: input.to_owned(),
                    output: topics.alerts.clone(),
                };
                Process::Loop(start_loop(&order)?)
            }
            Kind::Redcard => Process::Redcard(self.setup(cluster, &group, &topics)),
        };
        Ok(Running { cluster, process, group, topics })
    }

    fn setup(self, cluster: &BenchCluster, group: &str, topics: &Topics) -> Box<(Setup, Redcard)> {
        let guarantee = if self.exactly_once { "exactly_once" } else { "at_least_once" };
        let setup = Setup::new(&cluster.brokers, topics)
            .set("kafka", "group_id", group)
            .set("topics", "decisions", "")
            .set("delivery", "guarantee", guarantee)
            .set("log", "format", "json");
        let redcard = setup.start();
        Box::new((setup, redcard))
    }
}

fn start_loop(order: &Order) -> anyhow::Result<Guarded> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(Order::ARGUMENT).args(order.arguments()).stdin(Stdio::null());
    Ok(Guarded::spawn(&mut command, None)?)
}

/// A contender that is running. Dropping it ends its process and deletes its outputs.
pub struct Running<'s> {
    cluster: &'s BenchCluster,
    process: Process,
    pub group: String,
    pub topics: Topics,
}

enum Process {
    Loop(Guarded),
    Redcard(Box<(Setup, Redcard)>),
}

impl Running<'_> {
    pub fn id(&self) -> u32 {
        match &self.process {
            Process::Loop(process) => process.id(),
            Process::Redcard(redcard) => redcard.1.id(),
        }
    }

    /// Shuts redcard down gracefully, starts it again and waits until it is ready.
    pub fn restarted(&mut self) -> Option<&Redcard> {
        let Process::Redcard(redcard) = &mut self.process else { return None };
        let (setup, running) = &mut **redcard;
        running.signal("TERM");
        running.wait_end();
        *running = setup.start_ready();
        Some(running)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        match &mut self.process {
            Process::Loop(process) => process.kill(),
            Process::Redcard(redcard) => redcard.1.signal("KILL"),
        }
        self.cluster.delete_outputs(&self.topics);
    }
}

impl fmt::Display for Contender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Loop(Work::Nothing) => "no-op loop",
            Kind::Loop(Work::Decoding) => "loop that decodes",
            Kind::Redcard => "redcard",
        };
        let guarantee = if self.exactly_once { "exactly once" } else { "at least once" };
        write!(f, "{kind}, {guarantee}")
    }
}
