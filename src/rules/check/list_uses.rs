//! `… in list("name")`: what a named list is compared with.

use super::super::diagnostics::Span;
use super::super::fields::{COLUMNS, Column, FIELDS};
use super::super::lists::{EntryKind, ListUse, Lookup};
use super::super::tree::{Id, Op};
use super::super::types::Type;
use super::{Checker, article};

impl Checker<'_> {
    pub(super) fn in_named(&mut self, id: Id, list: u16, span: Span) -> Option<Id> {
        let kind = self.entry_kind(id);
        let (id, lookup) = match self.tree.ty(id) {
            Type::Text | Type::Code(_) => (self.as_text(id), Lookup::ByText),
            Type::Id(hash) => (id, Lookup::ByHash(hash)),
            ty => {
                self.error(span, format!("a list holds texts, and this is {}", article(ty)));
                return None;
            }
        };
        let field = self.field_name(id);
        let at = self.list_use(ListUse { list, kind, lookup, field }, span)?;
        let op = match lookup {
            Lookup::ByText => Op::TextInList(id, at),
            Lookup::ByHash(_) => Op::IdInList(id, at),
        };
        Some(self.tree.intern(op, Type::Bool))
    }

    /// The number of a use; the same for uses whose entries are the same.
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

    fn entry_kind(&self, id: Id) -> EntryKind {
        match (self.tree.op(id), self.tree.ty(id)) {
            (_, Type::Code(code)) | (Op::CodeText(code, _), _) => EntryKind::Code(code),
            (Op::Field(at), _) => FIELDS
                .get(usize::from(at))
                .map_or(EntryKind::Text, |field| kind_of_field(field.path)),
            (Op::Column(_, Column::Ip) | Op::PickedColumn(_, Column::Ip), _) => EntryKind::Ip,
            (_, Type::Id(_)) => EntryKind::Id,
            (Op::NumberText(ty, _), _) => EntryKind::Number(ty),
            (Op::OrElse(a, b) | Op::Choose(_, a, b), _) => match (self.tree.op(a), self.tree.op(b))
            {
                // What a literal equals is not known to be a form of the other side's.
                (Op::Literal(_), _) | (_, Op::Literal(_)) => EntryKind::Text,
                _ => self.entry_kind(a).or(self.entry_kind(b)),
            },
            _ => EntryKind::Text,
        }
    }

    /// As a person would name it.
    fn field_name(&self, id: Id) -> String {
        match self.tree.op(id) {
            Op::CodeText(_, code) => self.field_name(code),
            Op::Field(at) => {
                FIELDS.get(usize::from(at)).map_or_else(String::new, |field| field.path.to_owned())
            }
            Op::Column(_, column) | Op::PickedColumn(_, column) => {
                let known = COLUMNS.iter().find(|(_, known, _)| *known == column);
                known.map_or_else(String::new, |(path, ..)| (*path).to_owned())
            }
            _ => "what is compared with this list".to_owned(),
        }
    }
}

fn kind_of_field(path: &str) -> EntryKind {
    match path {
        "currency" => EntryKind::Currency,
        "card.last4" => EntryKind::Last4,
        "card.expiry" => EntryKind::Expiry,
        "card.brand" | "merchant.name" | "merchant.city" => EntryKind::Name,
        "device.ip" => EntryKind::Ip,
        _ => EntryKind::Id,
    }
}
