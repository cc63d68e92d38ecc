//! A member of the model's group.

use super::super::cluster::{CallResult, ModelCluster};
use super::super::sabotage::Sabotage;
use super::{Shared, TRANSACTIONS, WALL, abortable, plain, retriable};
use crate::kafka::errors::ShardError;
use crate::kafka::record::{BorrowedRecord, HeaderList, PolledRecord, RecordHeader};
use crate::kafka::shard::ports::{
    AssignmentChange, BatchOffsets, Extent, Fault, Input, InputEvent, InputRecord, SendProgress,
};
use crate::transaction::Time;
use rand::RngExt;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::time::Duration;

/// The chance that a poll returns no record, in a thousand.
const NOTHING_CAME: u32 = 250;

/// The chance that a partition is read again from its start, in a thousand: when a leader changes, the
/// client library may do that.
const GOES_BACK: u32 = 3;

pub struct ModelInput {
    pub cluster: Shared,
    pub sabotage: Sabotage,
    member: Option<u64>,
    assigned: BTreeSet<i32>,
    active: BTreeSet<i32>,
    positions: BTreeMap<i32, i64>,
    /// The partitions that were active before all were paused, if a record of them is still in
    /// flight.
    stray: BTreeSet<i32>,
    /// Partitions whose end was reported.
    at_end: BTreeSet<i32>,
    notes: VecDeque<InputEvent>,
    membership: Option<(u64, u64)>,
    /// Whether a change was reported and not yet applied. Like the client library, the model
    /// reports one at a time.
    has_event: bool,
}

/// A record of the input.
pub struct ModelRecord {
    partition: i32,
    offset: i64,
    value: Option<Vec<u8>>,
    log_start: Option<i64>,
}

impl InputRecord for ModelRecord {
    fn log_start(&self) -> Option<i64> {
        self.log_start
    }
}

impl PolledRecord for ModelRecord {
    fn borrowed(&self) -> BorrowedRecord<'_> {
        BorrowedRecord {
            topic: TRANSACTIONS,
            partition: self.partition,
            offset: self.offset,
            timestamp: Some(WALL),
            key: Some(b"key"),
            value: self.value.as_deref(),
            headers: self,
        }
    }
}

/// The model's records have no headers.
impl HeaderList for ModelRecord {
    fn count(&self) -> usize {
        0
    }

    fn get(&self, _index: usize) -> Option<RecordHeader<'_>> {
        None
    }
}

impl ModelInput {
    pub fn new(cluster: &Shared, sabotage: Sabotage) -> Self {
        Self {
            cluster: Rc::clone(cluster),
            sabotage,
            member: None,
            assigned: BTreeSet::new(),
            active: BTreeSet::new(),
            positions: BTreeMap::new(),
            stray: BTreeSet::new(),
            at_end: BTreeSet::new(),
            notes: VecDeque::new(),
            membership: None,
            has_event: false,
        }
    }

    pub fn member(&self) -> Option<u64> {
        self.member
    }

    /// Sends a heartbeat, and receives the group's changes.
    fn heartbeat(&mut self) {
        let mut cluster = self.cluster.borrow_mut();
        let now = cluster.now;
        let Some(id) = self.member else {
            self.member = Some(cluster.join());
            return;
        };
        if let Some(member) = cluster.group.members.get_mut(&id) {
            member.seen = now;
            let change = if self.has_event { None } else { member.notes.pop_front() };
            drop(cluster);
            change.into_iter().for_each(|change| self.push_event(change));
            return;
        }
        if self.has_event {
            return;
        }
        // The member was removed from the group. It may continue for a while with what it has
        // fetched.
        if cluster.chance(500) {
            return;
        }
        drop(cluster);
        self.member = None;
        let partitions = self.assigned.iter().copied().collect();
        self.push_event(AssignmentChange::Revoked { partitions, lost: true });
    }

    fn push_event(&mut self, change: AssignmentChange) {
        self.has_event = true;
        self.notes.push_back(InputEvent::Assignment(change));
    }

