//! Handles what the client library reported during a poll.

use super::batch::Batch;
use super::partition::Partition;
use super::partitions::Partitions;
use super::ports::{Clock, Input, InputEvent, PortSet, Ports};
use super::rebalance::PendingChanges;
use super::reporter::Reporter;

/// Handles the events since the last call. A change of the assignment is only noted: it has to wait
/// for the batch.
pub fn handle_events<P: Ports>(
    ports: &mut PortSet<P>,
    partitions: &mut Partitions,
    batch: &Batch,
    changes: &mut PendingChanges,
    reporter: &Reporter,
) {
    for event in ports.input.drain_events() {
        match event {
            InputEvent::Assignment(change) => changes.push(change, ports.clock.now()),
            InputEvent::Statistics(statistics) => {
                for (number, partition) in partitions.iter() {
                    reporter.lag(number, statistics.get(&number), partition.covered());
                }
            }
            InputEvent::End(number) => {
                let partition = partitions.get_mut(number);
                if partition.is_some_and(|partition| ends_warm_up(number, partition, batch)) {
                    reporter.warmed_up(number);
                }
            }
        }
    }
}

/// Whether the end of a partition ends its warm-up now. If the partition has to be moved back, its end
/// will come again.
fn ends_warm_up(number: i32, partition: &mut Partition, batch: &Batch) -> bool {
    !batch.will_rewind(number) && partition.reached_end()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::monotonic_now;
    use crate::history::{FormatVersion, Gap};
    use crate::kafka::settings::Guarantee;
    use crate::kafka::shard::partition::PartitionSettings;
    use crate::kafka::shard::restore::{OffsetComparison, ResumePoint};
    use crate::memory::Limits;
    use crate::transaction::Currency;
    use std::time::Duration;

    #[test]
    fn the_end_of_a_partition_that_has_to_be_moved_back_does_not_end_its_warm_up() {
        let settings = PartitionSettings {
            limits: Limits { retention_ms: 1_000, events_per_card: 8, cards: 8, bytes: 1 << 20 },
            has_history: true,
            history_version: FormatVersion::V2,
            base_currency: Currency::parse("USD").unwrap(),
        };
        let mut partition = Partition::new(3, &settings, monotonic_now());
        partition.resume(&ResumePoint {
            seek: Some(17),
            warm_up_until: Some(20),
            gap: Gap::None,
            labels: None,
            missed: 0,
            last_record: None,
            checkpoint: None,
            checkpoint_ignored: false,
            has_history_gap: false,
            offset_comparison: OffsetComparison::Fresh,
            progress: Default::default(),
            took: Duration::ZERO,
        });
        let mut batch = Batch::new(Guarantee::ExactlyOnce, Duration::ZERO);
        partition.add_to_batch(17);
        assert!(!ends_warm_up(3, &mut partition, &batch), "the batch may still be aborted");
        let first = partition.undo_batch().unwrap();
        batch.read_again_from(3, first);
        assert!(!ends_warm_up(3, &mut partition, &batch));
        assert!(partition.is_warming_up(17));
        batch.forget(3);
        assert!(ends_warm_up(3, &mut partition, &batch));
        assert!(!partition.is_warming_up(17));
    }
}
