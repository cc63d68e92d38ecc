//! Starts, monitors and stops a set of shards.

use super::checkpoint_files::CheckpointFiles;
use super::client::{
    GroupConsumer, LabelReader, OutcomeReader, PartitionReader, ShardProducer, ensure_topics,
};
use super::errors::{ShardError, ShardFailure, StartError, StopError, Stopped};
use super::list_reader::{ListReader, report_without_topic};
use super::outcomes;
use super::settings::Settings;
use super::shard::ports::{Clock, PortSet, Ports};
use super::shard::{Ended, Shard, Stop};
use super::watchdog::Watchdog;
use crate::clock::{monotonic_now, wall_now};
use crate::status::{Activity, Status};
use crate::transaction::Time;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How long the shards may drain if the service is dropped without a stop.
const DROPPED_GRACE: Duration = Duration::from_secs(10);

/// Running shards.
///
/// ```text
/// start ─▶ topics checked or created ─▶ one thread per shard ─▶ … ─▶ stop: each drains and leaves
///                                             │
///                                             └─▶ failed: wait_failed resolves, the others continue
/// ```
#[derive(Debug)]
pub struct Service {
    status: Arc<Status>,
    stop: Arc<Stop>,
    threads: Vec<JoinHandle<()>>,
    ended: Receiver<(usize, Result<Ended, ShardError>)>,
    failure: watch::Receiver<Option<ShardFailure>>,
    /// Dropping it stops the watchdog.
    _watchdog: Sender<()>,
    /// Dropping it stops the thread that reads the lists.
    lists: ListsThread,
    /// Dropping it stops the thread that measures rules, if there is one.
    _outcomes: Option<Sender<()>>,
}

/// Stops the thread that follows the lists topic when it is dropped. The thread ends after its current
/// request to the brokers.
#[derive(Debug, Default)]
struct ListsThread {
    stop: Arc<AtomicBool>,
}

impl ListsThread {
    fn start(&self, reader: Option<ListReader>) -> Result<(), StartError> {
        let Some(reader) = reader else { return Ok(()) };
        let stop = Arc::clone(&self.stop);
        let thread = std::thread::Builder::new().name("lists".into());
        let started = thread.spawn(move || reader.follow(&stop));
        started.map(drop).map_err(|source| StartError::Thread { source })
    }
}

impl Drop for ListsThread {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Reads the lists topic to its end, if there is one.
fn read_lists(
    settings: &Settings,
    status: &Status,
    cancelled: &AtomicBool,
) -> Result<Option<ListReader>, StartError> {
    let Some(mut reader) = ListReader::connect(settings)? else {
        report_without_topic(&settings.ruleset.ruleset(), &settings.metrics);
        return Ok(None);
    };
    status.reading_lists(true);
    reader.read_all(cancelled)?;
    status.reading_lists(false);
    Ok(Some(reader))
}

/// Reports how a shard's thread ended.
#[derive(Clone)]
struct Report {
    shard: usize,
    status: Arc<Status>,
    ended: Sender<(usize, Result<Ended, ShardError>)>,
    failure: watch::Sender<Option<ShardFailure>>,
}

impl Service {
    /// Checks or creates the topics and starts the shards. Blocks until the brokers are reached,
    /// without a time limit; do not call it on a tokio worker.
    pub fn start(settings: Settings) -> Result<Self, StartError> {
        Self::start_with(settings, Arc::new(Status::new()), &AtomicBool::new(false))
    }

    /// Like [`Self::start`], with a status that can be served in the meantime, and a flag that ends
    /// the wait for the brokers with [`StartError::Cancelled`].
    pub fn start_with(
        settings: Settings,
        status: Arc<Status>,
        cancelled: &AtomicBool,
    ) -> Result<Self, StartError> {
        settings.check_properties()?;
        ensure_topics(&settings, cancelled)?;
        let settings = Arc::new(settings);
        let lists = read_lists(&settings, &status, cancelled)?;
        let stop = Arc::new(Stop::new());
        let (ended_sender, ended) = channel();
        let (failure_sender, failure) = watch::channel(None);
        status.started(settings.shards);
        settings.metrics.set_memory_limits(&settings.limits);
        let watchdog = Watchdog::new(Arc::clone(&status), Arc::clone(&settings.metrics)).start();
        let mut service = Self {
            status: Arc::clone(&status),
            stop,
            threads: Vec::new(),
            ended,
            failure,
            _watchdog: watchdog.map_err(|source| StartError::Thread { source })?,
            lists: ListsThread::default(),
            _outcomes: follow_outcomes(&settings, &status)?,
        };
        service.lists.start(lists)?;
        for index in 0..settings.shards {
            let report = Report {
                shard: index,
                status: Arc::clone(&status),
                ended: ended_sender.clone(),
                failure: failure_sender.clone(),
            };
            service.spawn(&settings, report)?;
        }
        Ok(service)
    }

    /// The status that `/livez` and `/readyz` report.
    pub fn status(&self) -> Arc<Status> {
        Arc::clone(&self.status)
    }

    /// Resolves when a shard fails with an error that it cannot recover from; otherwise never. The
    /// process should then stop the service and exit with an error. The future does not borrow the
    /// service.
    pub fn wait_failed(&self) -> impl Future<Output = ShardFailure> + Send + 'static {
        let mut failure = self.failure.clone();
        async move {
            loop {
                if let Some(failure) = failure.borrow_and_update().clone() {
                    return failure;
                }
                if failure.changed().await.is_err() {
                    // Every shard ended without an error.
                    std::future::pending::<()>().await;
                }
            }
        }
    }

