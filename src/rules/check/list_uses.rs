//! Checks `list("name")`, `… in list("name")` and `… in list("name", entry)`, and records what each
//! named list is compared with.

use super::super::diagnostics::{Span, nearest};
use super::super::ir::{Id, Op};
use super::super::lists::{ListUse, Lookup};
use super::super::syntax::{Kind, Node};
use super::super::types::Type;
use super::super::values::{ValueKind, field_name};
use super::checked_types::Checked;
use super::checker::{Checker, article};
use crate::decode::is_list_name;

impl Checker<'_> {
    pub(super) fn in_named(&mut self, id: Id, list: usize, span: Span) -> Option<Id> {
        let kind = ValueKind::of(&self.tree, id);
        let (id, lookup) = self.listed(id, span)?;
        let field = field_name(&self.tree, id);
        let at = self.list_use(ListUse { list, kind, lookup, field, entry: None }, span)?;
        let op = match lookup {
            Lookup::ByText => Op::TextInList(id, at),
            Lookup::ByHash(_) => Op::IdInList(id, at),
        };
        Some(self.tree.intern(op, Type::Bool))
    }

    pub(super) fn in_values_of(
        &mut self,
        id: Id,
        (list, entry): (usize, Id),
        span: Span,
    ) -> Option<Id> {
        let kind = ValueKind::of(&self.tree, id);
        let (id, lookup) = self.listed(id, span)?;
        let entry_kind = Some(ValueKind::of(&self.tree, entry));
        let of = ListUse { list, kind, lookup, field: None, entry: entry_kind };
        let at = self.list_use(of, span)?;
        Some(self.tree.intern(Op::InListValues(id, entry, at), Type::Bool))
    }

    /// A value in the form in which lists are looked up.
    fn listed(&mut self, id: Id, span: Span) -> Option<(Id, Lookup)> {
        match self.tree.ty(id) {
            Type::Text | Type::Code(_) => Some((self.as_text(id), Lookup::ByText)),
            Type::Id(hash) => Some((id, Lookup::ByHash(hash))),
            ty => {
                self.error(span, format!("a list holds texts, and this is {}", article(ty)));
                None
            }
        }
    }

    /// `list("name")`, or `list("name", entry)` with the entry.
    pub(super) fn named_list(&mut self, name: &Node, entry: Option<&Node>) -> Checked {
        if let Kind::Name(written) = &name.kind {
            self.error(name.span, "the name of a list must be in quotes")
                .help(format!("write `list(\"{written}\")`"));
            return Checked::Broken;
        }
        let literal = self.literal(name, "list(\"watched_merchants\")");
        let Some(at) = literal.and_then(|text| self.list_named(text, name.span)) else {
            return Checked::Broken;
        };
        let Some(node) = entry else { return Checked::Named(at) };
        let listed = self.value(node).and_then(|id| self.listed(id, node.span));
        listed.map_or(Checked::Broken, |(id, _)| Checked::ValuesOf(at, id))
    }

    /// The index of a list. One without a file has its entries in the lists topic.
    fn list_named(&mut self, name: &str, span: Span) -> Option<usize> {
        if let Some(at) = self.lists.iter().position(|known| known == name) {
            self.used_lists.insert(at);
            return Some(at);
        }
        let with_files = self.lists.iter().take(self.lists_with_files).map(String::as_str);
        let near = nearest(name, with_files).map(|near| format!("did you mean `{near}`?"));
        if !is_list_name(name) {
            let help = "name it under [lists]; in the lists topic, a name has only letters, digits, \
                        `_`, `-` and `.`";
            self.error(span, format!("there is no list `{name}`"))
                .help(near.unwrap_or_else(|| help.to_owned()));
            return None;
        }
        if let Some(near) = near {
            self.out
                .warning("near-list", span, format!("the list `{name}` has no file"))
                .label("only in the lists topic")
                .help(near);
        }
        self.topic_lists.push((name.to_owned(), span));
        self.lists.push(name.to_owned());
        Some(self.lists.len() - 1)
    }

    /// The index of a use. Uses that need the same entries share one index.
    fn list_use(&mut self, of: ListUse, span: Span) -> Option<u16> {
        let alike = |known: &ListUse| {
            (known.list, known.kind, known.lookup, known.entry)
                == (of.list, of.kind, of.lookup, of.entry)
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
