//! Lays out what has to be computed as straight code: instructions that run one after the other, each
//! of which reads only nodes that those before it have computed.
//!
//! The operands of a node come before it. An operand that is not always needed, such as the second
//! one of an `&&`, is skipped where it is not.

use super::super::ir::{AggregateId, Comparison, Form, Id, Op, Output, Tree, children, flipped};
use super::super::types::Type;

/// A step of straight code.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Instruction {
    /// Computes a node from known ones.
    Compute(Id, Op),
    /// Computes a node that is a result of an aggregate.
    Result(Id, AggregateId, Output),
    /// Skips this many instructions if this is so of a node.
    Skip(Id, When, usize),
    /// Ends the run if this is so of a node.
    End(Id, When),
    /// Ends the run if a comparison of a node with a constant is false.
    EndUnless(Id, Form, Comparison, u64),
}

/// What is so of a node. Unless this is `Known`, the node is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    Known,
    True,
    False,
    NotTrue,
    NotFalse,
    NotAbsent,
}

/// How a node is computed for each charge that a macro visits. The code is for the outermost macro;
/// macros within it compute `nodes` by recursion.
#[derive(Debug)]
pub struct PerCharge {
    /// The nodes at and below it that change with the charge.
    pub nodes: Vec<Id>,
    /// Computes those that do not, once for all charges.
    pub once: Vec<Instruction>,
    /// Computes the others for a charge.
    pub each: Vec<Instruction>,
    /// What macros within this one may read, and must not read as computed for another charge.
    pub stale: Vec<Id>,
}

/// Code that computes these conjuncts until one is false.
pub fn of_conjuncts(tree: &Tree, conjuncts: &[Id], uses: &Uses) -> Vec<Instruction> {
    let mut layout = Layout::of(tree, |_| true, Some(uses));
    for conjunct in conjuncts {
        layout.add_conjunct(*conjunct);
    }
    layout.code
}

impl PerCharge {
    /// Code for a node over the charges of the outermost macro.
    pub fn of(tree: &Tree, node: Id, nodes: Vec<Id>) -> Self {
        let changes = |id: Id| !tree.node(id).charges.is_none();
        let mut once = Layout::of(tree, |id| !changes(id), None);
        for id in tree.operands_below(node).filter(|id| !changes(*id)) {
            once.add(id);
        }
        let mut each = Layout::of(tree, changes, None);
        each.add(node);
        let is_nested =
            |step: &Instruction| matches!(step, Instruction::Compute(_, Op::Nested(..)));
        let stale = if each.code.iter().any(is_nested) { nodes.clone() } else { Vec::new() };
        Self { nodes, once: once.code, each: each.code, stale }
    }
}

/// How often nodes are used: by conditions, by other nodes and by aggregates.
#[derive(Debug)]
pub struct Uses(Vec<usize>);

impl Uses {
    pub fn of(tree: &Tree, roots: impl Iterator<Item = Id>) -> Self {
        let mut uses = vec![0; tree.nodes.len()];
        let operands = tree.nodes.iter().flat_map(|node| children(node.op)).flatten();
        for id in roots.chain(operands) {
            uses.get_mut(id.index()).into_iter().for_each(|count| *count += 1);
        }
        Self(uses)
    }

    fn has_several(&self, id: Id) -> bool {
        self.0.get(id.index()).is_some_and(|count| *count > 1)
    }
}

struct Layout<'t, F> {
    tree: &'t Tree,
    /// Whether the code computes a node. The others are known.
    is_computed: F,
    /// If other code may have computed a node, it is not computed again.
    uses: Option<&'t Uses>,
    code: Vec<Instruction>,
    /// Nodes that are known at this point, whatever was skipped.
    known: Vec<Id>,
}

impl<'t, F: Fn(Id) -> bool> Layout<'t, F> {
    fn of(tree: &'t Tree, is_computed: F, uses: Option<&'t Uses>) -> Self {
        Self { tree, is_computed, uses, code: Vec::new(), known: Vec::new() }
    }

