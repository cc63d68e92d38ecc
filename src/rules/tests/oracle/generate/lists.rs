//! Generates windows over the card's past, lists derived from them, and macros over both.

use super::super::super::super::language::columns::ResultType;
use super::super::super::super::language::{CallForm, Macro};
use super::super::super::super::types::{Code, Type};
use super::{Bound, Generator, Spelled, Ty};

/// Some of these are the places of values, others lie between two.
const PERCENTS: [&str; 7] = ["0", "10", "25", "50", "90", "99.5", "100"];

impl Generator<'_> {
    /// A list of charges.
    pub(super) fn charges(&mut self, depth: u32) -> Spelled {
        let window = self.window();
        let source = if self.chance(6) { "card.refunds({})" } else { "card.last({})" };
        let mut list = Spelled { loops: 1, ..Spelled::of(source, &[&window]) };
        while self.chance(4) {
            let (name, condition) = self.of_each(Bound::Charge, |g| g.bool(depth));
            list = Spelled::of_each("{}.filter({}, {})", &list, &name, &condition);
        }
        list
    }

    /// The variable of a macro over charges or values, and the body that `write` generates with it.
    fn of_each(
        &mut self,
        bound: Bound,
        write: impl FnOnce(&mut Self) -> Spelled,
    ) -> (Spelled, Spelled) {
        let (name, written) = self.within(bound, write);
        (Spelled::same(name), written)
    }

    /// A condition over a list.
    pub(super) fn list_condition(&mut self, depth: u32) -> Spelled {
        match self.below(8) {
            _ if self.room() == 0 => self.of_written_out(depth),
            0 => self.of_values(depth),
            1 => self.of_written_out(depth),
            _ => {
                let list = self.charges(depth);
                let (name, condition) = self.of_each(Bound::Charge, |g| g.bool(depth));
                let template = self.one(&[
                    "{}.exists({}, {})",
                    "{}.exists({}, {})",
                    "{}.all({}, {})",
                    "{}.exists_one({}, {})",
                ]);
                Spelled::of_each(template, &list, &name, &condition)
            }
        }
    }

    /// A condition over one value per charge.
    fn of_values(&mut self, depth: u32) -> Spelled {
        let ty = self.one(&[Ty::Int, Ty::Money, Ty::Text, Ty::Time, Ty::Duration]);
        let list = self.values(ty, depth);
        let (name, condition) = self.of_each(Bound::Value(ty), |g| g.bool(depth));
        let template = self.one(&["{}.exists({}, {})", "{}.all({}, {})", "{}.exists_one({}, {})"]);
        Spelled::of_each(template, &list, &name, &condition)
    }

    /// `charges.map(t, …)`
    fn values(&mut self, ty: Ty, depth: u32) -> Spelled {
        let list = self.charges(depth);
        let (name, value) = self.of_each(Bound::Charge, |g| g.of_type(ty, depth));
        Spelled::of_each("{}.map({}, {})", &list, &name, &value)
    }

    fn of_written_out(&mut self, depth: u32) -> Spelled {
        let ty = self.one(&[Ty::Int, Ty::Text]);
        let list = self.written_list(|g| match ty {
            Ty::Int => g.int_literal(),
            _ => Spelled::same(format!("\"{}\"", g.one(&["shop", "US", "1"]))),
        });
        let (name, condition) = self.of_each(Bound::Value(ty), |g| g.bool(depth));
        if self.chance(3) {
            let (item, (_, value)) =
                (self.int(0), self.of_each(Bound::Value(ty), |g| g.int(depth)));
            return Spelled::of("({} in {}.map({}, {}))", &[&item, &list, &name, &value]);
        }
        let templates = &[
            "{}.exists({}, {})",
            "{}.all({}, {})",
            "{}.exists_one({}, {})",
            "({}.filter({}, {}).size() > 1)",
        ];
        self.any_of(templates, &[&list, &name, &condition])
    }

    /// `value in charges.map(t, …)`
    pub(super) fn among_charges(&mut self, depth: u32) -> Spelled {
        if self.room() == 0 {
            return self.bool(0);
        }
        let list = self.charges(depth);
        let name = Spelled::same(self.one(&["map", "distinct"]));
        let item = match self.below(4) {
            0 => {
                const COUNTRIES: &str =
                    "({} in card.last(duration(\"720h\")).distinct(t, t.merchant.country))";
                let country = self.code_field(Code::Country);
                let known = Spelled::both("({} in card.countries)", COUNTRIES, &[&country]);
                return Spelled { loops: known.loops.max(1), ..known };
            }
            1 => {
                let id = |ty: Type| matches!(ty, Type::Id(_));
                let item = self.text_field();
                let (variable, value) = self.of_each(Bound::Charge, |g| g.column(id));
                return among(&item, &list, &name, &variable, &value);
            }
            2 => {
                let code = self.one(&[Code::Country, Code::Mcc, Code::Channel]);
                let item = self.code_field(code);
                let (variable, value) = self.of_each(Bound::Charge, |g| g.code_field(code));
                return among(&item, &list, &name, &variable, &value);
            }
            _ => self.money(0),
        };
        let (variable, value) = self.of_each(Bound::Charge, |g| g.money(depth));
        among(&item, &list, &name, &variable, &value)
    }

    /// A field of the first or latest charge.
    pub(super) fn picked(&mut self, ty: Ty, depth: u32) -> Spelled {
        if self.room() == 0 {
            return self.of_type(ty, 0);
        }
        let column = if ty == Ty::Time { "time" } else { "amount" };
        let list = self.charges(depth);
        let end = Spelled::same(self.one(&["first", "latest"]));
        Spelled::of("{}.{}().{}", &[&list, &end, &Spelled::same(column)])
    }

    /// A number, time or duration of a list, such as a count, a sum or a minimum.
    pub(super) fn list_number(&mut self, ty: Ty, depth: u32) -> Spelled {
        match ty {
            _ if self.room() == 0 => self.of_type(ty, 0),
            Ty::Int if !self.chance(4) => self.how_many(depth),
            Ty::Double if !self.chance(4) => self.decimal_statistic(depth),
            _ => self.fold(ty, depth),
        }
    }

    fn how_many(&mut self, depth: u32) -> Spelled {
        let list = self.charges(depth);
        match self.below(8) {
            0 | 1 => self.any_of(&["{}.size()", "size({})"], &[&list]),
            2 => {
                let ty = self.one(&[Ty::Int, Ty::Money, Ty::Text]);
                Spelled::of("{}.size()", &[&self.values(ty, depth)])
            }
            3 | 4 => {
                let (name, value) = self.of_each(Bound::Charge, Self::distinguishable);
                let cel = "{}.distinct({}, {}).size()";
                let rule = if self.chance(4) { "{}.map({}, {}).distinct().size()" } else { cel };
                let loops = list.loops.max(1 + value.loops);
                Spelled { loops, ..Spelled::both(rule, cel, &[&list, &name, &value]) }
            }
            5 => {
                let ty = self.one(&[Ty::Int, Ty::Money]);
                let list = self.values(ty, depth);
                let (name, condition) = self.of_each(Bound::Value(ty), |g| g.bool(depth));
                Spelled::of_each("{}.count({}, {})", &list, &name, &condition)
            }
            _ => {
                let (name, condition) = self.of_each(Bound::Charge, |g| g.bool(depth));
                Spelled::of_each("{}.count({}, {})", &list, &name, &condition)
            }
        }
    }

    /// A value that can be compared exactly.
    fn distinguishable(&mut self) -> Spelled {
        let field = self.field(|ty| ty != Type::Text);
        match self.below(3) {
            0 => self.money(1),
            1 => self.int(1),
            _ => field.unwrap_or_else(|| self.money(0)),
        }
    }

    /// A statistic that is a decimal, such as a mean.
    fn decimal_statistic(&mut self, depth: u32) -> Spelled {
        let decimals = |it: &&Macro| it.row().gives == ResultType::Double;
        let all: Vec<Macro> = Macro::ALL.iter().filter(decimals).copied().collect();
        let row = self.one(&all).row();
        let percent = match row.form {
            CallForm::EitherWithPercent => Some(self.one(&PERCENTS)),
            CallForm::Plain | CallForm::WithVariable | CallForm::Either => None,
        };
        let ty = self.one(&[Ty::Money, Ty::Money, Ty::Int, Ty::Double]);
        let is_literal = ty != Ty::Int && self.chance(5);
        let (list, bound) = match is_literal {
            true => (self.written_list(|g| g.of_type(ty, 0)), Bound::Value(ty)),
            false => (self.charges(depth), Bound::Charge),
        };
        let (variable, value) = self.of_each(bound, |g| g.of_type(ty, depth));
        let name = row.name;
        let last = percent.map_or_else(String::new, |percent| format!(", {percent}"));
        let call = format!("{{}}.{name}({{}}, {{}}{last})");
        let rule = match self.chance(4) {
            true => format!("{{}}.map({{}}, {{}}).{name}({})", percent.unwrap_or_default()),
            false => call.clone(),
        };
        let cel = match ty {
            Ty::Money => format!("({call} / 100.0)"),
            _ => format!("finite({call})"),
        };
        let loops = list.loops.max(1 + value.loops);
        Spelled { loops, ..Spelled::both(&rule, &cel, &[&list, &variable, &value]) }
    }

    fn fold(&mut self, ty: Ty, depth: u32) -> Spelled {
        let mapped = self.chance(4);
        let list = if mapped { self.values(ty, depth) } else { self.charges(depth) };
        let bound = if mapped { Bound::Value(ty) } else { Bound::Charge };
        let (variable, value) = self.of_each(bound, |g| match mapped && g.chance(2) {
            true => g.variable(ty).unwrap_or_else(|| g.of_type(ty, 0)),
            false => g.of_type(ty, depth),
        });
        let loops = list.loops.max(1 + value.loops);
        let without_variable = self.chance(4);
        if ty == Ty::Time || self.chance(2) {
            let name = Spelled::same(self.one(&["min", "max"]));
            let parts = [&list, &name, &variable, &value];
            let rule = "{}.{}({}, {})";
            if without_variable {
                let parts = [&list, &variable, &value, &name];
                let mapped = Spelled::of("{}.map({}, {}).{}()", &parts).rule;
                let cel = Spelled::of(rule, &[&list, &name, &variable, &value]).cel;
                return Spelled { loops, ..Spelled::two(mapped, cel) };
            }
            return Spelled { loops, ..Spelled::of(rule, &parts) };
        }
        let cel = match ty {
            Ty::Double => "finite({}.sum({}, {}, 0.0))",
            Ty::Duration => "{}.sum({}, {}, duration(\"0s\"))",
            _ => "{}.sum({}, {}, 0)",
        };
        let rule = if without_variable { "{}.map({}, {}).sum()" } else { "{}.sum({}, {})" };
        Spelled { loops, ..Spelled::both(rule, cel, &[&list, &variable, &value]) }
    }
}

fn among(
    item: &Spelled,
    list: &Spelled,
    name: &Spelled,
    variable: &Spelled,
    value: &Spelled,
) -> Spelled {
    let loops = item.loops.max(list.loops).max(1 + value.loops);
    Spelled { loops, ..Spelled::of("({} in {}.{}({}, {}))", &[item, list, name, variable, value]) }
}
