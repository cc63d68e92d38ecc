//! Runs the thread that keeps the active ruleset up to date with its files.

use super::active_ruleset::ActiveRuleset;
use super::load::{self, Refusal};
use super::wakeup::{Request, Requests, Wakeup};
use super::watch::Watch;
use super::watch_set::WatchSet;
use crate::clock::{monotonic_now, wall_now};
use crate::metrics::{Metrics, ReloadResult};
use crate::rules::{Environment, Ruleset, Sources};
use crate::status::Status;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How long the files must be unchanged, after a change, before they are read.
const QUIET: Duration = Duration::from_millis(150);
/// How long after a change the files are read even if they keep changing.
const QUIET_WAIT_MAX: Duration = Duration::from_secs(2);
/// How many times the files are read, at most, to get two reads that agree.
const READINGS_MAX: usize = 5;

/// Where a ruleset is read from.
#[derive(Debug, Clone)]
pub struct Origin {
    /// A file or a folder.
    pub path: PathBuf,
    pub environment: Environment,
    /// How often the files are checked if no event reports a change.
    pub poll_interval: Duration,
}

/// What a reload updates.
#[derive(Debug, Clone)]
pub struct ReloadTargets {
    pub active_ruleset: Arc<ActiveRuleset>,
    pub metrics: Arc<Metrics>,
    pub status: Arc<Status>,
}

/// Keeps the active ruleset up to date with its files until it is dropped.
///
/// ```text
///   a file, a link or a folder changes ──▶ quiet for a while ──┐
///   SIGHUP (ReloadHandle::request_reload) ─────────────────────┤
///   the poll interval is over ─────────────────────────────────┤
///                                                              ▼
///            watch the places, read the files until two reads agree
///                  │ changed since the last read, or requested
///                  ▼
///            check, compile ──▶ same hash ──▶ unchanged
///                  │ new hash             │
///                  ▼                      │ errors, failed tests: rejected; log, metric, note
///            the files' own tests ────────┘
///                  │ pass
///                  ▼
///            active: each follower uses it from its next transaction on
/// ```
#[derive(Debug)]
pub struct Reloader {
    wakeup: Arc<Wakeup>,
    thread: Option<JoinHandle<()>>,
}

/// Requests a reload.
#[derive(Debug, Clone)]
pub struct ReloadHandle(Arc<Wakeup>);

impl Reloader {
    /// Watches the files of the active ruleset; `sources` are what it was compiled from.
    pub fn start(origin: Origin, sources: Sources, targets: ReloadTargets) -> io::Result<Self> {
        targets.metrics.ruleset_loaded(wall_now());
        let wakeup = Arc::new(Wakeup::default());
        let thread_state = ReloadThread {
            origin,
            targets,
            wakeup: Arc::clone(&wakeup),
            watch: None,
            warned: false,
            last: Ok(sources),
        };
        let thread =
            thread::Builder::new().name("reload".into()).spawn(move || thread_state.run())?;
        Ok(Self { wakeup, thread: Some(thread) })
    }

    pub fn handle(&self) -> ReloadHandle {
        ReloadHandle(Arc::clone(&self.wakeup))
    }
}

impl ReloadHandle {
    /// Makes the thread read the files immediately. The log reports the result, even if nothing
    /// changed.
    pub fn request_reload(&self) {
        self.0.signal(Request::Reload);
    }
}

/// Waits for a reload that is in progress.
impl Drop for Reloader {
    fn drop(&mut self) {
        self.wakeup.signal(Request::Stop);
        if let Some(thread) = self.thread.take() {
            // The thread has logged everything, so its result is not needed.
            let _ = thread.join();
        }
    }
}

/// The state of the thread.
struct ReloadThread {
    origin: Origin,
    targets: ReloadTargets,
    wakeup: Arc<Wakeup>,
    watch: Option<Watch>,
    /// Whether the log already says that changes cannot be watched.
    warned: bool,
    /// What was read last, or why reading failed.
    last: Result<Sources, String>,
}

impl ReloadThread {
    fn run(mut self) {
        // The first check finds what changed before the files were watched.
        let mut is_requested = false;
        loop {
            self.check_files(is_requested);
            let requests = self.wait();
            if requests.stop {
                return;
            }
            is_requested = requests.reload;
        }
    }

    /// Waits for a request or until a poll is due. After a change, waits until no more changes
    /// come.
    fn wait(&self) -> Requests {
        let mut requests = self.wakeup.wait(self.origin.poll_interval);
        let began = monotonic_now();
        while requests.check_files && !requests.reload && !requests.stop {
            let more = self.wakeup.wait(QUIET);
            let waited = monotonic_now().saturating_duration_since(began);
            if more == Requests::default() || waited >= QUIET_WAIT_MAX {
                break;
            }
            requests = more;
        }
        requests
    }