    /// Stops polling, processes what was polled, waits for acknowledgements, commits and leaves the
    /// group, within `grace`. Blocks; do not call it on a tokio worker.
    pub fn stop(mut self, grace: Duration) -> Result<Stopped, StopError> {
        let began = monotonic_now();
        self.status.stop();
        // The stop can be set only once, and this method consumes the service.
        let _ = self.stop.set(began + grace);
        let ends = self.collect_ends(began + grace);
        let missing: Vec<usize> =
            (0..self.threads.len()).filter(|s| !ends.iter().any(|(shard, _)| shard == s)).collect();
        if !missing.is_empty() {
            return Err(StopError::Grace { shards: missing, grace });
        }
        for thread in self.threads.drain(..) {
            // The thread has caught any panic and reported it as its end.
            let _ = thread.join();
        }
        for (shard, end) in ends {
            match end {
                Ok(Ended::Drained) => {}
                Ok(Ended::Unacknowledged) => return Err(StopError::Unacknowledged { shard }),
                Err(error) => return Err(ShardFailure { shard, error }.into()),
            }
        }
        Ok(Stopped { took: monotonic_now().saturating_duration_since(began) })
    }

    fn collect_ends(&self, deadline: Instant) -> Vec<(usize, Result<Ended, ShardError>)> {
        let mut ends = Vec::new();
        while ends.len() < self.threads.len() {
            let left = deadline.saturating_duration_since(monotonic_now());
            match self.ended.recv_timeout(left) {
                Ok(end) => ends.push(end),
                Err(_) => break,
            }
        }
        ends
    }

    fn spawn(&mut self, settings: &Arc<Settings>, report: Report) -> Result<(), StartError> {
        let shard = Shard::new(
            report.shard,
            Arc::clone(settings),
            Arc::clone(&self.status),
            Arc::clone(&self.stop),
            ProductionPorts::connect(settings, report.shard)?,
        );
        let thread = std::thread::Builder::new()
            .name(format!("shard-{}", report.shard))
            .spawn(move || report.send(run(shard)))
            .map_err(|source| StartError::Thread { source })?;
        self.threads.push(thread);
        Ok(())
    }
}

/// Starts the thread that measures rules, if there is a topic of outcomes.
fn follow_outcomes(
    settings: &Settings,
    status: &Arc<Status>,
) -> Result<Option<Sender<()>>, StartError> {
    let Some(topic) = settings.topics.outcomes.as_deref() else { return Ok(None) };
    let reader = OutcomeReader::new(&settings.connection(), topic)?;
    let started = outcomes::start(reader, topic, settings, Arc::clone(status));
    started.map(Some).map_err(|source| StartError::Thread { source })
}

/// A service that is dropped without [`Service::stop`] still drains, in the background.
impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.stop.set(monotonic_now() + DROPPED_GRACE);
    }
}

/// The ports of a shard in production.
struct ProductionPorts;

impl Ports for ProductionPorts {
    type Input = GroupConsumer;
    type Publisher = ShardProducer;
    type HistoryLog = Option<PartitionReader>;
    type LabelLog = Option<LabelReader>;
    type Checkpoints = Option<CheckpointFiles>;
    type Clock = SystemClock;
}

impl ProductionPorts {
    fn connect(settings: &Arc<Settings>, shard: usize) -> Result<PortSet<Self>, StartError> {
        let history = settings.topics.history.as_deref();
        let checkpoints = settings.checkpoints.as_ref().filter(|_| history.is_some());
        let labels = settings.topics.labels.as_deref();
        let files = |places| CheckpointFiles::new(settings, places, shard);
        Ok(PortSet {
            clock: SystemClock,
            input: GroupConsumer::new(settings, shard)?,
            publisher: ShardProducer::new(settings, shard)?,
            log: history
                .map(|topic| PartitionReader::new(&settings.connection(), topic, shard))
                .transpose()?,
            labels: labels
                .map(|topic| LabelReader::new(&settings.connection(), topic, shard))
                .transpose()?,
            checkpoints: checkpoints.map(files).transpose()?,
        })
    }
}

/// The machine's clocks.
struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        monotonic_now()
    }

    fn wall(&self) -> Time {
        wall_now()
    }
}

/// Runs a shard. When this returns, the shard has been dropped and has left the group.
fn run(shard: Shard<ProductionPorts>) -> Result<Ended, ShardError> {
    // The shard is not used after a panic, so its broken state is never seen.
    catch_unwind(AssertUnwindSafe(move || shard.run())).unwrap_or(Err(ShardError::Panicked))
}

impl Report {
    fn send(self, end: Result<Ended, ShardError>) {
        self.status.set_activity(self.shard, Activity::Ended, None);
        if let Err(error) = &end {
            let failure = ShardFailure { shard: self.shard, error: error.clone() };
            tracing::error!(error = %failure, "a shard cannot continue");
            self.status.fail(failure.to_string());
            self.failure.send_if_modified(|first| {
                let is_first = first.is_none();
                first.get_or_insert(failure);
                is_first
            });
        }
        // The receiver is gone if the service was dropped.
        let _ = self.ended.send((self.shard, end));
    }
}
