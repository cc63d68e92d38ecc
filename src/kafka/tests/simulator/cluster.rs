//! A model of the brokers: logs with transactions, a group with cooperative rebalances, time.
//!
//! It guarantees only what Kafka guarantees. An output is on the broker before its transaction
//! ends. A transaction that no producer ends is aborted after its timeout. A silent member is
//! removed from the group and notices only when it polls. An answer may be lost.

use super::checkpoints::Files;
use super::initial_state::InitialState;
use super::traffic::Log;
use crate::kafka::shard::ports::{AssignmentChange, BatchOffsets, Offsets};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

pub const PARTITIONS: i32 = 4;
/// The maximum duration of one call.
const CALL_MAX_MICROS: u64 = 1_500;

pub struct ModelCluster {
    pub rng: ChaCha8Rng,
    pub now: Duration,
    /// The input by partition. `None` is a transaction's marker or a record that was compacted
    /// away.
    pub input: Vec<Log>,
    /// The labels by partition. An empty value is a tombstone.
    pub labels: Vec<Vec<Vec<u8>>>,
    /// The first available input offset, by partition.
    pub starts: Vec<i64>,
    /// By partition.
    pub initial_states: Vec<InitialState>,
    pub logs: BTreeMap<(String, i32), Vec<Entry>>,
    /// By machine and partition.
    pub disks: BTreeMap<(usize, i32), Files>,
    pub offsets: Offsets,
    /// The committed offsets of the labels.
    pub label_offsets: Offsets,
    /// The committed offsets before the last change.
    pub offsets_before: Offsets,
    pub transactions: BTreeMap<String, Transaction>,
    pub group: Group,
    /// A member that is silent for this long is removed. Its transaction may end before or after
    /// that.
    pub session: Duration,
    pub transaction_timeout: Duration,
    /// The chance that a call fails, in a thousand.
    pub fault_rate: u32,
    /// The chance that a process is paused at a critical moment, in a thousand.
    pub pause_rate: u32,
    /// Whether the process that made the last call is paused now.
    pub is_stopped: bool,
    /// Whether no process is ended or paused.
    pub no_crashes: bool,
    /// The additional duration of a commit.
    pub slow_commits: Duration,
}

/// A record in a log.
#[derive(Debug, Clone)]
pub struct Entry {
    pub what: &'static str,
    /// The input record that it belongs to.
    pub origin: (i32, i64),
    pub value: Vec<u8>,
    /// The version of the lists that it was made with.
    pub lists: Option<String>,
    pub state: State,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Part of the open transaction with this id.
    Open(String),
    Committed,
    Aborted,
}

#[derive(Debug, Default)]
pub struct Transaction {
    pub epoch: u64,
    pub open_since: Option<Duration>,
    pub offsets: BatchOffsets,
}

#[derive(Debug, Default)]
pub struct Group {
    pub generation: u64,
    pub members: BTreeMap<u64, Member>,
    joined: u64,
}

#[derive(Debug, Default)]
pub struct Member {
    pub seen: Duration,
    pub notes: VecDeque<AssignmentChange>,
    pub owned: BTreeSet<i32>,
    revoking: BTreeSet<i32>,
}

/// The result of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallResult {
    Good,
    /// The call has no effect and may be retried.
    RetriableBefore,
    /// The call has its effect, but the answer is lost.
    RetriableAfter,
    Abortable,
    BrokenBefore,
    BrokenAfter,
    CrashBefore,
    CrashAfter,
}

impl ModelCluster {
    pub fn new(
        seed: u64,
        (input, labels): (Vec<Log>, Vec<Vec<Vec<u8>>>),
        initial_states: Vec<InitialState>,
    ) -> Self {
        let committed =
            (0..).zip(&initial_states).filter_map(|(p, initial)| Some((p, initial.committed?)));
        let offsets = Offsets::from_iter(committed);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let seconds = |rng: &mut ChaCha8Rng| Duration::from_secs(rng.random_range(5..20));
        let session = seconds(&mut rng);
        // Sometimes far longer than several takeovers by other members.
        let factor = [1, 1, 1, 6][rng.random_range(0..4)];
        let transaction_timeout = seconds(&mut rng) * factor;
        Self {
            session,
            transaction_timeout,
            is_stopped: false,
            no_crashes: false,
            rng,
            now: Duration::from_secs(1),
            input,
            labels,
            starts: vec![0; initial_states.len()],
            initial_states,
            logs: BTreeMap::new(),
            disks: BTreeMap::new(),
            offsets_before: offsets.clone(),
            offsets,
            label_offsets: Offsets::new(),
            transactions: BTreeMap::new(),
            group: Group::default(),
            fault_rate: 0,
            pause_rate: 0,
            slow_commits: Duration::ZERO,
        }
    }

    pub fn chance(&mut self, in_a_thousand: u32) -> bool {
        self.rng.random_range(0..1000) < in_a_thousand
    }

    /// Sometimes pauses the process here; returns whether it does.
    pub fn may_stop(&mut self) -> bool {
        let stops = self.fault_rate > 0 && !self.no_crashes && self.chance(self.pause_rate);
        self.is_stopped |= stops;
        stops
    }