    fn check_files(&mut self, is_requested: bool) {
        let began = monotonic_now();
        let read = self.read();
        let last = read.as_ref().map(Sources::clone).map_err(Refusal::to_string);
        if last == self.last && !is_requested {
            return;
        }
        self.last = last;
        let outcome = read.and_then(|sources| self.load(&sources));
        let took = monotonic_now().saturating_duration_since(began);
        let (result, note) = match outcome {
            Ok(Some(ruleset)) => (self.replace(&ruleset, took), None),
            Ok(None) => (self.unchanged(), None),
            Err(refusal) => (ReloadResult::Refused, Some(self.refuse(&refusal))),
        };
        let ReloadTargets { metrics, status, .. } = &self.targets;
        if result != ReloadResult::Refused {
            metrics.ruleset_loaded(wall_now());
        }
        metrics.reload(result, took);
        status.note_ruleset(note);
    }

    /// Watches, then reads, so that no change is missed in between. Repeats this if links or files
    /// changed meanwhile, so that the result is what the files were at one moment.
    fn read(&mut self) -> Result<Sources, Refusal> {
        let mut before = None;
        for _ in 0..READINGS_MAX {
            let places = self.places();
            self.watch(&places);
            let sources = Sources::read(&self.origin.path);
            if self.places() != places {
                // Even a read error may be about a place that is not watched yet.
                before = None;
                continue;
            }
            let sources = sources?;
            if before.as_ref() == Some(&sources) {
                return Ok(sources);
            }
            before = Some(sources);
        }
        Err(Refusal::Unsettled)
    }

    fn places(&self) -> Option<WatchSet> {
        let path = &self.origin.path;
        // If the files cannot be listed, the path itself is still watched.
        let files = Sources::paths(path).unwrap_or_default();
        WatchSet::of(path, files).ok()
    }

    fn watch(&mut self, places: &Option<WatchSet>) {
        // The old watch is dropped first, because the system limits how many there may be.
        self.watch = None;
        let Some(places) = places.clone() else { return };
        let started = Watch::start(places, Arc::clone(&self.wakeup));
        let error = match &started {
            Ok(watch) => watch.incomplete.as_ref(),
            Err(error) => Some(error),
        };
        if let Some(error) = error.filter(|_| !self.warned) {
            let poll_ms = self.origin.poll_interval.as_millis();
            tracing::warn!(%error, poll_ms, "cannot watch all of the rules; what is missed is found by polling and at SIGHUP");
            self.warned = true;
        }
        self.watch = started.ok();
    }

    /// Compiles and tests a ruleset. `None` if it is the active one.
    fn load(&self, sources: &Sources) -> Result<Option<Arc<Ruleset>>, Refusal> {
        let environment = self.origin.environment;
        let (ruleset, lints) = load::compile(sources, environment)?;
        if ruleset.id == self.targets.active_ruleset.ruleset().id {
            return Ok(None);
        }
        let tests = load::test(sources, &ruleset, environment)?;
        if !lints.is_empty() {
            tracing::warn!("warnings about the rules:\n{}", lints.render(false).trim_end());
        }
        tracing::debug!(tests, "the ruleset's tests passed");
        Ok(Some(ruleset))
    }

    fn replace(&self, ruleset: &Arc<Ruleset>, took: Duration) -> ReloadResult {
        let ReloadTargets { active_ruleset, metrics, .. } = &self.targets;
        let old = active_ruleset.ruleset();
        active_ruleset.replace(Arc::clone(ruleset));
        // The metrics come last: a ruleset that they show is certainly active.
        metrics.ruleset_in_force(ruleset);
        tracing::info!(
            ruleset = ruleset.id.name,
            version = ruleset.id.version,
            hash = ruleset.id.hash,
            rules = ruleset.rules().len(),
            old_version = old.id.version,
            old_hash = old.id.hash,
            took_ms = took.as_millis(),
            "a new ruleset is active"
        );
        ReloadResult::Replaced
    }

    fn unchanged(&self) -> ReloadResult {
        let id = &self.targets.active_ruleset.ruleset().id;
        tracing::info!(
            ruleset = id.name,
            version = id.version,
            hash = id.hash,
            "the ruleset is unchanged"
        );
        ReloadResult::Unchanged
    }

    /// Logs what is wrong, and returns it in short form.
    fn refuse(&self, refusal: &Refusal) -> String {
        let id = &self.targets.active_ruleset.ruleset().id;
        let stays = format!("{} {} ({}) stays active", id.name, id.version, id.hash);
        tracing::error!("the rule files were rejected; {stays}\n{}", refusal.details().trim_end());
        format!("the rule files were rejected: {}; {stays}", refusal.summary())
    }
}
