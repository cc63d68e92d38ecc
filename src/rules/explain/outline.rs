//! A written expression taken apart: which of its parts have a value, and at which nodes.
//!
//! Made from the expression as written, so that a person finds their own words again, and from what
//! the checker made of each place. It knows nothing of any transaction.

use super::super::check::Checker;
use super::super::diagnostics::Span;
use super::super::source_map::SourceText;
use super::super::syntax::{Kind, Node, Operator};
use super::super::toml_schema::Files;
use super::super::tree::{Charges, Id};
use std::collections::HashMap;
use std::ops::Range;

/// A part of a written expression.
#[derive(Debug)]
pub struct Outline {
    /// As written, on one line.
    pub text: String,
    /// `None` for a list by its feature's name, which has no value of its own.
    pub node: Option<Id>,
    /// Whether it is what the name that it is a part of stands for.
    pub is_definition: bool,
    pub parts: Vec<Outline>,
}

/// The outlines of one rule.
#[derive(Debug)]
pub struct RuleOutline {
    pub when: Outline,
    /// Where they are an expression.
    pub points: Option<Outline>,
    /// What the message shows beside plain fields, which it says itself, and beside what stands above.
    pub message: Vec<Outline>,
}

/// An expression as written, with the text that it was read from.
pub type Written<'w> = (&'w SourceText, &'w Node);

pub struct Outliner<'o, 'c> {
    checker: &'o Checker<'c>,
    features: HashMap<&'o str, Written<'o>>,
    /// `None` where one place has several nodes: the body of a macro over a written-out list.
    places: HashMap<Span, Option<Id>>,
}

impl Outline {
    /// Whether that is written here or in a part.
    pub fn has(&self, text: &str) -> bool {
        self.text == text || self.parts.iter().any(|part| part.has(text))
    }

    /// The nodes of all parts.
    pub fn nodes(&self) -> Vec<Id> {
        let below = self.parts.iter().flat_map(Outline::nodes);
        self.node.into_iter().chain(below).collect()
    }
}

impl RuleOutline {
    pub fn nodes(&self) -> Vec<Id> {
        let others = self.points.iter().chain(&self.message).flat_map(Outline::nodes);
        self.when.nodes().into_iter().chain(others).collect()
    }
}

impl<'o, 'c> Outliner<'o, 'c> {
    /// `checker` has checked everything without an error; `features` are those of `files`.
    pub fn new(checker: &'o Checker<'c>, files: &'o Files, features: &'o [(String, Node)]) -> Self {
        let mut places = HashMap::new();
        for (span, id) in checker.places() {
            let known = places.entry(*span).or_insert(Some(*id));
            if *known != Some(*id) {
                *known = None;
            }
        }
        let text = |name: &str| files.features.iter().find(|(known, _)| known.value == name);
        let features = features
            .iter()
            .filter_map(|(name, node)| Some((name.as_str(), (text(name)?.1.as_ref()?, node))));
        Self { checker, features: features.collect(), places }
    }

    /// The outline of a whole expression.
    pub fn whole(&self, (text, node): Written<'_>) -> Outline {
        self.outline(words(text, node), node, self.below(text, node))
    }

    /// Those of an expression within a message; none of a plain field.
    pub fn within(&self, (text, node): Written<'_>) -> Vec<Outline> {
        let mut found = self.at(text, node);
        found.retain(|outline| node.path().is_none() || !outline.parts.is_empty());
        found
    }

    fn outline(&self, text: String, node: &Node, parts: Vec<Outline>) -> Outline {
        Outline { text, node: self.node(node), is_definition: false, parts }
    }

    /// What the checker made of it.
    fn node(&self, node: &Node) -> Option<Id> {
        self.places.get(&node.span).copied().flatten()
    }

