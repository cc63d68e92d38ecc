//! Lists the dead letters of a topic, and retries the records that they name.

use super::letter::{DeadLetter, retry_headers};
use super::retry_error::RetryError;
use super::sources::{self, SourceRecord};
use crate::decode::{Decoder, Reason};
use crate::kafka::client::{RangeReader, RetrySender};
use crate::kafka::errors::{LookupError, RecordPlace};
use crate::kafka::settings::Connection;
use crate::transaction::Time;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The maximum number of source records in one retry; each is kept as two numbers.
const RETRIED_MAX: usize = 1_000_000;

/// The topics of the dead letters and of their source records.
#[derive(Debug, Clone)]
pub struct DeadLetterSettings {
    pub connection: Connection,
    pub transactions: String,
    pub dead_letters: String,
}

/// The dead letters of a topic.
pub struct DeadLetters {
    settings: DeadLetterSettings,
    letters: RangeReader,
    interrupted: Arc<AtomicBool>,
}

/// The result for one source record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryOutcome {
    /// It can be decoded now, but sending was not requested.
    WouldBeSent,
    Sent,
    /// It is rejected again, possibly for another reason.
    StillFails(Reason),
    /// It is no longer in the topic.
    Gone,
}

/// Options of a retry.
#[derive(Debug)]
pub struct RetryOptions<'o> {
    /// Only dead letters with this reason.
    pub reason: Option<&'o str>,
    /// `false`: only report what would be sent.
    pub send: bool,
    /// The timestamp that the sent records will have; used for decoding.
    pub now: Time,
}

/// What a retry counts in addition to the outcomes of the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retried {
    /// Letters that name no record of the configured input topic.
    pub foreign: u64,
    /// Letters whose record another letter also names.
    pub repeated: u64,
    /// Whether records were left out because of the maximum of one retry.
    pub is_cut: bool,
}

/// The records to retry, by partition.
type Wanted = BTreeMap<i32, BTreeSet<i64>>;

impl DeadLetters {
    /// Setting `interrupted` aborts any call in progress.
    pub fn connect(
        settings: DeadLetterSettings,
        interrupted: Arc<AtomicBool>,
    ) -> Result<Self, LookupError> {
        let letters =
            RangeReader::connect(&settings.connection, &settings.dead_letters, &interrupted)?;
        Ok(Self { settings, letters, interrupted })
    }

    /// Passes every dead letter up to the last stable offset to `take`, partition by partition,
    /// until it breaks.
    pub fn each(
        &self,
        mut take: impl FnMut(DeadLetter) -> ControlFlow<()>,
    ) -> Result<(), LookupError> {
        for partition in 0..self.letters.partitions()? {
            let extent = self.letters.extent(partition)?;
            let read =
                self.letters.read(partition, extent, |record| take(DeadLetter::of(&record)))?;
            if read.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Decodes the records that dead letters name again, and sends those that can be decoded now.
    /// Calls `report` with the outcome of each.
    pub fn retry(
        &self,
        decoder: &Decoder,
        options: &RetryOptions<'_>,
        mut report: impl FnMut(&RecordPlace, RetryOutcome) -> std::io::Result<()>,
    ) -> Result<Retried, RetryError> {
        let DeadLetterSettings { connection, transactions, .. } = &self.settings;
        let (wanted, retried) = self.wanted(options.reason)?;
        let input = RangeReader::connect(connection, transactions, &self.interrupted)?;
        let mut sender = match options.send {
            true => Some(RetrySender::connect(connection, transactions, &self.interrupted)?),
            false => None,
        };
        for (partition, offsets) in &wanted {
            sources::each(
                &input,
                *partition,
                offsets,
                |offset, source| -> Result<(), RetryError> {
                    let place =
                        RecordPlace { topic: transactions.clone(), partition: *partition, offset };
                    let outcome =
                        match (decoded(decoder, &source, options.now), source, &mut sender) {
                            (None, ..) | (_, SourceRecord::Gone, _) => RetryOutcome::Gone,
                            (Some(Err(reason)), ..) => RetryOutcome::StillFails(reason),
                            (Some(Ok(())), SourceRecord::Record(_), None) => {
                                RetryOutcome::WouldBeSent
                            }
                            (Some(Ok(())), SourceRecord::Record(record), Some(sender)) => {
                                sender.send(&record, &retry_headers(&record))?;
                                RetryOutcome::Sent
                            }
                        };
                    report(&place, outcome).map_err(RetryError::Report)
                },
            )?;
        }
        if let Some(sender) = sender {
            sender.finish()?;
        }
        Ok(retried)
    }

    /// The records that letters name, each once, even if a retry of the record failed as well.
    fn wanted(&self, reason: Option<&str>) -> Result<(Wanted, Retried), LookupError> {
        let (mut wanted, mut retried, mut count) = (Wanted::new(), Retried::default(), 0);
        self.each(|letter| {
            if reason.is_some_and(|reason| letter.reason != reason) {
                return ControlFlow::Continue(());
            }
            let source = letter.root.or(letter.source);
            let ours = source.filter(|place| place.topic == self.settings.transactions);
            let Some(RecordPlace { partition, offset, .. }) = ours else {
                retried.foreign += 1;
                return ControlFlow::Continue(());
            };
            if count == RETRIED_MAX {
                retried.is_cut = true;
                return ControlFlow::Break(());
            }
            match wanted.entry(partition).or_default().insert(offset) {
                true => count += 1,
                false => retried.repeated += 1,
            }
            ControlFlow::Continue(())
        })?;
        Ok((wanted, retried))
    }
}

/// Whether the record can be decoded now; `None` if there is no value.
fn decoded(decoder: &Decoder, source: &SourceRecord<'_>, now: Time) -> Option<Result<(), Reason>> {
    let SourceRecord::Record(record) = source else { return None };
    Some(decoder.decode(record.value?, Some(now)).map(drop).map_err(|rejection| rejection.reason))
}
