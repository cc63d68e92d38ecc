//! Injects faults into a run: instances start, stop, crash and pause, operators reset offsets, and
//! retention deletes input.

use super::rules::random_lists;
use super::run::{INSTANCES, Simulation};
use super::traffic::late_label;
use crate::kafka::ShardError;
use crate::kafka::settings::Guarantee;
use crate::kafka::shard::ports::Fault;
use rand::RngExt;
use std::sync::Arc;
use std::time::Duration;

/// The number of turns with faults.
const TURNS: usize = 600;
const GRACE: Duration = Duration::from_secs(30);
/// In one run in this many, owners are often paused while their transaction is open, and several
/// others take the partition over before the transaction times out.
const LONG_TRANSACTIONS_ONE_IN: u32 = 3;
/// One run in this many has no crashes, stops or pauses, so its counts must add up.
const NO_CRASHES_ONE_IN: u32 = 8;

impl Simulation {
    pub(super) fn inject_faults(&mut self) -> Result<(), String> {
        let no_crashes = self.rng.random_range(0..NO_CRASHES_ONE_IN) == 0;
        let has_long_transactions =
            !no_crashes && self.rng.random_range(0..LONG_TRANSACTIONS_ONE_IN) == 0;
        {
            let mut cluster = self.cluster.borrow_mut();
            (cluster.fault_rate, cluster.no_crashes) = (self.rng.random_range(0..60), no_crashes);
            cluster.pause_rate = 10;
            if has_long_transactions {
                cluster.pause_rate = 200;
                cluster.transaction_timeout *= 20;
            }
        }
        for _ in 0..TURNS {
            let at = self.rng.random_range(0..INSTANCES);
            match self.rng.random_range(0..200) {
                // In a run without crashes the instance continues instead, so that every record is counted
                // once.
                0..=3 | 14..=16 if no_crashes => self.turn(at)?,
                0 => self.kill(at),
                1 => self.stop(at)?,
                2 | 3 => self.pause_instance(at),
                4..=13 => self.start(at)?,
                18..=21 if has_long_transactions => self.expire_session(),
                14 => self.cluster.borrow_mut().pass(Duration::from_secs(3)),
                15 if self.rng.random_range(0..10) == 0 => self.reset_offsets(),
                16 if self.rng.random_range(0..4) == 0 => self.cut_unread_input(),
                17 if self.rng.random_range(0..3) == 0 => self.cut_input_under_reader(),
                22 => self.write_label(),
                23 => self.change_lists(),
                _ => self.turn(at)?,
            }
        }
        Ok(())
    }

    /// A crash that the model asked for is part of the run; any other error is a defect of the
    /// shard.
    pub(super) fn crashed(&mut self, at: usize, error: &ShardError) -> Result<(), String> {
        if !matches!(Fault::Fatal(error.clone()), Fault::Fatal(ShardError::Panicked)) {
            return Err(format!("a shard ended: {error}"));
        }
        self.kill(at);
        Ok(())
    }

    fn kill(&mut self, at: usize) {
        if self.instances[at].shard.take().is_some() {
            tracing::debug!(at, "crashed");
            self.summary.crashes += 1;
        }
    }

    /// Stops an instance cleanly, unless the model lets it crash on the way.
    pub(super) fn stop(&mut self, at: usize) -> Result<(), String> {
        let Some(mut shard) = self.instances[at].shard.take() else { return Ok(()) };
        let deadline = self.origin + self.cluster.borrow().now + GRACE;
        match shard.drain(deadline) {
            Ok(_) => {
                if let Some(member) = shard.input().member() {
                    self.cluster.borrow_mut().leave(member);
                }
                Ok(())
            }
            Err(error) => self.crashed(at, &error),
        }
    }

    /// Resets the group's offsets, as an operator may when the group is empty and no transaction is
    /// open. The history is then ahead of the committed offsets. Skipped if the committed offsets
    /// determine what has to be scored.
    fn reset_offsets(&mut self) {
        let is_special =
            self.cluster.borrow().initial_states.iter().any(|initial| initial.is_special());
        if is_special || self.summary.cuts > 0 {
            return;
        }
        self.was_reset = true;
        self.end_all();
        self.cluster.borrow_mut().offsets.values_mut().for_each(|offset| *offset = 0);
    }

