//! Warns about `!=` on a field that sources often leave out. If the field is absent, the comparison is
//! undecided, and not true as the author may expect.
//!
//! A macro skips a charge for which its predicate is undecided. Most macros also skip it if `has(…)`
//! makes the predicate false, so they need no warning. `all` is then false instead of perhaps true.

use super::super::super::diagnostics::Diagnostics;
use super::super::super::language::{GlobalFunction, Macro};
use super::super::super::syntax::{Kind, Node, Operator};
use super::input::Input;
use crate::transaction::Field;

pub fn lint(input: &Input<'_>, out: &mut Diagnostics) {
    let rules = input.rules.iter().flat_map(|rule| rule.when.into_iter().chain(rule.points));
    for node in input.features.iter().map(|(_, node)| *node).chain(rules) {
        // The error may be in the comparison itself.
        if out.has_error_in(node.span) {
            continue;
        }
        Search { asked: Vec::new(), charges: Vec::new(), out }.look(node);
    }
}

struct Search<'s> {
    /// Fields that are known to be present here, because of a `has(…)`.
    asked: Vec<String>,
    /// Variables of the enclosing `all` macros.
    charges: Vec<String>,
    out: &'s mut Diagnostics,
}

impl Search<'_> {
    fn look(&mut self, node: &Node) {
        let outer = self.asked.len();
        match &node.kind {
            Kind::Binary(Operator::NotEqual, a, b) => {
                [a, b].into_iter().for_each(|side| self.compared(node, side));
            }
            Kind::Binary(Operator::And, a, b) => {
                [a, b].into_iter().for_each(|part| self.known_where(part, true));
                [a, b].into_iter().for_each(|part| self.look(part));
            }
            Kind::Binary(Operator::Or, a, b) => {
                [a, b].into_iter().for_each(|part| self.known_where(part, false));
                [a, b].into_iter().for_each(|part| self.look(part));
            }
            Kind::Conditional(condition, a, b) => {
                self.look(condition);
                self.known_where(condition, true);
                self.look(a);
                self.asked.truncate(outer);
                self.known_where(condition, false);
                self.look(b);
            }
            Kind::Call { target: Some(target), name, arguments } => {
                self.look(target);
                if let (Some(Macro::All), [charge, predicate]) =
                    (Macro::named(name), arguments.as_slice())
                {
                    self.charges.extend(charge.path());
                    self.look(predicate);
                    self.charges.pop();
                }
            }
            _ => node.parts().into_iter().for_each(|part| self.look(part)),
        }
        self.asked.truncate(outer);
    }

    /// Records the fields that are present if the node evaluates to `truth`.
    fn known_where(&mut self, node: &Node, truth: bool) {
        match &node.kind {
            Kind::Not(operand) => self.known_where(operand, !truth),
            Kind::Binary(Operator::And, a, b) if truth => {
                [a, b].into_iter().for_each(|part| self.known_where(part, truth));
            }
            Kind::Binary(Operator::Or, a, b) if !truth => {
                [a, b].into_iter().for_each(|part| self.known_where(part, truth));
            }
            Kind::Call { target: None, name, arguments }
                if truth && GlobalFunction::named(name) == Some(GlobalFunction::Has) =>
            {
                self.asked.extend(arguments.iter().filter_map(field));
            }
            _ => {}
        }
    }

    fn compared(&mut self, node: &Node, side: &Node) {
        let Some(path) = field(side) else { return self.look(side) };
        if !self.is_often_absent(&path) || self.asked.contains(&path) {
            return;
        }
        let asked = if path.contains('.') { path.clone() } else { format!("tx.{path}") };
        self.out
            .warning("often-absent", node.span, format!("`{path}` is often absent"))
            .label("then this is neither true nor false")
            .help(format!("write `has({asked}) && {path} != …`"));
    }

    fn is_often_absent(&self, path: &str) -> bool {
        let charges = self.charges.iter().map(String::as_str).chain(["card.previous"]);
        let column = |charge: &str| path.strip_prefix(charge)?.strip_prefix('.');
        let mut rows = Field::ALL.iter().map(|field| field.row());
        let row = match charges.into_iter().find_map(column) {
            Some(column) => rows.find(|row| row.column == Some(column)),
            None => rows.find(|row| row.path == path && row.get.is_some()),
        };
        row.is_some_and(|row| row.is_often_absent)
    }
}

/// The path of a field, without `tx.`.
fn field(node: &Node) -> Option<String> {
    let path = node.path()?;
    Some(path.strip_prefix("tx.").map_or(path.clone(), str::to_owned))
}