    /// What has a value of this transaction at or below a node.
    fn at(&self, text: &SourceText, node: &Node) -> Vec<Outline> {
        if let Kind::Name(name) = &node.kind
            && let Some(written) = self.features.get(name.as_str())
        {
            let whole = self.whole(*written);
            let parts = vec![Outline { is_definition: true, ..whole }];
            return vec![self.outline(name.clone(), node, parts)];
        }
        let below = self.below(text, node);
        match self.node(node) {
            Some(id) if self.checker.tree.node(id).charges != Charges::NONE => below,
            Some(id) if !self.checker.needs_a_transaction(id) => Vec::new(),
            Some(_) => vec![self.outline(words(text, node), node, below)],
            None => below,
        }
    }

    fn below(&self, text: &SourceText, node: &Node) -> Vec<Outline> {
        children(node).into_iter().flat_map(|child| self.at(text, child)).collect()
    }
}

/// What an expression is made of; of `a && b && c`, all three.
fn children(node: &Node) -> Vec<&Node> {
    match &node.kind {
        Kind::Binary(operator @ (Operator::And | Operator::Or), a, b) => {
            let mut found = Vec::new();
            operands(*operator, a, &mut found);
            operands(*operator, b, &mut found);
            found
        }
        Kind::Select { operand: a, .. } | Kind::Not(a) | Kind::Negate(a) => vec![a],
        Kind::Binary(_, a, b) | Kind::Index(a, b) => vec![a, b],
        Kind::Conditional(a, b, c) => vec![a, b, c],
        Kind::Call { target, arguments, .. } => {
            target.as_deref().into_iter().chain(arguments).collect()
        }
        Kind::List(items) => items.iter().collect(),
        Kind::Bool(_)
        | Kind::Int(_)
        | Kind::Double(..)
        | Kind::Text(_)
        | Kind::Name(_)
        | Kind::LeftOut(_)
        | Kind::Wrong => Vec::new(),
    }
}

fn operands<'n>(operator: Operator, node: &'n Node, found: &mut Vec<&'n Node>) {
    match &node.kind {
        Kind::Binary(own, a, b) if *own == operator => {
            operands(operator, a, found);
            operands(operator, b, found);
        }
        _ => found.push(node),
    }
}

/// The text of a node, on one line. Its place leaves out the brackets at its ends.
fn words(text: &SourceText, node: &Node) -> String {
    let range = text.offset(node.span.start)..text.offset(node.span.end);
    let range = with_brackets(&text.value, range);
    let written = text.value.get(range).unwrap_or(&text.value);
    written.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The range with the brackets around it that close or open what stands in it.
fn with_brackets(text: &str, range: Range<usize>) -> Range<usize> {
    let (missing_before, missing_after) = unbalanced(text.get(range.clone()).unwrap_or(""));
    let before = text.get(..range.start).unwrap_or("").rmatch_indices('(');
    let after = text.get(range.end..).unwrap_or("").match_indices(')');
    let start = before.take(missing_before).last().map_or(range.start, |(at, _)| at);
    let end = after.take(missing_after).last().map_or(range.end, |(at, _)| range.end + at + 1);
    start..end
}

/// How many brackets are closed that were not opened, and opened that are not closed; those in
/// strings are none.
fn unbalanced(text: &str) -> (usize, usize) {
    let (mut missing, mut open, mut quote) = (0, 0, None);
    let mut escaped = false;
    for c in text.chars() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(mark), c) if mark == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(') => open += 1,
            (None, ')') if open == 0 => missing += 1,
            (None, ')') => open -= 1,
            (None, _) => {}
        }
    }
    (missing, open)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_brackets_at_the_ends_of_an_operation_belong_to_it() {
        for (text, part, expected) in [
            ("a && (b || c)", "a && (b || c", "a && (b || c)"),
            ("(a ? b : c) + d", "a ? b : c) + d", "(a ? b : c) + d"),
            ("x && ((a) || b) && y", "a) || b", "(a) || b"),
            ("!(a in b)", "!(a in b", "!(a in b)"),
            ("f(\"(\") && b", "f(\"(\") && b", "f(\"(\") && b"),
            ("a == \"\\\"(\"", "a == \"\\\"(\"", "a == \"\\\"(\""),
        ] {
            let start = text.find(part).unwrap();
            let range = with_brackets(text, start..start + part.len());
            assert_eq!(&text[range], expected);
        }
    }
}
