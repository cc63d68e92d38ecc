//! A rule as parsed, before it is checked.

use super::super::message::Template;
use super::super::source::RuleTable;
use super::super::syntax::Node;

/// A rule's expressions and message, parsed.
pub(super) struct Parsed<'f> {
    pub(in crate::rules) table: &'f RuleTable,
    pub(in crate::rules) when: Option<Node>,
    pub(in crate::rules) points: Option<Node>,
    pub(in crate::rules) message: Template,
}
