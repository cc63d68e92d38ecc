//! Stores checkpoints in files.
//!
//! A separate thread reads them, and writes those of released partitions, so that a slow disk does
//! not delay records. The shard's own thread writes a periodic checkpoint, between two batches.
//!
//! ```text
//! shard ── look_for, checkpoint_on_revoke ──▶ worker: one job after the other, in order
//!   ▲                                            │
//!   └───────────────── found ◀───────────────────┘
//! ```

use super::errors::StartError;
use super::settings::{CheckpointSettings, Settings};
use super::shard::ports::{CheckpointLookup, Checkpoints};
use crate::checkpoint::{self, FileError};
use crate::clock::monotonic_now;
use crate::memory::{Mark, Memory};
use crate::metrics::CheckpointResult;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

/// The checkpoints of one shard's partitions.
pub struct CheckpointFiles {
    files: Files,
    jobs: Sender<Job>,
    done: Receiver<Done>,
    /// By partition: the number of the latest search, and its result.
    searches: BTreeMap<i32, (u64, CheckpointLookup)>,
    searches_begun: u64,
    /// The number of queued checkpoints that are not saved yet.
    left: usize,
}

/// The files, and the settings that they must match.
#[derive(Clone)]
struct Files {
    files: checkpoint::Checkpoints,
    settings: Arc<Settings>,
}

enum Job {
    Load { partition: i32, search: u64 },
    Save { memory: Box<Memory>, mark: Mark },
}

enum Done {
    Loaded { partition: i32, search: u64, found: Option<Box<(Memory, Mark)>> },
    Saved,
}

impl CheckpointFiles {
    pub fn new(
        settings: &Arc<Settings>,
        places: &CheckpointSettings,
        shard: usize,
    ) -> Result<Self, StartError> {
        let files = Files {
            files: checkpoint::Checkpoints::new(&places.folder, shard),
            settings: Arc::clone(settings),
        };
        let ((jobs, waiting), (answers, done)) = (channel(), channel());
        let worker = files.clone();
        std::thread::Builder::new()
            .name(format!("checkpoints-{shard}"))
            .spawn(move || worker.work(&waiting, &answers))
            .map_err(|source| StartError::Thread { source })?;
        let searches = BTreeMap::new();
        Ok(Self { files, jobs, done, searches, searches_begun: 0, left: 0 })
    }

    fn drain_events(&mut self) {
        while let Ok(done) = self.done.try_recv() {
            self.note(done);
        }
    }

    fn note(&mut self, done: Done) {
        match done {
            Done::Saved => self.left -= 1,
            Done::Loaded { partition, search, found } => {
                let Some((wanted, sought)) = self.searches.get_mut(&partition) else { return };
                if *wanted == search {
                    *sought = found.map_or(CheckpointLookup::Nothing, CheckpointLookup::Found);
                }
            }
        }
    }
}

impl Checkpoints for CheckpointFiles {
    fn look_for(&mut self, partition: i32) {
        self.searches_begun += 1;
        let search = self.searches_begun;
        let asked = self.jobs.send(Job::Load { partition, search });
        // If the worker has ended, there is no checkpoint.
        let sought =
            if asked.is_ok() { CheckpointLookup::NotYet } else { CheckpointLookup::Nothing };
        self.searches.insert(partition, (search, sought));
    }

    fn found(&mut self, partition: i32) -> CheckpointLookup {
        self.drain_events();
        match self.searches.remove(&partition) {
            Some((search, CheckpointLookup::NotYet)) => {
                self.searches.insert(partition, (search, CheckpointLookup::NotYet));
                CheckpointLookup::NotYet
            }
            Some((_, sought)) => sought,
            None => CheckpointLookup::Nothing,
        }
    }

    fn forget(&mut self, partition: i32) {
        self.searches.remove(&partition);
    }

    fn save(&mut self, memory: &Memory, mark: Mark) -> bool {
        self.files.save(memory, mark)
    }

    fn checkpoint_on_revoke(&mut self, memory: Memory, mark: Mark) {
        self.drain_events();
        if self.jobs.send(Job::Save { memory: Box::new(memory), mark }).is_ok() {
            self.left += 1;
        }
    }

    fn finish(&mut self, deadline: Instant) {
        while self.left > 0 {
            let time = deadline.saturating_duration_since(monotonic_now());
            match self.done.recv_timeout(time) {
                Ok(done) => self.note(done),
                Err(_) => {
                    let left = self.left;
                    tracing::warn!(left, "not all checkpoints are written: older ones stay");
                    return;
                }
            }
        }
    }
}

impl Files {
    /// Runs until the [`CheckpointFiles`] are dropped.
    fn work(&self, jobs: &Receiver<Job>, done: &Sender<Done>) {
        for job in jobs {
            let answer = match job {
                Job::Load { partition, search } => {
                    Done::Loaded { partition, search, found: self.load(partition).map(Box::new) }
                }
                Job::Save { memory, mark } => {
                    let saved = self.save(&memory, mark);
                    let result = CheckpointResult::of(saved);
                    self.settings.metrics.checkpoint(result);
                    Done::Saved
                }
            };
            if done.send(answer).is_err() {
                return;
            }
        }
    }

    fn load(&self, partition: i32) -> Option<(Memory, Mark)> {
        let loaded = self.files.load(partition, self.settings.limits);
        let checked = loaded.and_then(|found| {
            let Some((memory, mark)) = found else { return Ok(None) };
            let path = self.files.path(partition);
            self.settings
                .check_mark(partition, &mark)
                .map_err(|source| FileError::Read { path, source })?;
            Ok(Some((memory, mark)))
        });
        checked.unwrap_or_else(|error| {
            tracing::warn!(%error, partition, "a checkpoint is ignored");
            self.settings.metrics.checkpoint(CheckpointResult::Ignored);
            None
        })
    }

    fn save(&self, memory: &Memory, mark: Mark) -> bool {
        let began = monotonic_now();
        match self.files.save(memory, mark) {
            Ok(bytes) => {
                let took_ms = began.elapsed().as_millis();
                let (partition, next) = (mark.partition, mark.next_offset);
                tracing::debug!(partition, next, bytes, took_ms, "checkpoint written");
                true
            }
            Err(error) => {
                tracing::warn!(%error, partition = mark.partition, "no checkpoint was written");
                false
            }
        }
    }
}

/// Without a folder there are no checkpoints.
impl<C: Checkpoints> Checkpoints for Option<C> {
    fn look_for(&mut self, partition: i32) {
        if let Some(checkpoints) = self {
            checkpoints.look_for(partition);
        }
    }

    fn found(&mut self, partition: i32) -> CheckpointLookup {
        self.as_mut().map_or(CheckpointLookup::Nothing, |checkpoints| checkpoints.found(partition))
    }

    fn forget(&mut self, partition: i32) {
        if let Some(checkpoints) = self {
            checkpoints.forget(partition);
        }
    }

    fn save(&mut self, memory: &Memory, mark: Mark) -> bool {
        self.as_mut().is_some_and(|checkpoints| checkpoints.save(memory, mark))
    }

    fn checkpoint_on_revoke(&mut self, memory: Memory, mark: Mark) {
        if let Some(checkpoints) = self {
            checkpoints.checkpoint_on_revoke(memory, mark);
        }
    }

    fn finish(&mut self, deadline: Instant) {
        if let Some(checkpoints) = self {
            checkpoints.finish(deadline);
        }
    }
}
