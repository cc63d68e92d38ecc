//! Reads the model's history topic.

use super::super::cluster::{Entry, State};
use super::super::sabotage::Sabotage;
use super::{HISTORY, Shared, WALL, plain};
use crate::kafka::shard::ports::{Fault, HistoryItem, HistoryLog, LogExtent};
use rand::RngExt;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

pub struct ModelHistory {
    pub cluster: Shared,
    pub sabotage: Sabotage,
    open: BTreeMap<i32, usize>,
    value: Vec<u8>,
}

impl ModelHistory {
    pub fn new(cluster: &Shared, sabotage: Sabotage) -> Self {
        Self { cluster: Rc::clone(cluster), sabotage, open: BTreeMap::new(), value: Vec::new() }
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
        let result = self.cluster.borrow_mut().call();
        plain(result)?;
        let cluster = self.cluster.borrow();
        let last_stable = i64::try_from(cluster.last_stable(HISTORY, partition)).unwrap();
        let mut end = i64::try_from(cluster.log(HISTORY, partition).len()).unwrap();
        if self.sabotage == Sabotage::RestoresTooLittle {
            end = (end - 1).max(0);
        }
        let last_stable =
            if self.sabotage == Sabotage::RestoresUnsettled { end } else { last_stable };
        Ok(LogExtent { start: 0, last_stable, end })
    }

    fn open(&mut self, partition: i32, offset: i64) -> Result<(), Fault> {
        self.open.insert(partition, usize::try_from(offset).unwrap());
        Ok(())
    }

    fn close(&mut self, partition: i32) {
        self.open.remove(&partition);
    }

    fn next(&mut self, wait: Duration) -> Result<Option<HistoryItem<'_>>, Fault> {
        let result = self.cluster.borrow_mut().call();
        plain(result)?;
        let mut cluster = self.cluster.borrow_mut();
        let partitions: Vec<i32> = self.open.keys().copied().collect();
        if partitions.is_empty() {
            cluster.pass(wait);
            return Ok(None);
        }
        let partition = partitions[cluster.rng.random_range(0..partitions.len())];
        let last_stable = cluster.last_stable(HISTORY, partition);
        let limit = match self.sabotage {
            Sabotage::RestoresTooLittle => last_stable.saturating_sub(1),
            _ => last_stable,
        };
        let at = self.open.get_mut(&partition).unwrap();
        if *at >= limit {
            return Ok(Some(HistoryItem::End { partition }));
        }
        let offset = *at;
        *at += 1;
        let entry = cluster.log(HISTORY, partition)[offset].clone();
        drop(cluster);
        if !self.counts(&entry) {
            return Ok(None);
        }
        self.value = entry.value;
        let offset = i64::try_from(offset).unwrap();
        Ok(Some(HistoryItem::Record { partition, offset, written: WALL, value: &self.value }))
    }
}
