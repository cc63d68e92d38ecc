//! Splits an expression as written into the parts that have a value, and finds their nodes.
//!
//! The texts are taken from the expression as written, so that its author recognizes them. The
//! nodes are those that the checker recorded for each place. This module knows nothing about
//! transactions.

use super::super::check::Checker;
use super::super::diagnostics::Span;
use super::super::ir::{Charges, Id};
use super::super::outline::Outline;
use super::super::source::{Files, SourceText};
use super::super::syntax::{Kind, Node, Operator};
use std::collections::HashMap;
use std::ops::Range;

/// A parsed expression, with its text.
pub type Written<'w> = (&'w SourceText, &'w Node);

pub struct Outliner<'o, 'c> {
    checker: &'o Checker<'c>,
    features: HashMap<&'o str, Written<'o>>,
    /// `None` if one place has several nodes, as in the body of a macro over a literal list.
    places: HashMap<Span, Option<Id>>,
}

impl<'o, 'c> Outliner<'o, 'c> {
    /// `checker` must have checked everything without an error; `features` are those of `files`.
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

    /// The outlines of an expression in a message; none for a plain field.
    pub fn within(&self, (text, node): Written<'_>) -> Vec<Outline> {
        let mut found = self.at(text, node);
        found.retain(|outline| node.path().is_none() || !outline.parts.is_empty());
        found
    }

    fn outline(&self, text: String, node: &Node, parts: Vec<Outline>) -> Outline {
        Outline { text, node: self.node(node), is_definition: false, parts }
    }

    /// The typed node that the checker recorded.
    pub(super) fn node(&self, node: &Node) -> Option<Id> {
        self.places.get(&node.span).copied().flatten()
    }

    /// The outlines of the parts at or below a node that have a value for a transaction.
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

/// The direct parts of an expression; for `a && b && c`, all three operands.
fn children(node: &Node) -> Vec<&Node> {
    match &node.kind {
        Kind::Binary(operator @ (Operator::And | Operator::Or), ..) => node.chain(*operator),
        _ => node.parts(),
    }
}

/// The text of a node, on one line, with the parentheses at its ends, which its span leaves out.
fn words(text: &SourceText, node: &Node) -> String {
    let range = text.offset(node.span.start)..text.offset(node.span.end);
    let range = with_brackets(&text.value, range);
    let written = text.value.get(range).unwrap_or(&text.value);
    written.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Extends a range by the parentheses around it that match unbalanced ones inside.
fn with_brackets(text: &str, range: Range<usize>) -> Range<usize> {
    let (missing_before, missing_after) = unbalanced(text.get(range.clone()).unwrap_or(""));
    let before = text.get(..range.start).unwrap_or("").rmatch_indices('(');
    let after = text.get(range.end..).unwrap_or("").match_indices(')');
    let start = before.take(missing_before).last().map_or(range.start, |(at, _)| at);
    let end = after.take(missing_after).last().map_or(range.end, |(at, _)| range.end + at + 1);
    start..end
}

/// How many parentheses are closed but not opened, and how many are opened but not closed. Those in
/// strings do not count.
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
