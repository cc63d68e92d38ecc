//! Looks up what the topics hold about a card, for commands: a memory restored from the history,
//! and the input's own messages. It joins no group and changes nothing.

use super::murmur2;
use crate::clock::monotonic_now;
use crate::history::{Record, Restore};
use crate::kafka::client::PartitionReader;
use crate::kafka::errors::LookupError;
use crate::kafka::settings::Connection;
use crate::kafka::shard::ports::{Fault, HistoryItem, HistoryLog, Reason};
use crate::memory::{CardKey, Effect, Identity, Limits, Memory, MessageId};
use crate::transaction::Time;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long the brokers may take to send anything.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
const WAIT: Duration = Duration::from_millis(100);

/// What to look up, and where.
#[derive(Debug, Clone)]
pub struct LookupSettings {
    pub connection: Connection,
    pub transactions: String,
    pub history: String,
    /// The service's limits, so that the memory is the same.
    pub limits: Limits,
}

/// Connected readers of the history and the input.
pub struct Lookup {
    settings: LookupSettings,
    history: PartitionReader,
    input: PartitionReader,
    partitions: i32,
    interrupted: Arc<AtomicBool>,
}

/// A memory restored from the history of a partition.
#[derive(Debug)]
pub struct Remembered {
    pub memory: Memory,
    /// The next input offset to process; `None` if there is no history.
    pub next_offset: Option<i64>,
    /// The first history offset that was not read.
    pub history_end: i64,
}

/// A message found in the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub identity: Identity,
    /// The message's own time, to the millisecond.
    pub time: Time,
    /// The number of history entries before it.
    recorded: u64,
    /// When the history record that contains it was written.
    pub written: Time,
    /// The offset of that record.
    pub history_offset: i64,
    /// The range of input offsets that contains its record.
    pub input: Range<i64>,
}

/// A record of the input.
#[derive(Debug, Clone)]
pub struct InputRecord {
    pub offset: i64,
    pub timestamp: Time,
    pub value: Vec<u8>,
}

impl Lookup {
    /// Setting `interrupted` aborts any call in progress.
    pub fn connect(
        settings: LookupSettings,
        interrupted: Arc<AtomicBool>,
    ) -> Result<Self, LookupError> {
        let reader = |topic: &str| PartitionReader::new(&settings.connection, topic, 0);
        let (history, input) = (reader(&settings.history)?, reader(&settings.transactions)?);
        let mut lookup = Self { settings, history, input, partitions: 0, interrupted };
        let count = lookup.ask(|lookup| lookup.history.partitions())?;
        if count == 0 {
            return Err(LookupError::NoTopic { topic: lookup.settings.history });
        }
        lookup.partitions = i32::try_from(count).unwrap_or(i32::MAX);
        Ok(lookup)
    }

    /// All partitions. The first is the one that holds the card's messages if the producer uses the
    /// card token as the key and partitions as Java clients do.
    pub fn partitions(&self, card: &str) -> Vec<i32> {
        let likely = murmur2::partition(card.as_bytes(), self.partitions);
        let others = (0..self.partitions).filter(|number| *number != likely);
        std::iter::once(likely).chain(others).collect()
    }

    /// The memory that a service would restore now.
    pub fn memory(&mut self, partition: i32) -> Result<Remembered, LookupError> {
        self.restore(partition, u64::MAX)
    }

    /// The memory just before the message was processed.
    pub fn memory_before(
        &mut self,
        partition: i32,
        message: &Found,
    ) -> Result<Memory, LookupError> {
        Ok(self.restore(partition, message.recorded)?.memory)
    }

