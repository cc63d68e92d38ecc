//! Measures how fast a contender processes the backlog, and what that costs.
//!
//! The measured span lies between two commits, so that starting, joining the group and the first
//! fetches do not count.

use super::bench_cluster::BenchCluster;
use super::commits::{Commits, Reached};
use super::contender::Running;
use super::machine::{Usage, resident_mib};
use super::support::now;
use std::fmt;

/// Where the span begins and ends, in percent of the backlog.
const FROM_PERCENT: u64 = 10;
const TO_PERCENT: u64 = 95;

#[derive(Debug, Clone, Copy)]
pub struct Throughput {
    pub messages_per_second: f64,
    /// CPU seconds per million messages.
    pub client_cpu: f64,
    pub broker_cpu: Option<f64>,
    pub resident_mib: f64,
    /// Share of the machine's CPU time that went to processes outside the benchmark.
    pub others: f64,
}

pub fn measure(cluster: &BenchCluster, running: &Running<'_>) -> anyhow::Result<Throughput> {
    let commits = Commits::of(cluster, running, &cluster.backlog)?;
    let usage = || Usage::of(running.id(), cluster.broker_process());
    let enough = cluster.backlog_messages * TO_PERCENT / 100;
    let (mut first, mut before) = (Reached { at: now(), messages: 0 }, usage()?);
    let mut last = commits.wait(cluster.backlog_messages * FROM_PERCENT / 100)?;
    // A backlog that ends with its first commit is measured from the start of this function.
    if last.messages < enough {
        (first, before) = (last, usage()?);
        last = commits.wait(enough)?;
    }
    let after = usage()?;
    let resident_mib = resident_mib(running.id())?;
    commits.wait_until(cluster.backlog_messages)?;
    let millions = (last.messages - first.messages) as f64 / 1e6;
    Ok(Throughput {
        messages_per_second: millions * 1e6 / last.at.duration_since(first.at).as_secs_f64(),
        client_cpu: (after.client - before.client) / millions,
        broker_cpu: after
            .broker
            .zip(before.broker)
            .map(|(after, before)| (after - before) / millions),
        resident_mib,
        others: after.others_since(&before),
    })
}

impl fmt::Display for Throughput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { messages_per_second, client_cpu, broker_cpu, resident_mib, others } = self;
        let broker = broker_cpu.map_or("?".to_owned(), |cpu| format!("{cpu:.2}"));
        write!(
            f,
            "{messages_per_second:.0} a second, {client_cpu:.2} s client and {broker} s broker CPU \
             a million, {resident_mib:.0} MiB; others {:.0} %",
            others * 100.0
        )
    }
}
