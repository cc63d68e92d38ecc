//! What is active, shared between the reader of the topic, which counts alerts in, and a task for each
//! target, which reads what is due and notes what was accepted.
//!
//! Each cause is locked by itself, so that nobody waits for an alert of another cause, nor for a
//! target. Offsets are confirmed by this order: a task first looks how far was read, then at what is
//! due; everything read up to there is counted by then.

use super::admission::{Fate, Intake};
use super::alert::Alert;
use super::cause::{Cause, Episode};
use super::delivery_state::{Due, Rhythm, Told};
use super::settings::Policy;
use crate::transaction::Time;
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Causes that are kept apart; alerts of further ones are told in the storm's summary alone.
pub const CAUSES_MAX: usize = 1_000;

/// Next offsets, by partition.
pub type Offsets = BTreeMap<i32, i64>;

/// The state of active alerts.
#[derive(Debug)]
pub struct Board {
    policy: Policy,
    /// Of each target.
    rhythms: Vec<Rhythm>,
    groups: DashMap<Cause, Group>,
    serial: AtomicU64,
    /// How far alerts are counted in.
    read: Mutex<Offsets>,
    /// How far each target has accepted.
    confirmed: Mutex<Vec<Offsets>>,
    /// Whether new counts are to be told at once, because reading waits for it.
    hurry: AtomicBool,
}

/// A cause's episode, and what each target was told of it.
#[derive(Debug, Clone)]
struct Group {
    /// Tells this episode from others of its cause.
    serial: u64,
    episode: Episode,
    standing: Standing,
    told: Vec<Told>,
}

/// How a cause's episode is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is not decided yet.
    Pending,
    Alone,
    /// In the storm's summary alone.
    Held,
}

/// What a target is to be told of a cause.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    serial: u64,
    pub cause: Cause,
    pub episode: Episode,
    pub is_end: bool,
    /// When the episode ended, or will end if nothing more comes.
    pub ends: Time,
}

/// What is due for a target.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Round {
    pub notices: Vec<Notice>,
    /// Whether nothing is left to tell once these are accepted.
    pub is_all: bool,
}

impl Board {
    /// With a rhythm for each target.
    pub fn new(policy: Policy, rhythms: Vec<Rhythm>) -> Self {
        let confirmed = Mutex::new(vec![Offsets::new(); rhythms.len()]);
        Self {
            policy,
            rhythms,
            groups: DashMap::new(),
            serial: AtomicU64::new(0),
            read: Mutex::default(),
            confirmed,
            hurry: AtomicBool::new(false),
        }
    }

    /// Counts an alert of the time `at`, read `now`.
    pub fn count(&self, intake: &mut Intake, alert: &Alert, at: Time, now: Time) -> Fate {
        let fate = intake.fate(&self.policy, alert, at, now);
        let episode = || Episode::new(alert, at, now, self.policy.examples);
        match fate {
            Fate::Counted => {
                if self.take(Cause::of(alert), episode(), now) == Standing::Held {
                    self.take(Cause::Storm, episode(), now);
                }
            }
            Fate::Old => {
                self.take(Cause::Old, episode(), now);
            }
            Fate::BelowFloor | Fate::Repeated => {}
        }
        fate
    }

    /// Decides which causes that have begun are told alone. Not at each alert: those of one moment come
    /// in any order, and a restart is to decide the same.
    pub fn settle(&self, intake: &mut Intake, now: Time) {
        let is_pending = |group: &Group| group.standing == Standing::Pending;
        let pending = self.groups.iter().filter(|group| is_pending(group));
        let mut pending: Vec<(Time, Cause)> =
            pending.map(|group| (group.episode.start, group.key().clone())).collect();
        pending.sort();
        for (_, cause) in pending {
            let is_alone = intake.admit(&self.policy, now);
            let Some(mut group) = self.groups.get_mut(&cause) else { continue };
            group.standing = if is_alone { Standing::Alone } else { Standing::Held };
            let episode = group.episode.clone();
            drop(group);
            if !is_alone {
                self.take(Cause::Storm, episode, now);
            }
        }
    }

    /// Counts what an episode has for a cause.
    fn take(&self, cause: Cause, episode: Episode, now: Time) -> Standing {
        let is_rule = matches!(cause, Cause::Rule { .. });
        let is_full = is_rule && self.groups.len() >= CAUSES_MAX;
        let standing = if is_rule { Standing::Pending } else { Standing::Alone };
        let begin =
            |episode| self.group(episode, standing, vec![Told::default(); self.rhythms.len()]);
        match self.groups.entry(cause) {
            Entry::Occupied(mut known) if known.get().is_over(&self.policy, now) => {
                known.insert(begin(episode));
                standing
            }
            Entry::Occupied(mut known) => {
                let group = known.get_mut();
                group.episode.merge(&episode, self.policy.examples);
                group.standing
            }
            Entry::Vacant(_) if is_full => Standing::Held,
            Entry::Vacant(free) => free.insert(begin(episode)).standing,
        }
    }

    /// Takes over an episode that a run before this one told of.
    pub fn adopt(&self, cause: Cause, episode: Episode, standing: Standing) {
        let told = vec![Told::earlier(&episode); self.rhythms.len()];
        self.groups.insert(cause, self.group(episode, standing, told));
    }

