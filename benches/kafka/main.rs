//! Compares redcard with loops that make no decisions, on one real Kafka broker: throughput, CPU
//! time, memory, latency from produce to readable alert, and restores.
//!
//! `cargo bench --bench kafka` starts a broker, warms it up with a round that does not count, then
//! measures interleaved rounds; docs/internals/performance.md explains each figure. With `--test`
//! it runs a little of everything, so that the benchmark cannot rot, and skips if no broker can be
//! started.
//!
//! ```text
//! traffic.rs: a backlog ──▶ input ──▶ contender.rs: a process ──▶ alerts
//!             a live feed ─▶                │ loops.rs, or `redcard run`
//!                                           ▼
//!             throughput.rs ◀── commits.rs: how far it got; machine.rs: what it took
//!             latency.rs    ◀── when each alert could be read
//!             restore.rs    ◀── the duration of the restore, from its log
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

mod bench_cluster;
mod commits;
mod contender;
mod latency;
mod loops;
mod machine;
mod options;
mod report;
mod restore;
#[path = "../../tests/it/support/mod.rs"]
#[allow(dead_code, reason = "shared with the integration tests, which use all of it")]
mod support;
mod throughput;
mod traffic;

use bench_cluster::BenchCluster;
use contender::Contender;
use options::{Mode, Options};
use report::{Report, Round};

fn main() -> anyhow::Result<()> {
    match Options::from_arguments()? {
        Mode::Loop(order) => loops::run(&order),
        Mode::Measure(options) => measure(&options),
    }
}

fn measure(options: &Options) -> anyhow::Result<()> {
    let cluster = match BenchCluster::prepare(options, &[]) {
        Ok(cluster) => cluster,
        Err(problem) if options.smoke => {
            println!("kafka: skipped, for want of a broker: {problem}");
            return Ok(());
        }
        Err(problem) => return Err(problem),
    };
    println!("{options}");
    let mut report = Report::default();
    // A cold broker hides all differences between contenders.
    let warm_up = usize::from(!options.smoke);
    for number in 0..options.rounds + warm_up {
        let round = run_round(&cluster, options)?;
        println!("{}\n{round}", if number < warm_up { "warm-up" } else { "round" });
        if number >= warm_up {
            report.add(round);
        }
    }
    println!("{report}");
    Ok(())
}

/// Measures everything once. Contenders that are compared run one after the other.
fn run_round(cluster: &BenchCluster, options: &Options) -> anyhow::Result<Round> {
    let mut round = Round::default();
    for contender in Contender::ALL {
        let mut running = contender.start(cluster, &cluster.backlog)?;
        round.throughput.push((contender, throughput::measure(cluster, &running)?));
        if contender == Contender::REDCARD_EXACTLY_ONCE {
            round.restore = Some(restore::measure(&mut running)?);
        }
    }
    for contender in [Contender::NOTHING_EXACTLY_ONCE, Contender::REDCARD_EXACTLY_ONCE] {
        round.latency.push((contender, latency::measure(cluster, contender, options)?));
    }
    Ok(round)
}
