//! The four sides of a shard, on the model.

use super::checkpoints::ModelCheckpoints;
use super::sabotage::Sabotage;
use super::world::{Entry, Luck, PARTITIONS, State, World};
use crate::kafka::errors::ShardError;
use crate::kafka::output::Output;
use crate::kafka::ports::{
    Change, Clock, Extent, Fault, HistoryLog, Input, LogExtent, Note, Offsets, Piece, Ports,
    Progress, Publisher, Reason,
};
use crate::memory::id_hash64;
use crate::transaction::Time;
use rand::RngExt;
use rdkafka::Timestamp;
use rdkafka::message::OwnedMessage;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::time::{Duration, Instant};

pub const TRANSACTIONS: &str = "transactions";
pub const HISTORY: &str = "history";
/// What every clock on the wall shows, so that equal decisions are equal bytes.
pub const WALL: Time = Time(1_780_000_000_000);

pub type Shared = Rc<RefCell<World>>;

pub struct Model;

impl Ports for Model {
    type Input = ModelInput;
    type Publisher = ModelPublisher;
    type HistoryLog = ModelHistory;
    type Checkpoints = ModelCheckpoints;
    type Clock = ModelClock;
}

pub struct ModelClock {
    pub world: Shared,
    pub origin: Instant,
}

impl Clock for ModelClock {
    fn now(&self) -> Instant {
        self.origin + self.world.borrow().now
    }

    fn wall(&self) -> Time {
        WALL
    }
}

fn retriable() -> Fault {
    Fault::Retriable(Reason("the answer did not come".into()))
}

fn abortable(why: &str) -> Fault {
    Fault::Abortable(Reason(why.into()))
}

fn broken(why: &str) -> Fault {
    Fault::Broken(Reason(why.into()))
}

/// The process ends here.
fn crash() -> Fault {
    Fault::Hopeless(ShardError::Panicked)
}

/// What goes wrong before anything happened.
fn before(luck: Luck) -> Result<(), Fault> {
    match luck {
        Luck::Good | Luck::RetriableAfter | Luck::BrokenAfter | Luck::CrashAfter => Ok(()),
        Luck::RetriableBefore => Err(retriable()),
        Luck::Abortable => Err(abortable("bad luck")),
        Luck::BrokenBefore => Err(broken("bad luck")),
        Luck::CrashBefore => Err(crash()),
    }
}

/// What goes wrong after it happened.
fn after(luck: Luck) -> Result<(), Fault> {
    match luck {
        Luck::RetriableAfter => Err(retriable()),
        Luck::BrokenAfter => Err(broken("bad luck, after the fact")),
        Luck::CrashAfter => Err(crash()),
        _ => Ok(()),
    }
}

/// Calls that are no part of a transaction fail in one of two ways.
fn plain(luck: Luck) -> Result<(), Fault> {
    match luck {
        Luck::Good => Ok(()),
        Luck::CrashBefore | Luck::CrashAfter => Err(crash()),
        _ => Err(retriable()),
    }
}

pub struct ModelInput {
    pub world: Shared,
    pub sabotage: Sabotage,
    member: Option<u64>,
    assigned: BTreeSet<i32>,
    flowing: BTreeSet<i32>,
    positions: BTreeMap<i32, i64>,
    notes: VecDeque<Note>,
    membership: Option<(u64, u64)>,
    /// The library tells of one change at a time, and waits for it to be acted on.
    telling: bool,
}

impl ModelInput {
    pub fn new(world: &Shared, sabotage: Sabotage) -> Self {
        Self {
            world: Rc::clone(world),
            sabotage,
            member: None,
            assigned: BTreeSet::new(),
            flowing: BTreeSet::new(),
            positions: BTreeMap::new(),
            notes: VecDeque::new(),
            membership: None,
            telling: false,
        }
    }

    pub fn member(&self) -> Option<u64> {
        self.member
    }

