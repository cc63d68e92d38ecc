//! Starts, watches and stops the notifier as a whole.

use super::dispatcher::Dispatcher;
use super::health::NotifyHealth;
use super::reader::{AlertReader, StopSignal};
use super::settings::{Settings, TargetError};
use super::store::Store;
use super::target::Target;
use crate::clock::{monotonic_now, wall_now};
use crate::kafka::{ReadError, StartError, TopicReader};
use crate::metrics::NotifyMetrics;
use rand::SeedableRng;
use rand::rngs::SysRng;
use rand_chacha::ChaCha8Rng;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;

/// A running notifier.
///
/// ```text
/// start ─▶ a reading thread, a task for each target ─▶ … ─▶ stop: stop reading, deliver the rest, commit
///                    └─▶ died: failed resolves
/// ```
#[derive(Debug)]
pub struct Notifier {
    stop_signal: Arc<StopSignal>,
    store: Arc<Store>,
    health: Arc<NotifyHealth>,
    reader: oneshot::Receiver<Result<(), NotifyError>>,
    is_last: watch::Sender<bool>,
    outboxes: JoinSet<()>,
}

/// Why a notifier cannot continue.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("cannot start a thread: {0}")]
    Thread(std::io::Error),
    #[error("the reading thread panicked; the panic's own message is above")]
    Panicked,
    #[error(
        "not every target accepted within the grace of {} ms; what was not accepted is read again by \
         the next start", .0.as_millis()
    )]
    Grace(Duration),
}

impl Settings {
    /// Runs the checks on the targets that a start makes before it connects. Returns the targets'
    /// names.
    pub fn check(&self) -> Result<Vec<&'static str>, TargetError> {
        Ok(Target::all(self)?.iter().map(Target::name).collect())
    }
}

impl Notifier {
    /// Starts everything; call it within a tokio runtime.
    pub fn start(
        settings: &Settings,
        metrics: &Arc<NotifyMetrics>,
        health: &Arc<NotifyHealth>,
    ) -> Result<Self, NotifyError> {
        let targets = Target::all(settings)?;
        let resend_policies = targets.iter().map(|target| target.resend_policy).collect();
        let store = Arc::new(Store::new(settings.policy, resend_policies));
        let stop_signal = Arc::new(StopSignal::default());
        let reader = AlertReader {
            topic: TopicReader::connect(&settings.connection, &settings.topic)?,
            policy: settings.policy,
            store: Arc::clone(&store),
            metrics: Arc::clone(metrics),
            health: Arc::clone(health),
            stop_signal: Arc::clone(&stop_signal),
            targets: targets.len(),
        };
        let (is_last, last) = watch::channel(false);
        let mut outboxes = JoinSet::new();
        for (number, target) in targets.into_iter().enumerate() {
            let dispatcher = Dispatcher {
                number,
                target,
                store: Arc::clone(&store),
                metrics: Arc::clone(metrics),
                health: Arc::clone(health),
                dice: dice(),
                is_last: last.clone(),
            };
            outboxes.spawn(dispatcher.run());
        }
        let reader = spawn(reader)?;
        Ok(Self { stop_signal, store, health: Arc::clone(health), reader, is_last, outboxes })
    }

    /// Resolves when the notifier can no longer run.
    pub async fn failed(&mut self) -> NotifyError {
        tokio::select! {
            ended = &mut self.reader => match ended {
                Ok(Err(error)) => error,
                Ok(Ok(())) | Err(_) => NotifyError::Panicked,
            },
            Some(Err(_)) = self.outboxes.join_next() => NotifyError::Panicked,
        }
    }

    /// Stops reading, delivers what is left to the targets, and commits what they accepted, within
    /// `grace`.
    pub async fn stop(mut self, grace: Duration) -> Result<(), NotifyError> {
        let began = monotonic_now();
        self.health.stops();
        self.stop_signal.stop_reading();
        self.store.set_urgent(true);
        // Fails only if every target's task has ended already.
        let _ = self.is_last.send(true);
        let all = async { while self.outboxes.join_next().await.is_some() {} };
        let deliveries = tokio::time::timeout(grace, all).await;
        self.outboxes.abort_all();
        self.stop_signal.end();
        let left = grace.saturating_sub(monotonic_now().saturating_duration_since(began));
        let ended = tokio::time::timeout(left.max(LAST_COMMIT), &mut self.reader).await;
        match (deliveries, ended) {
            (Err(_), _) | (_, Err(_)) => Err(NotifyError::Grace(grace)),
            (Ok(()), Ok(ended)) => ended.unwrap_or(Err(NotifyError::Panicked)),
        }
    }
}

/// The minimum time for the last commit, even if the targets used up the grace period.
const LAST_COMMIT: Duration = Duration::from_secs(1);

/// If the system has no random bytes, the clock seeds the jitter.
fn dice() -> ChaCha8Rng {
    let by_time = || ChaCha8Rng::seed_from_u64(wall_now().millis().unsigned_abs());
    ChaCha8Rng::try_from_rng(&mut SysRng).unwrap_or_else(|_| by_time())
}

fn spawn(reader: AlertReader) -> Result<oneshot::Receiver<Result<(), NotifyError>>, NotifyError> {
    let (ended, end) = oneshot::channel();
    let run = move || {
        // The reader is not used after a panic, so no broken state can be seen.
        let result = catch_unwind(AssertUnwindSafe(move || reader.run()));
        let result = match result {
            Ok(result) => result.map_err(NotifyError::from),
            Err(_) => Err(NotifyError::Panicked),
        };
        // Fails only if the notifier was dropped.
        let _ = ended.send(result);
    };
    let thread = std::thread::Builder::new().name("alerts".into()).spawn(run);
    thread.map_err(NotifyError::Thread)?;
    Ok(end)
}
