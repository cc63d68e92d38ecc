//! Dead letters that were published, and the input records that they name: read, and sent again.
//!
//! ```text
//! dead letters ─▶ letter.rs: reason, place of the record ─▶ sources.rs: the record, if it is still there
//!                                                            └─▶ decode ─▶ still fails
//!                                                                      └─▶ sender.rs: the input topic again
//! ```
//!
//! It reads as nobody's member and commits nothing. No value of a record leaves it but to the input topic.

mod letter;
mod reader;
mod sender;
mod sources;

pub use letter::{DeadLetter, OTHER_REASON};
pub use sender::SendError;

use super::card_lookup::LookupError;
use super::errors::RecordPlace;
use super::settings::Connection;
use crate::decode::{Decoder, Reason};
use crate::transaction::Time;
use reader::LetterReader;
use sender::Sender;
use sources::SourceRecord;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Source records that one retry takes at most; each is kept as two numbers.
const RETRIED_MAX: usize = 1_000_000;

/// Where dead letters are, and where their records came from.
#[derive(Debug, Clone)]
pub struct DeadLetterSettings {
    pub connection: Connection,
    pub transactions: String,
    pub dead_letters: String,
}

/// The dead letters of a topic.
pub struct DeadLetters {
    settings: DeadLetterSettings,
    letters: LetterReader,
    interrupted: Arc<AtomicBool>,
}

/// What becomes of a source record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryOutcome {
    /// It can be read now and was not sent, because nobody asked for it.
    WouldBeSent,
    Sent,
    /// It is rejected as before, or for another reason.
    StillFails(Reason),
    /// The topic no longer has it.
    Gone,
}

/// How a retry goes about it.
#[derive(Debug)]
pub struct RetryOptions<'o> {
    /// Of dead letters of one reason alone.
    pub reason: Option<&'o str>,
    /// Otherwise it only says what it would do.
    pub send: bool,
    /// What records that are sent now will have for a timestamp.
    pub now: Time,
}

/// Why a retry ended.
#[derive(Debug, thiserror::Error)]
pub enum RetryError {
    #[error(transparent)]
    Lookup(Box<LookupError>),
    #[error(transparent)]
    Send(Box<SendError>),
    #[error(transparent)]
    Tell(std::io::Error),
}

impl RetryError {
    pub fn is_interrupted(&self) -> bool {
        match self {
            Self::Lookup(error) => matches!(**error, LookupError::Interrupted),
            Self::Send(error) => matches!(**error, SendError::Interrupted),
            Self::Tell(_) => false,
        }
    }
}

impl From<LookupError> for RetryError {
    fn from(error: LookupError) -> Self {
        Self::Lookup(Box::new(error))
    }
}

impl From<SendError> for RetryError {
    fn from(error: SendError) -> Self {
        Self::Send(Box::new(error))
    }
}

/// What a retry found beside the fates of the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retried {
    /// Letters that name no record of the input topic of this configuration.
    pub foreign: u64,
    /// Letters that name a record which another letter names too.
    pub repeated: u64,
    /// Whether more was there than one retry takes.
    pub is_cut: bool,
}

/// The records to be retried, by partition.
type Wanted = BTreeMap<i32, BTreeSet<i64>>;

impl DeadLetters {
    /// `interrupted` ends whatever goes on, once it is set.
    pub fn connect(
        settings: DeadLetterSettings,
        interrupted: Arc<AtomicBool>,
    ) -> Result<Self, LookupError> {
        let letters =
            LetterReader::connect(&settings.connection, &settings.dead_letters, &interrupted)?;
        Ok(Self { settings, letters, interrupted })
    }

    /// Hands out every dead letter up to the settled end, partition by partition, until one is enough.
    pub fn each(
        &self,
        mut take: impl FnMut(DeadLetter) -> ControlFlow<()>,
    ) -> Result<(), LookupError> {
        for partition in 0..self.letters.partitions()? {
            let extent = self.letters.extent(partition)?;
            let read =
                self.letters.read(partition, extent, |record| take(DeadLetter::of(record)))?;
            if read.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Reads the records that dead letters name once more, and sends those again which can be read
    /// now. `tell` hears of each of them.
    pub fn retry(
        &self,
        decoder: &Decoder,
        options: &RetryOptions<'_>,
        mut tell: impl FnMut(&RecordPlace, RetryOutcome) -> std::io::Result<()>,
    ) -> Result<Retried, RetryError> {
        let DeadLetterSettings { connection, transactions, .. } = &self.settings;
        let (wanted, retried) = self.wanted(options.reason)?;
        let input = LetterReader::connect(connection, transactions, &self.interrupted)?;
        let mut sender = match options.send {
            true => Some(Sender::connect(connection, transactions, &self.interrupted)?),
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
                    let fate = match (decoded(decoder, &source, options.now), source, &mut sender) {
                        (None, ..) | (_, SourceRecord::Gone, _) => RetryOutcome::Gone,
                        (Some(Err(reason)), ..) => RetryOutcome::StillFails(reason),
                        (Some(Ok(())), SourceRecord::Record(_), None) => RetryOutcome::WouldBeSent,
                        (Some(Ok(())), SourceRecord::Record(record), Some(sender)) => {
                            sender.send(record)?;
                            RetryOutcome::Sent
                        }
                    };
                    tell(&place, fate).map_err(RetryError::Tell)
                },
            )?;
        }
        if let Some(sender) = sender {
            sender.finish()?;
        }
        Ok(retried)
    }

    /// The records that letters name, each once, also where it was retried before and failed again.
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

/// Whether the record can be read now; `None` where there is nothing to read.
fn decoded(
    decoder: &Decoder,
    source: &SourceRecord<'_, '_>,
    now: Time,
) -> Option<Result<(), Reason>> {
    let SourceRecord::Record(record) = source else { return None };
    let value = rdkafka::Message::payload(*record)?;
    Some(decoder.decode(value, Some(now)).map(drop).map_err(|rejection| rejection.reason))
}
