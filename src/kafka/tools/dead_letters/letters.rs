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
    pub labels: Option<String>,
    pub dead_letters: String,
}

impl DeadLetterSettings {
    /// The topic with this name, if records of it become dead letters.
    fn source(&self, name: &str) -> Option<LetterSource<'_>> {
        if name == self.transactions {
            return Some(LetterSource { topic: &self.transactions, decode: decode_transaction });
        }
        let labels = self.labels.as_deref().filter(|labels| name == *labels)?;
        Some(LetterSource { topic: labels, decode: decode_label })
    }
}

/// A topic whose rejected records become dead letters, and how its values are decoded.
#[derive(Clone, Copy)]
struct LetterSource<'s> {
    topic: &'s str,
    decode: fn(&Decoder, &[u8], Time) -> Result<(), Reason>,
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
    /// Letters that name no record of the configured topics.
    pub foreign: u64,
    /// Letters whose record another letter also names.
    pub repeated: u64,
    /// Whether records were left out because of the maximum of one retry.
    pub is_cut: bool,
}

/// The records to retry, by topic and partition.
type Wanted = BTreeMap<String, BTreeMap<i32, BTreeSet<i64>>>;

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
    /// Each goes to the topic that it came from. Calls `report` with the outcome of each.
    pub fn retry(
        &self,
        decoder: &Decoder,
        options: &RetryOptions<'_>,
        mut report: impl FnMut(&RecordPlace, RetryOutcome) -> std::io::Result<()>,
    ) -> Result<Retried, RetryError> {
        let (wanted, retried) = self.wanted(options.reason)?;
        for (topic, wanted) in &wanted {
            let Some(source) = self.settings.source(topic) else { continue };
            self.retry_from(source, wanted, (decoder, options), &mut report)?;
        }
        Ok(retried)
    }

    /// Retries records of one topic.
    fn retry_from(
        &self,
        source: LetterSource<'_>,
        wanted: &BTreeMap<i32, BTreeSet<i64>>,
        (decoder, options): (&Decoder, &RetryOptions<'_>),
        report: &mut impl FnMut(&RecordPlace, RetryOutcome) -> std::io::Result<()>,
    ) -> Result<(), RetryError> {
        let (connection, topic) = (&self.settings.connection, source.topic);
        let input = RangeReader::connect(connection, topic, &self.interrupted)?;
        let mut sender = match options.send {
            true => Some(RetrySender::connect(connection, topic, &self.interrupted)?),
            false => None,
        };
        for (partition, offsets) in wanted {
            sources::each(&input, *partition, offsets, |offset, record| {
                let place = RecordPlace { topic: topic.to_owned(), partition: *partition, offset };
                let decoded = |value| (source.decode)(decoder, value, options.now);
                let outcome = match record {
                    SourceRecord::Gone => RetryOutcome::Gone,
                    SourceRecord::Record(record) => {
                        match (record.value.map(decoded), &mut sender) {
                            (None, _) => RetryOutcome::Gone,
                            (Some(Err(reason)), _) => RetryOutcome::StillFails(reason),
                            (Some(Ok(())), None) => RetryOutcome::WouldBeSent,
                            (Some(Ok(())), Some(sender)) => {
                                sender.send(&record, &retry_headers(&record))?;
                                RetryOutcome::Sent
                            }
                        }
                    }
                };
                report(&place, outcome).map_err(RetryError::Report)
            })?;
        }
        match sender {
            Some(sender) => Ok(sender.finish()?),
            None => Ok(()),
        }
    }

    /// The records that letters name, each once, even if a retry of the record failed as well.
    fn wanted(&self, reason: Option<&str>) -> Result<(Wanted, Retried), LookupError> {
        let (mut wanted, mut retried, mut count) = (Wanted::new(), Retried::default(), 0);
        self.each(|letter| {
            if reason.is_some_and(|reason| letter.reason != reason) {
                return ControlFlow::Continue(());
            }
            let source = letter.root.or(letter.source);
            let ours = source.filter(|place| self.settings.source(&place.topic).is_some());
            let Some(RecordPlace { topic, partition, offset }) = ours else {
                retried.foreign += 1;
                return ControlFlow::Continue(());
            };
            if count == RETRIED_MAX {
                retried.is_cut = true;
                return ControlFlow::Break(());
            }
            let of_topic = wanted.entry(topic).or_default();
            match of_topic.entry(partition).or_default().insert(offset) {
                true => count += 1,
                false => retried.repeated += 1,
            }
            ControlFlow::Continue(())
        })?;
        Ok((wanted, retried))
    }
}

fn decode_transaction(decoder: &Decoder, value: &[u8], now: Time) -> Result<(), Reason> {
    decoder.decode(value, Some(now)).map(drop).map_err(|rejection| rejection.reason)
}

fn decode_label(decoder: &Decoder, value: &[u8], _: Time) -> Result<(), Reason> {
    decoder.decode_label(value).map(drop).map_err(|rejection| rejection.reason)
}