    /// Advances the time, and draws the result of a call.
    pub fn call(&mut self) -> CallResult {
        let micros = self.rng.random_range(10..CALL_MAX_MICROS);
        self.pass(Duration::from_micros(micros));
        let fault_rate = self.fault_rate;
        if !self.chance(fault_rate) {
            return CallResult::Good;
        }
        match self.rng.random_range(0..10) {
            0..=2 => CallResult::RetriableBefore,
            3 | 4 => CallResult::RetriableAfter,
            5 => CallResult::Abortable,
            6 => CallResult::BrokenBefore,
            7 => CallResult::BrokenAfter,
            _ if self.no_crashes => CallResult::Abortable,
            8 => CallResult::CrashBefore,
            _ => CallResult::CrashAfter,
        }
    }

    pub fn pass(&mut self, time: Duration) {
        self.now += time;
        self.end_old_transactions();
        self.remove_silent_members();
    }

    fn end_old_transactions(&mut self) {
        let is_old = |t: &Transaction| {
            t.open_since
                .is_some_and(|since| self.now.saturating_sub(since) > self.transaction_timeout)
        };
        let old: Vec<String> =
            self.transactions.iter().filter(|(_, t)| is_old(t)).map(|(id, _)| id.clone()).collect();
        for id in old {
            self.end_transaction(&id, false);
            self.transaction(&id).epoch += 1;
        }
    }

    pub fn transaction(&mut self, id: &str) -> &mut Transaction {
        self.transactions.entry(id.to_owned()).or_default()
    }

    /// From now on, the broker knows the transaction.
    pub fn open_transaction(&mut self, id: &str) {
        let now = self.now;
        self.transaction(id).open_since.get_or_insert(now);
    }

    pub fn end_transaction(&mut self, id: &str, commit: bool) {
        let transaction = self.transaction(id);
        transaction.open_since = None;
        let offsets = std::mem::take(&mut transaction.offsets);
        tracing::debug!(id, commit, ?offsets, "a transaction ended");
        if commit {
            self.label_offsets.extend(offsets.labels);
            for (partition, offset) in offsets.transactions {
                let before = self.offsets.insert(partition, offset);
                self.offsets_before.insert(partition, before.unwrap_or_default());
            }
        }
        let state = if commit { State::Committed } else { State::Aborted };
        for entry in self.logs.values_mut().flatten() {
            if entry.state == State::Open(id.to_owned()) {
                entry.state = state.clone();
            }
        }
    }

    pub fn append(&mut self, topic: &str, partition: i32, entry: Entry) {
        self.logs.entry((topic.to_owned(), partition)).or_default().push(entry);
    }

    pub fn log(&self, topic: &str, partition: i32) -> &[Entry] {
        self.logs.get(&(topic.to_owned(), partition)).map_or(&[], Vec::as_slice)
    }

    /// The last stable offset: every record before it is committed or aborted.
    pub fn last_stable(&self, topic: &str, partition: i32) -> usize {
        let log = self.log(topic, partition);
        let open = log.iter().position(|entry| matches!(entry.state, State::Open(_)));
        open.unwrap_or(log.len())
    }

    /// Whether an open transaction may still change the committed offset.
    pub fn is_unstable(&self, partition: i32) -> bool {
        self.transactions.values().any(|t| t.offsets.transactions.contains_key(&partition))
    }

    /// Adds a member and rebalances.
    pub fn join(&mut self) -> u64 {
        self.group.joined += 1;
        let id = self.group.joined;
        let member = Member { seen: self.now, ..Member::default() };
        self.group.members.insert(id, member);
        self.rebalance();
        id
    }

    /// The partitions that the member owns according to the group; `None` for an unknown member.
    pub fn owned_by(&self, member: Option<u64>) -> Option<BTreeSet<i32>> {
        Some(self.group.members.get(&member?)?.owned.clone())
    }

    pub fn leave(&mut self, member: u64) {
        if self.group.members.remove(&member).is_some() {
            self.rebalance();
        }
    }

    fn remove_silent_members(&mut self) {
        let now = self.now;
        let before = self.group.members.len();
        self.group.members.retain(|_, member| now.saturating_sub(member.seen) <= self.session);
        if self.group.members.len() < before {
            self.rebalance();
        }
    }

    pub fn released(&mut self, member: u64, partitions: &[i32]) {
        let Some(member) = self.group.members.get_mut(&member) else { return };
        for partition in partitions {
            member.owned.remove(partition);
            member.revoking.remove(partition);
        }
        self.rebalance();
    }

    /// Partitions move only after their owner has released them. Every member gets the new
    /// generation.
    fn rebalance(&mut self) {
        let group = &mut self.group;
        group.generation += 1;
        let count = group.members.len();
        if count == 0 {
            return;
        }
        let fair = usize::try_from(PARTITIONS).unwrap_or(0).div_ceil(count);
        for member in group.members.values_mut() {
            let keep: BTreeSet<i32> = member.owned.iter().copied().take(fair).collect();
            let give: Vec<i32> = member.owned.difference(&keep).copied().collect();
            let news: Vec<i32> =
                give.into_iter().filter(|partition| member.revoking.insert(*partition)).collect();
            if !news.is_empty() {
                member.notes.push_back(AssignmentChange::Revoked { partitions: news, lost: false });
            }
        }
        let owned: BTreeSet<i32> = group.members.values().flat_map(|m| m.owned.clone()).collect();
        let mut free: Vec<i32> = (0..PARTITIONS).filter(|p| !owned.contains(p)).collect();
        for member in group.members.values_mut() {
            let mut news = Vec::new();
            while member.owned.len() < fair && !free.is_empty() {
                news.push(free.remove(0));
                member.owned.insert(news[news.len() - 1]);
            }
            member.notes.push_back(AssignmentChange::Assigned(news));
        }
    }
}
