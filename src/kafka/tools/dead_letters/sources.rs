//! Reads the records at given offsets of a partition, and reports offsets without a record.

use super::retry_error::RetryError;
use crate::kafka::client::RangeReader;
use crate::kafka::record::BorrowedRecord;
use std::collections::BTreeSet;
use std::ops::{ControlFlow, Range};

/// A gap of up to this many offsets is read through; a longer one is skipped with a seek.
const PASSED_OVER_MAX: i64 = 1_000;

/// The record at an offset.
#[derive(Clone, Copy)]
pub enum SourceRecord<'r> {
    Record(BorrowedRecord<'r>),
    /// Deleted by retention, compacted away, or never committed.
    Gone,
}

/// Passes the record at each offset to `take`, in order.
pub fn each(
    input: &RangeReader,
    partition: i32,
    offsets: &BTreeSet<i64>,
    mut take: impl FnMut(i64, SourceRecord<'_>) -> Result<(), RetryError>,
) -> Result<(), RetryError> {
    let there = input.extent(partition)?;
    let mut left = offsets.iter().copied().peekable();
    for run in runs(offsets, &there) {
        let mut failed = None;
        let read = input.read(partition, run.clone(), |record| {
            let reported = report_gone_until(&mut left, record.offset, &mut take).and_then(|()| {
                match left.next_if_eq(&record.offset) {
                    Some(offset) => take(offset, SourceRecord::Record(record)),
                    None => Ok(()),
                }
            });
            failed = reported.err();
            if failed.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        if let Some(error) = failed {
            return Err(error);
        }
        let _ended = read?;
        report_gone_until(&mut left, run.end, &mut take)?;
    }
    report_gone_until(&mut left, i64::MAX, &mut take)
}

/// Reports the offsets before `end` that are still left as gone.
fn report_gone_until(
    left: &mut std::iter::Peekable<impl Iterator<Item = i64>>,
    end: i64,
    take: &mut impl FnMut(i64, SourceRecord<'_>) -> Result<(), RetryError>,
) -> Result<(), RetryError> {
    while let Some(offset) = left.next_if(|offset| *offset < end) {
        take(offset, SourceRecord::Gone)?;
    }
    Ok(())
}

/// Ranges to read without a seek, from one wanted offset to another, within the available offsets.
fn runs(offsets: &BTreeSet<i64>, there: &Range<i64>) -> Vec<Range<i64>> {
    let mut runs: Vec<Range<i64>> = Vec::new();
    for offset in offsets.iter().copied().filter(|offset| there.contains(offset)) {
        match runs.last_mut() {
            Some(run) if offset - run.end < PASSED_OVER_MAX => run.end = offset + 1,
            _ => runs.push(offset..offset + 1),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearby_offsets_are_read_through_and_distant_ones_are_seeked() {
        let check = |offsets: &[i64], there: Range<i64>, expected: &[(i64, i64)]| {
            let found = runs(&offsets.iter().copied().collect(), &there);
            let found: Vec<_> = found.iter().map(|run| (run.start, run.end)).collect();
            assert_eq!(found, expected);
        };
        check(&[], 0..10, &[]);
        check(&[3, 5, 900], 0..10_000, &[(3, 901)]);
        check(&[3, 2_000, 2_001], 0..10_000, &[(3, 4), (2_000, 2_002)]);
        check(&[3, 5, 12], 4..10, &[(5, 6)]);
    }
}
