//! Logs the result of a restore, and names it for the metrics.

use super::resume_point::{OffsetComparison, ResumePoint};
use crate::metrics::RestoreResult;

pub fn result(point: &ResumePoint) -> RestoreResult {
    if point.has_history_gap {
        return RestoreResult::Behind;
    }
    match point.offset_comparison {
        OffsetComparison::Agree => RestoreResult::Agree,
        OffsetComparison::Fresh => RestoreResult::Fresh,
        OffsetComparison::Ahead { .. } => RestoreResult::Ahead,
        OffsetComparison::Behind { .. } => RestoreResult::Behind,
    }
}

pub fn log_gap(partition: i32, offset: i64) {
    tracing::error!(
        partition,
        offset,
        "a part of the history is missing before this record: windows that reach back before it \
         are treated as incomplete"
    );
}

pub fn log_resume_point(number: i32, point: &ResumePoint) {
    let ResumePoint { progress, took, .. } = point;
    tracing::info!(
        partition = number,
        transactions = progress.transactions,
        records = progress.records,
        took_ms = took.as_millis(),
        checkpoint = point.checkpoint.map(|record| record.offset),
        next = point.seek,
        "memory restored"
    );
    match point.offset_comparison {
        OffsetComparison::Agree | OffsetComparison::Fresh => {}
        OffsetComparison::Ahead { committed, covered } => tracing::error!(
            partition = number,
            committed,
            covered,
            "the history covers more than the group committed: reading continues after the history"
        ),
        OffsetComparison::Behind { committed, covered: None } if point.warm_up_until.is_some() => {
            tracing::warn!(
                partition = number,
                committed,
                "there is no history of what was scored before the committed offset: memory is \
                 filled from the input instead"
            );
        }
        OffsetComparison::Behind { committed, covered } => tracing::error!(
            partition = number,
            committed,
            covered,
            "the history lacks what was scored before the committed offset: windows across the \
             gap are undecided where the rest does not settle them"
        ),
    }
    if let Some(until) = point.warm_up_until {
        tracing::info!(
            partition = number,
            from = point.seek,
            until,
            "warming up: records are remembered without being scored"
        );
    }
}