    /// Tells the group that it is there, and hears what the group has to say.
    fn heartbeat(&mut self) {
        let mut world = self.world.borrow_mut();
        let now = world.now;
        let Some(id) = self.member else {
            self.member = Some(world.join());
            return;
        };
        if let Some(member) = world.group.members.get_mut(&id) {
            member.seen = now;
            let change = if self.telling { None } else { member.notes.pop_front() };
            drop(world);
            change.into_iter().for_each(|change| self.tell(change));
            return;
        }
        if self.telling {
            return;
        }
        // Thrown out. It may go on for a while with what it fetched before.
        if world.chance(500) {
            return;
        }
        drop(world);
        self.member = None;
        let partitions = self.assigned.iter().copied().collect();
        self.tell(Change::Revoked { partitions, lost: true });
    }

    fn tell(&mut self, change: Change) {
        self.telling = true;
        self.notes.push_back(Note::Change(change));
    }

    fn record(&mut self) -> Option<OwnedMessage> {
        let mut world = self.world.borrow_mut();
        let ready: Vec<i32> =
            self.flowing.iter().copied().filter(|p| self.has_more(&world, *p)).collect();
        if ready.is_empty() {
            return None;
        }
        let partition = ready[world.rng.random_range(0..ready.len())];
        let log = &world.input[usize::try_from(partition).unwrap()];
        let position = self.positions.get_mut(&partition).unwrap();
        while log[usize::try_from(*position).unwrap()].is_none() {
            *position += 1;
        }
        let offset = *position;
        *position += 1;
        let value = log[usize::try_from(offset).unwrap()].clone();
        // An empty value stands for a tombstone.
        let value = value.filter(|value| !value.is_empty());
        let (time, key) = (Timestamp::CreateTime(WALL.millis()), Some(b"key".to_vec()));
        Some(OwnedMessage::new(value, key, TRANSACTIONS.into(), time, partition, offset, None))
    }

    fn has_more(&self, world: &World, partition: i32) -> bool {
        let log = &world.input[usize::try_from(partition).unwrap()];
        let at = usize::try_from(self.positions[&partition]).unwrap();
        log.get(at..).is_some_and(|rest| rest.iter().any(Option::is_some))
    }
}

impl Input for ModelInput {
    type Record<'a> = OwnedMessage;
    /// Member and generation.
    type Group = (u64, u64);

    fn subscribe(&mut self) -> Result<(), ShardError> {
        self.heartbeat();
        Ok(())
    }

    fn poll(&mut self, wait: Duration) -> Result<Option<OwnedMessage>, ShardError> {
        let luck = self.world.borrow_mut().call();
        if matches!(luck, Luck::CrashBefore) {
            return Err(ShardError::Panicked);
        }
        self.heartbeat();
        if !self.notes.is_empty() {
            return Ok(None);
        }
        let record = self.record();
        if record.is_none() {
            self.world.borrow_mut().pass(wait);
        }
        match luck {
            Luck::CrashAfter => Err(ShardError::Panicked),
            _ => Ok(record),
        }
    }

    fn notes(&mut self) -> VecDeque<Note> {
        let mut notes = std::mem::take(&mut self.notes);
        if self.sabotage == Sabotage::LosesRevocations {
            let (member, world) = (self.member, Rc::clone(&self.world));
            let before = notes.len();
            notes.retain(|note| match note {
                Note::Change(Change::Revoked { partitions, lost: false }) => {
                    world.borrow_mut().gave_up(member.unwrap_or_default(), partitions);
                    false
                }
                _ => true,
            });
            self.telling &= notes.len() == before;
        }
        notes
    }

    fn assign(&mut self, partitions: &[i32]) -> Result<(), ShardError> {
        for partition in partitions {
            let at = self.world.borrow().offsets.get(partition).copied().unwrap_or(0);
            self.positions.insert(*partition, at);
        }
        self.assigned.extend(partitions);
        self.telling = false;
        Ok(())
    }

