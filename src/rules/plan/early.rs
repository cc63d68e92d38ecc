//! Plans what the transactions of a batch settle by themselves: the conjuncts that read no card.
//!
//! ```text
//! fields of a batch, a column each ─▶ conditions over the columns ─▶ the rules that are still open
//! ```

use super::super::ir::{Comparison, FIELDS, Form, Get, Id, Op, TextTest, Tree, flipped};
use super::super::types::Type;
use super::classes::{ClassRanges, Classes};

/// The conditions of all rules that need only the transaction, each once.
#[derive(Debug, Default)]
pub struct Early {
    pub columns: Vec<EarlyColumn>,
    /// Operands come before the conditions that they are operands of.
    pub conditions: Vec<Condition>,
}

/// A field that is read as a column.
#[derive(Debug)]
pub struct EarlyColumn {
    /// Index into [`FIELDS`].
    pub field: u16,
    /// What conditions on the field tell apart.
    pub classes: Classes,
}

/// A bool that is computed for all transactions of a batch at once.
#[derive(Debug)]
pub struct Condition {
    pub node: Id,
    pub test: EarlyTest,
}

/// How a condition is computed. Operands are indices into [`Early::conditions`], columns into
/// [`Early::columns`].
#[derive(Debug, PartialEq, Eq)]
pub enum EarlyTest {
    Constant(bool),
    Not(usize),
    And(usize, usize),
    Or(usize, usize),
    /// The second operand where the first is absent.
    OrElse(usize, usize),
    /// Whether a message has the field of a column.
    Has(usize),
    /// Whether a message has a text field, an index into [`FIELDS`].
    HasText(u16),
    /// Whether the value of a column is in one of these classes.
    Within(usize, ClassRanges),
    /// Two columns compared with each other.
    Compared(Form, Comparison, usize, usize),
    /// A text field, an index into [`FIELDS`], compared with a literal.
    Text(u16, TextTest, Id),
    /// Anything else, computed transaction by transaction.
    General,
}

/// A field compared with constants.
enum FieldTest<'t> {
    Compared(Form, Comparison, u64),
    Among(&'t [u64]),
}

/// Whether a node is computed without the transaction's card.
pub fn needs_no_card(tree: &Tree, id: Id) -> bool {
    !tree.operands_below(id).any(|id| match tree.op(id) {
        Op::Column(..)
        | Op::PickedColumn(..)
        | Op::FirstSeen
        | Op::Result(..)
        | Op::Nested(..)
        | Op::CutCountry(_) => true,
        // A card's token may change when its card is looked up.
        Op::Field(at) => FIELDS.get(usize::from(at)).is_none_or(|field| field.path == CARD_TOKEN),
        _ => false,
    })
}

const CARD_TOKEN: &str = "card.token";

impl Early {
    /// No condition yet, and the columns that conditions with these nodes read.
    pub fn of(tree: &Tree, nodes: impl Iterator<Item = Id>) -> Self {
        let mut columns: Vec<(u16, Form, Vec<u64>)> = Vec::new();
        let tested = nodes.flat_map(|id| tree.operands_below(id));
        for (field, test) in tested.filter_map(|id| field_test(tree, id)) {
            let form = match test {
                FieldTest::Compared(form, ..) => form,
                FieldTest::Among(_) => Form::Whole,
            };
            let known = columns.iter().position(|(known, ..)| *known == field);
            let at = known.unwrap_or_else(|| {
                columns.push((field, form, Vec::new()));
                columns.len() - 1
            });
            let Some((_, _, constants)) = columns.get_mut(at) else { continue };
            match test {
                FieldTest::Compared(_, _, constant) => constants.push(constant),
                FieldTest::Among(set) => constants.extend(set),
            }
        }
        let columns = columns.into_iter().map(|(field, form, constants)| EarlyColumn {
            field,
            classes: Classes::of(form, constants),
        });
        Self { columns: columns.collect(), conditions: Vec::new() }
    }

