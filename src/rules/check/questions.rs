//! Checks questions: expressions whose result is displayed. Unlike conditions, they may be of any type,
//! including lists and charges.

use super::super::diagnostics::Span;
use super::super::ir::{Id, needs_a_transaction};
use super::super::subject::Subject;
use super::super::syntax::Node;
use super::super::types::Type;
use super::checked_types::{Charge, Checked};
use super::checker::Checker;

impl Checker<'_> {
    /// The subject of an expression: what its answer displays.
    pub fn question(&mut self, node: &Node) -> Option<Subject> {
        let checked = self.check(node);
        if let Checked::Broken = checked {
            return None;
        }
        match self.subject(&checked) {
            Some(subject) => Some(subject),
            None => {
                self.error(node.span, "this cannot be shown: it is compared, not read")
                    .label("not a value to read")
                    .help("ids of remembered charges are hashes; ask whether they equal something");
                None
            }
        }
    }

    /// The subject of a feature; `None` if it cannot be displayed.
    pub fn feature_question(&mut self, name: &str, span: Span) -> Option<Subject> {
        let checked = self.feature(name, span);
        self.subject(&checked)
    }

    /// Reports an expression that needs a transaction, at the smallest part that needs it.
    pub fn must_be_constant(&mut self, node: &Node, subject: &Subject) {
        if !subject.nodes().iter().any(|id| self.needs_a_transaction(*id)) {
            return;
        }
        let within = |span: Span| {
            span.file == node.span.file
                && node.span.start <= span.start
                && span.end <= node.span.end
        };
        let places = self.places.iter().filter(|(span, _)| within(*span));
        let needy = places.filter(|(_, id)| self.needs_a_transaction(*id)).map(|(span, _)| *span);
        // The shortest place is the most specific.
        let span = needy.min_by_key(|span| (span.end - span.start, span.start));
        self.error(span.unwrap_or(node.span), "this needs a transaction, and there is none")
            .label("known of a transaction only")
            .help("name a file of transactions with `--input`");
    }

    /// Whether a value depends on the transaction.
    pub fn needs_a_transaction(&self, id: Id) -> bool {
        let tree = &self.tree;
        tree.operands_below(id).any(|id| needs_a_transaction(tree.op(id)))
    }

    fn subject(&mut self, checked: &Checked) -> Option<Subject> {
        match checked {
            Checked::Value(id) | Checked::Optional(id) => self.readable(*id).map(Subject::Value),
            Checked::Values(list) => {
                let all = list.items.iter().all(|item| self.readable(item.value).is_some());
                let items = list.items.iter().map(|item| (item.value, item.guard));
                all.then(|| Subject::Values(items.collect()))
            }
            Checked::Charges(list) => Some(Subject::Charges(self.count(*list))),
            Checked::Mapped(list, value) => {
                let value = self.readable(*value)?;
                Some(Subject::Each(self.count(*list), value))
            }
            Checked::Distinct(list, value) => {
                let value = self.readable(*value)?;
                Some(Subject::Different(self.count(*list), value))
            }
            Checked::Countries => {
                let column = self.country_column();
                let list = self.whole_past(None);
                Some(Subject::Countries(self.count(list), column))
            }
            Checked::Charge(Charge::Picked(pick)) => Some(Subject::Charge(*pick)),
            Checked::Charge(Charge::Current(_))
            | Checked::Named(_)
            | Checked::ValuesOf(..)
            | Checked::Broken => None,
        }
    }

    fn readable(&self, id: Id) -> Option<Id> {
        (!matches!(self.tree.ty(id), Type::Id(_))).then_some(id)
    }
}
