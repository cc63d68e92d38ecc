//! Runs the shard's own logic over a model of the brokers, in virtual time, under every kind of
//! fault.
//!
//! The seed determines the input, the faults and the order of all events, so a failure can be
//! reproduced:
//!
//! ```text
//! REDCARD_SIMULATOR_SEED=17 cargo test --lib simulator
//! REDCARD_SIMULATOR_RUNS=100000 cargo test --release --lib simulator
//! ```

mod checkpoints;
mod cluster;
mod compare;
mod faults;
mod initial_state;
mod ports;
mod reference;
mod reference_oracle;
mod rules;
mod run;
mod sabotage;
mod stuck;
mod traffic;
mod unreadable;

use crate::kafka::settings::Guarantee;
use run::{Plan, Summary, run};
use sabotage::Sabotage;

const EXACTLY_ONCE_RUNS: u64 = 2_000;
const AT_LEAST_ONCE_RUNS: u64 = 600;
const RECORDS: usize = 60;

#[expect(clippy::disallowed_methods, reason = "how many and which runs is the caller's to say")]
fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name}={value}")))
}

fn seeds(runs: u64) -> std::ops::Range<u64> {
    match variable("REDCARD_SIMULATOR_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..variable("REDCARD_SIMULATOR_RUNS").unwrap_or(runs),
    }
}

fn check(guarantee: Guarantee, runs: u64) -> Summary {
    let mut sum = Summary::default();
    if variable("REDCARD_SIMULATOR_SEED").is_some() {
        let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::DEBUG);
        let _ = subscriber.without_time().with_target(false).with_test_writer().try_init();
    }
    for seed in seeds(runs) {
        let plan = Plan { seed, guarantee, sabotage: Sabotage::None, records: RECORDS };
        match run(plan) {
            Ok(summary) => sum.add(&summary),
            Err(error) => {
                panic!("{error}\nagain: REDCARD_SIMULATOR_SEED={seed} cargo test --lib simulator")
            }
        }
    }
    sum
}

#[test]
fn exactly_once_under_random_faults() {
    let sum = check(Guarantee::ExactlyOnce, EXACTLY_ONCE_RUNS);
    if sum.runs > 100 {
        assert!(sum.is_eventful(), "not everything was tried: {sum:?}");
    }
}

#[test]
fn at_least_once_under_random_faults() {
    let sum = check(Guarantee::AtLeastOnce, AT_LEAST_ONCE_RUNS);
    if sum.runs > 100 {
        assert!(sum.crashes > 0 && sum.pauses > 0 && sum.alerts > 0, "{sum:?}");
        assert!(sum.warmed_up > 0.0 && sum.gaps > 0, "{sum:?}");
    }
}

/// Uses the same runs that find nothing without sabotage.
#[test]
fn every_sabotage_is_found() {
    for sabotage in Sabotage::EXACTLY_ONCE {
        assert_found(Guarantee::ExactlyOnce, sabotage, EXACTLY_ONCE_RUNS);
    }
    for sabotage in Sabotage::AT_LEAST_ONCE {
        assert_found(Guarantee::AtLeastOnce, sabotage, AT_LEAST_ONCE_RUNS);
    }
}

fn assert_found(guarantee: Guarantee, sabotage: Sabotage, runs: u64) {
    let found = (0..runs).find_map(|seed| {
        let error = run(Plan { seed, guarantee, sabotage, records: RECORDS }).err()?;
        Some((seed, error))
    });
    let Some((seed, error)) = found else {
        panic!("{guarantee:?}: {sabotage:?} was not found in {runs} runs");
    };
    println!("{guarantee:?}: {sabotage:?} is found by seed {seed}: {error}");
}
