//! Compares redcard with Flink and Kafka Streams: the same six rules on the same messages, on one
//! real Kafka broker, exactly once, with equal alerts.
//!
//! `benches/peers/run` builds the peers with Maven and starts this program; benches/peers/README.md
//! explains what is compared and how each peer is tuned. With `--test` it runs a little of
//! everything, without the peers if they are not built, and skips if no broker can be started.
//!
//! ```text
//! edges.rs, traffic.rs: a backlog ──▶ input ──▶ contender.rs: a process ──▶ alerts
//!                                                   │ loops.rs,             │
//!                                                   │ `redcard run`         ▼
//!                                                   │ or peer.rs: Java   alerts.rs: all equal?
//!                                                   ▼
//!                  throughput.rs ◀── commits.rs: how far it got; machine.rs: what it took
//! ```

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a benchmark counts small numbers, and may end where it fails"
)]

mod alerts;
#[path = "../kafka/bench_cluster.rs"]
#[allow(dead_code, reason = "shared with the benchmark of redcard alone, which uses all of it")]
mod bench_cluster;
#[path = "../kafka/commits.rs"]
mod commits;
mod contender;
mod edges;
#[path = "../kafka/loops.rs"]
mod loops;
#[path = "../kafka/machine.rs"]
mod machine;
mod options;
mod peer;
mod report;
mod rules;
#[path = "../../tests/it/support/mod.rs"]
#[allow(dead_code, reason = "shared with the integration tests, which use all of it")]
mod support;
#[path = "../kafka/throughput.rs"]
mod throughput;
#[path = "../kafka/traffic.rs"]
#[allow(dead_code, reason = "shared with the benchmark of redcard alone, which uses all of it")]
mod traffic;

use alerts::Alerts;
use anyhow::Context;
use bench_cluster::BenchCluster;
use contender::{Contender, Running};
use options::{Mode, Options};
use report::{Report, Round};

fn main() -> anyhow::Result<()> {
    match Options::from_arguments()? {
        Mode::Loop(order) => loops::run(&order),
        Mode::Measure(options) => measure(&options),
    }
}

fn measure(options: &Options) -> anyhow::Result<()> {
    let contenders = contenders(options)?;
    let cluster = match BenchCluster::prepare(options, &edges::messages()) {
        Ok(cluster) => cluster,
        Err(problem) if options.smoke => {
            println!("peers: skipped, because no broker can be started: {problem}");
            return Ok(());
        }
        Err(problem) => return Err(problem),
    };
    println!("{options}");
    let mut report = Report::of(&contenders);
    let mut expected = None;
    for number in 0..options.rounds {
        let round = run_round(&cluster, &contenders, &mut expected)?;
        println!("round {} of {}", number + 1, options.rounds);
        report.add(round);
    }
    println!("{report}");
    Ok(())
}

/// The contenders that were asked for; in a smoke test, without the peers that are not built.
fn contenders(options: &Options) -> anyhow::Result<Vec<Contender>> {
    let mut contenders = Contender::ALL.to_vec();
    contenders.retain(|contender| contender.is_selected(&options.only));
    match peer::check_built() {
        Err(problem) if options.smoke => {
            println!("peers: without Flink and Kafka Streams: {problem}");
            contenders.retain(|contender| !contender.is_java());
        }
        built => built?,
    }
    Ok(contenders)
}

/// Measures everything once. `expected` are the alerts of the first contender with the six rules;
/// those of all others must be equal, in every round.
fn run_round(
    cluster: &BenchCluster,
    contenders: &[Contender],
    expected: &mut Option<Alerts>,
) -> anyhow::Result<Round> {
    let mut round = Round::default();
    for contender in contenders {
        let running = contender.start(cluster, &cluster.backlog)?;
        let measured = throughput::measure(cluster, &running)
            .with_context(|| format!("{contender}:\n{}", running.output()))?;
        println!("  {contender}: {measured}");
        round.add(*contender, measured);
        if contender.has_peer_rules() {
            check_alerts(cluster, &running, expected)
                .with_context(|| format!("the alerts of {contender}"))?;
        }
    }
    Ok(round)
}

/// The first contender's alerts must be right at the edges; all others' must equal the first's.
fn check_alerts(
    cluster: &BenchCluster,
    running: &Running<'_>,
    expected: &mut Option<Alerts>,
) -> anyhow::Result<()> {
    let found = Alerts::read(&cluster.brokers, &running.topics.alerts)?;
    if let Some(expected) = expected {
        found.compare(expected)?;
        println!("    the same alerts");
        return Ok(());
    }
    edges::check(&found)?;
    println!("    {found}");
    *expected = Some(found);
    Ok(())
}