    /// Adds code that ends the run if a node is false.
    fn add_conjunct(&mut self, id: Id) {
        let constant = |id| match self.tree.op(id) {
            Op::Constant(bits) => Some(bits),
            _ => None,
        };
        let end = match self.tree.op(id) {
            Op::Not(a) => Instruction::End(a, When::True),
            Op::Compare(form, comparison, a, b) => match (constant(a), constant(b)) {
                (_, Some(bits)) => Instruction::EndUnless(a, form, comparison, bits),
                (Some(bits), _) => Instruction::EndUnless(b, form, flipped(comparison), bits),
                _ => Instruction::End(id, When::False),
            },
            _ => Instruction::End(id, When::False),
        };
        if let Instruction::End(read, _) | Instruction::EndUnless(read, ..) = end {
            self.add(read);
        }
        self.code.push(end);
    }

    /// Adds the code that computes a node.
    fn add(&mut self, id: Id) {
        let op = self.tree.op(id);
        if matches!(op, Op::Constant(_)) || !(self.is_computed)(id) || self.known.contains(&id) {
            return;
        }
        let (start, known) = (self.code.len(), self.known.len());
        match op {
            Op::And(a, b) => self.add_unless(a, When::False, b),
            Op::Or(a, b) => self.add_unless(a, When::True, b),
            Op::OrElse(a, b) if self.tree.ty(id) != Type::Text => {
                self.add_unless(a, When::NotAbsent, b);
            }
            Op::Choose(condition, a, b) if self.tree.ty(id) != Type::Text => {
                self.add_unless(condition, When::NotTrue, a);
                self.add_unless(condition, When::NotFalse, b);
            }
            _ => children(op).into_iter().flatten().for_each(|operand| self.add(operand)),
        }
        if self.tree.ty(id) == Type::Text {
            // A text is computed where it is read, from the values below it.
            return;
        }
        self.code.push(match op {
            Op::Result(aggregate, output) => Instruction::Result(id, aggregate, output),
            op => Instruction::Compute(id, op),
        });
        let added = self.code.len() - start;
        if added > 1 && self.uses.is_some_and(|uses| uses.has_several(id)) {
            self.code.insert(start, Instruction::Skip(id, When::Known, added));
            self.known.truncate(known);
        }
        self.known.push(id);
    }

    /// Adds a node, and another that is skipped in some cases.
    fn add_unless(&mut self, first: Id, when: When, second: Id) {
        self.add(first);
        let (start, known) = (self.code.len(), self.known.len());
        self.add(second);
        let added = self.code.len() - start;
        if added > 0 {
            self.code.insert(start, Instruction::Skip(first, when, added));
        }
        self.known.truncate(known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operand_is_skipped_where_it_is_not_needed_and_is_then_not_taken_as_known() {
        let mut tree = Tree::new(100.0, 256);
        let [a, b] = [Op::Field(0), Op::Field(1)].map(|op| tree.intern(op, Type::Bool));
        let both = tree.intern(Op::And(a, b), Type::Bool);
        let either = tree.intern(Op::Or(both, b), Type::Bool);
        let uses = Uses::of(&tree, [either].into_iter());
        let expected = [
            Instruction::Compute(a, Op::Field(0)),
            Instruction::Skip(a, When::False, 1),
            Instruction::Compute(b, Op::Field(1)),
            Instruction::Compute(both, Op::And(a, b)),
            Instruction::Skip(both, When::True, 1),
            Instruction::Compute(b, Op::Field(1)),
            Instruction::Compute(either, Op::Or(both, b)),
            Instruction::End(either, When::False),
        ];
        assert_eq!(of_conjuncts(&tree, &[either], &uses), expected);
    }

    #[test]
    fn what_several_conditions_use_is_skipped_if_it_is_known() {
        let mut tree = Tree::new(100.0, 256);
        let [a, b] = [Op::Field(0), Op::Field(1)].map(|op| tree.intern(op, Type::Bool));
        let both = tree.intern(Op::And(a, b), Type::Bool);
        let uses = Uses::of(&tree, [both, both].into_iter());
        let code = of_conjuncts(&tree, &[both], &uses);
        assert_eq!(code.first(), Some(&Instruction::Skip(both, When::Known, 4)));
        assert_eq!(code.len(), 6);
    }
}
