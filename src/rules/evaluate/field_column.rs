//! Holds a field of each transaction of a batch, and which transactions have a value of each class.

use super::super::ir::{Comparison, FIELDS, Form, Get};
use super::super::plan::EarlyColumn;
use super::kernels::Masks;
use super::partial_value::by_form;
use crate::transaction::Transaction;
use std::ops::Range;

/// A field of each transaction. Bit `i` of a mask is for transaction `i`.
#[derive(Debug, Clone, Default)]
pub struct FieldColumn {
    /// Which transactions have it.
    present: u64,
    /// One for each transaction of the batch; 0 for those that do not have it.
    bits: Vec<u64>,
    /// For each class of values and the end, which transactions have a value of a class before it.
    before: Vec<u64>,
}

impl FieldColumn {
    /// Replaces the content.
    pub fn read(&mut self, planned: &EarlyColumn, transactions: &[&Transaction<'_>]) {
        self.present = 0;
        self.bits.clear();
        self.before.clear();
        self.before.resize(planned.classes.count() + 1, 0);
        let field = FIELDS.get(usize::from(planned.field));
        let Some(Get::Bits(get)) = field.map(|field| field.get) else { return };
        for (at, tx) in transactions.iter().enumerate() {
            let value = get(tx);
            self.bits.push(value.unwrap_or(0));
            let Some(bits) = value else { continue };
            self.present |= 1 << at;
            if let Some(mask) = self.before.get_mut(planned.classes.class_of(bits) + 1) {
                *mask |= 1 << at;
            }
        }
        let mut all = 0;
        for mask in &mut self.before {
            all |= *mask;
            *mask = all;
        }
    }

    /// Whether transactions have the field.
    pub fn has(&self) -> Masks {
        Masks::settled(self.present, !self.present)
    }

    /// Whether values are in one of these classes.
    #[inline]
    pub fn within(&self, classes: &[Range<usize>]) -> Masks {
        let before = |class| self.before.get(class).copied().unwrap_or(0);
        let is_true =
            classes.iter().fold(0, |all, range| all | before(range.end) & !before(range.start));
        Masks::settled(is_true, self.present & !is_true)
    }

    /// How values compare with those of another column.
    pub fn compared(&self, form: Form, comparison: Comparison, other: &Self) -> Masks {
        let pairs = self.bits.iter().zip(&other.bits).enumerate();
        let is_true = pairs.fold(0, |mask, (at, (a, b))| {
            mask | u64::from(by_form(form, comparison, *a, *b)) << at
        });
        let present = self.present & other.present;
        Masks::settled(is_true & present, present & !is_true)
    }
}
