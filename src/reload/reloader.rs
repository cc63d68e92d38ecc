//! The thread that keeps the ruleset in force the one that its files say.

use super::active_ruleset::ActiveRuleset;
use super::load::{self, Refusal};
use super::wakeup::{Call, Calls, Wakeup};
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

/// After a change: how long nothing more may change until the files are read.
const QUIET: Duration = Duration::from_millis(150);
/// After a change that is followed by others without end: when the files are read all the same.
const QUIET_WAIT_MAX: Duration = Duration::from_secs(2);
/// How often files are read until they were the same twice.
const READINGS_MAX: usize = 5;

/// Where a ruleset is read.
#[derive(Debug, Clone)]
pub struct Origin {
    /// A file or a folder.
    pub path: PathBuf,
    pub environment: Environment,
    /// How often the files are looked at where no event tells of a change.
    pub poll_interval: Duration,
}

/// Who hears of a new ruleset, or of why there is none.
#[derive(Debug, Clone)]
pub struct ReloadTargets {
    pub in_force: Arc<ActiveRuleset>,
    pub metrics: Arc<Metrics>,
    pub status: Arc<Status>,
}

/// Keeps a ruleset what its files say until it is dropped.
///
/// ```text
///   a file, a link or a folder changes ──▶ quiet for a while ──┐
///   SIGHUP (ReloadHandle::ask) ──────────────────────────────────────┤
///   the poll interval is over ─────────────────────────────────┤
///                                                              ▼
///            watch the places, read the files until they are the same twice
///                  │ other than last time, or asked
///                  ▼
///            check, compile ──▶ same hash ──▶ unchanged
///                  │ other hash           │
///                  ▼                      │ errors, tests fail: refused; log, metric, note
///            the files' own tests ────────┘
///                  │ pass
///                  ▼
///            in force: each shard takes it up before its next record
/// ```
#[derive(Debug)]
pub struct Reloader {
    bell: Arc<Wakeup>,
    thread: Option<JoinHandle<()>>,
}

/// Asks for a reload.
#[derive(Debug, Clone)]
pub struct ReloadHandle(Arc<Wakeup>);

impl Reloader {
    /// Watches the place of a ruleset that is in force; `sources` are what it was compiled from.
    pub fn start(origin: Origin, sources: Sources, targets: ReloadTargets) -> io::Result<Self> {
        targets.metrics.ruleset_loaded(wall_now());
        let bell = Arc::new(Wakeup::default());
        let work = Work {
            origin,
            targets,
            bell: Arc::clone(&bell),
            watch: None,
            warned: false,
            last: Ok(sources),
        };
        let thread = thread::Builder::new().name("reload".into()).spawn(move || work.run())?;
        Ok(Self { bell, thread: Some(thread) })
    }

    pub fn asking(&self) -> ReloadHandle {
        ReloadHandle(Arc::clone(&self.bell))
    }
}

impl ReloadHandle {
    /// The files are read at once, and the log says what came of it, also where nothing changed.
    pub fn ask(&self) {
        self.0.ring(Call::Reload);
    }
}

/// Waits for a reload that is under way.
impl Drop for Reloader {
    fn drop(&mut self) {
        self.bell.ring(Call::Stop);
        if let Some(thread) = self.thread.take() {
            // It has nothing to say that it did not log.
            let _ = thread.join();
        }
    }
}

/// What the thread works with.
struct Work {
    origin: Origin,
    targets: ReloadTargets,
    bell: Arc<Wakeup>,
    watch: Option<Watch>,
    /// Whether it was said that changes cannot be watched.
    warned: bool,
    /// What was read last, or why it could not be.
    last: Result<Sources, String>,
}

impl Work {
    fn run(mut self) {
        // What changed before it was watched.
        let mut asked = false;
        loop {
            self.look(asked);
            let calls = self.wait();
            if calls.stop {
                return;
            }
            asked = calls.reload;
        }
    }

    /// Until something is called for or the poll is due; after a change, until it is quiet.
    fn wait(&self) -> Calls {
        let mut calls = self.bell.wait(self.origin.poll_interval);
        let began = monotonic_now();
        while calls.look && !calls.reload && !calls.stop {
            let more = self.bell.wait(QUIET);
            let waited = monotonic_now().saturating_duration_since(began);
            if more == Calls::default() || waited >= QUIET_WAIT_MAX {
                break;
            }
            calls = more;
        }
        calls
    }

    fn look(&mut self, asked: bool) {
        let began = monotonic_now();
        let read = self.read();
        let last = read.as_ref().map(Sources::clone).map_err(Refusal::to_string);
        if last == self.last && !asked {
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

    /// Watches, then reads, so that no change falls between the two; again where links were pointed
    /// elsewhere or files written meanwhile, so that what is read was there at one time.
    fn read(&mut self) -> Result<Sources, Refusal> {
        let mut before = None;
        for _ in 0..READINGS_MAX {
            let places = self.places();
            self.watch(&places);
            let sources = Sources::read(&self.origin.path);
            if self.places() != places {
                // Also an error may be about a place that is not watched yet.
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
        // Without files the places around them are left.
        let files = Sources::paths(path).unwrap_or_default();
        WatchSet::of(path, files).ok()
    }

    fn watch(&mut self, places: &Option<WatchSet>) {
        // The old one goes first: how many there may be is limited.
        self.watch = None;
        let Some(places) = places.clone() else { return };
        let started = Watch::start(places, Arc::clone(&self.bell));
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

    /// `None` where it is what is in force.
    fn load(&self, sources: &Sources) -> Result<Option<Arc<Ruleset>>, Refusal> {
        let environment = self.origin.environment;
        let (ruleset, lints) = load::compile(sources, environment)?;
        if ruleset.id == self.targets.in_force.ruleset().id {
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
        let ReloadTargets { in_force, metrics, .. } = &self.targets;
        let old = in_force.ruleset();
        in_force.replace(Arc::clone(ruleset));
        // After it: who sees it there may rely on it.
        metrics.ruleset_in_force(ruleset);
        tracing::info!(
            ruleset = ruleset.id.name,
            version = ruleset.id.version,
            hash = ruleset.id.hash,
            rules = ruleset.rules().len(),
            old_version = old.id.version,
            old_hash = old.id.hash,
            took_ms = took.as_millis(),
            "a new ruleset is in force"
        );
        ReloadResult::Replaced
    }

    fn unchanged(&self) -> ReloadResult {
        let id = &self.targets.in_force.ruleset().id;
        tracing::info!(
            ruleset = id.name,
            version = id.version,
            hash = id.hash,
            "the ruleset is unchanged"
        );
        ReloadResult::Unchanged
    }

    /// Says in the log what is wrong, and gives back the same in short.
    fn refuse(&self, refusal: &Refusal) -> String {
        let id = &self.targets.in_force.ruleset().id;
        let stays = format!("{} {} ({}) stays in force", id.name, id.version, id.hash);
        tracing::error!("the rule files are refused; {stays}\n{}", refusal.at_length().trim_end());
        format!("the rule files are refused: {}; {stays}", refusal.in_short())
    }
}
