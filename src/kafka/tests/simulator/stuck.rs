//! Tests a shard whose broker does not answer, in virtual time: the watchdog reports it, and later
//! its recovery.

use super::ports::Shared;
use super::run::one_shard;
use crate::kafka::watchdog::{StallEvent, Watchdog};
use crate::status::{Activity, Status};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a call to the broker takes in the meantime.
const LONG: Duration = Duration::from_secs(40);

fn at(cluster: &Shared, origin: Instant) -> Instant {
    origin + cluster.borrow().now
}

#[test]
fn a_stuck_shard_is_reported_once_with_its_activity() {
    let status = Arc::new(Status::new());
    status.started(1);
    let (mut shard, cluster, settings, origin) = one_shard(Arc::clone(&status));
    let mut watchdog = Watchdog::new(status, Arc::clone(&settings.metrics));
    let mut seen = Vec::new();
    for _ in 0..200 {
        shard.step().unwrap();
        seen.extend(watchdog.look(at(&cluster, origin)));
    }
    assert_eq!(seen, []);
    cluster.borrow_mut().slow_commits = LONG;
    for _ in 0..200 {
        if seen.is_empty() {
            shard.step().unwrap();
            seen = watchdog.look(at(&cluster, origin));
        }
    }
    let [StallEvent::Stuck(stuck)] = &*seen else { panic!("{seen:?}") };
    assert_eq!((stuck.shard, stuck.doing.activity), (0, Activity::Committing));
    assert!(stuck.idle_for >= LONG, "{stuck:?}");
    assert_eq!(settings.metrics.render().matches("redcard_stuck_shards 1").count(), 1);
    assert_eq!(watchdog.look(at(&cluster, origin)), []);
    cluster.borrow_mut().slow_commits = Duration::ZERO;
    shard.step().unwrap();
    let moves = watchdog.look(at(&cluster, origin));
    assert_eq!(moves, [StallEvent::Moves { shard: 0, was: stuck.doing }]);
    assert_eq!(settings.metrics.render().matches("redcard_stuck_shards 0").count(), 1);
}
