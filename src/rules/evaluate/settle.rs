//! Settles rules for a batch of transactions: finds those that a transaction makes false by itself,
//! whatever its card's past.
//!
//! A condition is computed for all transactions of the batch at once, as bit masks, from columns of
//! their fields. Bit `i` is for transaction `i`. Most rules are settled for most transactions
//! here, before any card is looked up.

use super::super::ir::{Comparison, FIELDS, Form, Get, Tree};
use super::super::lists::{TopicLists, UsedList};
use super::super::plan::{Condition, EarlyTest, Plan};
use super::context::Context;
use super::kernels::Masks;
use super::operation::holds_for_texts;
use super::partial_value::by_form;
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

/// A field of each transaction.
#[derive(Debug, Clone, Default)]
struct FieldColumn {
    is_read: bool,
    /// Which transactions have it.
    present: u64,
    /// One for each transaction of the batch; 0 for those that do not have it.
    bits: Vec<u64>,
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
        self.conditions.clear();
        self.conditions.resize(early.conditions.len(), ComputedMasks::default());
        self.columns.iter_mut().for_each(|column| column.is_read = false);
        self.columns.resize_with(early.columns.len(), FieldColumn::default);
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
            open &= !self.masks(*at, open, batch).is_false;
        }
        open
    }

    /// The masks of a condition; right for the transactions in `needed`.
    fn masks(&mut self, at: usize, needed: u64, batch: &BatchContext<'_>) -> Masks {
        let known = self.conditions.get(at).copied().unwrap_or_default();
        let missing = needed & !known.of;
        if missing == 0 {
            return known.masks;
        }
        let Some(condition) = batch.plan.early.conditions.get(at) else { return known.masks };
        let (of, masks) = match condition.test {
            EarlyTest::Not(a) => (missing, self.masks(a, missing, batch).not()),
            EarlyTest::And(a, b) => {
                let a = self.masks(a, missing, batch);
                (missing, a.and(self.masks(b, missing & !a.is_false, batch)))
            }
            EarlyTest::Or(a, b) => {
                let a = self.masks(a, missing, batch);
                (missing, a.or(self.masks(b, missing & !a.is_true, batch)))
            }
            EarlyTest::General => (missing, self.general(condition, missing, batch)),
            EarlyTest::Text(..) => (missing, text(condition, missing, batch)),
            test => (batch.all(), self.of_column(test, batch)),
        };
        let known = ComputedMasks {
            of: known.of | of,
            masks: known.masks.or_elsewhere(known.of, masks, of),
        };
        if let Some(place) = self.conditions.get_mut(at) {
            *place = known;
        }
        known.masks
    }

    /// A condition on one column.
    fn of_column(&mut self, test: EarlyTest, batch: &BatchContext<'_>) -> Masks {
        let (EarlyTest::Is(at)
        | EarlyTest::Has(at)
        | EarlyTest::Compared(at, ..)
        | EarlyTest::InSet(at, _)) = test
        else {
            return Masks::default();
        };
        let Some(column) = self.columns.get_mut(at) else { return Masks::default() };
        if !column.is_read {
            column.read(batch.plan.early.columns.get(at).copied(), batch.transactions);
        }
        match test {
            EarlyTest::Has(_) => Masks::settled(column.present, !column.present),
            EarlyTest::Is(_) => column.settled(column.ones(|bits| bits == 1)),
            EarlyTest::InSet(_, set) => {
                column.settled(column.ones(|bits| batch.tree.has(set, bits)))
            }
            EarlyTest::Compared(_, form, comparison, value) => {
                column.settled(column.compared(form, comparison, value))
            }
            _ => Masks::default(),
        }
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

impl FieldColumn {
    fn read(&mut self, field: Option<u16>, transactions: &[&Transaction<'_>]) {
        (self.is_read, self.present) = (true, 0);
        let field = field.and_then(|at| FIELDS.get(usize::from(at)));
        let Some(Get::Bits(get)) = field.map(|field| field.get) else { return };
        self.bits.clear();
        for (at, tx) in transactions.iter().enumerate() {
            let value = get(tx);
            self.present |= u64::from(value.is_some()) << at;
            self.bits.push(value.unwrap_or(0));
        }
    }

    fn ones(&self, holds: impl Fn(u64) -> bool) -> u64 {
        let bits = self.bits.iter().enumerate();
        bits.fold(0, |ones, (at, bits)| ones | u64::from(holds(*bits)) << at)
    }

    fn compared(&self, form: Form, comparison: Comparison, value: u64) -> u64 {
        match form {
            Form::Whole => {
                let value = value.cast_signed();
                match comparison {
                    Comparison::Equal => self.ones(|bits| bits.cast_signed() == value),
                    Comparison::NotEqual => self.ones(|bits| bits.cast_signed() != value),
                    Comparison::Less => self.ones(|bits| bits.cast_signed() < value),
                    Comparison::LessEqual => self.ones(|bits| bits.cast_signed() <= value),
                    Comparison::Greater => self.ones(|bits| bits.cast_signed() > value),
                    Comparison::GreaterEqual => self.ones(|bits| bits.cast_signed() >= value),
                }
            }
            Form::Float => self.ones(|bits| by_form(form, comparison, bits, value)),
        }
    }

    fn settled(&self, is_true: u64) -> Masks {
        Masks::settled(is_true & self.present, self.present & !is_true)
    }
}

/// The places of the bits that are set, ascending.
pub fn ones(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let at = (bits != 0).then(|| bits.trailing_zeros() as usize)?;
        bits &= bits - 1;
        Some(at)
    })
}
