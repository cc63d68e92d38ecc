//! Describes the accumulator of each aggregate, before any value is added.

use super::super::ir::{Fold, Ranges, Tree, aggregate_children};
use super::super::language::Accumulation;
use super::super::types::Type;
use crate::number::NearestDouble;
use std::cmp::Ordering;

/// How to create the accumulator of an aggregate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blank {
    pub form: Values,
    /// Whether no value is negative, so that a sum can only grow.
    pub non_negative: bool,
    /// How many values it keeps at most, for which it reserves memory once.
    pub values_max: usize,
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

    pub fn number(self, bits: u64) -> f64 {
        match self {
            Values::Float => f64::from_bits(bits),
            Values::Whole | Values::Money => bits.cast_signed().nearest_double(),
        }
    }

    pub fn order(self, a: u64, b: u64) -> Ordering {
        match self {
            Values::Float => f64::from_bits(a).total_cmp(&f64::from_bits(b)),
            Values::Whole | Values::Money => a.cast_signed().cmp(&b.cast_signed()),
        }
    }
}

/// One per aggregate of the tree.
pub fn blanks(tree: &Tree) -> Vec<Blank> {
    let mut ranges = Ranges::of(tree);
    let blanks = tree.aggregates.iter().map(|aggregate| {
        let value = aggregate_children(aggregate)[1];
        let keeps_values = matches!(
            aggregate.fold,
            Fold::Distinct(_) | Fold::Accumulation(Accumulation::Sorted, _)
        );
        Blank {
            form: value.map_or(Values::Whole, |value| Values::of(tree.ty(value))),
            non_negative: value.is_some_and(|value| ranges.get(value).least >= 0.0),
            values_max: if keeps_values { tree.events_per_card } else { 0 },
        }
    });
    blanks.collect()
}
