//! Compares the results of a run with the expected results of its input.

use super::cluster::{PARTITIONS, State};
use super::initial_state::InitialState;
use super::ports::{HISTORY, WALL};
use super::reference::Expected;
use super::run::Simulation;
use super::traffic::Log;
use crate::history::{Record, Restore};
use crate::kafka::settings::Guarantee;
use crate::kafka::tests::support;
use crate::memory::Memory;
use std::ops::Range;

impl Simulation {
    pub(super) fn compare(&mut self, expected: &Expected) -> Result<(), String> {
        let exactly = self.plan.guarantee == Guarantee::ExactlyOnce;
        let alerts = self.committed("alerts");
        self.summary.alerts = alerts.len();
        same("alerts", &alerts, &expected.alerts, exactly)?;
        same("decisions", &self.committed("decisions"), &expected.decisions, exactly)?;
        let places = |all: Vec<((i32, i64), Vec<u8>)>| all.into_iter().map(|(at, _)| (at, ()));
        let dead: Vec<_> = places(self.committed("dead_letters")).collect();
        let wanted: Vec<_> = expected.dead_letters.iter().map(|at| (*at, ())).collect();
        same("dead letters", &dead, &wanted, exactly)?;
        self.compare_counts()?;
        self.compare_memories(expected)
    }

    /// Checks that each record counted as read is also counted by its result. Each record is
    /// counted exactly once, unless an instance crashed between its commit and the count, or was
    /// removed from the group and mistook its successor's commit for its own. If the answer to the
    /// last commit of a warm-up is lost, its records are restored from the history and not counted.
    fn compare_counts(&mut self) -> Result<(), String> {
        let count = |name: &str| support::metric(&self.settings, name);
        let read = count("redcard_records_read_total");
        let ended = count("redcard_decisions_total")
            + count("redcard_dead_letters_total")
            + count("redcard_duplicates_total")
            + count("redcard_tombstones_total")
            + count("redcard_warm_up_transactions_total");
        let cluster = self.cluster.borrow();
        let partitions = cluster.input.iter().zip(&cluster.initial_states).zip(&self.missing);
        let read_of = |((log, initial), missing): ((&Log, &InitialState), &Range<i64>)| {
            let from = initial.remembered_from(i64::try_from(log.len()).unwrap());
            let there = (0..).zip(log).filter(|(at, _)| *at >= from && !missing.contains(at));
            there.filter(|(_, value)| value.is_some()).count()
        };
        let all = partitions.map(read_of).sum::<usize>() as f64;
        let exactly_once = self.plan.guarantee == Guarantee::ExactlyOnce;
        let has_to_add_up = exactly_once && cluster.no_crashes;
        let warms_up = cluster.initial_states.iter().any(|initial| initial.warm_up.is_some());
        let adds_up = if warms_up { read <= all } else { read == all };
        if read != ended || (has_to_add_up && !adds_up) {
            return Err(format!("{all} records, {read} counted, {ended} of them as something"));
        }
        // A restore counts what it finds. If the partition moves on before its next commit, its next
        // owner finds the same.
        let missed = count("redcard_missed_records_total");
        let missing = self.missing.iter().map(|missing| missing.end - missing.start).sum::<i64>();
        if has_to_add_up && missed < missing as f64 {
            return Err(format!("{missing} offsets were deleted unread, {missed} counted"));
        }
        self.summary.counted = usize::from(has_to_add_up);
        Ok(())
    }

    /// Checks that the memory of each partition's current owner equals that of an undisturbed
    /// reader. Skips members that were removed from the group and do not know it yet.
    pub(super) fn compare_live(&mut self, expected: &Expected) -> Result<(), String> {
        for shard in self.instances.iter().filter_map(|slot| slot.shard.as_ref()) {
            let Some(owned) = self.cluster.borrow().owned_by(shard.input().member()) else {
                continue;
            };
            for (partition, memory) in shard.settled_memories() {
                let wanted = &expected.memories[usize::try_from(partition).unwrap()];
                if owned.contains(&partition) && !self.is_same(memory, wanted) {
                    return Err(format!("partition {partition}: its owner has another memory"));
                }
            }
        }
        let count = |result: &str| {
            let series = format!("redcard_checkpoints_total{{result=\"{result}\"}}");
            support::metric(&self.settings, &series)
        };
        self.summary.checkpoints_used = count("used");
        self.summary.checkpoints_ignored = count("ignored");
        self.summary.warmed_up =
            support::metric(&self.settings, "redcard_warm_up_transactions_total");
        Ok(())
    }

    /// Checks that the history gives the memory of an undisturbed reader.
    fn compare_memories(&mut self, expected: &Expected) -> Result<(), String> {
        for (partition, memory) in (0..PARTITIONS).zip(&expected.memories) {
            let mut restored = Memory::new(self.settings.limits);
            let mut fold = Restore::new();
            for (_, value) in self.committed_at(HISTORY, partition) {
                let record = Record::parse(&value).map_err(|e| e.to_string())?;
                self.summary.restored += u64::from(record.header.entries);
                fold.take(&record, WALL, &mut restored);
            }
            if !self.is_same(&restored, memory) {
                return Err(format!("partition {partition}: the history gives another memory"));
            }
        }
        self.summary.aborted = self.aborted();
        Ok(())
    }

    /// Whether two memories of a partition are equal. How long a label has waited for its transaction
    /// depends on when it was read, so after late labels only the charges are compared.
    fn is_same(&self, a: &Memory, b: &Memory) -> bool {
        if self.summary.late_labels == 0 { a == b } else { a.charges() == b.charges() }
    }

    /// The committed records of a topic, in the order of the input.
    fn committed(&self, topic: &str) -> Vec<((i32, i64), Vec<u8>)> {
        let mut all: Vec<_> =
            (0..PARTITIONS).flat_map(|partition| self.committed_at(topic, partition)).collect();
        all.sort();
        all
    }

    fn committed_at(&self, topic: &str, partition: i32) -> Vec<((i32, i64), Vec<u8>)> {
        let cluster = self.cluster.borrow();
        let entries = cluster.log(topic, partition).iter();
        let committed = entries.filter(|entry| entry.state == State::Committed);
        committed.map(|entry| (entry.origin, entry.value.clone())).collect()
    }

    fn aborted(&self) -> usize {
        let cluster = self.cluster.borrow();
        cluster.logs.values().flatten().filter(|entry| entry.state == State::Aborted).count()
    }
}

/// Checks that the published records are the expected ones: each exactly once, or without
/// transactions at least once.
fn same<T: Ord + Clone>(
    what: &str,
    found: &[((i32, i64), T)],
    wanted: &[((i32, i64), T)],
    exactly: bool,
) -> Result<(), String> {
    let mut found = found.to_vec();
    found.sort();
    if !exactly {
        found.dedup();
    }
    let missing = wanted.iter().find(|entry| found.binary_search(entry).is_err());
    if let Some((place, _)) = missing {
        return Err(format!("{what}: the one of {place:?} is missing or different"));
    }
    if found.len() > wanted.len() {
        let twice = found.windows(2).find(|pair| pair[0].0 == pair[1].0).map(|pair| pair[0].0);
        let unknown = found.iter().find(|entry| wanted.binary_search(entry).is_err());
        let extra = twice.or(unknown.map(|entry| entry.0));
        let (found, wanted) = (found.len(), wanted.len());
        return Err(format!("{what}: {found} instead of {wanted}, such as one more of {extra:?}"));
    }
    Ok(())
}
