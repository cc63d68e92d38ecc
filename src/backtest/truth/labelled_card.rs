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
    /// The ids that labels of fraud name.
    pub named: Vec<OriginalId>,
    /// Its token; `None` until its first message.
    pub token: Option<Box<str>>,
    /// In the order in which they were decided.
    pub rows: Vec<MessageRow>,
    /// Indices of rows that keep an example although no label of fraud names them.
    others: Vec<usize>,
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
    /// Its id, if it is a refund. Memory binds no label to a refund.
    pub refund: Option<OriginalId>,
    /// One per ruleset.
    pub verdicts: Box<[RowVerdict]>,
    /// By ruleset; empty if the case is in no list of examples.
    pub examples: Vec<(usize, Arc<CaseExample>)>,
    /// Whether a label of fraud names the transaction by its own id.
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
        let is_other = |case: &CaseRow| !case.is_named && !case.examples.is_empty();
        if row.case.as_ref().is_some_and(is_other) {
            self.others.push(self.rows.len());
        }
        self.rows.push(row);
        if self.others.len() > OTHER_EXAMPLES_MAX {
            self.drop_smallest();
        }
    }

    /// Drops the examples of the other case with the smallest amount; of equal ones, the first.
    fn drop_smallest(&mut self) {
        let value = |row: &usize| self.rows.get(*row)?.case.as_ref()?.value;
        let smallest = (0..self.others.len()).min_by_key(|at| self.others.get(*at).and_then(value));
        let Some(smallest) = smallest.map(|at| self.others.remove(at)) else { return };
        if let Some(case) = self.rows.get_mut(smallest).and_then(|row| row.case.as_mut()) {
            case.examples.clear();
        }
    }

    /// Whether a label of fraud names a message by its own id.
    pub fn names(&self, id: &str) -> bool {
        self.named.contains(&OriginalId::of(id))
    }
}
