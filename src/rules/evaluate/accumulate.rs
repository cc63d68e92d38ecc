//! Gathers the values of the charges that an aggregate selects, and computes its results.

use super::super::ir::{Column, Fold, Id, Output};
use super::super::language::{Accumulation, Percent, Saturated, Statistic};
use super::super::plan::{Blank, PerCharge, Step, Value, Values};
use super::chunks::Block;
use super::context::Context;
use super::kernels::Masks;
use super::partial_value::{Slot, State};
use crate::memory::Event;
use crate::number::NearestDouble;

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
    /// Distinct values, or all values.
    values: Vec<u64>,
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

    fn candidates(self) -> u64 {
        self.selected | self.maybe_selected
    }
}

impl Accumulator {
    pub fn of(blank: &Blank) -> Self {
        let Blank { form, non_negative, values_max } = *blank;
        Self { form, non_negative, values: Vec::with_capacity(values_max), ..Self::default() }
    }

    pub fn reset(&mut self, cut: bool) {
        self.cut = cut;
        self.count = 0;
        self.sum = Some(0);
        (self.float_sum, self.delta, self.square) = (0.0, 0.0, 0.0);
        self.values.clear();
        (self.picked, self.pick_is_open) = (None, false);
    }

    /// Gathers nothing but a number of charges.
    pub fn set_count(&mut self, count: usize, cut: bool) {
        (self.count, self.cut) = (count as u64, cut);
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
            Fold::Accumulation(Accumulation::Sum, _) => self.add_sum(bits),
            Fold::Accumulation(Accumulation::Extremes, _) => self.add_extreme(bits),
            Fold::Accumulation(Accumulation::Moments, _) => self.add_moment(bits),
            Fold::Accumulation(Accumulation::Sorted, _) => self.values.push(bits),
            Fold::Distinct(_) => {
                if !self.values.contains(&bits) {
                    self.values.push(bits);
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
            self.sum = self.sum.and_then(|sum| sum.checked_add(bits.cast_signed()));
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
            let value = bits.cast_signed();
            self.least = self.least.cast_signed().min(value).cast_unsigned();
            self.greatest = self.greatest.cast_signed().max(value).cast_unsigned();
        }
    }

    fn add_moment(&mut self, bits: u64) {
        let value = self.form.number(bits);
        if self.count == 0 {
            self.pivot = value;
        }
        let delta = value - self.pivot;
        self.delta += delta;
        self.square += delta * delta;
    }

    /// Adds the chosen charges of a block. Blocks come newest first. `value` computes a node for a
    /// charge by its code.
    #[inline]
    pub fn gather<'e>(
        &mut self,
        step: &Step,
        chosen: Chosen,
        block: Block<'e>,
        value: impl Fn(&'e Event, Id, &PerCharge) -> Slot,
    ) {
        let fold = step.fold;
        match fold {
            Fold::First => return self.pick_first(chosen, block),
            Fold::Latest => return self.pick_latest(chosen, block),
            Fold::Count | Fold::Distinct(_) | Fold::Accumulation(..) => {}
        }
        if chosen.maybe_selected != 0 {
            self.mark_incomplete();
        }
        let events = block.newest_first(chosen.selected);
        match &step.value {
            Value::None => self.count += u64::from(chosen.selected.count_ones()),
            // The most common column has separate loops.
            Value::Column(Column::Amount) => self
                .add_all(fold, events.filter_map(|event| event.amount().map(i64::cast_unsigned))),
            Value::Column(column) => {
                self.add_all(fold, events.filter_map(|event| column.get(event)));
            }
            Value::Node(id, code) => {
                events.for_each(|event| self.add_slot(fold, value(event, *id, code)))
            }
        }
    }

    /// Adds values, which come newest first. The folds over many values have their own loops.
    #[inline]
    fn add_all(&mut self, fold: Fold, values: impl Iterator<Item = u64>) {
        match fold {
            Fold::Accumulation(Accumulation::Moments, _) => values.for_each(|bits| {
                self.add_moment(bits);
                self.count += 1;
            }),
            Fold::Accumulation(Accumulation::Extremes, _) => values.for_each(|bits| {
                self.add_extreme(bits);
                self.count += 1;
            }),
            _ => values.for_each(|bits| self.add(fold, bits)),
        }
    }

    fn pick_first(&mut self, chosen: Chosen, block: Block<'_>) {
        let candidates = chosen.candidates();
        if candidates != 0 && !self.cut {
            self.pick(candidates.trailing_zeros(), chosen, block);
        }
    }

    fn pick_latest(&mut self, chosen: Chosen, block: Block<'_>) {
        let candidates = chosen.candidates();
        if candidates != 0 && self.picked.is_none() && !self.pick_is_open {
            self.pick(u64::BITS - 1 - candidates.leading_zeros(), chosen, block);
        }
    }

    fn pick(&mut self, at: u32, chosen: Chosen, block: Block<'_>) {
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
            Output::Statistic(statistic) => self.statistic(statistic, context),
            Output::Distinct => Slot { bits: self.values.len() as u64, state: more },
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

    /// A statistic; a bound, or open, if charges may be missing.
    fn statistic(&self, statistic: Statistic, context: &Context<'_>) -> Slot {
        let known = match self.count < statistic.values_min() {
            true => Slot::ABSENT,
            false => self.known_statistic(statistic, context),
        };
        if !self.cut {
            return known;
        }
        let bound = |state| if known.is_present() { Slot { state, ..known } } else { Slot::OPEN };
        match statistic.row().saturated {
            Saturated::LowerBound => bound(State::AtLeast),
            Saturated::LowerBoundIfNoneIsNegative if self.non_negative => bound(State::AtLeast),
            Saturated::UpperBound => bound(State::AtMost),
            Saturated::LowerBoundIfNoneIsNegative
            | Saturated::Unknown
            | Saturated::TrueIfOneMatches
            | Saturated::FalseIfOneFails
            | Saturated::FalseIfTwoMatch
            | Saturated::NewestKnown
            | Saturated::KnownPart => Slot::OPEN,
        }
    }

    /// A statistic of the known values, of which there are enough.
    fn known_statistic(&self, statistic: Statistic, context: &Context<'_>) -> Slot {
        match statistic {
            Statistic::Sum if self.form == Values::Float => {
                Slot::float(self.float_sum, State::Exact)
            }
            Statistic::Sum => Slot::of(self.sum.map(|sum| sum.cast_unsigned())),
            Statistic::Least => Slot::exact(self.least),
            Statistic::Greatest => Slot::exact(self.greatest),
            Statistic::Mean => self.in_units(self.mean(), context),
            Statistic::Deviation => self.in_units(self.deviation(), context),
            Statistic::Percentile(percent) => self.in_units(self.percentile(percent), context),
        }
    }

    /// A decimal; minor units are converted.
    fn in_units(&self, value: f64, context: &Context<'_>) -> Slot {
        let scale = if self.form == Values::Money { context.tree.scale } else { 1.0 };
        Slot::float(value / scale, State::Exact)
    }

    fn mean(&self) -> f64 {
        self.pivot + self.delta / self.count.nearest_double()
    }

    fn deviation(&self) -> f64 {
        let count = self.count.nearest_double();
        let variance = (self.square - self.delta * self.delta / count) / (count - 1.0).max(1.0);
        variance.max(0.0).sqrt()
    }

    /// Interpolates between the two sorted values around a place.
    fn percentile(&self, percent: Percent) -> f64 {
        let place = percent.place(self.values.len() as u64);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the whole part of a place among the values, which is not negative"
        )]
        let value = |at: f64| self.values.get(at as usize).map(|bits| self.form.number(*bits));
        let Some(below) = value(place) else { return f64::NAN };
        let above = value(place + 1.0).unwrap_or(below);
        below + (above - below) * place.fract()
    }

    /// Sorts the values, once all are added.
    pub fn sort(&mut self) {
        let form = self.form;
        self.values.sort_unstable_by(|a, b| form.order(*a, *b));
    }

    fn countries(&self, context: &Context<'_>) -> Slot {
        let past = context.past;
        let since = past.now.millis().saturating_sub(past.retention_ms);
        let beyond = past.cut_countries.iter().filter(|(country, at)| {
            at.millis() > since && !self.values.contains(&u64::from(country.code()))
        });
        let bits = (self.values.len() + beyond.count()) as u64;
        Slot { bits, state: if past.knows_countries() { State::Exact } else { State::AtLeast } }
    }
}