    fn unassign(&mut self, partitions: &[i32]) -> Result<(), ShardError> {
        self.assigned.retain(|partition| !partitions.contains(partition));
        self.flowing.retain(|partition| !partitions.contains(partition));
        self.telling = false;
        if let Some(member) = self.member {
            self.world.borrow_mut().gave_up(member, partitions);
        }
        Ok(())
    }

    fn is_cooperative(&self) -> bool {
        true
    }

    fn flow(&mut self, partitions: &BTreeSet<i32>) -> Result<(), ShardError> {
        assert!(partitions.is_subset(&self.assigned), "{partitions:?} of {:?}", self.assigned);
        self.flowing.clone_from(partitions);
        Ok(())
    }

    fn seek(&mut self, partition: i32, offset: i64) -> Result<(), Fault> {
        let luck = self.world.borrow_mut().call();
        plain(luck)?;
        if self.sabotage != Sabotage::ForgetsToSeek && self.assigned.contains(&partition) {
            self.positions.insert(partition, offset);
        }
        Ok(())
    }

    fn committed(&mut self, partitions: &[i32]) -> Result<BTreeMap<i32, Option<i64>>, Fault> {
        let luck = self.world.borrow_mut().call();
        plain(luck)?;
        let world = self.world.borrow();
        let unstable = partitions.iter().any(|partition| world.is_unstable(*partition));
        if unstable && self.sabotage != Sabotage::ReadsUnstableOffsets {
            return Err(retriable());
        }
        let at = |partition: &i32| (*partition, world.offsets.get(partition).copied());
        Ok(partitions.iter().map(at).collect())
    }

    fn extent(&mut self, partition: i32, _since: Time) -> Result<Extent, Fault> {
        let luck = self.world.borrow_mut().call();
        plain(luck)?;
        let end = self.world.borrow().input[usize::try_from(partition).unwrap()].len();
        Ok(Extent { since: 0, end: i64::try_from(end).unwrap() })
    }

    fn note_membership(&mut self) {
        let generation = self.world.borrow().group.generation;
        self.membership = self.member.map(|member| (member, generation));
    }

    fn group(&self) -> Result<&(u64, u64), Fault> {
        self.membership.as_ref().ok_or_else(|| abortable("no member"))
    }

    fn commit(&mut self, offsets: &Offsets) -> Result<Progress, Fault> {
        let luck = self.world.borrow_mut().call();
        plain(luck)?;
        let mut world = self.world.borrow_mut();
        let member = self.member.and_then(|member| world.group.members.get(&member));
        if !member.is_some_and(|member| offsets.keys().all(|p| member.owned.contains(p))) {
            return Err(retriable());
        }
        world.offsets.extend(offsets.clone());
        Ok(Progress::Done)
    }
}

pub struct ModelPublisher {
    pub world: Shared,
    pub sabotage: Sabotage,
    /// `None` without transactions.
    id: Option<String>,
    epoch: u64,
    /// Handed over, and not on the broker yet.
    buffer: VecDeque<(String, i32, Entry)>,
    /// Whether the broker ended the transaction without this producer's hearing of it.
    ended: bool,
    /// Where history records arrived, and nobody asked yet.
    history: Offsets,
}

impl ModelPublisher {
    pub fn new(world: &Shared, id: Option<String>, sabotage: Sabotage) -> Self {
        Self {
            world: Rc::clone(world),
            sabotage,
            id,
            epoch: 0,
            buffer: VecDeque::new(),
            ended: false,
            history: Offsets::new(),
        }
    }

    fn check_epoch(&self) -> Result<(), Fault> {
        let Some(id) = &self.id else { return Ok(()) };
        let epoch = self.world.borrow_mut().transaction(id).epoch;
        if epoch == self.epoch { Ok(()) } else { Err(broken("fenced")) }
    }

