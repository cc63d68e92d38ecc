//! The results of macros over lists of charges. Such a list is a window and a selection, and is never
//! built.

use super::super::diagnostics::Span;
use super::super::ir::{Column, Fold, Id, Op, Output};
use super::super::language::{ListMacro, Macro, PlainMacro, Quantifier, Statistic};
use super::super::types::{Code, IdHash, Type};
use super::checked_types::{Charge, Checked, List, NAMED_LIST_HELP};
use super::checker::Checker;
use super::macros::{EachCall, EachResult};

impl Checker<'_> {
    pub(super) fn size(&mut self, list: Checked, span: Span) -> Checked {
        Checked::Value(match list {
            Checked::Charges(list) => self.count(list),
            Checked::Mapped(list, value) => {
                let list = self.with_value(list, value);
                self.count(list)
            }
            Checked::Distinct(list, value) => self.count_distinct(list, value),
            Checked::Values(values) => self.literal_size(&values),
            Checked::Countries => {
                let column = self.country_column();
                let list = self.whole_past(None);
                self.result(list, Fold::Distinct(column), Output::DistinctCountries, Type::Int)
            }
            Checked::Broken => return Checked::Broken,
            _ => {
                self.error(span, "this has no size").help(NAMED_LIST_HELP);
                return Checked::Broken;
            }
        })
    }

    /// The country of the charges that a macro at the current depth iterates over.
    pub(super) fn country_column(&mut self) -> Id {
        let op = Op::Column(self.depth, Column::Country);
        self.tree.intern(op, Type::Code(Code::Country))
    }

    fn count_distinct(&mut self, list: List, value: Id) -> Id {
        let key = match (self.tree.op(value), self.tree.ty(value)) {
            // The text of a remembered charge is stored as a code: count distinct codes.
            (Op::CodeText(_, code), _) => code,
            (_, Type::Text) => {
                self.tree.intern(Op::HashOf(IdHash::Bits64, value), Type::Id(IdHash::Bits64))
            }
            _ => value,
        };
        self.result(list, Fold::Distinct(key), Output::Distinct, Type::Int)
    }

    pub(super) fn picked(&mut self, list: Checked, end: PlainMacro, span: Span) -> Checked {
        let fold = if end == PlainMacro::First { Fold::First } else { Fold::Latest };
        match list {
            Checked::Broken => Checked::Broken,
            Checked::Charges(list) => Checked::Charge(Charge::Picked(self.pick(list, fold))),
            Checked::Mapped(list, value) => {
                let with_value = self.with_value(list, value);
                let pick = self.pick(with_value, fold);
                Checked::Value(self.tree.of_picked(value, list.depth, pick))
            }
            Checked::Values(values) => self.literal_end(&values, end, span),
            _ => {
                let name = if end == PlainMacro::First { "first" } else { "latest" };
                self.error(span, format!("`{name}` is for charges and what they are mapped to"));
                Checked::Broken
            }
        }
    }

    pub(super) fn over_charges(
        &mut self,
        list: List,
        call: EachCall,
        value: Id,
        span: Span,
    ) -> Checked {
        if !self.fits(call.row, value, span) {
            return Checked::Broken;
        }
        match call.gives {
            EachResult::Quantifier(quantifier) => {
                Checked::Value(self.quantified(list, quantifier, value))
            }
            EachResult::List(ListMacro::Filter) => Checked::Charges(self.narrowed(list, value)),
            EachResult::List(ListMacro::Map) => Checked::Mapped(list, value),
            EachResult::List(ListMacro::Distinct) => Checked::Distinct(list, value),
            EachResult::Statistic { statistic, excludes_reversed } => {
                let is_of_amounts = self.is_amount(value, list.depth);
                let list = match excludes_reversed && is_of_amounts {
                    true => self.without_reversed(list),
                    false => list,
                };
                self.statistic(list, call, statistic, value)
            }
        }
    }

    fn quantified(&mut self, list: List, quantifier: Quantifier, condition: Id) -> Id {
        match quantifier {
            Quantifier::Exists => self.exists(list, condition),
            Quantifier::All => {
                let fails = self.not(condition);
                let fails = self.exists(list, fails);
                self.not(fails)
            }
            Quantifier::ExistsOne => {
                let list = self.narrowed(list, condition);
                self.result(list, Fold::Count, Output::ExistsOne, Type::Bool)
            }
            Quantifier::Count => {
                let list = self.narrowed(list, condition);
                self.count(list)
            }
        }
    }

    /// Macros over distinct values. Those supported give the same result however often a value occurs, so
    /// they are computed over all values.
    pub(super) fn over_distinct(&mut self, list: List, call: EachCall, value: Id) -> Checked {
        if !call.row.over_distinct {
            return self.not_over_distinct(call);
        }
        match call.gives {
            EachResult::Quantifier(Quantifier::Exists | Quantifier::All) => {
                self.over_charges(list, call, value, call.span)
            }
            EachResult::Statistic { statistic, .. } => {
                if !self.fits(call.row, value, call.span) {
                    return Checked::Broken;
                }
                // `distinct` keeps reversed charges, so `min` and `max` of its values keep them too.
                self.statistic(list, call, statistic, value)
            }
            EachResult::List(ListMacro::Distinct) => Checked::Distinct(list, value),
            EachResult::Quantifier(Quantifier::ExistsOne | Quantifier::Count)
            | EachResult::List(ListMacro::Filter | ListMacro::Map) => self.not_over_distinct(call),
        }
    }

    fn not_over_distinct(&mut self, call: EachCall) -> Checked {
        let names = Macro::ALL.iter().map(|it| it.row()).filter(|row| row.over_distinct);
        let names = names.map(|row| row.name).collect::<Vec<_>>().join(", ");
        self.error(call.span, format!("`{}` over different values is not known", call.row.name))
            .help(format!("a list of different values has in, {names}"));
        Checked::Broken
    }

    /// How many distinct values a list has, or whether it has exactly one.
    pub(super) fn count_among_distinct(
        &mut self,
        list: List,
        quantifier: Quantifier,
        value: Id,
    ) -> Checked {
        let count = self.count_distinct(list, value);
        if quantifier == Quantifier::Count {
            return Checked::Value(count);
        }
        let one = self.tree.constant(1, Type::Int);
        Checked::Value(self.same_whole(count, one))
    }

    fn statistic(
        &mut self,
        list: List,
        call: EachCall,
        statistic: Statistic,
        value: Id,
    ) -> Checked {
        let Some(ty) = call.row.gives.value_type(self.tree.ty(value)) else {
            return Checked::Broken;
        };
        let fold = Fold::Accumulation(statistic.accumulation(), value);
        let id = self.result(list, fold, Output::Statistic(statistic), ty);
        let unit = self.unit(value).filter(|_| ty == Type::Double);
        self.units.extend(unit.map(|unit| (id, unit)));
        Checked::Value(id)
    }
}
