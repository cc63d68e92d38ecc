//! Holds the labels of a backtest, each with when it becomes known.
//!
//! A label without `known_at` becomes known some time after its transaction. If it does not say when
//! that was, it waits until the run reaches the transaction.

use super::delay::LabelDelay;
use super::kinds::Kinds;
use crate::backtest::report::LabelCounts;
use crate::decode::Rejection;
use crate::memory::{CardKey, OriginalId};
use crate::pipeline::{DecodedLabel, Incoming, Pipeline};
use crate::transaction::{Label, LabelValue, Time};
use std::collections::HashMap;

/// Means that the label does not say when. No label can have it.
const NOT_SAID: Time = Time(i64::MAX);

/// When a label becomes known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownAt {
    At(Time),
    /// So many milliseconds after its transaction, whose time the label does not say.
    AfterTransaction(i64),
}

/// A label that was accepted.
#[derive(Debug, Clone, PartialEq)]
pub struct BookedLabel {
    /// As read.
    pub bytes: Box<[u8]>,
    pub known_at: KnownAt,
    pub card: CardKey,
    /// The card under the previous key, if two keys are in use.
    pub former_card: Option<CardKey>,
    pub of: OriginalId,
    pub value: LabelValue,
    /// An index into the names of the book's kinds.
    pub kind: usize,
}

/// All labels of a backtest.
#[derive(Debug, Default)]
pub struct LabelBook {
    delay: LabelDelay,
    kinds: Kinds,
    labels: Vec<BookedLabel>,
    counts: BookCounts,
}

#[derive(Debug, Default)]
struct BookCounts {
    malformed: u64,
    by_value: HashMap<&'static str, u64>,
    drawn: u64,
}

impl LabelBook {
    /// Delays are drawn from this distribution.
    pub fn new(delay: LabelDelay, kinds: Kinds) -> Self {
        Self { delay, kinds, ..Self::default() }
    }

    /// The kinds of fraud that the labels tell apart.
    pub fn kinds(&self) -> &Kinds {
        &self.kinds
    }

    /// Adds a line.
    pub fn add(&mut self, pipeline: &Pipeline, incoming: Incoming<'_>) -> Result<(), Rejection> {
        let decoded = pipeline.decode_label_known_at(incoming, NOT_SAID);
        let decoded = decoded.inspect_err(|_| self.counts.malformed += 1)?;
        let label = decoded.label();
        let name = crate::transaction::WireName::name(label.label);
        *self.counts.by_value.entry(name).or_default() += 1;
        let known_at = self.known_at(label);
        self.labels.push(BookedLabel {
            bytes: incoming.bytes().into(),
            known_at,
            card: CardKey::of(&label.card.token),
            former_card: label.card.former_token.as_deref().map(CardKey::of),
            of: OriginalId::of(&label.transaction_id),
            value: label.label,
            kind: self.kinds.of(incoming, label.kind),
        });
        Ok(())
    }

    fn known_at(&mut self, label: &Label<'_>) -> KnownAt {
        if label.known_at != NOT_SAID {
            return KnownAt::At(label.known_at);
        }
        self.counts.drawn += 1;
        let delay_ms = self.delay.draw_ms(&label.card.token, &label.transaction_id);
        match label.time {
            Some(Time(time)) => KnownAt::At(Time(time.saturating_add(delay_ms))),
            None => KnownAt::AfterTransaction(delay_ms),
        }
    }

    /// Every label, in the order of its file.
    pub fn labels(&self) -> &[BookedLabel] {
        &self.labels
    }

    pub fn delay(&self) -> &LabelDelay {
        &self.delay
    }

    /// Indices of the labels whose time is known, by that time; of equal ones, in the order of the
    /// file.
    pub fn by_time(&self) -> Vec<(Time, usize)> {
        let at = |(index, label): (usize, &BookedLabel)| match label.known_at {
            KnownAt::At(time) => Some((time, index)),
            KnownAt::AfterTransaction(_) => None,
        };
        let mut by_time: Vec<_> = self.labels.iter().enumerate().filter_map(at).collect();
        by_time.sort();
        by_time
    }

    /// When the newest of the labels becomes known whose time is known.
    pub fn newest(&self) -> Option<Time> {
        let times = self.labels.iter().filter_map(|label| match label.known_at {
            KnownAt::At(time) => Some(time),
            KnownAt::AfterTransaction(_) => None,
        });
        times.max()
    }

    /// Reads a label again, now that it becomes known.
    pub fn decode<'b>(
        &'b self,
        label: usize,
        known_at: Time,
        pipeline: &Pipeline,
    ) -> Option<DecodedLabel<'b>> {
        let bytes = &self.labels.get(label)?.bytes;
        pipeline.decode_label_known_at(Incoming::line(bytes), known_at).ok()
    }

    /// The counts of the report.
    pub fn counts(&self, unmatched: u64) -> LabelCounts {
        let of = |value: LabelValue| {
            let name = crate::transaction::WireName::name(value);
            self.counts.by_value.get(name).copied().unwrap_or(0)
        };
        LabelCounts {
            read: self.labels.len() as u64 + self.counts.malformed,
            malformed: self.counts.malformed,
            fraud: of(LabelValue::Fraud),
            genuine: of(LabelValue::Genuine),
            suspected: of(LabelValue::Suspected),
            unknown: of(LabelValue::Unknown),
            drawn_delay: self.counts.drawn,
            unmatched,
        }
    }
}
