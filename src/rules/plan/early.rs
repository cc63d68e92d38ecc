//! Plans what the transactions of a batch settle by themselves: the conjuncts that read no card.
//!
//! ```text
//! fields of a batch, a column each ─▶ conditions over the columns ─▶ the rules that are still open
//! ```

use super::super::ir::{Comparison, FIELDS, Form, Get, Id, Op, TextTest, Tree, flipped};

/// The conditions of all rules that need only the transaction, each once.
#[derive(Debug, Default)]
pub struct Early {
    /// The fields that are read as columns, as indices into [`FIELDS`].
    pub columns: Vec<u16>,
    /// Operands come before the conditions that they are operands of.
    pub conditions: Vec<Condition>,
}

/// A bool that is computed for all transactions of a batch at once.
#[derive(Debug)]
pub struct Condition {
    pub node: Id,
    pub test: EarlyTest,
}

/// How a condition is computed. Operands are indices into [`Early::conditions`], columns into
/// [`Early::columns`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EarlyTest {
    Not(usize),
    And(usize, usize),
    Or(usize, usize),
    /// A bool field.
    Is(usize),
    /// Whether a message has the field.
    Has(usize),
    /// A field compared with a constant.
    Compared(usize, Form, Comparison, u64),
    /// Whether a set, an index into [`Tree::sets`], has the field's value.
    InSet(usize, u32),
    /// A text field, an index into [`FIELDS`], compared with a literal.
    Text(u16, TextTest, Id),
    /// Anything else, computed transaction by transaction.
    General,
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
    /// Adds the condition of a node, and those of its operands. Returns its index.
    pub fn add(&mut self, tree: &Tree, node: Id) -> usize {
        if let Some(at) = self.conditions.iter().position(|condition| condition.node == node) {
            return at;
        }
        let test = match tree.op(node) {
            Op::Not(a) => EarlyTest::Not(self.add(tree, a)),
            Op::And(a, b) => EarlyTest::And(self.add(tree, a), self.add(tree, b)),
            Op::Or(a, b) => EarlyTest::Or(self.add(tree, a), self.add(tree, b)),
            op => self.leaf(tree, op).unwrap_or(EarlyTest::General),
        };
        self.conditions.push(Condition { node, test });
        self.conditions.len() - 1
    }

    /// A test of one field, if there is one for the operation.
    fn leaf(&mut self, tree: &Tree, op: Op) -> Option<EarlyTest> {
        let constant = |id| match tree.op(id) {
            Op::Constant(bits) => Some(bits),
            _ => None,
        };
        Some(match op {
            Op::Field(_) => EarlyTest::Is(self.column(op)?),
            Op::Present(a) => EarlyTest::Has(self.column(tree.op(a))?),
            Op::InSet(a, set) => EarlyTest::InSet(self.column(tree.op(a))?, set),
            Op::Compare(form, comparison, a, b) => match (constant(a), constant(b)) {
                (None, Some(b)) => {
                    EarlyTest::Compared(self.column(tree.op(a))?, form, comparison, b)
                }
                (Some(a), None) => {
                    let column = self.column(tree.op(b))?;
                    EarlyTest::Compared(column, form, flipped(comparison), a)
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

    /// The column of a field that has 64 bits; `None` for any other operation.
    fn column(&mut self, op: Op) -> Option<usize> {
        let Op::Field(at) = op else { return None };
        let Get::Bits(_) = FIELDS.get(usize::from(at))?.get else { return None };
        let known = self.columns.iter().position(|column| *column == at);
        Some(known.unwrap_or_else(|| {
            self.columns.push(at);
            self.columns.len() - 1
        }))
    }
}