    /// The next record, if one arrives. The random delay varies how many arrive in one turn.
    fn record(&mut self) -> Option<ModelRecord> {
        let mut cluster = self.cluster.borrow_mut();
        if cluster.chance(NOTHING_CAME) {
            return None;
        }
        let active = if self.active.is_empty() { &self.stray } else { &self.active };
        let (ready, ended): (Vec<i32>, Vec<i32>) =
            active.iter().copied().partition(|p| self.has_more(&cluster, *p));
        for partition in ended {
            if self.at_end.insert(partition) {
                self.notes.push_back(InputEvent::End(partition));
            }
        }
        if ready.is_empty() {
            return None;
        }
        let partition = ready[cluster.rng.random_range(0..ready.len())];
        let goes_back = cluster.chance(GOES_BACK);
        let log = &cluster.input[usize::try_from(partition).unwrap()];
        let position = self.positions.get_mut(&partition).unwrap();
        if goes_back {
            *position = 0;
        }
        *position = cluster.starts[usize::try_from(partition).unwrap()].max(*position);
        while log[usize::try_from(*position).unwrap()].is_none() {
            *position += 1;
        }
        let offset = *position;
        *position += 1;
        self.stray.clear();
        let value = log[usize::try_from(offset).unwrap()].clone();
        // An empty value is a tombstone.
        let value = value.filter(|value| !value.is_empty());
        let start = cluster.starts[usize::try_from(partition).unwrap()];
        let log_start = (self.sabotage != Sabotage::HidesLogStart).then_some(start);
        Some(ModelRecord { partition, offset, value, log_start })
    }

    fn poll_one(&mut self, wait: Duration) -> Result<Option<ModelRecord>, ShardError> {
        let result = self.cluster.borrow_mut().call();
        if matches!(result, CallResult::CrashBefore) {
            return Err(ShardError::Panicked);
        }
        self.heartbeat();
        if !self.notes.is_empty() {
            return Ok(None);
        }
        let record = self.record();
        if record.is_none() {
            self.cluster.borrow_mut().pass(wait);
        }
        match result {
            CallResult::CrashAfter => Err(ShardError::Panicked),
            _ => Ok(record),
        }
    }

    fn has_more(&self, cluster: &ModelCluster, partition: i32) -> bool {
        let log = &cluster.input[usize::try_from(partition).unwrap()];
        let at = usize::try_from(self.positions[&partition]).unwrap();
        log.get(at..).is_some_and(|rest| rest.iter().any(Option::is_some))
    }
}

fn crash_after(result: CallResult) -> Result<(), ShardError> {
    if result == CallResult::CrashAfter { Err(ShardError::Panicked) } else { Ok(()) }
}

impl Input for ModelInput {
    type Record<'a> = ModelRecord;
    /// Member and generation.
    type Group = (u64, u64);

    fn subscribe(&mut self) -> Result<(), ShardError> {
        self.heartbeat();
        Ok(())
    }

    fn poll(&mut self, wait: Duration, max: usize) -> Result<Vec<ModelRecord>, ShardError> {
        let mut records: Vec<ModelRecord> = self.poll_one(wait)?.into_iter().collect();
        while !records.is_empty() && records.len() < max {
            match self.poll_one(Duration::ZERO)? {
                Some(record) => records.push(record),
                None => break,
            }
        }
        Ok(records)
    }

    fn drain_events(&mut self) -> VecDeque<InputEvent> {
        let mut notes = std::mem::take(&mut self.notes);
        if self.sabotage == Sabotage::LosesRevocations {
            let (member, cluster) = (self.member, Rc::clone(&self.cluster));
            let before = notes.len();
            notes.retain(|note| match note {
                InputEvent::Assignment(AssignmentChange::Revoked { partitions, lost: false }) => {
                    cluster.borrow_mut().released(member.unwrap_or_default(), partitions);
                    false
                }
                _ => true,
            });
            self.has_event &= notes.len() == before;
        }
        notes
    }

    fn assign(&mut self, partitions: &[i32]) -> Result<(), ShardError> {
        let result = self.cluster.borrow_mut().call();
        if result == CallResult::CrashBefore {
            return Err(ShardError::Panicked);
        }
        for partition in partitions {
            let at = self.cluster.borrow().offsets.get(partition).copied().unwrap_or(0);
            self.positions.insert(*partition, at);
            self.at_end.remove(partition);
        }
        self.assigned.extend(partitions);
        self.has_event = false;
        crash_after(result)
    }