    /// Adds the condition of a node, and those of its operands. Returns its index.
    pub fn add(&mut self, tree: &Tree, node: Id) -> usize {
        if let Some(at) = self.conditions.iter().position(|condition| condition.node == node) {
            return at;
        }
        let test = match tree.op(node) {
            Op::Constant(bits) => EarlyTest::Constant(bits == 1),
            Op::Not(a) => EarlyTest::Not(self.add(tree, a)),
            Op::And(a, b) => EarlyTest::And(self.add(tree, a), self.add(tree, b)),
            Op::Or(a, b) => EarlyTest::Or(self.add(tree, a), self.add(tree, b)),
            Op::OrElse(a, b) => EarlyTest::OrElse(self.add(tree, a), self.add(tree, b)),
            _ => self.leaf(tree, node).unwrap_or(EarlyTest::General),
        };
        self.conditions.push(Condition { node, test });
        self.conditions.len() - 1
    }

    /// A test of fields, if there is one for the node.
    fn leaf(&mut self, tree: &Tree, node: Id) -> Option<EarlyTest> {
        if let Some((field, test)) = field_test(tree, node) {
            let at = self.column(field)?;
            let classes = &self.columns.get(at)?.classes;
            let within = match test {
                FieldTest::Compared(_, comparison, value) => classes.compared(comparison, value),
                FieldTest::Among(set) => classes.among(set),
            };
            return Some(EarlyTest::Within(at, within));
        }
        Some(match tree.op(node) {
            Op::Present(a) => match tree.op(a) {
                Op::Field(at) if has_bits(at) => EarlyTest::Has(self.column(at)?),
                Op::Field(at) => EarlyTest::HasText(at),
                _ => return None,
            },
            Op::Compare(form, comparison, a, b) => match (tree.op(a), tree.op(b)) {
                (Op::Field(a), Op::Field(b)) => {
                    EarlyTest::Compared(form, comparison, self.column(a)?, self.column(b)?)
                }
                _ => return None,
            },
            Op::Test(test, a, b) => match tree.op(a) {
                Op::Field(at) if tree.literal_text(b).is_some() => EarlyTest::Text(at, test, b),
                _ => return None,
            },
            _ => return None,
        })
    }

    /// The column of a field that has 64 bits.
    fn column(&mut self, field: u16) -> Option<usize> {
        if !has_bits(field) {
            return None;
        }
        let known = self.columns.iter().position(|column| column.field == field);
        Some(known.unwrap_or_else(|| {
            self.columns.push(EarlyColumn { field, classes: Classes::of(Form::Whole, Vec::new()) });
            self.columns.len() - 1
        }))
    }
}

/// The field that a node compares with constants, and how.
fn field_test(tree: &Tree, node: Id) -> Option<(u16, FieldTest<'_>)> {
    let field = |id| match tree.op(id) {
        Op::Field(field) if has_bits(field) => Some(field),
        _ => None,
    };
    Some(match tree.op(node) {
        Op::Field(_) if tree.ty(node) == Type::Bool => {
            (field(node)?, FieldTest::Compared(Form::Whole, Comparison::Equal, 1))
        }
        Op::InSet(a, set) if tree.ty(a) != Type::Double => {
            (field(a)?, FieldTest::Among(tree.sets.get(set as usize)?))
        }
        Op::Compare(form, comparison, a, b) => match (tree.op(a), tree.op(b)) {
            (_, Op::Constant(bits)) => (field(a)?, FieldTest::Compared(form, comparison, bits)),
            (Op::Constant(bits), _) => {
                (field(b)?, FieldTest::Compared(form, flipped(comparison), bits))
            }
            _ => return None,
        },
        _ => return None,
    })
}

fn has_bits(field: u16) -> bool {
    let get = FIELDS.get(usize::from(field)).map(|field| field.get);
    matches!(get, Some(Get::Bits(_)))
}
