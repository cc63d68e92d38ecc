//! What an aggregate gathers from the charges that it selects, and what it says of them.

use super::super::tree::{Fold, Output};
use super::super::types::Type;
use super::compute::Context;
use super::slot::{Slot, State};

/// The running result of one aggregate.
#[derive(Debug, Clone, Default)]
pub struct Accumulator {
    /// Whether the window lost charges: then this is a lower bound.
    cut: bool,
    /// Of the values: how their bits are read.
    form: Values,
    pub count: u64,
    sum: Option<i64>,
    float_sum: f64,
    least: u64,
    greatest: u64,
    /// Moments run over differences from the first value, so that equal values deviate by exactly 0.
    pivot: f64,
    delta: f64,
    square: f64,
    /// Whether no value was below zero, so that a sum can only grow.
    grows: bool,
    distinct: Vec<u64>,
    picked: Option<u64>,
}

/// How the 64 bits of an aggregate's values are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Values {
    #[default]
    Whole,
    Float,
    /// Whole minor units, which mean and deviation give as decimals.
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
}

impl Accumulator {
    pub fn of(form: Values) -> Self {
        Self { form, ..Self::default() }
    }

    pub fn reset(&mut self, cut: bool) {
        self.cut = cut;
        self.count = 0;
        self.sum = Some(0);
        (self.float_sum, self.delta, self.square) = (0.0, 0.0, 0.0);
        self.grows = true;
        self.distinct.clear();
        self.picked = None;
    }

    /// Takes one value in; newest first.
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
            let value = f64::from_bits(bits);
            self.float_sum += value;
            self.grows &= value >= 0.0;
        } else {
            let value = bits as i64;
            self.sum = self.sum.and_then(|sum| sum.checked_add(value));
            self.grows &= value >= 0;
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

    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// The charge that is `age` before the newest is selected; newest first.
    pub fn pick(&mut self, fold: Fold, age: u64) {
        if fold == Fold::First || self.picked.is_none() {
            self.picked = Some(age);
        }
    }

    pub fn output(&self, output: Output, context: &Context<'_>) -> Slot {
        let more = if self.cut { State::AtLeast } else { State::Exact };
        match output {
            Output::Count => Slot { bits: self.count, state: more },
            Output::Exists if self.count > 0 => Slot::bool(true),
            Output::Exists => Slot::maybe((!self.cut).then_some(false)),
            Output::ExistsKnown => Slot::bool(self.count > 0),
            Output::ExistsOne if self.count > 1 => Slot::bool(false),
            Output::ExistsOne => Slot::maybe((!self.cut).then_some(self.count == 1)),
            Output::Sum => self.sum(more),
            Output::Least => self.extreme(self.least, State::AtMost),
            Output::Greatest => self.extreme(self.greatest, State::AtLeast),
            Output::Mean => self.moment(1, |mean, _| mean, context),
            Output::Deviation => self.moment(2, |_, deviation| deviation, context),
            Output::Distinct => Slot { bits: self.distinct.len() as u64, state: more },
            Output::DistinctCountries => self.countries(context),
            Output::Picked => Slot::of(self.picked),
        }
    }

    fn sum(&self, more: State) -> Slot {
        if self.cut && !self.grows {
            return Slot::ABSENT;
        }
        match (self.form, self.sum) {
            (Values::Float, _) => Slot::float(self.float_sum, more),
            (_, Some(sum)) => Slot { bits: sum as u64, state: more },
            (_, None) => Slot::ABSENT,
        }
    }

    fn extreme(&self, bits: u64, bound: State) -> Slot {
        if self.count == 0 {
            return Slot::ABSENT;
        }
        Slot { bits, state: if self.cut { bound } else { State::Exact } }
    }

    fn moment(&self, needed: u64, pick: fn(f64, f64) -> f64, context: &Context<'_>) -> Slot {
        if self.cut || self.count < needed {
            return Slot::ABSENT;
        }
        let count = self.count as f64;
        let mean = self.pivot + self.delta / count;
        let variance = (self.square - self.delta * self.delta / count) / (count - 1.0).max(1.0);
        let value = pick(mean, variance.max(0.0).sqrt());
        let scale = if self.form == Values::Money { context.scale } else { 1.0 };
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
