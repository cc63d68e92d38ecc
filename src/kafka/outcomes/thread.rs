//! The thread that follows outcomes, one per instance.

use super::follower::Follower;
use super::log::OutcomeLog;
use crate::clock::{monotonic_now, wall_now};
use crate::kafka::settings::Settings;
use crate::status::Status;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::time::Duration;

/// How long the thread waits for a record, and so for its end.
const POLL: Duration = Duration::from_millis(100);
/// How long it waits after a failed request.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// Follows the outcomes until the returned sender is dropped.
pub fn start(
    log: impl OutcomeLog + Send + 'static,
    topic: &str,
    settings: &Settings,
    status: Arc<Status>,
) -> io::Result<Sender<()>> {
    let (held, ended) = channel::<()>();
    let (topic, measured) = (topic.to_owned(), settings.measured.clone());
    let shared = (status, Arc::clone(&settings.metrics));
    let follower = Follower::new(log, topic, measured, shared, monotonic_now());
    std::thread::Builder::new().name("outcomes".into()).spawn(move || run(follower, &ended))?;
    Ok(held)
}

fn run(mut follower: Follower<impl OutcomeLog>, ended: &Receiver<()>) {
    while ended.try_recv() == Err(TryRecvError::Empty) {
        if let Err(fault) = follower.read(monotonic_now(), POLL) {
            tracing::warn!(?fault, "cannot read outcomes; trying again");
            if ended.recv_timeout(RETRY_PAUSE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
        }
        let began = monotonic_now();
        if follower.is_report_due(began) {
            follower.report(wall_now());
            follower.reported(began, monotonic_now());
        }
    }
}