    /// So many of the records handed over arrive.
    fn arrive(&mut self, count: usize) -> Result<(), Fault> {
        self.check_epoch()?;
        for _ in 0..count {
            let Some((topic, partition, mut entry)) = self.buffer.pop_front() else { break };
            let mut world = self.world.borrow_mut();
            let own = self.sabotage == Sabotage::PublishesAlertsAtOnce && entry.what == "alert";
            entry.state = match &self.id {
                Some(id) if !own => {
                    world.open_transaction(id);
                    State::Open(id.clone())
                }
                _ => State::Committed,
            };
            // Now and then the broker does not tell where.
            if entry.what == "history record" && !world.chance(30) {
                let offset = i64::try_from(world.log(&topic, partition).len()).unwrap();
                self.history.insert(partition, offset);
            }
            world.append(&topic, partition, entry);
        }
        Ok(())
    }
}

impl Publisher for ModelPublisher {
    type Group = (u64, u64);

    fn renew(&mut self) -> Result<(), Fault> {
        let luck = self.world.borrow_mut().call();
        plain(luck)?;
        self.buffer.clear();
        self.history.clear();
        self.ended = false;
        if let Some(id) = &self.id {
            let mut world = self.world.borrow_mut();
            world.end_transaction(id, false);
            let transaction = world.transaction(id);
            transaction.epoch += 1;
            self.epoch = transaction.epoch;
        }
        Ok(())
    }

    fn begin(&mut self) -> Result<(), Fault> {
        self.ended = false;
        Ok(())
    }

    fn send(&mut self, output: Output<'_>) -> Result<(), Fault> {
        let what = output.origin.what.name();
        if self.sabotage == Sabotage::LosesHistory && what == "history record" {
            return Ok(());
        }
        let by_key = |key: &[u8]| {
            let hash =
                id_hash64(&String::from_utf8_lossy(key)) % u64::try_from(PARTITIONS).unwrap();
            i32::try_from(hash).unwrap()
        };
        let mut partition =
            output.to_partition.unwrap_or_else(|| by_key(output.key.unwrap_or_default()));
        if self.sabotage == Sabotage::MixesHistoryPartitions && what == "history record" {
            partition = (partition + 1) % PARTITIONS;
        }
        let origin = (output.origin.partition, output.origin.offset);
        let entry = Entry { what, origin, value: output.value.to_vec(), state: State::Committed };
        self.buffer.push_back((output.topic.to_owned(), partition, entry));
        if self.world.borrow_mut().chance(300) {
            self.arrive(1)?;
        }
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.buffer.len() > 50
    }

    fn acknowledged(&mut self) -> Result<Progress, Fault> {
        let luck = self.world.borrow_mut().call();
        if luck == Luck::RetriableBefore {
            self.arrive(1)?;
            return Ok(Progress::NotYet);
        }
        before(luck)?;
        self.arrive(usize::MAX)?;
        after(luck)?;
        Ok(Progress::Done)
    }

    fn history_offsets(&mut self) -> Offsets {
        std::mem::take(&mut self.history)
    }

    fn send_offsets(&mut self, offsets: &Offsets, group: &(u64, u64)) -> Result<(), Fault> {
        let luck = self.world.borrow_mut().call();
        before(luck)?;
        self.check_epoch()?;
        if self.sabotage == Sabotage::CommitsWithoutOffsets {
            return Ok(());
        }
        let mut world = self.world.borrow_mut();
        let (member, generation) = *group;
        let current =
            world.group.members.contains_key(&member) && (generation == world.group.generation);
        if !current && self.sabotage != Sabotage::IgnoresFencing {
            return Err(abortable("not a member of this generation"));
        }
        let Some(id) = self.id.clone() else { return Ok(()) };
        if self.sabotage == Sabotage::CommitsOffsetsFirst {
            world.offsets.extend(offsets.clone());
            return Ok(());
        }
        world.open_transaction(&id);
        world.transaction(&id).offsets.extend(offsets.clone());
        drop(world);
        after(luck)
    }

