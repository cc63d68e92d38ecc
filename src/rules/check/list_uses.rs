//! Checks `… in list("name")`, and records what each named list is compared with.

use super::super::diagnostics::Span;
use super::super::ir::{Id, Op};
use super::super::lists::{ListUse, Lookup};
use super::super::types::Type;
use super::super::values::{ValueKind, field_name};
use super::checker::{Checker, article};

impl Checker<'_> {
    pub(super) fn in_named(&mut self, id: Id, list: usize, span: Span) -> Option<Id> {
        let kind = ValueKind::of(&self.tree, id);
        let (id, lookup) = match self.tree.ty(id) {
            Type::Text | Type::Code(_) => (self.as_text(id), Lookup::ByText),
            Type::Id(hash) => (id, Lookup::ByHash(hash)),
            ty => {
                self.error(span, format!("a list holds texts, and this is {}", article(ty)));
                return None;
            }
        };
        let field = field_name(&self.tree, id);
        let at = self.list_use(ListUse { list, kind, lookup, field }, span)?;
        let op = match lookup {
            Lookup::ByText => Op::TextInList(id, at),
            Lookup::ByHash(_) => Op::IdInList(id, at),
        };
        Some(self.tree.intern(op, Type::Bool))
    }

    /// The index of a use. Uses that need the same entries share one index.
    fn list_use(&mut self, of: ListUse, span: Span) -> Option<u16> {
        let alike = |known: &ListUse| {
            (known.list, known.kind, known.lookup) == (of.list, of.kind, of.lookup)
        };
        let at = self.list_uses.iter().position(alike).unwrap_or_else(|| {
            self.list_uses.push(of);
            self.list_uses.len() - 1
        });
        let at = u16::try_from(at).ok();
        if at.is_none() {
            self.error(span, "this ruleset asks more lists than it can");
        }
        at
    }
}
