//! Statistics: numbers that are computed from the values of a list.

use crate::number::NearestDouble;

/// A number computed from the values of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Statistic {
    Sum,
    Least,
    Greatest,
    Mean,
    Deviation,
    Percentile(Percent),
}

impl Statistic {
    /// What has to be gathered from the values to compute it.
    pub fn accumulation(self) -> Accumulation {
        match self {
            Statistic::Sum => Accumulation::Sum,
            Statistic::Least | Statistic::Greatest => Accumulation::Extremes,
            Statistic::Mean | Statistic::Deviation => Accumulation::Moments,
            Statistic::Percentile(_) => Accumulation::Sorted,
        }
    }

    /// The values that determine it; an alert shows their charges first.
    pub fn decisive_values(self) -> DecisiveValues {
        match self {
            Statistic::Sum | Statistic::Mean | Statistic::Deviation | Statistic::Percentile(_) => {
                DecisiveValues::All
            }
            Statistic::Least => DecisiveValues::Least,
            Statistic::Greatest => DecisiveValues::Greatest,
        }
    }

    /// How many values it needs at least; it is absent with fewer.
    pub fn values_min(self) -> u64 {
        match self {
            Statistic::Sum => 0,
            Statistic::Least | Statistic::Greatest | Statistic::Mean | Statistic::Percentile(_) => {
                1
            }
            Statistic::Deviation => 2,
        }
    }
}

/// Which of the values determine a statistic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecisiveValues {
    All,
    Least,
    Greatest,
}

/// What is gathered from the values. Statistics that gather the same share one pass over the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Accumulation {
    Sum,
    /// The least and the greatest value.
    Extremes,
    /// The sums of the values and of their squares.
    Moments,
    /// All values, sorted.
    Sorted,
}

/// The part of a macro's row that statistics have.
#[derive(Debug, Clone, Copy)]
pub struct StatisticMacro {
    pub choice: StatisticChoice,
    /// Whether reversed charges are left out if the values are amounts.
    pub excludes_reversed: bool,
}

/// Which statistic a macro gives.
#[derive(Debug, Clone, Copy)]
pub enum StatisticChoice {
    Always(Statistic),
    /// The percentile that the last argument names.
    AtPercent,
}

/// A number from 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Percent(u64);

impl Percent {
    pub const HALF: Self = Self(50.0_f64.to_bits());

    pub fn new(value: f64) -> Option<Self> {
        // Adding zero makes -0.0 equal to 0.0.
        (0.0..=100.0).contains(&value).then(|| Self((value + 0.0).to_bits()))
    }

    pub fn value(self) -> f64 {
        f64::from_bits(self.0)
    }

    /// The place among `count` sorted values, counted from 0. A place between two values is not whole.
    pub fn place(self, count: u64) -> f64 {
        self.value() * (count.nearest_double() - 1.0) / 100.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_is_from_0_to_100() {
        for (value, is_valid) in [
            (0.0, true),
            (-0.0, true),
            (99.9, true),
            (100.0, true),
            (-0.1, false),
            (100.5, false),
            (f64::NAN, false),
        ] {
            assert_eq!(Percent::new(value).is_some(), is_valid, "{value}");
        }
        assert_eq!(Percent::new(-0.0), Percent::new(0.0));
        assert_eq!(Percent::new(50.0), Some(Percent::HALF));
    }

    #[test]
    fn percentile_ranks_that_are_integers_are_exact() {
        for (percent, count, place) in
            [(50.0, 3, 1.0), (50.0, 4, 1.5), (90.0, 11, 9.0), (55.0, 21, 11.0), (100.0, 7, 6.0)]
        {
            assert_eq!(Percent::new(percent).unwrap().place(count), place, "{percent} of {count}");
        }
    }
}
