//! Keeps the outcomes of the partitions that this instance reads.
//!
//! ```text
//! status: the partitions of this instance ─▶ opened ─▶ reading ─▶ complete ─▶ counted
//!                                            gone   ─▶ closed and dropped
//! ```

use super::log::{OutcomeItem, OutcomeLog};
use crate::kafka::shard::ports::Fault;
use crate::metrics::Metrics;
use crate::precision::{MeasureSettings, OutcomeRecord, Outcomes, PrecisionReport};
use crate::status::Status;
use crate::transaction::Time;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often the follower looks for partitions that were taken over or released.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// The interval of reports is so many times as long as the last one took, so that they take at most a
/// twentieth of a processor.
const REPORT_SHARE: u32 = 20;
const REPORT_INTERVAL_MIN: Duration = Duration::from_secs(1);
const REPORT_INTERVAL_MAX: Duration = Duration::from_secs(15);
/// How many records are read before the follower looks at the time.
const RECORDS_PER_STEP: usize = 1_000;

/// Reads outcomes and exports what they show.
pub struct Follower<L> {
    log: L,
    topic: String,
    settings: MeasureSettings,
    status: Arc<Status>,
    metrics: Arc<Metrics>,
    partitions: BTreeMap<i32, Followed>,
    /// When the partitions are compared with the status, and when the next report is due.
    look_at: Instant,
    report_at: Instant,
}

/// A partition that is read.
struct Followed {
    outcomes: Outcomes,
    /// Whether its end was reached once. Until then it would show less than there is.
    is_complete: bool,
    has_warned_of_invalid: bool,
    has_warned_of_dropped: bool,
}

impl<L: OutcomeLog> Follower<L> {
    pub fn new(
        log: L,
        topic: String,
        settings: MeasureSettings,
        (status, metrics): (Arc<Status>, Arc<Metrics>),
        now: Instant,
    ) -> Self {
        let partitions = BTreeMap::new();
        Self { log, topic, settings, status, metrics, partitions, look_at: now, report_at: now }
    }

    /// Reads what there is, for about `wait` if there is nothing.
    pub fn read(&mut self, now: Instant, wait: Duration) -> Result<(), Fault> {
        if now >= self.look_at {
            self.look_at = now + LOOK_INTERVAL;
            self.follow_partitions(now)?;
        }
        for count in 0..RECORDS_PER_STEP {
            let wait = if count == 0 { wait } else { Duration::ZERO };
            match self.log.next(wait)? {
                None => break,
                Some(OutcomeItem::Record { partition, offset, key, value }) => {
                    let Some(followed) = self.partitions.get_mut(&partition) else { continue };
                    // A tombstone would have no value; redcard writes none.
                    match OutcomeRecord::parse(key, value) {
                        Ok(record) => followed.outcomes.take(&record),
                        Err(error) if followed.has_warned_of_invalid => {
                            tracing::debug!(partition, offset, %error, "not an outcome");
                        }
                        Err(error) => {
                            followed.has_warned_of_invalid = true;
                            let topic = self.topic.as_str();
                            tracing::warn!(topic, partition, offset, %error, "not an outcome, skipped");
                        }
                    }
                }
                Some(OutcomeItem::End { partition }) => {
                    let Some(followed) = self.partitions.get_mut(&partition) else { continue };
                    if !std::mem::replace(&mut followed.is_complete, true) {
                        self.report_at = now;
                    }
                }
            }
        }
        Ok(())
    }

    pub fn is_report_due(&self, now: Instant) -> bool {
        now >= self.report_at
    }

    /// Exports what the complete partitions show.
    pub fn report(&mut self, wall: Time) {
        let mut sum = PrecisionReport::default();
        for (partition, followed) in &mut self.partitions {
            followed.outcomes.forget(wall);
            if !followed.is_complete {
                continue;
            }
            let report = followed.outcomes.report(wall);
            if report.dropped > 0 && !std::mem::replace(&mut followed.has_warned_of_dropped, true) {
                let (topic, limit) = (self.topic.as_str(), self.settings.entries_max);
                tracing::warn!(
                    topic,
                    partition,
                    limit,
                    "too many alerts or labels: the oldest do not count; let labels.horizon be shorter"
                );
            }
            sum.add(&report);
        }
        let complete = self.partitions.values().filter(|followed| followed.is_complete).count();
        self.metrics.set_outcome_partitions(complete, self.partitions.len() - complete);
        self.metrics.set_outcomes(&sum, self.settings.base_currency.exponent());
    }

    /// The report that began at `began` has ended.
    pub fn reported(&mut self, began: Instant, ended: Instant) {
        let took = ended.saturating_duration_since(began);
        let interval = (took * REPORT_SHARE).clamp(REPORT_INTERVAL_MIN, REPORT_INTERVAL_MAX);
        self.report_at = ended + interval;
    }

    /// Opens the partitions that this instance has taken over, and closes those that it released.
    fn follow_partitions(&mut self, now: Instant) -> Result<(), Fault> {
        let owned = self.status.partitions();
        let gone = self.partitions.extract_if(.., |partition, _| !owned.contains_key(partition));
        for (partition, _) in gone {
            self.log.close(partition);
            self.report_at = now;
        }
        for partition in owned.into_keys() {
            if self.partitions.contains_key(&partition) {
                continue;
            }
            self.log.open(partition)?;
            let followed = Followed {
                outcomes: Outcomes::new(self.settings.clone()),
                is_complete: false,
                has_warned_of_invalid: false,
                has_warned_of_dropped: false,
            };
            self.partitions.insert(partition, followed);
            self.report_at = now;
        }
        Ok(())
    }
}
