//! Reads a file of labels, one per line, and gives each to memory when the transactions have reached
//! the time at which it became known.
//!
//! The whole file is read before the first transaction, because it need not be sorted. Labels are few
//! compared with transactions.

use super::reporter::Reporter;
use super::source::{OpenSource, ReadStep, TransactionSource};
use crate::decode::{Change, Notes};
use crate::memory::{Labelled, Memory};
use crate::pipeline::{Incoming, Pipeline};
use crate::transaction::{LabelField, Time};
use std::collections::BTreeMap;

/// Labels by when they became known, and how many of them memory was given. The default has none.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    lines: Vec<LabelLine>,
    /// How many were given to memory.
    given: usize,
    tally: LabelTally,
}

/// A line that was decoded once without an error.
#[derive(Debug)]
struct LabelLine {
    known_at: Time,
    bytes: Vec<u8>,
}

/// Counts of a file of labels.
#[derive(Debug, Default)]
pub(crate) struct LabelTally {
    pub labelled: BTreeMap<Labelled, u64>,
    pub malformed: u64,
    pub sensitive_fields_dropped: u64,
    pub unlisted_fields: u64,
    /// What decoding changed in values, by field.
    pub changes: BTreeMap<(Change, LabelField), u64>,
}

impl Labels {
    /// Reads a source completely, or none, and reports malformed lines. An interrupted read ends early:
    /// the transactions are then interrupted too.
    pub fn read(source: Option<OpenSource>, pipeline: &Pipeline) -> anyhow::Result<Self> {
        let mut labels = Self::default();
        let Some(mut source) = source else { return Ok(labels) };
        let mut reporter = Reporter::default();
        loop {
            match source.advance()? {
                ReadStep::End | ReadStep::Interrupted => break,
                ReadStep::Blank => {}
                ReadStep::Record => labels.add(&*source, pipeline, &mut reporter),
            }
        }
        reporter.finish();
        // Stable: of those that became known at the same time, the later line counts.
        labels.lines.sort_by_key(|line| line.known_at);
        Ok(labels)
    }

    fn add(
        &mut self,
        source: &dyn TransactionSource,
        pipeline: &Pipeline,
        reporter: &mut Reporter,
    ) {
        let incoming = source.incoming();
        match pipeline.decode_label(incoming) {
            Ok(decoded) => {
                self.tally.noted(decoded.notes());
                let (known_at, bytes) = (decoded.label().known_at, incoming.bytes().to_vec());
                self.lines.push(LabelLine { known_at, bytes });
            }
            Err(rejection) => {
                self.tally.malformed += 1;
                reporter.report(source, &rejection);
            }
        }
    }

    /// Gives memory the labels that became known at or before this time, and were not given before.
    pub fn give_until(&mut self, time: Time, pipeline: &mut Pipeline, memory: &mut Memory) {
        while let Some(line) = self.lines.get(self.given).filter(|line| line.known_at <= time) {
            self.given += 1;
            if let Ok(mut label) = pipeline.decode_label(Incoming::line(&line.bytes)) {
                let (_, labelled) = pipeline.label(memory, &mut label);
                *self.tally.labelled.entry(labelled).or_default() += 1;
            }
        }
    }

    /// All labels as they were read, in the order in which they became known.
    pub fn in_order(&self) -> impl Iterator<Item = Incoming<'_>> {
        self.lines.iter().map(|line| Incoming::line(&line.bytes))
    }

    pub fn tally(&self) -> &LabelTally {
        &self.tally
    }
}

impl LabelTally {
    fn noted(&mut self, notes: &Notes<LabelField>) {
        self.sensitive_fields_dropped += u64::from(notes.sensitive_fields_dropped);
        self.unlisted_fields += u64::from(notes.unlisted_fields);
        for (field, change, count) in notes.changes() {
            *self.changes.entry((change, field)).or_default() += u64::from(count);
        }
    }

    /// How many labels were given to memory.
    pub fn given(&self) -> u64 {
        self.labelled.values().sum()
    }
}
