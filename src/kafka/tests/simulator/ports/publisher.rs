//! A producer of the model, with or without transactions.

use super::super::cluster::{CallResult, Entry, PARTITIONS, State};
use super::super::sabotage::Sabotage;
use super::{Shared, abortable, after, before, broken, crash, plain, retriable};
use crate::kafka::shard::output::{InputTopic, Output};
use crate::kafka::shard::ports::{BatchOffsets, Fault, Offsets, Publisher, SendProgress};
use crate::memory::id_hash64;
use std::collections::VecDeque;
use std::rc::Rc;

/// Distinguishes labels from records of the input among the origins of outputs.
pub const LABEL_OFFSETS: i64 = 1 << 40;

pub struct ModelPublisher {
    pub cluster: Shared,
    pub sabotage: Sabotage,
    /// `None` without transactions.
    id: Option<String>,
    epoch: u64,
    /// Records that were sent and have not reached the broker.
    buffer: VecDeque<(String, i32, Entry)>,
    /// Whether an answer about offsets is outstanding.
    adding: bool,
    /// Whether the broker ended the transaction without this producer getting the answer.
    ended: bool,
    /// The offsets of history records, until the shard takes them.
    history: Offsets,
}

impl ModelPublisher {
    pub fn new(cluster: &Shared, id: Option<String>, sabotage: Sabotage) -> Self {
        Self {
            cluster: Rc::clone(cluster),
            sabotage,
            id,
            epoch: 0,
            buffer: VecDeque::new(),
            adding: false,
            ended: false,
            history: Offsets::new(),
        }
    }

    fn check_epoch(&self) -> Result<(), Fault> {
        let Some(id) = &self.id else { return Ok(()) };
        let epoch = self.cluster.borrow_mut().transaction(id).epoch;
        if epoch == self.epoch { Ok(()) } else { Err(broken("fenced")) }
    }

    /// Lets the next `count` sent records reach the broker.
    fn deliver(&mut self, count: usize) -> Result<(), Fault> {
        self.check_epoch()?;
        for _ in 0..count {
            let Some((topic, partition, mut entry)) = self.buffer.pop_front() else { break };
            let mut cluster = self.cluster.borrow_mut();
            let own = self.sabotage == Sabotage::PublishesAlertsAtOnce && entry.what == "alert";
            entry.state = match &self.id {
                Some(id) if !own => {
                    cluster.open_transaction(id);
                    State::Open(id.clone())
                }
                _ => State::Committed,
            };
            // Sometimes the broker does not return the offset.
            if entry.what == "history record" && !cluster.chance(30) {
                let offset = i64::try_from(cluster.log(&topic, partition).len()).unwrap();
                self.history.insert(partition, offset);
            }
            cluster.append(&topic, partition, entry);
        }
        Ok(())
    }

    /// The possible failures of a send: a crash, an aborted transaction or a broken producer.
    fn send_fault(&self) -> Result<(), Fault> {
        let mut cluster = self.cluster.borrow_mut();
        let result = if cluster.chance(100) { cluster.call() } else { CallResult::Good };
        match result {
            CallResult::CrashBefore | CallResult::CrashAfter => Err(crash()),
            CallResult::Abortable if self.id.is_some() => Err(abortable("a simulated fault")),
            CallResult::BrokenBefore | CallResult::BrokenAfter if self.id.is_some() => {
                Err(broken("a simulated fault"))
            }
            _ => Ok(()),
        }
    }

    fn add_offsets(
        &mut self,
        offsets: &BatchOffsets,
        (member, generation): (u64, u64),
    ) -> Result<(), Fault> {
        if self.sabotage == Sabotage::CommitsWithoutOffsets {
            return Ok(());
        }
        // The library sends no request if there is nothing to add.
        if offsets.transactions.is_empty() {
            return Ok(());
        }
        let mut cluster = self.cluster.borrow_mut();
        let current =
            cluster.group.members.contains_key(&member) && (generation == cluster.group.generation);
        if !current && self.sabotage != Sabotage::IgnoresFencing {
            return Err(abortable("not a member of this generation"));
        }
        let Some(id) = self.id.clone() else { return Ok(()) };
        if self.sabotage == Sabotage::CommitsOffsetsFirst {
            cluster.offsets.extend(offsets.transactions.clone());
            cluster.label_offsets.extend(offsets.labels.clone());
            return Ok(());
        }
        cluster.open_transaction(&id);
        let added = &mut cluster.transaction(&id).offsets;
        added.transactions.extend(offsets.transactions.clone());
        added.labels.extend(offsets.labels.clone());
        Ok(())
    }
}

