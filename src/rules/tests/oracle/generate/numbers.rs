//! Generates whole numbers, decimals and money.

use super::super::super::super::types::Type;
use super::{Generator, Spelled, Ty};

/// Money as a decimal, which it is next to anything but money.
const AS_DECIMAL: &str = "(double({}) / 100.0)";

impl Generator<'_> {
    pub fn int(&mut self, depth: u32) -> Spelled {
        let Some(depth) = depth.checked_sub(1) else { return self.plain_int() };
        match self.below(16) {
            0 | 1 => {
                let (a, b) = (self.int(depth), self.int(depth));
                self.any_of(
                    &["({} + {})", "({} - {})", "({} * {})", "({} / {})", "({} % {})"],
                    &[&a, &b],
                )
            }
            2 => {
                let (a, b) = (self.int(depth), self.int(depth));
                self.any_of(&["math.greatest({}, {})", "math.least({}, {})"], &[&a, &b])
            }
            3 => self.choice(Ty::Int, depth),
            4 => Spelled::of("(-{})", &[&self.int(depth)]),
            5 => Spelled::both("int({})", "int(truncated({}))", &[&self.double(depth)]),
            6 => Spelled::both("int({})", "({} / 100)", &[&self.money(depth)]),
            7 => Spelled::of("int({})", &[&self.text(depth)]),
            8 => Spelled::of("{}.size()", &[&self.text(depth)]),
            9 | 10 => self.time_part(depth),
            11 => self.duration_part(depth),
            _ => self.list_number(Ty::Int, depth),
        }
    }

    fn plain_int(&mut self) -> Spelled {
        match self.below(6) {
            0 | 1 | 4 if self.room() == 0 => self.int_literal(),
            0 => Spelled::shorthand(
                "habit.amount.n",
                "card.last(duration(\"720h\")).count(t, t.approved && has(t.amount))",
            ),
            1 => Spelled::shorthand(
                "card.countries.size()",
                "card.last(duration(\"720h\")).distinct(t, t.merchant.country).size()",
            ),
            2 => Spelled::same("now.getHours()"),
            3 => {
                let known = self.variable(Ty::Int).or_else(|| self.named_feature(Ty::Int));
                known.unwrap_or_else(|| self.int_literal())
            }
            4 => self.list_number(Ty::Int, 0),
            _ => self.int_literal(),
        }
    }

    pub(super) fn int_literal(&mut self) -> Spelled {
        match self.below(40) {
            0 => Spelled::same("9223372036854775807"),
            1 => Spelled::same("-2"),
            2..=5 => Spelled::same(self.below(100).to_string()),
            _ => Spelled::same(self.below(7).to_string()),
        }
    }

    pub fn money(&mut self, depth: u32) -> Spelled {
        let Some(depth) = depth.checked_sub(1) else { return self.plain_money() };
        match self.below(12) {
            0 | 1 => {
                let a = self.money(depth);
                let b = if self.chance(2) { self.money(depth) } else { self.money_literal() };
                let (a, b) = if self.chance(2) { (a, b) } else { (b, a) };
                self.any_of(
                    &["({} + {})", "({} - {})", "math.greatest({}, {})", "math.least({}, {})"],
                    &[&a, &b],
                )
            }
            2 => Spelled::of("(-{})", &[&self.money(depth)]),
            3 => {
                let (condition, a, b) = (self.bool(depth), self.money(depth), self.money_literal());
                Spelled::of("({} ? {} : {})", &[&condition, &a, &b])
            }
            4 => {
                let default = self.money_literal();
                let field = self.optional_field(|ty| ty == Type::Money);
                field.map_or_else(
                    || self.plain_money(),
                    |field| Spelled::of("{}.orValue({})", &[&field, &default]),
                )
            }
            5 | 6 => self.picked(Ty::Money, depth),
            7..=9 => self.list_number(Ty::Money, depth),
            _ => self.plain_money(),
        }
    }

    fn plain_money(&mut self) -> Spelled {
        if self.chance(4)
            && let Some(known) = self.variable(Ty::Money).or_else(|| self.named_feature(Ty::Money))
        {
            return known;
        }
        self.field(|ty| ty == Type::Money).unwrap_or_else(|| Spelled::two("amount", "tx.amount"))
    }

    /// A literal next to money: whole, or with as many decimal places as the minor unit has.
    pub(super) fn money_literal(&mut self) -> Spelled {
        let minor = match self.below(4) {
            0 => self.one(&[0, 100, 200, 2_000, 5_000]),
            1 => self.below(200) * 100,
            _ => self.below(20_000),
        };
        let sign = if self.chance(12) { "-" } else { "" };
        let whole = minor % 100 == 0 && self.chance(2);
        let rule = if whole {
            format!("{sign}{}", minor / 100)
        } else {
            format!("{sign}{}.{:02}", minor / 100, minor % 100)
        };
        Spelled::two(rule, format!("{sign}{minor}"))
    }

    pub fn double(&mut self, depth: u32) -> Spelled {
        let Some(depth) = depth.checked_sub(1) else { return self.plain_double() };
        match self.below(13) {
            0..=3 => self.calculation(depth),
            4 => self.choice(Ty::Double, depth),
            5 => Spelled::of("(-{})", &[&self.double(depth)]),
            6 => Spelled::of("double({})", &[&self.int(depth)]),
            7 => Spelled::both("double({})", AS_DECIMAL, &[&self.money(depth)]),
            8 => Spelled::both("double({})", "finite(double({}))", &[&self.text(depth)]),
            9 => {
                let parts = [(); 4].map(|()| self.plain_double());
                let [a, b, c, d] = &parts;
                Spelled::both(
                    "distance_km({}, {}, {}, {})",
                    "finite(distance_km({}, {}, {}, {}))",
                    &[a, b, c, d],
                )
            }
            10 | 11 => self.list_number(Ty::Double, depth),
            _ => self.plain_double(),
        }
    }

    fn calculation(&mut self, depth: u32) -> Spelled {
        let (a, b) = self.two_decimals(depth);
        self.any_of(
            &[
                "finite({} + {})",
                "finite({} - {})",
                "finite({} * {})",
                "finite({} / {})",
                "math.greatest({}, {})",
                "math.least({}, {})",
            ],
            &[&a, &b],
        )
        .without_finite()
    }

    /// Two numbers that are combined as decimals, of any two types that the language can combine.
    pub(super) fn two_decimals(&mut self, depth: u32) -> (Spelled, Spelled) {
        let a = self.double(depth);
        let b = match self.below(4) {
            0 => {
                let whole = self.below(7);
                Spelled::two(whole.to_string(), format!("{whole}.0"))
            }
            1 => {
                let money = self.money(depth);
                Spelled::both("{}", AS_DECIMAL, &[&money])
            }
            _ => self.double(depth),
        };
        if self.chance(2) { (a, b) } else { (b, a) }
    }

    fn plain_double(&mut self) -> Spelled {
        match self.below(9) {
            0 | 5 if self.room() == 0 => self.double_literal(),
            0 => self.shorthand(),
            1 => {
                let known = self.variable(Ty::Double).or_else(|| self.named_feature(Ty::Double));
                known.unwrap_or_else(|| self.double_literal())
            }
            2 | 3 => self.double_literal(),
            4 => {
                // Money that is multiplied or divided by a number is a decimal.
                let money = self.plain_money();
                let by = self.below(5) + 1;
                let operator = self.one(&["*", "/"]);
                let rule = format!("({{}} {operator} {by})");
                let cel = format!("(double({{}}) / 100.0 {operator} {by}.0)");
                Spelled::both(&rule, &cel, &[&money])
            }
            5 => self.list_number(Ty::Double, 0),
            _ => {
                let field = self.field(|ty| ty == Type::Double);
                field.unwrap_or_else(|| self.double_literal())
            }
        }
    }

    fn double_literal(&mut self) -> Spelled {
        // A third decimal place distinguishes it from money.
        let (whole, part, third) = (self.below(90), self.below(100), self.below(9) + 1);
        Spelled::same(format!("{whole}.{part:02}{third}"))
    }

    /// Names that are shorthands for an expression over the past.
    fn shorthand(&mut self) -> Spelled {
        const SPENT: &str = "card.last(duration(\"720h\")).filter(t, t.approved)";
        const PLACE: &str = "card.last(duration(\"720h\"))\
            .filter(t, t.card_present && has(t.merchant.latitude)).latest()";
        const HERE: &str = "tx.merchant.latitude, tx.merchant.longitude";
        let mean = format!("(finite({SPENT}.avg(t, t.amount) / 100.0))");
        let sd = format!("(finite({SPENT}.stddev(t, t.amount) / 100.0))");
        let km =
            format!("distance_km({PLACE}.merchant.latitude, {PLACE}.merchant.longitude, {HERE})");
        let ms = format!("double(math.greatest((now - {PLACE}.time).getMilliseconds(), 60000))");
        match self.below(6) {
            0 => Spelled::shorthand("habit.amount.mean", mean),
            1 => Spelled::shorthand("habit.amount.sd", sd),
            2 => Spelled::shorthand(
                "habit.amount.z",
                format!("finite((double(tx.amount) / 100.0 - {mean}) / {sd})"),
            ),
            3 => Spelled::shorthand("travel.km", km),
            4 => Spelled::shorthand("travel.kmh", format!("finite({km} / ({ms} / 3600000.0))")),
            _ => Spelled::shorthand(
                "home.km",
                format!("distance_km(tx.cardholder.latitude, tx.cardholder.longitude, {HERE})"),
            ),
        }
    }
}

impl Spelled {
    /// Removes `finite` from the rule's spelling: in a rule, a number that is not finite is absent
    /// anyway.
    fn without_finite(self) -> Self {
        let rule = match self.rule.strip_prefix("finite") {
            Some(rest) => rest.to_owned(),
            None => self.rule,
        };
        Self { rule, ..self }
    }
}