    /// The card's messages with these ids, each once, in the order in which they were scored. A
    /// separate response counts as part of the message that it belongs to.
    pub fn find(
        &mut self,
        partition: i32,
        card: CardKey,
        ids: &[MessageId],
    ) -> Result<Vec<Found>, LookupError> {
        let mut found: Vec<Found> = Vec::new();
        self.each_record(partition, |offset, written, record| {
            let header = record.header;
            for (at, entry) in (header.start.progress.recorded..).zip(record.transactions()) {
                let is_response = matches!(entry.effect, Effect::Response { .. });
                if entry.card != card || !ids.contains(&entry.id()) || is_response {
                    continue;
                }
                let message = Found {
                    identity: entry.identity(),
                    time: entry.time(),
                    recorded: at,
                    written,
                    history_offset: offset,
                    input: header.start.first_offset..header.next_offset,
                };
                // A record that repeats another adds nothing.
                if found.iter().all(|known| known.recorded != at) {
                    found.push(message);
                }
            }
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    /// Passes the input records of the range to `take` until it accepts one; returns that one.
    pub fn input(
        &mut self,
        partition: i32,
        range: Range<i64>,
        mut take: impl FnMut(&InputRecord) -> bool,
    ) -> Result<Option<InputRecord>, LookupError> {
        let mut taken = None;
        let Self { input, settings, interrupted, .. } = self;
        let reading = Reading { topic: input, settings, interrupted };
        reading.each(partition, range, |offset, timestamp, value| {
            let record = InputRecord { offset, timestamp, value: value.to_vec() };
            if take(&record) {
                taken = Some(record);
                return Ok(ControlFlow::Break(()));
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(taken)
    }

    fn restore(&mut self, partition: i32, recorded: u64) -> Result<Remembered, LookupError> {
        let mut memory = Memory::new(self.settings.limits);
        let mut fold = Restore::new();
        let history_end = self.each_record(partition, |_, written, record| {
            fold.take_until(&record, written, &mut memory, recorded);
            // Labels at the start of the transaction's own record were known to its decision.
            let transactions = record.transactions().len() as u64;
            let is_there =
                record.header.start.progress.recorded.saturating_add(transactions) > recorded;
            if is_there { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        Ok(Remembered { memory, next_offset: fold.next_offset(), history_end })
    }

    /// Reads the history up to its last stable offset, and returns that offset.
    fn each_record(
        &mut self,
        partition: i32,
        mut take: impl FnMut(i64, Time, Record<'_>) -> ControlFlow<()>,
    ) -> Result<i64, LookupError> {
        let log = self.ask(|lookup| lookup.history.extent(partition))?;
        let Self { history, settings, interrupted, .. } = self;
        let topic = settings.history.clone();
        let reading = Reading { topic: history, settings, interrupted };
        reading.each(partition, log.start..log.last_stable, |offset, written, value| {
            let place = |source| {
                let topic = topic.clone();
                LookupError::History { topic, partition, offset, source }
            };
            let record = Record::parse(value).map_err(place)?;
            Ok(take(offset, written, record))
        })?;
        Ok(log.last_stable)
    }

    /// Repeats a request until it is answered or the timeout has passed.
    fn ask<T>(
        &mut self,
        mut question: impl FnMut(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, LookupError> {
        let until = monotonic_now() + READ_TIMEOUT;
        loop {
            match question(self) {
                Ok(answer) => return Ok(answer),
                Err(Fault::Fatal(error)) => return Err(LookupError::Refused(Box::new(error))),
                Err(_) if self.interrupted.load(Ordering::Relaxed) => {
                    return Err(LookupError::Interrupted);
                }
                Err(
                    Fault::Retriable(reason) | Fault::Abortable(reason) | Fault::Broken(reason),
                ) if monotonic_now() >= until => {
                    return Err(silent(&self.settings, reason));
                }
                Err(_) => {}
            }
        }
    }
}

fn silent(settings: &LookupSettings, reason: Reason) -> LookupError {
    let brokers = settings.connection.brokers.clone();
    LookupError::Silent { brokers, waited: READ_TIMEOUT, reason: reason.0 }
}

/// One topic that is being read.
struct Reading<'l> {
    topic: &'l mut PartitionReader,
    settings: &'l LookupSettings,
    interrupted: &'l AtomicBool,
}

impl Reading<'_> {
    /// Passes the committed records of a range to `take` until it breaks.
    fn each(
        self,
        partition: i32,
        range: Range<i64>,
        take: impl FnMut(i64, Time, &[u8]) -> Result<ControlFlow<()>, LookupError>,
    ) -> Result<(), LookupError> {
        if range.is_empty() {
            return Ok(());
        }
        let Self { topic, settings, interrupted } = self;
        topic.open(partition, range.start).map_err(|fault| refused(settings, fault))?;
        let read = each_open(topic, settings, interrupted, range.end, take);
        topic.close(partition);
        read
    }
}

fn each_open(
    topic: &mut PartitionReader,
    settings: &LookupSettings,
    interrupted: &AtomicBool,
    end: i64,
    mut take: impl FnMut(i64, Time, &[u8]) -> Result<ControlFlow<()>, LookupError>,
) -> Result<(), LookupError> {
    let mut until = monotonic_now() + READ_TIMEOUT;
    let mut reason = Reason("no response".into());
    loop {
        if interrupted.load(Ordering::Relaxed) {
            return Err(LookupError::Interrupted);
        }
        match topic.next(WAIT) {
            Ok(Some(HistoryItem::End { .. })) => return Ok(()),
            Ok(Some(HistoryItem::Record { offset, .. })) if offset >= end => return Ok(()),
            Ok(Some(HistoryItem::Record { offset, written, value, .. })) => {
                until = monotonic_now() + READ_TIMEOUT;
                if take(offset, written, value)?.is_break() || offset + 1 >= end {
                    return Ok(());
                }
            }
            Ok(None) => {}
            Err(Fault::Fatal(error)) => return Err(LookupError::Refused(Box::new(error))),
            Err(Fault::Retriable(why) | Fault::Abortable(why) | Fault::Broken(why)) => reason = why,
        }
        if monotonic_now() >= until {
            return Err(silent(settings, reason));
        }
    }
}

fn refused(settings: &LookupSettings, fault: Fault) -> LookupError {
    match fault {
        Fault::Fatal(error) => LookupError::Refused(Box::new(error)),
        Fault::Retriable(reason) | Fault::Abortable(reason) | Fault::Broken(reason) => {
            silent(settings, reason)
        }
    }
}
