//! The parts of a rule's expressions that have a value, with their texts and nodes.

use super::ir::Id;

/// A part of a written expression.
#[derive(Debug)]
pub struct Outline {
    /// As written, on one line.
    pub text: String,
    /// `None` for a feature that is a list, which has no single value.
    pub node: Option<Id>,
    /// Whether this is the definition of the feature that its parent names.
    pub is_definition: bool,
    pub parts: Vec<Outline>,
}

/// The outlines of one rule.
#[derive(Debug)]
pub struct RuleOutline {
    pub when: Outline,
    /// `None` if the points are a fixed number.
    pub points: Option<Outline>,
    /// The parts of the message, except plain fields, which the message itself shows, and what
    /// `when` or `points` already show.
    pub message: Vec<Outline>,
}

impl Outline {
    /// Whether this outline or one of its parts has this text.
    pub fn has(&self, text: &str) -> bool {
        self.text == text || self.parts.iter().any(|part| part.has(text))
    }

    /// The nodes of this outline and all its parts.
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
