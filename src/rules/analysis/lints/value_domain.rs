//! Tracks the values that a node can still have, as more and more conditions are assumed to hold.
//!
//! Values are whole numbers in the order of the node's type. A double is represented by its position
//! in the order of all doubles, so its `<` and `<=` also differ by one.

use super::super::super::ir::{Column, Comparison, Form, Id, Op, Range, TextTest, Tree, flipped};
use super::super::super::types::Type;
use crate::number::i64_toward_zero;

/// Domains of up to this many values are searched value by value.
const FEW: i64 = 64;

/// Up to this, a double holds every whole number.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// What one condition requires of one node.
#[derive(Debug, Clone)]
pub struct Constraint {
    pub subject: Id,
    allowed: AllowedValues,
}

#[derive(Debug, Clone)]
enum AllowedValues {
    Between(i64, i64),
    Not(i64),
    Among(Vec<i64>),
    NoneOf(Vec<i64>),
}

/// The values that a node can still have.
#[derive(Debug, Clone)]
pub struct Domain {
    low: i64,
    high: i64,
    among: Option<Vec<i64>>,
    not: Vec<i64>,
}

impl Constraint {
    /// What must hold if the node is `truth`.
    pub fn of(tree: &Tree, id: Id, truth: bool) -> Self {
        let compared = match tree.op(id) {
            Op::Compare(form, comparison, a, b) => compared(tree, form, comparison, a, b, truth),
            Op::Test(TextTest::Equal, a, b) => equal_text(tree, a, b, truth),
            Op::Test(TextTest::NotEqual, a, b) => equal_text(tree, a, b, !truth),
            Op::InSet(a, set) => tree.sets.get(set as usize).map(|members| {
                let members = members.iter().map(|bits| (*bits).cast_signed()).collect();
                let allowed = if truth {
                    AllowedValues::Among(members)
                } else {
                    AllowedValues::NoneOf(members)
                };
                Constraint { subject: a, allowed }
            }),
            _ => None,
        };
        compared.unwrap_or_else(|| {
            let opposite = approved_instead(tree, id);
            let value = i64::from(truth != opposite.is_some());
            let allowed = AllowedValues::Between(value, value);
            Constraint { subject: opposite.unwrap_or(id), allowed }
        })
    }
}

/// For a node that is `declined` of a charge, the node of its `approved`, if the tree has one. A charge
/// is always one or the other.
fn approved_instead(tree: &Tree, id: Id) -> Option<Id> {
    let op = match tree.op(id) {
        Op::Column(depth, Column::Declined) => Op::Column(depth, Column::Approved),
        Op::PickedColumn(pick, Column::Declined) => Op::PickedColumn(pick, Column::Approved),
        _ => return None,
    };
    tree.find(op, Type::Bool)
}

fn compared(
    tree: &Tree,
    form: Form,
    comparison: Comparison,
    a: Id,
    b: Id,
    truth: bool,
) -> Option<Constraint> {
    let comparison = if truth { comparison } else { opposite(comparison) };
    let (subject, comparison, bits) = match (tree.op(a), tree.op(b)) {
        (Op::Constant(_), Op::Constant(_)) => return None,
        (_, Op::Constant(bits)) => (a, comparison, bits),
        (Op::Constant(bits), _) => (b, flipped(comparison), bits),
        _ => return None,
    };
    let at = place(form, bits);
    let allowed = match comparison {
        Comparison::Equal => AllowedValues::Between(at, at),
        Comparison::NotEqual => AllowedValues::Not(at),
        Comparison::Less => AllowedValues::Between(i64::MIN, at.checked_sub(1)?),
        Comparison::LessEqual => AllowedValues::Between(i64::MIN, at),
        Comparison::Greater => AllowedValues::Between(at.checked_add(1)?, i64::MAX),
        Comparison::GreaterEqual => AllowedValues::Between(at, i64::MAX),
    };
    Some(Constraint { subject, allowed })
}

/// A text is represented by the index of its literal.
fn equal_text(tree: &Tree, a: Id, b: Id, equal: bool) -> Option<Constraint> {
    let (subject, at) = match (tree.op(a), tree.op(b)) {
        (Op::Literal(_), Op::Literal(_)) => return None,
        (_, Op::Literal(at)) => (a, at),
        (Op::Literal(at), _) => (b, at),
        _ => return None,
    };
    let at = i64::from(at);
    Some(Constraint {
        subject,
        allowed: if equal { AllowedValues::Between(at, at) } else { AllowedValues::Not(at) },
    })
}

/// The comparison that is true exactly if this one is false.
pub fn opposite(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Equal => Comparison::NotEqual,
        Comparison::NotEqual => Comparison::Equal,
        Comparison::Less => Comparison::GreaterEqual,
        Comparison::LessEqual => Comparison::Greater,
        Comparison::Greater => Comparison::LessEqual,
        Comparison::GreaterEqual => Comparison::Less,
    }
}

fn place(form: Form, bits: u64) -> i64 {
    if form == Form::Whole {
        return bits.cast_signed();
    }
    // Negative and positive zero are equal.
    let bits = (f64::from_bits(bits) + 0.0).to_bits().cast_signed();
    if bits < 0 { i64::MIN.wrapping_sub(bits).wrapping_sub(1) } else { bits }
}

impl Domain {
    /// All values that a node of this type and range can have.
    pub fn of(ty: Type, range: Range) -> Self {
        let end = |value: f64, unknown: i64| match ty {
            // Beyond this, doubles skip whole numbers.
            _ if value.abs() > EXACT => unknown,
            Type::Double => place(Form::Float, value.to_bits()),
            _ => i64_toward_zero(value),
        };
        let (low, high) = match ty {
            Type::Bool => (0, 1),
            _ => (end(range.least, i64::MIN), end(range.greatest, i64::MAX)),
        };
        Self { low, high, among: None, not: Vec::new() }
    }

    /// Applies a constraint. Returns false if no value is left.
    pub fn narrow(&mut self, constraint: &Constraint) -> bool {
        match &constraint.allowed {
            AllowedValues::Between(low, high) => {
                (self.low, self.high) = (self.low.max(*low), self.high.min(*high));
            }
            AllowedValues::Not(value) => self.not.push(*value),
            AllowedValues::NoneOf(values) => self.not.extend(values),
            AllowedValues::Among(values) => {
                let both =
                    |value: &i64| self.among.as_ref().is_none_or(|known| known.contains(value));
                self.among = Some(values.iter().copied().filter(both).collect());
            }
        }
        !self.is_empty()
    }

    fn is_empty(&self) -> bool {
        let fits =
            |value: &i64| (self.low..=self.high).contains(value) && !self.not.contains(value);
        match &self.among {
            Some(values) => !values.iter().any(fits),
            None if self.low > self.high => true,
            None => {
                let few = self.high.checked_sub(self.low).is_some_and(|width| width < FEW);
                few && !(self.low..=self.high).any(|value| fits(&value))
            }
        }
    }
}
