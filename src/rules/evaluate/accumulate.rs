//! Gathers the values of the charges that an aggregate selects, and computes its results.

use super::super::fields::Column;
use super::super::plan::{Step, Value};
use super::super::tree::{Fold, Id, Output};
use super::super::types::Type;
use super::chunks::Block;
use super::compute::Context;
use super::kernels::Masks;
use super::partial_value::{Slot, State};
use crate::memory::Event;
use std::cmp::Ordering;

/// The running result of one aggregate.
#[derive(Debug, Clone, Default)]
pub struct Accumulator {
    /// Whether charges may be missing: the window lost some, or it is open whether some are
    /// selected. The result is then only a bound.
    cut: bool,
    /// How the bits of the values are read.
    form: Values,
    pub count: u64,
    sum: Option<i64>,
    float_sum: f64,
    least: u64,
    greatest: u64,
    /// Moments are summed over differences from the first value, so that equal values have a
    /// deviation of exactly 0.
    pivot: f64,
    delta: f64,
    square: f64,
    /// Whether no value is negative, so that a sum can only grow.
    non_negative: bool,
    distinct: Vec<u64>,
    picked: Option<u64>,
    /// Whether the predicate is open for the charge that would be picked.
    pick_is_open: bool,
}

/// The charges of a block that an aggregate selects, and those that it may select.
#[derive(Debug, Clone, Copy)]
pub struct Chosen {
    pub selected: u64,
    pub maybe_selected: u64,
}

impl Chosen {
    /// Limits a mask to the charges of the block that are in the window.
    pub fn of(mask: Masks, window: u64, block: Block<'_>) -> Self {
        let inside = window & block.bits();
        Self { selected: mask.is_true & inside, maybe_selected: mask.is_open & inside }
    }
}

/// How the 64 bits of an aggregate's values are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Values {
    #[default]
    Whole,
    Float,
    /// Whole minor units. Mean and deviation convert them to decimals.
    Money,
}

impl Values {
    pub fn of(ty: Type) -> Self {
        match ty {
            Type::Double => Values::Float,
            Type::Money => Values::Money,
            _ => Values::Whole,
        }
    }

    pub fn order(self, a: u64, b: u64) -> Ordering {
        match self {
            Values::Float => f64::from_bits(a).total_cmp(&f64::from_bits(b)),
            Values::Whole | Values::Money => (a as i64).cmp(&(b as i64)),
        }
    }
}

impl Accumulator {
    /// `non_negative` means that no value is negative.
    pub fn of(form: Values, non_negative: bool) -> Self {
        Self { form, non_negative, ..Self::default() }
    }

    pub fn reset(&mut self, cut: bool) {
        self.cut = cut;
        self.count = 0;
        self.sum = Some(0);
        (self.float_sum, self.delta, self.square) = (0.0, 0.0, 0.0);
        self.distinct.clear();
        (self.picked, self.pick_is_open) = (None, false);
    }

    /// Whether charges may be missing, so that the result is only a bound.
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// Records that a charge may be missing.
    pub fn mark_incomplete(&mut self) {
        self.cut = true;
    }

    /// Adds the value of a charge, if it has one.
    pub fn add_slot(&mut self, fold: Fold, slot: Slot) {
        match slot.known() {
            Some(bits) => self.add(fold, bits),
            None if slot.is_absent() => {}
            None => self.mark_incomplete(),
        }
    }

    /// Adds one value. Values come newest first.
    #[inline]
    pub fn add(&mut self, fold: Fold, bits: u64) {
        match fold {
            Fold::Sum(_) => self.add_sum(bits),
            Fold::Extremes(_) => self.add_extreme(bits),
            Fold::Moments(_) => self.add_moment(bits),
            Fold::Distinct(_) => {
                if !self.distinct.contains(&bits) {
                    self.distinct.push(bits);
                }
            }
            Fold::Count | Fold::First | Fold::Latest => {}
        }
        self.count += 1;
    }

    fn add_sum(&mut self, bits: u64) {
        if self.form == Values::Float {
            self.float_sum += f64::from_bits(bits);
        } else {
            self.sum = self.sum.and_then(|sum| sum.checked_add(bits as i64));
        }
    }

    fn add_extreme(&mut self, bits: u64) {
        if self.count == 0 {
            (self.least, self.greatest) = (bits, bits);
        } else if self.form == Values::Float {
            let value = f64::from_bits(bits);
            self.least = f64::from_bits(self.least).min(value).to_bits();
            self.greatest = f64::from_bits(self.greatest).max(value).to_bits();
        } else {
            let value = bits as i64;
            self.least = (self.least as i64).min(value) as u64;
            self.greatest = (self.greatest as i64).max(value) as u64;
        }
    }

    fn add_moment(&mut self, bits: u64) {
        let value =
            if self.form == Values::Float { f64::from_bits(bits) } else { bits as i64 as f64 };
        if self.count == 0 {
            self.pivot = value;
        }
        let delta = value - self.pivot;
        self.delta += delta;
        self.square += delta * delta;
    }

