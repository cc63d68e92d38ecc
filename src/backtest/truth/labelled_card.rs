//! Keeps the messages of a card that has labels.

use crate::backtest::report::CaseExample;
use crate::backtest::verdict::{RuleVerdict, Verdict};
use crate::memory::{Effect, OriginalId};
use crate::transaction::Time;
use std::sync::Arc;

/// This many cases of a card that no label names directly keep an example: those of the largest
/// amounts.
const OTHER_EXAMPLES_MAX: usize = 3;

/// A card that has labels.
#[derive(Debug, Default)]
pub struct LabelledCard {
    /// Indices in the label book, in the order of the file.
    pub labels: Vec<usize>,
    /// The ids that the labels name.
    pub named: Vec<OriginalId>,
    /// Its token; `None` until its first message.
    pub token: Option<Box<str>>,
    /// In the order in which they were decided.
    pub rows: Vec<MessageRow>,
}

/// A message of the card that memory recorded.
#[derive(Debug)]
pub struct MessageRow {
    pub effect: Effect,
    /// `None` for a message that runs no rules.
    pub case: Option<CaseRow>,
}

/// A case of the card.
#[derive(Debug)]
pub struct CaseRow {
    pub record: u64,
    pub time: Time,
    /// As asked for, in minor units of the base currency.
    pub value: Option<i64>,
    pub approved: Option<bool>,
    /// One per ruleset.
    pub verdicts: Box<[RowVerdict]>,
    /// By ruleset; empty if the case is in no list of examples.
    pub examples: Vec<(usize, Arc<CaseExample>)>,
    /// Whether a label names the transaction by its own id.
    pub is_named: bool,
}

/// The decision of one ruleset, and the rules that fired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowVerdict {
    pub verdict: Verdict,
    pub rules: Box<[RuleVerdict]>,
}

impl LabelledCard {
    /// Adds a message. Examples beyond the limit are dropped.
    pub fn push(&mut self, row: MessageRow) {
        self.rows.push(row);
        let is_other = |case: &&mut CaseRow| !case.is_named && !case.examples.is_empty();
        let others = self.rows.iter_mut().filter_map(|row| row.case.as_mut()).filter(is_other);
        let mut others: Vec<&mut CaseRow> = others.collect();
        if others.len() > OTHER_EXAMPLES_MAX {
            let smallest = others.iter_mut().min_by_key(|case| case.value);
            smallest.into_iter().for_each(|case| case.examples.clear());
        }
    }

    /// Whether a label names a message by its own id.
    pub fn names(&self, id: &str) -> bool {
        self.named.contains(&OriginalId::of(id))
    }
}
