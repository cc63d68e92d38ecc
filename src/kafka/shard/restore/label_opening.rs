//! Opens the labels of a restored partition where its history ends, or at their first record.

use super::resume_point::LabelStart;
use crate::kafka::shard::ports::{Extent, Fault, LabelLog, Reason};
use std::time::{Duration, Instant};

/// How long a topic that ends before the processed offset is checked again: a broker that has just
/// become the leader may not know the end yet.
pub const END_KNOWN_WITHIN: Duration = Duration::from_secs(30);

/// The opening of one partition's labels.
#[derive(Debug, Default)]
pub struct LabelOpening {
    /// Since when the labels have ended before the processed offset.
    too_short_since: Option<Instant>,
    /// Whether the last attempt failed.
    is_waiting: bool,
}

impl LabelOpening {
    /// Whether the labels could not be opened.
    pub fn is_waiting(&self) -> bool {
        self.is_waiting
    }

    /// Opens the labels. `next` is the offset after the last one in the history.
    pub fn open(
        &mut self,
        labels: &mut impl LabelLog,
        (partition, next, input_start): (i32, Option<i64>, i64),
        now: Instant,
    ) -> Result<LabelStart, Fault> {
        self.is_waiting = true;
        let Extent { start, end } = labels.extent(partition)?;
        let next = next.unwrap_or(start);
        let from = if next > end {
            self.too_short(partition, next, end, now)?;
            start
        } else {
            if next < start {
                let missed = start - next;
                tracing::warn!(partition, missed, "labels were deleted before they were read");
            }
            next.max(start)
        };
        labels.open(partition, from)?;
        self.is_waiting = false;
        Ok(LabelStart { from, input_start })
    }

    /// Reports labels that end before the processed offset: retriable at first. Then the topic was
    /// created again, and is read from its start.
    fn too_short(
        &mut self,
        partition: i32,
        next: i64,
        end: i64,
        now: Instant,
    ) -> Result<(), Fault> {
        let since = *self.too_short_since.get_or_insert(now);
        if now.saturating_duration_since(since) < END_KNOWN_WITHIN {
            let reason = format!("the labels end at {end}, and were read up to {next}");
            return Err(Fault::Retriable(Reason(reason)));
        }
        tracing::error!(
            partition,
            next,
            end,
            "the topic of labels ends before the offset that was read; it is read from its start"
        );
        Ok(())
    }
}