    /// Deletes the next records of a partition, as retention does when no instance runs for a long
    /// time.
    fn cut_unread_input(&mut self) {
        let at = self.rng.random_range(0..self.missing.len());
        if self.may_cut(at) {
            self.end_all();
            self.cut_input(at);
        }
    }

    /// The same while instances run and read behind the input's end. Everything that they have read
    /// of the partition is committed.
    fn cut_input_under_reader(&mut self) {
        let at = self.rng.random_range(0..self.missing.len());
        let partition = i32::try_from(at).unwrap();
        let shards = || self.instances.iter().filter_map(|slot| slot.shard.as_ref());
        let is_open = self.cluster.borrow().is_unstable(partition)
            || shards().any(|shard| shard.has_in_batch(partition));
        if self.may_cut(at) && !is_open && self.cut_input(at) {
            self.summary.cuts_under_reader += 1;
        }
    }

    /// Without transactions, or after a reset, the committed offset does not show what was read.
    fn may_cut(&self, at: usize) -> bool {
        let exactly_once = self.plan.guarantee == Guarantee::ExactlyOnce;
        !self.was_reset && exactly_once && self.missing[at].is_empty()
    }

    /// Returns whether the partition has lost records.
    fn cut_input(&mut self, at: usize) -> bool {
        let mut cluster = self.cluster.borrow_mut();
        let partition = i32::try_from(at).unwrap();
        let Some(from) = cluster.offsets.get(&partition).copied() else { return false };
        let initial = cluster.initial_states[at];
        let last = cluster.input[at].iter().rposition(Option::is_some).unwrap();
        let last = i64::try_from(last).unwrap();
        // During a warm-up the offset shows nothing before the first commit.
        if initial.warm_up.is_some() || from >= last {
            return false;
        }
        let to = self.rng.random_range(from + 1..=last);
        cluster.starts[at] = to;
        self.missing[at] = from..to;
        self.summary.cuts += 1;
        true
    }

    /// Writes a label while instances run. It becomes known after every transaction, so it changes no
    /// decision. If memory is small, it is not the same whenever it is read.
    fn write_label(&mut self) {
        let is_roomy = self.settings.limits.cards >= 10;
        if !is_roomy || self.settings.topics.labels.is_none() {
            return;
        }
        let at = self.rng.random_range(0..self.missing.len());
        let mut cluster = self.cluster.borrow_mut();
        if let Some(label) = late_label(&mut self.rng, &cluster.input[at]) {
            cluster.labels[at].push(label);
            self.summary.late_labels += 1;
        }
    }

    /// Replaces the lists that the instances score with. Without transactions, a record may be decided
    /// with several versions.
    fn change_lists(&mut self) {
        if self.plan.guarantee == Guarantee::ExactlyOnce {
            let number = i64::try_from(self.lists.len()).unwrap();
            let lists = random_lists(&mut self.rng, number);
            self.lists.insert(lists.version.to_string(), Arc::clone(&lists.lists));
            self.settings.lists.replace(lists);
            self.summary.list_changes += 1;
        }
    }

    /// Ends all instances, and waits until the group is empty and no transaction is open.
    fn end_all(&mut self) {
        (0..INSTANCES).for_each(|at| self.kill(at));
        let mut cluster = self.cluster.borrow_mut();
        let all_over = cluster.session.max(cluster.transaction_timeout) + Duration::from_secs(1);
        cluster.pass(all_over);
    }

    /// Removes the paused instances from the group.
    fn expire_session(&mut self) {
        let mut cluster = self.cluster.borrow_mut();
        let session = cluster.session + Duration::from_secs(1);
        cluster.pass(session);
    }

    pub(super) fn pause_instance(&mut self, at: usize) {
        let longest = [25, 25, 100][self.rng.random_range(0..3)];
        let seconds = self.rng.random_range(1..longest);
        let now = self.cluster.borrow().now;
        self.instances[at].paused_until = now + Duration::from_secs(seconds);
        self.summary.pauses += 1;
    }
}
