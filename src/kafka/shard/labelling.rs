//! Reads the labels of a shard's partitions and applies them to memory.
//!
//! Labels are read only at the beginning of a batch, so those of a batch come before its
//! transactions. A restore, or a second attempt after an abort, then applies them in the same order.

use super::batch::Batch;
use super::partitions::Partitions;
use super::ports::{Fault, LabelItem, LabelLog, PortSet, Ports};
use super::reporter::Reporter;
use super::scorer::Scorer;
use crate::kafka::record::PolledRecord;
use crate::status::Activity;
use std::time::Instant;

/// Processes labels at the beginning of a batch.
pub struct Labelling<'s, P: Ports> {
    pub ports: &'s mut PortSet<P>,
    pub reporter: &'s Reporter,
    pub scorer: &'s mut Scorer,
    pub partitions: &'s mut Partitions,
    pub batch: &'s mut Batch,
}

impl<P: Ports> Labelling<'_, P> {
    /// Processes the labels that have arrived, as far as the batch has room for them.
    pub fn process_labels(&mut self, now: Instant) -> Result<(), Fault> {
        // What an aborted batch has left comes before what arrives.
        for number in self.partitions.numbers() {
            self.process_waiting(number, now)?;
        }
        while self.batch.room() > 0 && !self.batch.is_due(now) {
            match self.ports.labels.next() {
                Ok(None) => break,
                Ok(Some(LabelItem::Record(record))) => {
                    let number = record.partition;
                    let Some(labels) = self.partitions.labels(number) else { continue };
                    labels.arrived(record);
                    self.process_waiting(number, now)?;
                }
                Ok(Some(LabelItem::End { partition: number })) => {
                    let Some(labels) = self.partitions.labels(number) else { continue };
                    labels.reached_end();
                    self.process_waiting(number, now)?;
                }
                // Labels are late, which holds up nothing else.
                Err(Fault::Retriable(reason)) => {
                    tracing::debug!(%reason, "cannot read labels; trying again");
                    break;
                }
                Err(fault) => return Err(fault),
            }
        }
        Ok(())
    }

    fn process_waiting(&mut self, number: i32, now: Instant) -> Result<(), Fault> {
        let Some(partition) = self.partitions.get_mut(number) else { return Ok(()) };
        while self.batch.room() > 0 {
            let Some(record) = partition.labels_to_process().and_then(|labels| labels.next())
            else {
                break;
            };
            self.reporter.doing(Activity::Scoring, Some(number));
            let PortSet { publisher, .. } = &mut *self.ports;
            self.batch.took(now);
            partition.add_label_to_batch(record.clone());
            self.scorer.process_label(&record.borrowed(), partition, publisher)?;
            if partition.is_full() {
                self.batch.mark_full();
            }
        }
        Ok(())
    }
}