    fn commit(&mut self) -> Result<(), Fault> {
        let luck = self.world.borrow_mut().call();
        let long = self.world.borrow().slow_commits;
        self.world.borrow_mut().pass(long);
        before(luck)?;
        if self.ended {
            return Ok(());
        }
        self.arrive(usize::MAX)?;
        let Some(id) = self.id.clone() else { return Ok(()) };
        self.world.borrow_mut().end_transaction(&id, true);
        self.ended = true;
        match (luck, self.sabotage) {
            (Luck::BrokenAfter, Sabotage::TakesUnknownForAborted) => Err(abortable("who knows")),
            _ => after(luck),
        }
    }

    fn abort(&mut self) -> Result<(), Fault> {
        let luck = self.world.borrow_mut().call();
        match luck {
            Luck::Abortable => return Err(retriable()),
            luck => before(luck)?,
        }
        if self.sabotage != Sabotage::TakesUnknownForAborted {
            self.check_epoch()?;
        }
        self.buffer.clear();
        self.history.clear();
        if let Some(id) = self.id.clone() {
            let commit = self.sabotage == Sabotage::CommitsWhatItAborts;
            self.world.borrow_mut().end_transaction(&id, commit);
        }
        after(luck)
    }

    fn serve(&self) {}
}

pub struct ModelHistory {
    pub world: Shared,
    pub sabotage: Sabotage,
    open: BTreeMap<i32, usize>,
    value: Vec<u8>,
}

impl ModelHistory {
    pub fn new(world: &Shared, sabotage: Sabotage) -> Self {
        Self { world: Rc::clone(world), sabotage, open: BTreeMap::new(), value: Vec::new() }
    }

    fn counts(&self, entry: &Entry) -> bool {
        match entry.state {
            State::Committed => true,
            State::Aborted => self.sabotage == Sabotage::RestoresAborted,
            State::Open(_) => false,
        }
    }
}

impl HistoryLog for ModelHistory {
    fn extent(&mut self, partition: i32) -> Result<LogExtent, Fault> {
        let luck = self.world.borrow_mut().call();
        plain(luck)?;
        let world = self.world.borrow();
        let settled = i64::try_from(world.settled(HISTORY, partition)).unwrap();
        let mut end = i64::try_from(world.log(HISTORY, partition).len()).unwrap();
        if self.sabotage == Sabotage::RestoresTooLittle {
            end = (end - 1).max(0);
        }
        Ok(LogExtent { start: 0, settled, end })
    }

    fn open(&mut self, partition: i32, offset: i64) -> Result<(), Fault> {
        self.open.insert(partition, usize::try_from(offset).unwrap());
        Ok(())
    }

    fn close(&mut self, partition: i32) {
        self.open.remove(&partition);
    }

    fn next(&mut self, wait: Duration) -> Result<Option<Piece<'_>>, Fault> {
        let luck = self.world.borrow_mut().call();
        plain(luck)?;
        let mut world = self.world.borrow_mut();
        let partitions: Vec<i32> = self.open.keys().copied().collect();
        if partitions.is_empty() {
            world.pass(wait);
            return Ok(None);
        }
        let partition = partitions[world.rng.random_range(0..partitions.len())];
        let settled = world.settled(HISTORY, partition);
        let limit = match self.sabotage {
            Sabotage::RestoresTooLittle => settled.saturating_sub(1),
            _ => settled,
        };
        let at = self.open.get_mut(&partition).unwrap();
        if *at >= limit {
            return Ok(Some(Piece::End { partition }));
        }
        let offset = *at;
        *at += 1;
        let entry = world.log(HISTORY, partition)[offset].clone();
        drop(world);
        if !self.counts(&entry) {
            return Ok(None);
        }
        self.value = entry.value;
        let offset = i64::try_from(offset).unwrap();
        Ok(Some(Piece::Record { partition, offset, written: WALL, value: &self.value }))
    }
}
