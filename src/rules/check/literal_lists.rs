//! Checks literal lists, and expands their macros for each item. No list is built: each item is a node
//! of the tree, with its own condition once the list has been filtered.
//!
//! As in CEL, a list with an absent item is itself absent.

use super::super::diagnostics::Span;
use super::super::ir::{Id, Op};
use super::super::language::{ListMacro, PlainMacro, Quantifier};
use super::super::syntax::Node;
use super::super::types::Type;
use super::checked_types::{Checked, Item, LiteralList};
use super::checker::Checker;
use super::macros::{Body, EachCall, EachResult};

/// How many macro bodies a ruleset may expand to over literal lists.
const UNROLLED_MAX: usize = 10_000;

impl Checker<'_> {
    pub(super) fn list_literal(&mut self, nodes: &[Node], span: Span) -> Checked {
        let values: Vec<Option<Id>> = nodes.iter().map(|node| self.value(node)).collect();
        let Some(values) = values.into_iter().collect::<Option<Vec<Id>>>() else {
            return Checked::Broken;
        };
        match self.unify_values(values, span) {
            Some(values) => {
                let mut list = LiteralList::default();
                for (value, node) in values.into_iter().zip(nodes) {
                    self.require_present(&mut list, None, value);
                    list.items.push(Item { value, span: node.span, guard: None });
                }
                Checked::Values(list)
            }
            None => Checked::Broken,
        }
    }

    /// Converts values to one type: a literal in a list of doubles becomes a double.
    fn unify_values(&mut self, values: Vec<Id>, span: Span) -> Option<Vec<Id>> {
        let Some(first) = values.first().copied() else { return Some(values) };
        if values.iter().all(|id| self.tree.ty(*id).is_text()) {
            return Some(values);
        }
        let mut widest = first;
        for value in &values {
            (widest, _, _) = self.unify(widest, *value, span)?;
        }
        values.into_iter().map(|value| Some(self.unify(value, widest, span)?.0)).collect()
    }

    /// Makes a list absent if `value` is absent while its guard holds.
    fn require_present(&mut self, list: &mut LiteralList, guard: Option<Id>, value: Id) {
        let op = self.tree.op(value);
        if matches!(op, Op::Constant(_) | Op::Literal(_) | Op::Decimal(_) | Op::Now) {
            return;
        }
        let mut had = self.tree.intern(Op::Present(value), Type::Bool);
        if let Some(guard) = guard {
            let out = self.not(guard);
            had = self.logic(false, out, had);
        }
        list.complete = Some(match list.complete {
            Some(complete) => self.logic(true, complete, had),
            None => had,
        });
    }

    /// A value computed from a list: absent if the list is.
    pub(super) fn absent_unless_complete(&mut self, list: &LiteralList, value: Id) -> Id {
        match list.complete {
            Some(complete) => self.only_if(complete, value),
            None => value,
        }
    }

    pub(super) fn only_if(&mut self, condition: Id, value: Id) -> Id {
        let ty = self.tree.ty(value);
        let nothing = self.tree.intern(Op::Absent, ty);
        self.tree.intern(Op::Choose(condition, value, nothing), ty)
    }

    /// Makes `value` absent if `needed` is.
    pub(super) fn absent_unless_present(&mut self, needed: Id, value: Id) -> Id {
        if matches!(self.tree.op(needed), Op::Constant(_) | Op::Literal(_) | Op::Decimal(_)) {
            return value;
        }
        let present = self.tree.intern(Op::Present(needed), Type::Bool);
        self.only_if(present, value)
    }

    pub(super) fn expand_macro(
        &mut self,
        list: LiteralList,
        call: EachCall,
        body: Body<'_>,
    ) -> Checked {
        if !self.may_expand(list.items.len(), call.span) {
            return Checked::Broken;
        }
        let mut results = Vec::new();
        for item in &list.items {
            self.scope.push((body.variable.to_owned(), Checked::Value(item.value)));
            let result = self.value(body.node);
            self.scope.pop();
            match result {
                Some(result) if self.fits(call.row, result, body.node.span) => results.push(result),
                _ => return Checked::Broken,
            }
        }
        match call.gives {
            EachResult::Quantifier(quantifier) => {
                Checked::Value(self.quantified_literal(list, quantifier, &results))
            }
            EachResult::List(ListMacro::Filter) => Checked::Values(self.filtered(list, &results)),
            EachResult::List(ListMacro::Map) => {
                let mapped = self.map_literal_list(list, results, body.node.span);
                mapped.map_or(Checked::Broken, Checked::Values)
            }
            EachResult::List(ListMacro::Distinct) | EachResult::Statistic { .. } => {
                match self.map_literal_list(list, results, body.node.span) {
                    Some(list) => self.fold_literal(list, call),
                    None => Checked::Broken,
                }
            }
        }
    }

    /// Counts expressions that a macro expands to. Reports a ruleset that expands to too many.
    pub(super) fn may_expand(&mut self, expressions: usize, span: Span) -> bool {
        self.unrolled = self.unrolled.saturating_add(expressions);
        let may = self.unrolled <= UNROLLED_MAX;
        if !may {
            let message =
                format!("macros over literal lists expand to more than {UNROLLED_MAX} expressions");
            self.error(span, message).help("name a file of values under [lists]");
        }
        may
    }

    fn quantified_literal(
        &mut self,
        list: LiteralList,
        quantifier: Quantifier,
        results: &[Id],
    ) -> Id {
        match quantifier {
            Quantifier::Exists => self.any_or_all(&list, results, false),
            Quantifier::All => self.any_or_all(&list, results, true),
            Quantifier::Count => {
                let kept = self.filtered(list, results);
                self.literal_size(&kept)
            }
            Quantifier::ExistsOne => {
                let kept = self.filtered(list, results);
                let size = self.literal_size(&kept);
                let one = self.tree.constant(1, Type::Int);
                self.same_whole(size, one)
            }
        }
    }

    fn any_or_all(&mut self, list: &LiteralList, results: &[Id], all: bool) -> Id {
        let mut together = self.tree.constant(u64::from(all), Type::Bool);
        for (item, result) in list.items.iter().zip(results) {
            let of_item = match (item.guard, all) {
                (None, _) => *result,
                (Some(guard), false) => self.logic(true, guard, *result),
                (Some(guard), true) => {
                    let out = self.not(guard);
                    self.logic(false, out, *result)
                }
            };
            together = self.logic(all, together, of_item);
        }
        self.absent_unless_complete(list, together)
    }

    fn filtered(&mut self, list: LiteralList, results: &[Id]) -> LiteralList {
        let mut kept = LiteralList { items: Vec::new(), complete: list.complete };
        for (item, result) in list.items.iter().zip(results) {
            self.require_present(&mut kept, item.guard, *result);
            let guard = match item.guard {
                Some(guard) => self.logic(true, guard, *result),
                None => *result,
            };
            kept.items.push(Item { guard: Some(guard), ..*item });
        }
        kept
    }

    fn map_literal_list(
        &mut self,
        list: LiteralList,
        results: Vec<Id>,
        span: Span,
    ) -> Option<LiteralList> {
        let results = self.unify_values(results, span)?;
        let mut mapped = LiteralList { items: Vec::new(), complete: list.complete };
        for (item, value) in list.items.iter().zip(results) {
            self.require_present(&mut mapped, item.guard, value);
            mapped.items.push(Item { value, ..*item });
        }
        Some(mapped)
    }

    /// Keeps the first of equal items.
    pub(super) fn literal_distinct(&mut self, list: LiteralList, span: Span) -> Checked {
        let mut kept = LiteralList { items: Vec::new(), complete: list.complete };
        for item in &list.items {
            let mut again = self.tree.constant(0, Type::Bool);
            for earlier in kept.items.clone() {
                let Some(mut same) = self.same(earlier.value, item.value, span) else {
                    return Checked::Broken;
                };
                if let Some(guard) = earlier.guard {
                    same = self.logic(true, guard, same);
                }
                again = self.logic(false, again, same);
            }
            let new = self.not(again);
            let guard = match item.guard {
                Some(guard) => self.logic(true, guard, new),
                None => new,
            };
            kept.items.push(Item { guard: Some(guard), ..*item });
        }
        Checked::Values(kept)
    }

    /// The `first` or `latest` item.
    pub(super) fn literal_end(
        &mut self,
        list: &LiteralList,
        end: PlainMacro,
        span: Span,
    ) -> Checked {
        let mut items = list.items.clone();
        if end == PlainMacro::First {
            items.reverse();
        }
        let mut found = None;
        for item in items {
            found = match self.or_else(item, found, span) {
                Some(id) => Some(id),
                None => return Checked::Broken,
            };
        }
        self.read_off(list, found, span)
    }

    /// `list[index]`. The index may depend on the transaction.
    pub(super) fn literal_index(&mut self, list: &LiteralList, index: Id, span: Span) -> Checked {
        let mut found = None;
        for (at, item) in list.items.iter().enumerate().rev() {
            let before = LiteralList {
                items: list.items.iter().take(at).copied().collect(),
                complete: None,
            };
            let place = self.literal_size(&before);
            let mut here = self.same_whole(place, index);
            if let Some(guard) = item.guard {
                here = self.logic(true, guard, here);
            }
            let item = Item { guard: Some(here), ..*item };
            found = match self.or_else(item, found, span) {
                Some(id) => Some(id),
                None => return Checked::Broken,
            };
        }
        self.read_off(list, found, span)
    }

    fn read_off(&mut self, list: &LiteralList, found: Option<Id>, span: Span) -> Checked {
        match found {
            Some(id) => Checked::Value(self.absent_unless_complete(list, id)),
            None => {
                self.error(span, "this list is empty");
                Checked::Broken
            }
        }
    }

    /// The item if it is in its list, else `other`; absent if there is neither.
    fn or_else(&mut self, item: Item, other: Option<Id>, span: Span) -> Option<Id> {
        let Some(guard) = item.guard else { return Some(item.value) };
        let Some(other) = other else { return Some(self.only_if(guard, item.value)) };
        let (value, other, ty) = self.unify(item.value, other, span)?;
        Some(self.tree.intern(Op::Choose(guard, value, other), ty))
    }

    /// `a + b` for two lists.
    pub(super) fn concatenated(&mut self, a: LiteralList, b: LiteralList, span: Span) -> Checked {
        let values = a.items.iter().chain(&b.items).map(|item| item.value).collect();
        let Some(values) = self.unify_values(values, span) else { return Checked::Broken };
        let items = a.items.iter().chain(&b.items).zip(values);
        let items = items.map(|(item, value)| Item { value, ..*item }).collect();
        let complete = match (a.complete, b.complete) {
            (Some(a), Some(b)) => Some(self.logic(true, a, b)),
            (a, b) => a.or(b),
        };
        Checked::Values(LiteralList { items, complete })
    }

    /// `a == b` for two lists.
    pub(super) fn same_lists(
        &mut self,
        a: &LiteralList,
        b: &LiteralList,
        span: Span,
    ) -> Option<Id> {
        if a.items.iter().chain(&b.items).any(|item| item.guard.is_some()) {
            self.error(span, "filtered lists are not compared as a whole")
                .help("compare what matters of them, as in `.size()` or `.exists(x, …)`");
            return None;
        }
        let alike = a.items.len() == b.items.len();
        let mut same = self.tree.constant(u64::from(alike), Type::Bool);
        for (a, b) in a.items.iter().zip(&b.items).filter(|_| alike) {
            let each = self.same(a.value, b.value, span)?;
            same = self.logic(true, same, each);
        }
        let same = self.absent_unless_complete(a, same);
        Some(self.absent_unless_complete(b, same))
    }

    /// `value in list`, for a filtered list.
    pub(super) fn in_list(&mut self, id: Id, list: &LiteralList, span: Span) -> Option<Id> {
        let mut found = self.tree.constant(0, Type::Bool);
        for item in &list.items {
            let mut same = self.same(item.value, id, span)?;
            if let Some(guard) = item.guard {
                same = self.logic(true, guard, same);
            }
            found = self.logic(false, found, same);
        }
        let found = self.absent_unless_complete(list, found);
        Some(self.absent_unless_present(id, found))
    }

    pub(super) fn is_plain(&self, list: &LiteralList) -> bool {
        !list.items.is_empty() && list.items.iter().all(|item| item.guard.is_none())
    }
}