impl Publisher for ModelPublisher {
    type Group = (u64, u64);

    fn recreate(&mut self) -> Result<(), Fault> {
        let result = self.cluster.borrow_mut().call();
        plain(result)?;
        self.buffer.clear();
        self.history.clear();
        self.adding = false;
        self.ended = false;
        if let Some(id) = &self.id {
            let mut cluster = self.cluster.borrow_mut();
            cluster.end_transaction(id, false);
            let transaction = cluster.transaction(id);
            transaction.epoch += 1;
            self.epoch = transaction.epoch;
        }
        Ok(())
    }

    fn begin(&mut self) -> Result<(), Fault> {
        let result = self.cluster.borrow_mut().call();
        before(result)?;
        self.ended = false;
        after(result)
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
        let mut origin = (output.origin.partition, output.origin.offset);
        if output.origin.what.source() == InputTopic::Labels {
            origin.1 += LABEL_OFFSETS;
        }
        let lists = output.headers.iter().find(|header| header.key == "redcard-lists");
        let lists = lists.and_then(|header| header.value.as_deref());
        let lists = lists.map(|value| String::from_utf8_lossy(value).into_owned());
        let value = output.value.to_vec();
        let entry = Entry { what, origin, value, lists, state: State::Committed };
        self.buffer.push_back((output.topic.to_owned(), partition, entry));
        let mut cluster = self.cluster.borrow_mut();
        let arrives = if cluster.chance(300) { 1 } else { 0 };
        // A critical moment: the history record is on the broker, but its offsets are in no
        // transaction yet.
        let stops = what == "history record" && cluster.may_stop();
        drop(cluster);
        self.deliver(if stops { usize::MAX } else { arrives })?;
        self.send_fault()
    }

    fn is_full(&self) -> bool {
        self.buffer.len() > 50
    }

    fn acknowledged(&mut self) -> Result<SendProgress, Fault> {
        let result = self.cluster.borrow_mut().call();
        if result == CallResult::RetriableBefore {
            self.deliver(1)?;
            return Ok(SendProgress::NotYet);
        }
        before(result)?;
        if self.sabotage == Sabotage::AcknowledgesEarly {
            return Ok(SendProgress::Done);
        }
        self.deliver(usize::MAX)?;
        after(result)?;
        Ok(SendProgress::Done)
    }

    fn history_offsets(&mut self) -> Offsets {
        std::mem::take(&mut self.history)
    }

    /// While the answer is outstanding, the broker may or may not have processed the request.
    fn send_offsets(
        &mut self,
        offsets: &BatchOffsets,
        group: &(u64, u64),
    ) -> Result<SendProgress, Fault> {
        let mut cluster = self.cluster.borrow_mut();
        let result = cluster.call();
        self.adding = cluster.chance(30);
        let arrives = !self.adding || cluster.chance(500);
        drop(cluster);
        if arrives {
            before(result)?;
            self.check_epoch()?;
            self.add_offsets(offsets, *group)?;
            // Another critical moment: the offsets are in the transaction, but the history record
            // may not have arrived.
            self.cluster.borrow_mut().may_stop();
            after(result)?;
        }
        Ok(if self.adding { SendProgress::NotYet } else { SendProgress::Done })
    }

    fn commit(&mut self) -> Result<(), Fault> {
        let result = self.cluster.borrow_mut().call();
        let long = self.cluster.borrow().slow_commits;
        self.cluster.borrow_mut().pass(long);
        before(result)?;
        if self.ended {
            // The commit happened, but the library may mistake a later answer for a failure.
            return match self.cluster.borrow_mut().chance(200) {
                true => Err(abortable("the transaction is in no state to be committed")),
                false => Ok(()),
            };
        }
        self.deliver(usize::MAX)?;
        let Some(id) = self.id.clone() else { return Ok(()) };
        self.cluster.borrow_mut().end_transaction(&id, true);
        self.ended = true;
        after(result)
    }

    fn abort(&mut self) -> Result<(), Fault> {
        let result = self.cluster.borrow_mut().call();
        match result {
            CallResult::Abortable => return Err(retriable()),
            result => before(result)?,
        }
        if self.adding {
            return Err(broken("offsets are still being added"));
        }
        self.check_epoch()?;
        self.buffer.clear();
        self.history.clear();
        if let Some(id) = self.id.clone() {
            let commit = self.sabotage == Sabotage::CommitsWhatItAborts;
            self.cluster.borrow_mut().end_transaction(&id, commit);
        }
        after(result)
    }

    fn serve(&self) {}
}