    /// Adds the chosen charges of a block. Blocks come newest first. `value` computes a node for a
    /// charge, given the nodes that change with the charge.
    #[inline]
    pub fn gather(
        &mut self,
        step: &Step,
        chosen: Chosen,
        block: Block<'_>,
        value: impl Fn(&Event, Id, &[Id]) -> Slot,
    ) {
        let fold = step.fold;
        if matches!(fold, Fold::First | Fold::Latest) {
            return self.pick(fold, chosen, block);
        }
        if chosen.maybe_selected != 0 {
            self.mark_incomplete();
        }
        let events = block.newest_first(chosen.selected);
        match &step.value {
            Value::None => self.count += u64::from(chosen.selected.count_ones()),
            // The most common column has a separate loop.
            Value::Column(Column::Amount) => events
                .filter_map(|event| event.amount().map(|amount| amount as u64))
                .for_each(|bits| self.add(fold, bits)),
            Value::Column(column) => {
                events.filter_map(|event| column.get(event)).for_each(|bits| self.add(fold, bits))
            }
            Value::Node(id, nodes) => {
                events.for_each(|event| self.add_slot(fold, value(event, *id, nodes)))
            }
        }
    }

    fn pick(&mut self, fold: Fold, chosen: Chosen, block: Block<'_>) {
        let candidates = chosen.selected | chosen.maybe_selected;
        let at = match fold {
            _ if candidates == 0 => return,
            Fold::First if self.cut => return,
            Fold::First => candidates.trailing_zeros(),
            _ if self.picked.is_some() || self.pick_is_open => return,
            _ => u64::BITS - 1 - candidates.leading_zeros(),
        };
        self.pick_is_open = chosen.maybe_selected >> at & 1 == 1;
        self.picked = (!self.pick_is_open).then(|| block.age_at(at));
    }

    pub fn output(&self, output: Output, context: &Context<'_>) -> Slot {
        let more = if self.cut { State::AtLeast } else { State::Exact };
        match output {
            Output::Count => Slot { bits: self.count, state: more },
            Output::Exists if self.count > 0 => Slot::bool(true),
            Output::Exists => Slot::settled((!self.cut).then_some(false)),
            Output::ExistsWithCut => Slot::bool(self.count > 0),
            Output::ExistsOne if self.count > 1 => Slot::bool(false),
            Output::ExistsOne => Slot::settled((!self.cut).then_some(self.count == 1)),
            Output::Sum => self.sum(more),
            Output::Least => self.extreme(self.least, State::AtMost),
            Output::Greatest => self.extreme(self.greatest, State::AtLeast),
            Output::Mean => self.moment(1, |mean, _| mean, context),
            Output::Deviation => self.moment(2, |_, deviation| deviation, context),
            Output::Distinct => Slot { bits: self.distinct.len() as u64, state: more },
            Output::DistinctCountries => self.countries(context),
            Output::Picked => match self.picked {
                Some(age) => Slot::exact(age),
                None if self.pick_is_open => Slot::OPEN,
                None => self.nothing(),
            },
        }
    }

    /// Absent, or open if charges may be missing.
    fn nothing(&self) -> Slot {
        if self.cut { Slot::OPEN } else { Slot::ABSENT }
    }

    fn sum(&self, more: State) -> Slot {
        if self.cut && !self.non_negative {
            return Slot::OPEN;
        }
        match (self.form, self.sum) {
            (Values::Float, _) => Slot::float(self.float_sum, more),
            (_, Some(sum)) => Slot { bits: sum as u64, state: more },
            (_, None) => self.nothing(),
        }
    }

    fn extreme(&self, bits: u64, bound: State) -> Slot {
        if self.count == 0 {
            return self.nothing();
        }
        Slot { bits, state: if self.cut { bound } else { State::Exact } }
    }

    fn moment(&self, needed: u64, pick: fn(f64, f64) -> f64, context: &Context<'_>) -> Slot {
        if self.cut || self.count < needed {
            return self.nothing();
        }
        let count = self.count as f64;
        let mean = self.pivot + self.delta / count;
        let variance = (self.square - self.delta * self.delta / count) / (count - 1.0).max(1.0);
        let value = pick(mean, variance.max(0.0).sqrt());
        let scale = if self.form == Values::Money { context.tree.scale } else { 1.0 };
        Slot::float(value / scale, State::Exact)
    }

    fn countries(&self, context: &Context<'_>) -> Slot {
        let past = context.past;
        let since = past.now.millis().saturating_sub(past.retention_ms);
        let beyond = past.cut_countries.iter().filter(|(country, at)| {
            at.millis() > since && !self.distinct.contains(&u64::from(country.code()))
        });
        let bits = (self.distinct.len() + beyond.count()) as u64;
        Slot { bits, state: if past.knows_countries() { State::Exact } else { State::AtLeast } }
    }
}
