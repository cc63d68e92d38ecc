//! Settles rules for a batch of transactions: finds those that a transaction makes false by itself,
//! whatever its card's past.
//!
//! A condition is computed for all transactions of the batch at once, as bit masks, from columns of
//! their fields. Bit `i` is for transaction `i`. Most rules are settled for most transactions
//! here, before any card is looked up.
//!
//! One pass over the conditions computes those that take a few instructions for the whole batch. The
//! others, such as regular expressions, are computed only for the transactions that need them.

use super::super::ir::{FIELDS, Get, Tree};
use super::super::lists::{TopicLists, UsedList};
use super::super::plan::{Condition, EarlyTest, Plan};
use super::context::Context;
use super::field_column::FieldColumn;
use super::kernels::Masks;
use super::operation::holds_for_texts;
use super::partial_value::Slot;
use super::scratch::Scratch;
use crate::memory::Recall;
use crate::transaction::Transaction;

/// How many transactions are settled at once.
pub const BATCH_MAX: usize = 64;

/// The rules that each transaction of a batch leaves open, and buffers that are kept between
/// batches.
#[derive(Debug, Default)]
pub struct Settled {
    /// How many words the bits of a transaction's open rules take.
    words: usize,
    /// For each transaction, one bit per rule.
    open: Vec<u64>,
    conditions: Vec<ComputedMasks>,
    columns: Vec<FieldColumn>,
    scratch: Scratch,
}

/// What is known of a condition: its masks, for the transactions whose bits are in `of`.
#[derive(Debug, Clone, Copy, Default)]
struct ComputedMasks {
    of: u64,
    masks: Masks,
}

/// What settling reads.
pub struct BatchContext<'c> {
    pub tree: &'c Tree,
    pub plan: &'c Plan,
    pub lists: &'c [UsedList],
    pub topic_lists: &'c TopicLists,
    /// At most [`BATCH_MAX`].
    pub transactions: &'c [&'c Transaction<'c>],
}

impl BatchContext<'_> {
    /// The bits of all transactions.
    pub fn all(&self) -> u64 {
        match self.transactions.len() {
            0 => 0,
            count => u64::MAX >> (BATCH_MAX - count.min(BATCH_MAX)),
        }
    }
}

impl Settled {
    /// Starts another batch: no rule is open.
    pub(in crate::rules) fn begin(&mut self, batch: &BatchContext<'_>) {
        let early = &batch.plan.early;
        self.words = batch.plan.rules.len().div_ceil(64);
        self.open.clear();
        self.open.resize(self.words * batch.transactions.len(), 0);
        self.columns.resize_with(early.columns.len(), FieldColumn::default);
        for (column, planned) in self.columns.iter_mut().zip(&early.columns) {
            column.read(planned, batch.transactions);
        }
        self.conditions.clear();
        for condition in &early.conditions {
            let known = self.quick(&condition.test, batch);
            let known = known.map(|masks| ComputedMasks { of: batch.all(), masks });
            self.conditions.push(known.unwrap_or_default());
        }
    }

    /// Leaves a rule open for these transactions.
    pub(in crate::rules) fn leave_open(&mut self, rule: usize, transactions: u64) {
        for at in ones(transactions) {
            if let Some(word) = self.open.get_mut(at * self.words + rule / 64) {
                *word |= 1 << (rule % 64);
            }
        }
    }

    /// The rules that a transaction leaves open, in the order of the ruleset.
    pub(in crate::rules) fn open_rules(&self, transaction: usize) -> impl Iterator<Item = usize> {
        let start = transaction * self.words;
        let words = self.open.get(start..start + self.words).unwrap_or(&[]);
        words.iter().enumerate().flat_map(|(at, word)| ones(*word).map(move |bit| at * 64 + bit))
    }

    /// The transactions among `open` for which none of these conditions is false.
    pub(in crate::rules) fn not_false(
        &mut self,
        of: &[usize],
        open: u64,
        batch: &BatchContext<'_>,
    ) -> u64 {
        let mut open = open;
        for at in of {
            if open == 0 {
                break;
            }
            let known = self.conditions.get(*at).copied().unwrap_or_default();
            let masks = match open & !known.of {
                0 => known.masks,
                _ => self.masks(*at, open, batch),
            };
            open &= !masks.is_false;
        }
        open
    }

