//! Decides what happens to the batch after a fault.

use super::batch::{Batch, Phase};
use super::ports::{Fault, Reason};
use super::reporter::Reporter;
use crate::kafka::errors::ShardError;
use crate::metrics::Remedy;
use std::time::Instant;

/// The retries of one step are logged once in this many attempts.
const RETRIES_PER_LOG: u32 = 16;

/// Returns the error if the fault is fatal. Otherwise the step is repeated, or the batch aborted, or
/// the producer replaced.
pub fn handle_fault(
    fault: Fault,
    batch: &mut Batch,
    reporter: &Reporter,
    now: Instant,
) -> Result<(), ShardError> {
    let metrics = &reporter.metrics;
    match fault {
        Fault::Fatal(error) => return Err(error),
        Fault::Retriable(reason) => {
            metrics.fault(Remedy::Retried);
            log_retry(batch, &reason);
            batch.failed(now, batch.phase());
        }
        // A previous attempt may have committed the transaction although its answer was lost.
        Fault::Abortable(reason) if batch.is_committing() => {
            tracing::warn!(%reason, "the commit failed; the producer is replaced");
            batch.failed(now, Phase::RecreatingProducer);
        }
        Fault::Abortable(reason) => {
            metrics.fault(Remedy::Aborted);
            tracing::warn!(%reason, "the transaction is aborted; its records are taken again");
            batch.failed(now, Phase::Aborting);
        }
        Fault::Broken(reason) => {
            metrics.fault(Remedy::Replaced);
            tracing::warn!(%reason, "the producer is replaced");
            batch.failed(now, Phase::RecreatingProducer);
        }
    }
    Ok(())
}

fn log_retry(batch: &Batch, reason: &Reason) {
    let (phase, tries) = (batch.phase(), batch.failures());
    // After a pause the coordinator takes a while to answer; that is not worth a warning yet.
    if phase == Phase::RecreatingProducer && tries == 0 {
        tracing::info!(%reason, "trying again");
    } else if tries.is_multiple_of(RETRIES_PER_LOG)
        || phase == Phase::RecreatingProducer && tries == 1
    {
        tracing::warn!(%reason, ?phase, tries, "trying again");
    }
}