    fn unassign(&mut self, partitions: &[i32]) -> Result<(), ShardError> {
        let result = self.cluster.borrow_mut().call();
        if result == CallResult::CrashBefore {
            return Err(ShardError::Panicked);
        }
        self.assigned.retain(|partition| !partitions.contains(partition));
        self.active.retain(|partition| !partitions.contains(partition));
        self.stray.clear();
        self.has_event = false;
        if let Some(member) = self.member {
            self.cluster.borrow_mut().released(member, partitions);
        }
        crash_after(result)
    }

    fn is_cooperative(&self) -> bool {
        true
    }

    fn set_active_partitions(&mut self, partitions: &BTreeSet<i32>) -> Result<(), ShardError> {
        assert!(partitions.is_subset(&self.assigned), "{partitions:?} of {:?}", self.assigned);
        if partitions.is_empty() && self.cluster.borrow_mut().chance(30) {
            self.stray.clone_from(&self.active);
        }
        self.active.clone_from(partitions);
        Ok(())
    }

    fn seek(&mut self, partition: i32, offset: i64) -> Result<(), Fault> {
        let result = self.cluster.borrow_mut().call();
        plain(result)?;
        if self.sabotage != Sabotage::ForgetsToSeek && self.assigned.contains(&partition) {
            self.positions.insert(partition, offset);
            self.at_end.remove(&partition);
            self.stray.remove(&partition);
        }
        Ok(())
    }

    fn committed(&mut self, partitions: &[i32]) -> Result<BTreeMap<i32, Option<i64>>, Fault> {
        let result = self.cluster.borrow_mut().call();
        plain(result)?;
        let cluster = self.cluster.borrow();
        let unstable = partitions.iter().any(|partition| cluster.is_unstable(*partition));
        if unstable && self.sabotage != Sabotage::ReadsUnstableOffsets {
            return Err(retriable());
        }
        let known = match self.sabotage {
            Sabotage::TakesUnknownForAborted => &cluster.offsets_before,
            _ => &cluster.offsets,
        };
        let at = |partition: &i32| {
            let is_known = self.sabotage != Sabotage::ForgetsOffsets;
            (*partition, known.get(partition).copied().filter(|_| is_known))
        };
        Ok(partitions.iter().map(at).collect())
    }

    fn extent(&mut self, partition: i32) -> Result<Extent, Fault> {
        let result = self.cluster.borrow_mut().call();
        plain(result)?;
        let cluster = self.cluster.borrow();
        let number = usize::try_from(partition).unwrap();
        let end = i64::try_from(cluster.input[number].len()).unwrap();
        Ok(Extent { start: cluster.starts[number], end })
    }

    fn first_since(&mut self, partition: i32, _since: Time) -> Result<Option<i64>, Fault> {
        let result = self.cluster.borrow_mut().call();
        plain(result)?;
        let cluster = self.cluster.borrow();
        let late = i64::from(self.sabotage == Sabotage::WarmsUpTooLittle);
        Ok(cluster.initial_states[usize::try_from(partition).unwrap()]
            .warm_up
            .map(|since| since + late))
    }

    fn capture_membership(&mut self) {
        let generation = self.cluster.borrow().group.generation;
        self.membership = self.member.map(|member| (member, generation));
    }

    fn group(&self) -> Result<&(u64, u64), Fault> {
        self.membership.as_ref().ok_or_else(|| abortable("no member"))
    }

    fn commit(&mut self, offsets: &BatchOffsets) -> Result<SendProgress, Fault> {
        let result = self.cluster.borrow_mut().call();
        plain(result)?;
        let mut cluster = self.cluster.borrow_mut();
        let member = self.member.and_then(|member| cluster.group.members.get(&member));
        let all = || offsets.transactions.keys().chain(offsets.labels.keys());
        if !member.is_some_and(|member| all().all(|p| member.owned.contains(p))) {
            return Err(retriable());
        }
        cluster.offsets.extend(offsets.transactions.clone());
        cluster.label_offsets.extend(offsets.labels.clone());
        Ok(SendProgress::Done)
    }
}
