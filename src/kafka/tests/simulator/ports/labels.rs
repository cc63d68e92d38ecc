//! Reads the model's topic of labels.

use super::super::sabotage::Sabotage;
use super::{LABELS, Shared, WALL, plain};
use crate::kafka::record::OwnedRecord;
use crate::kafka::shard::ports::{Extent, Fault, LabelItem, LabelLog};
use rand::RngExt;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

/// The chance that a poll returns nothing, in a thousand.
const NOTHING_CAME: u32 = 250;

pub struct ModelLabels {
    pub cluster: Shared,
    pub sabotage: Sabotage,
    /// The next offset of each open partition.
    open: BTreeMap<i32, usize>,
    /// Partitions whose end was reported.
    at_end: BTreeSet<i32>,
}

impl ModelLabels {
    pub fn new(cluster: &Shared, sabotage: Sabotage) -> Self {
        Self {
            cluster: Rc::clone(cluster),
            sabotage,
            open: BTreeMap::new(),
            at_end: BTreeSet::new(),
        }
    }
}

impl LabelLog for ModelLabels {
    fn extent(&mut self, partition: i32) -> Result<Extent, Fault> {
        let result = self.cluster.borrow_mut().call();
        plain(result)?;
        let cluster = self.cluster.borrow();
        let end = cluster.labels[usize::try_from(partition).unwrap()].len();
        Ok(Extent { start: 0, end: i64::try_from(end).unwrap() })
    }

    fn open(&mut self, partition: i32, offset: i64) -> Result<(), Fault> {
        let result = self.cluster.borrow_mut().call();
        plain(result)?;
        let skipped = i64::from(self.sabotage == Sabotage::SkipsLabels);
        self.open.insert(partition, usize::try_from(offset + skipped).unwrap());
        self.at_end.remove(&partition);
        Ok(())
    }

    fn close(&mut self, partition: i32) {
        self.open.remove(&partition);
    }

    fn next(&mut self) -> Result<Option<LabelItem>, Fault> {
        let result = self.cluster.borrow_mut().call();
        plain(result)?;
        let mut cluster = self.cluster.borrow_mut();
        let partitions: Vec<i32> = self.open.keys().copied().collect();
        if partitions.is_empty() || cluster.chance(NOTHING_CAME) {
            return Ok(None);
        }
        let partition = partitions[cluster.rng.random_range(0..partitions.len())];
        let at = self.open.get_mut(&partition).unwrap();
        let log = &cluster.labels[usize::try_from(partition).unwrap()];
        let Some(value) = log.get(*at) else {
            return Ok(self.at_end.insert(partition).then_some(LabelItem::End { partition }));
        };
        self.at_end.remove(&partition);
        let offset = i64::try_from(*at).unwrap();
        *at += 1;
        Ok(Some(LabelItem::Record(OwnedRecord {
            topic: Arc::from(LABELS),
            partition,
            offset,
            timestamp: Some(WALL),
            key: Some(b"key".to_vec()),
            value: (!value.is_empty()).then(|| value.clone()),
            headers: Vec::new(),
        })))
    }
}