    /// The masks of a condition; right for the transactions in `needed`. Only a condition that takes
    /// long, or that has such an operand, is not known for all of them from the start.
    fn masks(&mut self, at: usize, needed: u64, batch: &BatchContext<'_>) -> Masks {
        let known = self.conditions.get(at).copied().unwrap_or_default();
        let missing = needed & !known.of;
        if missing == 0 {
            return known.masks;
        }
        let Some(condition) = batch.plan.early.conditions.get(at) else { return known.masks };
        let masks = match condition.test {
            EarlyTest::Not(a) => self.masks(a, missing, batch).not(),
            EarlyTest::And(a, b) => {
                let a = self.masks(a, missing, batch);
                a.and(self.masks(b, missing & !a.is_false, batch))
            }
            EarlyTest::Or(a, b) => {
                let a = self.masks(a, missing, batch);
                a.or(self.masks(b, missing & !a.is_true, batch))
            }
            EarlyTest::OrElse(a, b) => {
                let a = self.masks(a, missing, batch);
                a.or_else(self.masks(b, missing & !a.is_true & !a.is_false, batch))
            }
            EarlyTest::Text(..) => text(condition, missing, batch),
            _ => self.general(condition, missing, batch),
        };
        let known = ComputedMasks {
            of: known.of | missing,
            masks: known.masks.or_elsewhere(known.of, masks, missing),
        };
        if let Some(place) = self.conditions.get_mut(at) {
            *place = known;
        }
        known.masks
    }

    /// The masks of a condition that takes a few instructions for all transactions; `None` for others.
    fn quick(&self, test: &EarlyTest, batch: &BatchContext<'_>) -> Option<Masks> {
        let column = |at: &usize| self.columns.get(*at);
        let part = |at: &usize| {
            let known = self.conditions.get(*at)?;
            (known.of == batch.all()).then_some(known.masks)
        };
        Some(match test {
            EarlyTest::Constant(value) => Masks::all(Slot::bool(*value)),
            EarlyTest::Not(a) => part(a)?.not(),
            EarlyTest::And(a, b) => part(a)?.and(part(b)?),
            EarlyTest::Or(a, b) => part(a)?.or(part(b)?),
            EarlyTest::OrElse(a, b) => part(a)?.or_else(part(b)?),
            EarlyTest::Has(at) => column(at)?.has(),
            EarlyTest::HasText(field) => has_text(*field, batch),
            EarlyTest::Within(at, classes) => column(at)?.within(classes),
            EarlyTest::Compared(form, comparison, a, b) => {
                column(a)?.compared(*form, *comparison, column(b)?)
            }
            EarlyTest::Text(..) | EarlyTest::General => return None,
        })
    }

    /// A condition that has no loop of its kind.
    fn general(&mut self, condition: &Condition, needed: u64, batch: &BatchContext<'_>) -> Masks {
        let mut masks = Masks::default();
        for at in ones(needed) {
            let Some(tx) = batch.transactions.get(at) else { break };
            self.scratch.prepare_without_past(batch.tree.nodes.len());
            let past = Recall::of_nothing(tx.time);
            let BatchContext { tree, plan, lists, topic_lists, .. } = *batch;
            let context = Context { tree, plan, lists, topic_lists, tx, past: &past };
            masks.set(at, self.scratch.value(condition.node, &context));
        }
        masks
    }
}

/// Whether messages have a text field.
fn has_text(field: u16, batch: &BatchContext<'_>) -> Masks {
    let Some(Get::Text(get)) = FIELDS.get(usize::from(field)).map(|field| field.get) else {
        return Masks::default();
    };
    let transactions = batch.transactions.iter().enumerate();
    let is_true = transactions.fold(0, |mask, (at, tx)| mask | u64::from(get(tx).is_some()) << at);
    Masks::settled(is_true, !is_true)
}

/// A text field compared with a literal.
fn text(condition: &Condition, needed: u64, batch: &BatchContext<'_>) -> Masks {
    let EarlyTest::Text(field, test, literal) = condition.test else { return Masks::default() };
    let Some(Get::Text(get)) = FIELDS.get(usize::from(field)).map(|field| field.get) else {
        return Masks::default();
    };
    let literal = batch.tree.literal_text(literal).unwrap_or_default();
    let (mut is_true, mut present) = (0, 0);
    for at in ones(needed) {
        if let Some(text) = batch.transactions.get(at).and_then(|tx| get(tx)) {
            present |= 1 << at;
            is_true |= u64::from(holds_for_texts(test, text, literal)) << at;
        }
    }
    Masks::settled(is_true, present & !is_true)
}

/// The places of the bits that are set, ascending.
pub fn ones(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let at = (bits != 0).then(|| bits.trailing_zeros() as usize)?;
        bits &= bits - 1;
        Some(at)
    })
}
