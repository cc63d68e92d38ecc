//! Divides the values of a field into classes that conditions do not tell apart.
//!
//! The constants that conditions compare a field with divide its values: below the first constant, equal
//! to it, between it and the second, and so on. A comparison with one of the constants is true for
//! whole classes, and so is a set of them. So one look-up per transaction and field tells the outcome
//! of all conditions on the field.

use super::super::ir::{Comparison, Form};
use std::cmp::Ordering;
use std::iter;
use std::ops::Range;

/// The codes of enumerations, countries and categories are below this.
const TABLE_MAX: u64 = 10_000;

/// The classes of a field's values. Class `2i + 1` is equal to constant `i`; class `2i` is below it,
/// and above the constant before.
#[derive(Debug)]
pub struct Classes {
    /// Ascending, each once.
    constants: Vec<u64>,
    form: Form,
    /// The classes of 0, 1, … up to the greatest constant, if all constants are small.
    table: Vec<u16>,
}

/// The classes for which a condition is true.
pub type ClassRanges = Vec<Range<usize>>;

impl Classes {
    /// The classes that these constants divide values into. All are of the same form.
    pub fn of(form: Form, mut constants: Vec<u64>) -> Self {
        constants.sort_by(|a, b| order(form, *a, *b));
        constants.dedup_by(|a, b| order(form, *a, *b) == Ordering::Equal);
        let mut classes = Self { constants, form, table: Vec::new() };
        let is_small = form == Form::Whole && classes.constants.iter().all(|c| *c < TABLE_MAX);
        if let (true, Some(greatest)) = (is_small, classes.constants.last()) {
            let table = (0..=*greatest).map(|bits| u16::try_from(classes.search(bits)));
            classes.table = table.collect::<Result<_, _>>().unwrap_or_default();
        }
        classes
    }

    /// How many classes there are.
    pub fn count(&self) -> usize {
        2 * self.constants.len() + 1
    }

    /// The class of a value.
    #[inline]
    pub fn class_of(&self, bits: u64) -> usize {
        let at = usize::try_from(bits).unwrap_or(usize::MAX);
        match self.table.get(at) {
            Some(class) => usize::from(*class),
            None => self.search(bits),
        }
    }

    fn search(&self, bits: u64) -> usize {
        let order_of = |constant: &u64| order(self.form, *constant, bits);
        let at = self.constants.partition_point(|constant| order_of(constant).is_lt());
        let is_equal = self.constants.get(at).is_some_and(|constant| order_of(constant).is_eq());
        2 * at + usize::from(is_equal)
    }

    /// The classes whose values compare so with a constant.
    pub fn compared(&self, comparison: Comparison, constant: u64) -> ClassRanges {
        let (at, end) = (self.search(constant), self.count());
        let one = |range| iter::once(range).collect();
        match comparison {
            Comparison::Equal => one(at..at + 1),
            Comparison::NotEqual => vec![0..at, at + 1..end],
            Comparison::Less => one(0..at),
            Comparison::LessEqual => one(0..at + 1),
            Comparison::Greater => one(at + 1..end),
            Comparison::GreaterEqual => one(at..end),
        }
    }

    /// The classes that are equal to one of these constants.
    pub fn among(&self, constants: &[u64]) -> ClassRanges {
        constants.iter().map(|c| self.search(*c)).map(|at| at..at + 1).collect()
    }
}

/// No field of a message is NaN.
fn order(form: Form, a: u64, b: u64) -> Ordering {
    match form {
        Form::Whole => a.cast_signed().cmp(&b.cast_signed()),
        Form::Float => f64::from_bits(a).partial_cmp(&f64::from_bits(b)).unwrap_or(Ordering::Equal),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::ir::Comparison::*;
    use super::*;

    fn holds(comparison: Comparison, order: Ordering) -> bool {
        match comparison {
            Equal => order.is_eq(),
            NotEqual => order.is_ne(),
            Less => order.is_lt(),
            LessEqual => order.is_le(),
            Greater => order.is_gt(),
            GreaterEqual => order.is_ge(),
        }
    }

    fn check(form: Form, constants: &[u64], values: &[u64]) {
        let classes = Classes::of(form, constants.to_vec());
        let is_in = |ranges: &ClassRanges, value| {
            ranges.iter().any(|range| range.contains(&classes.class_of(value)))
        };
        for value in values {
            assert!(classes.class_of(*value) < classes.count());
            for constant in constants {
                for comparison in [Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual] {
                    assert_eq!(
                        is_in(&classes.compared(comparison, *constant), *value),
                        holds(comparison, order(form, *value, *constant)),
                        "{value} {comparison:?} {constant}, of {constants:?}"
                    );
                }
            }
            let is_one = constants.iter().any(|constant| order(form, *value, *constant).is_eq());
            assert_eq!(is_in(&classes.among(constants), *value), is_one, "{value}");
        }
    }

    #[test]
    fn a_comparison_holds_for_whole_classes() {
        let whole = |values: &[i64]| values.iter().map(|v| v.cast_unsigned()).collect::<Vec<_>>();
        let float = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        let values = whole(&[i64::MIN, -1, 0, 1, 2, 3, 4, 5, 6, 7, 7995, 20_000, i64::MAX]);
        check(Form::Whole, &[], &values);
        check(Form::Whole, &whole(&[1]), &values);
        check(Form::Whole, &whole(&[5, 2, 2, 7995, 6]), &values);
        check(Form::Whole, &whole(&[-1, 4, 20_000]), &values);
        let decimals = float(&[-1.5, -0.0, 0.0, 0.5, 1.0, 1e300]);
        check(Form::Float, &float(&[0.0, 1.0, 0.5]), &decimals);
    }
}
