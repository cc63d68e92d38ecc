//! Handles what the client library reported during a poll.

use super::batch::Batch;
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
            // It will come again after the partition has been moved back.
            InputEvent::End(number) if batch.will_rewind(number) => {}
            InputEvent::End(number) => {
                if partitions.get_mut(number).is_some_and(|p| p.reached_end()) {
                    reporter.warmed_up(number);
                }
            }
        }
    }
}
