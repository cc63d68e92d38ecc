//! Checks `in`: whether a list contains a value.

use super::super::diagnostics::Span;
use super::super::ir::{Comparison, Form, Id, Op};
use super::super::syntax::{Kind, Node};
use super::super::types::{Code, Type};
use super::checked_types::{Checked, LiteralList};
use super::checker::{Checker, article};
use super::foreign_calls::written;

impl Checker<'_> {
    pub(super) fn membership(&mut self, item: &Node, list: &Node) -> Option<Id> {
        let id = self.value(item);
        let checked = self.check(list);
        let id = id?;
        match checked {
            Checked::Values(written) if self.is_plain(&written) => {
                let found = self.in_values(id, item, &written, list)?;
                Some(self.absent_unless_complete(&written, found))
            }
            Checked::Values(written) => self.in_list(id, &written, list.span),
            Checked::Named(at) => self.in_named(id, at, item.span),
            Checked::ValuesOf(at, entry) => self.in_values_of(id, (at, entry), item.span),
            Checked::Countries => self.in_country_list(id, item, list),
            Checked::Mapped(mapped, value) | Checked::Distinct(mapped, value) => {
                let same = self.same(value, id, item.span)?;
                let found = self.exists(mapped, same);
                Some(self.absent_unless_present(id, found))
            }
            Checked::Broken => None,
            Checked::Value(_) if let Kind::Text(text) = &list.kind => {
                self.not_a_list(item, text, list.span);
                None
            }
            Checked::Value(within) if self.tree.ty(within).is_text() => {
                let help = format!("write `{}.contains({})`", written(list), written(item));
                self.error(list.span, "`in` does not search within a string").help(help);
                None
            }
            _ => {
                self.error(list.span, "`in` needs a list of values on its right")
                    .help("as in `merchant.country in [\"RU\", \"NG\"]`, `… in list(\"name\")` or `… in card.last(\"1h\").map(t, t.merchant.country)`");
                None
            }
        }
    }

    /// Reports `merchant.country in "DK"`. The string may be the name of a list.
    fn not_a_list(&mut self, item: &Node, text: &str, span: Span) {
        let item = written(item);
        let help = match self.lists.iter().any(|list| list == text) {
            true => format!("write `{item} in list(\"{text}\")`"),
            false => format!("write `{item} in [\"{text}\"]`"),
        };
        self.error(span, "`in` needs a list of values on its right").help(help);
    }

    fn in_country_list(&mut self, id: Id, item: &Node, list: &Node) -> Option<Id> {
        match self.tree.ty(id) {
            Type::Code(Code::Country) => Some(self.in_countries(id)),
            Type::Text if self.coded(Code::Country, id).is_some() => {
                let country = self.coded(Code::Country, id)?;
                Some(self.in_countries(country))
            }
            ty => {
                self.error(
                    item.span.to(list.span),
                    format!("`card.countries` holds countries, not {}", article(ty)),
                )
                .help("compare a country with it, as in `merchant.country in card.countries`");
                None
            }
        }
    }

    fn in_values(&mut self, id: Id, item: &Node, values: &LiteralList, list: &Node) -> Option<Id> {
        let mut found = None;
        let mut constants = Vec::new();
        for member in &values.items {
            let (item, member) = ((id, item.span), (member.value, member.span));
            let same = self.compare(Comparison::Equal, item, member, list.span)?;
            match self.tree.op(same) {
                Op::Compare(Form::Whole, _, subject, constant)
                    if subject == id && matches!(self.tree.op(constant), Op::Constant(_)) =>
                {
                    let Op::Constant(bits) = self.tree.op(constant) else { continue };
                    constants.push(bits);
                }
                _ => found = Some(found.map_or(same, |found| self.logic(false, found, same))),
            }
        }
        if !constants.is_empty() {
            let set = self.tree.set(constants);
            let among = self.tree.intern(Op::InSet(id, set), Type::Bool);
            found = Some(found.map_or(among, |found| self.logic(false, among, found)));
        }
        Some(found.unwrap_or_else(|| self.tree.constant(0, Type::Bool)))
    }
}
