//! The tools of the integration tests: a real broker, a client to read its topics, and the
//! `redcard` binary as a user starts it. Knows nothing about fraud.

pub mod broker;
#[allow(dead_code, reason = "the integration tests' alone")]
pub mod browser;
pub mod card_numbers;
#[allow(dead_code, reason = "the tests alone make some")]
pub mod certificates;
pub mod client;
pub mod grafana;
pub mod guard;
pub mod hanging;
pub mod http;
pub mod jars;
pub mod messages;
pub mod metrics;
pub mod ports;
pub mod prometheus;
pub mod redcard;
pub mod rules;
pub mod secure;
pub mod tools;

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How long a test waits for something that should happen soon, on a machine that may be ten times
/// slower than an idle one.
pub const PATIENCE: Duration = Duration::from_secs(240);

const POLL_INTERVAL: Duration = Duration::from_millis(50);
const POLL_INTERVAL_MAX: Duration = Duration::from_millis(500);

/// A name that no other test uses, and no earlier run against the same broker.
pub fn unique(stem: &str) -> String {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    format!("{stem}-{}-{:x}-{count}", std::process::id(), started_at_millis())
}

/// Calls `probe` until it returns a value; panics with `what` after [`PATIENCE`].
pub fn wait_until<T>(what: &str, probe: impl FnMut() -> Option<T>) -> T {
    wait_within(PATIENCE, probe).unwrap_or_else(|| panic!("timed out after {PATIENCE:?}: {what}"))
}

/// Calls `probe` until it returns a value or the time limit has passed.
pub fn wait_within<T>(limit: Duration, mut probe: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = now() + limit;
    loop {
        let began = now();
        if let Some(answer) = probe() {
            return Some(answer);
        }
        if now() >= deadline {
            return None;
        }
        // A probe may create a client or start a process: those that wait must not keep the
        // processors from those that work.
        std::thread::sleep((2 * began.elapsed()).clamp(POLL_INTERVAL, POLL_INTERVAL_MAX));
    }
}

#[expect(clippy::disallowed_methods, reason = "tests wait in real time")]
pub fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "tests stamp records with the real time")]
pub fn wall_millis() -> i64 {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    since_epoch.as_millis().try_into().unwrap()
}

#[expect(clippy::disallowed_methods, reason = "the tests' one look at the environment")]
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn started_at_millis() -> i64 {
    static STARTED: std::sync::LazyLock<i64> = std::sync::LazyLock::new(wall_millis);
    *STARTED
}
