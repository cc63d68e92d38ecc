//! An expression as written: a tree with places. It knows nothing about the parser.

use super::super::diagnostics::Span;
use cel::common::ast::operators;

/// The name of `null` in [`Kind::Unsupported`].
pub const NULL: &str = "null";

/// An expression as written.
#[derive(Debug, Clone)]
pub struct Node {
    pub kind: Kind,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub enum Kind {
    Bool(bool),
    Int(i64),
    /// With its digits as written.
    Double(f64, String),
    Text(String),
    Name(String),
    /// `operand.field`, or `operand.?field`.
    Select {
        operand: Box<Node>,
        field: String,
        optional: bool,
    },
    /// `name(arguments)`, or `target.name(arguments)`.
    Call {
        target: Option<Box<Node>>,
        name: String,
        arguments: Vec<Node>,
    },
    Not(Box<Node>),
    Negate(Box<Node>),
    Binary(Operator, Box<Node>, Box<Node>),
    Conditional(Box<Node>, Box<Node>, Box<Node>),
    List(Vec<Node>),
    /// `list[index]`
    Index(Box<Node>, Box<Node>),
    /// A part of CEL that the language leaves out, by its name.
    Unsupported(&'static str),
    /// An invalid expression, which is already reported.
    Invalid,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    And,
    Or,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    In,
}

impl Operator {
    const NAMES: [(&'static str, Operator); 14] = [
        (operators::LOGICAL_AND, Operator::And),
        (operators::LOGICAL_OR, Operator::Or),
        (operators::EQUALS, Operator::Equal),
        (operators::NOT_EQUALS, Operator::NotEqual),
        (operators::LESS, Operator::Less),
        (operators::LESS_EQUALS, Operator::LessEqual),
        (operators::GREATER, Operator::Greater),
        (operators::GREATER_EQUALS, Operator::GreaterEqual),
        (operators::ADD, Operator::Add),
        (operators::SUBSTRACT, Operator::Subtract),
        (operators::MULTIPLY, Operator::Multiply),
        (operators::DIVIDE, Operator::Divide),
        (operators::MODULO, Operator::Remainder),
        (operators::IN, Operator::In),
    ];

    pub(super) fn of(function: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(name, _)| *name == function).map(|(_, operator)| *operator)
    }
}

impl Node {
    /// Its direct subexpressions.
    pub fn parts(&self) -> Vec<&Node> {
        match &self.kind {
            Kind::Bool(_)
            | Kind::Int(_)
            | Kind::Double(..)
            | Kind::Text(_)
            | Kind::Name(_)
            | Kind::Unsupported(_)
            | Kind::Invalid => Vec::new(),
            Kind::Select { operand: a, .. } | Kind::Not(a) | Kind::Negate(a) => vec![a],
            Kind::Call { target, arguments, .. } => {
                target.iter().map(|target| &**target).chain(arguments).collect()
            }
            Kind::Binary(_, a, b) | Kind::Index(a, b) => vec![a, b],
            Kind::Conditional(a, b, c) => vec![a, b, c],
            Kind::List(items) => items.iter().collect(),
        }
    }

    /// This node and everything below it: a node before its parts, and parts from left to right.
    pub fn walk(&self) -> impl Iterator<Item = &Node> {
        let mut open = vec![self];
        std::iter::from_fn(move || {
            let node = open.pop()?;
            open.extend(node.parts().into_iter().rev());
            Some(node)
        })
    }

    /// The operands of a chain of one operator, whatever its parentheses, from left to right: all three
    /// for `a && (b && c)`. The node itself if it is another operation.
    pub fn chain(&self, operator: Operator) -> Vec<&Node> {
        let (mut open, mut found) = (vec![self], Vec::new());
        while let Some(node) = open.pop() {
            match &node.kind {
                Kind::Binary(own, a, b) if *own == operator => open.extend([&**b, &**a]),
                _ => found.push(node),
            }
        }
        found
    }

    /// The dotted name that this node is, if it is one and has no `.?`.
    pub fn path(&self) -> Option<String> {
        match &self.kind {
            Kind::Name(name) => Some(name.clone()),
            Kind::Select { operand, field, optional: false } => {
                Some(format!("{}.{field}", operand.path()?))
            }
            _ => None,
        }
    }
}