    fn group(&self, episode: Episode, standing: Standing, told: Vec<Told>) -> Group {
        Group { serial: self.serial.fetch_add(1, Ordering::Relaxed), episode, standing, told }
    }

    /// What is due for a target, which was last told something at `pushed`.
    pub fn round(&self, target: usize, pushed: Option<Time>, now: Time) -> Round {
        let Some(rhythm) = self.rhythms.get(target) else { return Round::default() };
        let quiet_ms = self.policy.quiet_ms;
        let (mut notices, mut is_urgent) = (Vec::new(), self.hurry.load(Ordering::Relaxed));
        let mut is_all = true;
        for group in &self.groups {
            is_all &= group.standing != Standing::Pending;
            if group.standing != Standing::Alone {
                continue;
            }
            let Some(told) = group.told.get(target) else { continue };
            match told.due(&group.episode, rhythm, quiet_ms, now) {
                Due::Nothing => continue,
                Due::Soon => {}
                Due::Now => is_urgent = true,
            }
            notices.push(Notice::of(group.key(), &group, told, (quiet_ms, now)));
        }
        let waited = pushed.is_none_or(|at| now.millis() - at.millis() >= rhythm.update_ms);
        if notices.is_empty() || is_urgent || waited {
            notices.sort_by(|one, other| one.cause.cmp(&other.cause));
            return Round { notices, is_all };
        }
        Round::default()
    }

    /// Notes that a target accepted these.
    pub fn accept(&self, target: usize, notices: &[Notice], now: Time) {
        for notice in notices {
            let Some(mut group) = self.groups.get_mut(&notice.cause) else { continue };
            if group.serial == notice.serial
                && let Some(told) = group.told.get_mut(target)
            {
                told.accept(notice.episode.tally.count, notice.is_end, now);
            }
        }
    }

    /// Lets go of what is over and told.
    pub fn sweep(&self, now: Time) {
        self.groups.retain(|_, group| !self.is_done(group, now));
    }

    fn is_done(&self, group: &Group, now: Time) -> bool {
        let told = || group.told.iter().zip(&self.rhythms);
        let is_told = || told().all(|(told, rhythm)| told.is_done(rhythm, now));
        group.is_over(&self.policy, now) && (group.standing == Standing::Held || is_told())
    }

    /// Causes that are active, those in the storm's summary among them.
    pub fn active(&self, now: Time) -> (usize, usize) {
        let is_active = |group: &Group| !group.is_over(&self.policy, now);
        let active = self.groups.iter().filter(|group| is_active(group));
        let is_held = |group: &Group| group.standing == Standing::Held;
        active.fold((0, 0), |(all, held), group| (all + 1, held + usize::from(is_held(&group))))
    }

    pub fn set_read(&self, partition: i32, next_offset: i64) {
        lock(&self.read).insert(partition, next_offset);
    }

    pub fn read(&self) -> Offsets {
        lock(&self.read).clone()
    }

    /// A target has accepted everything that came of the records before these.
    pub fn confirm(&self, target: usize, offsets: Offsets) {
        if let Some(confirmed) = lock(&self.confirmed).get_mut(target) {
            *confirmed = offsets;
        }
    }

    /// How far every target has accepted.
    pub fn confirmed(&self) -> Offsets {
        let confirmed = lock(&self.confirmed);
        let Some((first, others)) = confirmed.split_first() else { return Offsets::new() };
        let least = |(partition, offset): (&i32, &i64)| {
            let theirs = others.iter().map(|other| other.get(partition).copied());
            let least = theirs.chain([Some(*offset)]).min().flatten()?;
            Some((*partition, least))
        };
        first.iter().filter_map(least).collect()
    }

    pub fn set_hurry(&self, hurry: bool) {
        self.hurry.store(hurry, Ordering::Relaxed);
    }

    #[cfg(test)]
    pub fn episodes(&self) -> BTreeMap<Cause, (Episode, Standing)> {
        let shown = |group: &Group| (group.episode.clone(), group.standing);
        self.groups.iter().map(|group| (group.key().clone(), shown(&group))).collect()
    }
}

impl Group {
    /// Whether a further alert begins another episode: quiet has passed, and every target was told.
    fn is_over(&self, policy: &Policy, now: Time) -> bool {
        let ended = |told: &Told| told.has_ended() && !told.lacks(&self.episode);
        match self.standing {
            Standing::Pending => false,
            Standing::Alone => self.told.iter().all(ended),
            Standing::Held => now >= self.episode.quiet_at(policy.quiet_ms),
        }
    }
}

impl Notice {
    fn of(cause: &Cause, group: &Group, told: &Told, (quiet_ms, now): (i64, Time)) -> Self {
        let is_end = told.is_end(&group.episode, quiet_ms, now);
        let until = told.until(&group.episode, quiet_ms, now);
        Self {
            serial: group.serial,
            cause: cause.clone(),
            episode: group.episode.clone(),
            is_end,
            ends: if is_end { told.ended().unwrap_or(now) } else { until },
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
