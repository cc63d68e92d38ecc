//! Generates boolean expressions: logic, comparisons, membership.

use super::super::super::super::types::{Code, Type};
use super::super::history::{COUNTRIES, DEVICES, MCCS, MERCHANTS};
use super::{Generator, Spelled, Ty};

const COMPARISONS: [&str; 6] = ["==", "!=", "<", "<=", ">", ">="];
const CODES: [Code; 9] = [
    Code::Country,
    Code::Mcc,
    Code::Kind,
    Code::Channel,
    Code::Funding,
    Code::Status,
    Code::Check,
    Code::ThreeDSecure,
    Code::Reason,
];

impl Generator<'_> {
    pub fn bool(&mut self, depth: u32) -> Spelled {
        let Some(depth) = depth.checked_sub(1) else { return self.plain_bool() };
        match self.below(20) {
            0..=3 => {
                let (a, b) = (self.bool(depth), self.bool(depth));
                self.any_of(&["({} && {})", "({} || {})"], &[&a, &b])
            }
            4 => Spelled::of("!({})", &[&self.bool(depth)]),
            5 => self.choice(Ty::Bool, depth),
            6..=9 => self.comparison(depth),
            10 | 11 => self.membership(depth),
            12 => self.text_test(depth),
            13..=17 => self.list_condition(depth),
            18 => self.optional_bool(),
            _ => self.plain_bool(),
        }
    }

    fn plain_bool(&mut self) -> Spelled {
        match self.below(12) {
            0 => self.presence(),
            1..=3 => self.field(|ty| ty == Type::Bool).unwrap_or_else(|| Spelled::same("true")),
            4 | 5 => self.code_comparison(),
            6 => self.id_comparison(),
            7 => {
                let known = self.variable(Ty::Bool).or_else(|| self.named_feature(Ty::Bool));
                known.unwrap_or_else(|| self.code_comparison())
            }
            _ => self.comparison(0),
        }
    }

    fn comparison(&mut self, depth: u32) -> Spelled {
        match self.below(12) {
            0 | 1 => self.code_comparison(),
            2 => self.id_comparison(),
            3 => {
                let (a, b) = (self.text(depth), self.text(depth));
                self.compared(&a, &b)
            }
            4 => {
                let (a, b) = (self.time(depth), self.time(depth));
                self.compared(&a, &b)
            }
            5 => {
                let (a, b) = (self.duration(depth), self.duration(depth));
                self.compared(&a, &b)
            }
            6 => {
                let (a, b) = (self.bool(depth), self.bool(depth));
                self.any_of(&["({} == {})", "({} != {})"], &[&a, &b])
            }
            _ => self.number_comparison(depth),
        }
    }

    fn compared(&mut self, a: &Spelled, b: &Spelled) -> Spelled {
        let operator = Spelled::same(self.one(&COMPARISONS));
        Spelled::of("({} {} {})", &[a, &operator, b])
    }

    fn number_comparison(&mut self, depth: u32) -> Spelled {
        match self.below(8) {
            0..=2 => {
                let a = self.money(depth);
                let b = if self.chance(3) { self.money(depth) } else { self.money_literal() };
                self.either_way(a, b)
            }
            3 | 4 => {
                let a = self.int(depth);
                let b = if self.chance(2) { self.int(depth) } else { self.int_literal() };
                self.either_way(a, b)
            }
            _ => {
                let (a, b) = self.two_decimals(depth);
                let operator = self.one(&COMPARISONS);
                let (rule, cel) = (
                    format!("({{}} {operator} {{}})"),
                    format!("(order({{}}, {{}}) {operator} 0)"),
                );
                Spelled::both(&rule, &cel, &[&a, &b])
            }
        }
    }

    fn either_way(&mut self, a: Spelled, b: Spelled) -> Spelled {
        if self.chance(2) { self.compared(&a, &b) } else { self.compared(&b, &a) }
    }

    /// Compares a code field with a literal of the same code set, another field of it, or a text.
    fn code_comparison(&mut self) -> Spelled {
        let code = self.one(&CODES);
        let a = if self.chance(8) { self.optional_code(code) } else { self.code_field(code) };
        let operators: &[&str] = if code == Code::Mcc { &COMPARISONS } else { &COMPARISONS[..2] };
        let operator = Spelled::same(self.one(operators));
        let b = match self.below(6) {
            0 => self.code_field(code),
            1 => self.text_field(),
            _ => self.code_literal(code),
        };
        if self.chance(4) && code != Code::Mcc {
            return Spelled::of("({} {} {})", &[&b, &operator, &a]);
        }
        Spelled::of("({} {} {})", &[&a, &operator, &b])
    }

    pub(super) fn code_literal(&mut self, code: Code) -> Spelled {
        let text = match code {
            Code::Country => self.one(COUNTRIES).to_owned(),
            Code::Mcc => format!("{:04}", self.one(MCCS)),
            _ => self.one(&code.names().collect::<Vec<_>>()).to_owned(),
        };
        Spelled::same(format!("\"{text}\""))
    }

    /// The id of a remembered charge, if one is in scope.
    fn id(&mut self) -> Option<Spelled> {
        self.field(|ty| matches!(ty, Type::Id(_)))
    }

    fn id_comparison(&mut self) -> Spelled {
        let id = match self.id() {
            Some(id) => id,
            None => self.text_field(),
        };
        let other = match self.below(3) {
            0 => self.id_literal(),
            _ => self.text_field(),
        };
        self.any_of(&["({} == {})", "({} != {})"], &[&id, &other])
    }

    fn id_literal(&mut self) -> Spelled {
        let known = if self.chance(2) { MERCHANTS } else { DEVICES };
        Spelled::same(format!("\"{}\"", self.one(known)))
    }

    fn optional_bool(&mut self) -> Spelled {
        if self.chance(2) {
            let field = self.optional_field(|ty| !matches!(ty, Type::Id(_)));
            return field.map_or_else(
                || self.plain_bool(),
                |field| Spelled::of("{}.hasValue()", &[&field]),
            );
        }
        let default = self.bool(0);
        let field = self.optional_field(|ty| ty == Type::Bool);
        field.map_or(default.clone(), |field| Spelled::of("{}.orValue({})", &[&field, &default]))
    }

    fn membership(&mut self, depth: u32) -> Spelled {
        match self.below(9) {
            0 | 1 => {
                let code = self.one(&CODES);
                let item = self.code_field(code);
                let list = self.written_list(|g| {
                    if g.chance(4) { g.code_field(code) } else { g.code_literal(code) }
                });
                Spelled::of("({} in {})", &[&item, &list])
            }
            2 => {
                let item = self.id().unwrap_or_else(|| Spelled::same("\"shop\""));
                let list = self.written_list(Self::id_literal);
                Spelled::of("({} in {})", &[&item, &list])
            }
            3 => {
                let item = self.text(depth);
                let list = self.written_list(|g| g.text(0));
                Spelled::of("({} in {})", &[&item, &list])
            }
            4 => {
                let item = self.int(depth);
                let list = self.written_list(|g| g.int(0));
                Spelled::of("({} in {})", &[&item, &list])
            }
            5 => {
                let item = self.money(depth);
                let list = self.written_list(Self::money_literal);
                Spelled::of("({} in {})", &[&item, &list])
            }
            6 => self.among_the_listed(depth),
            7 => self.among_the_values_of_an_entry(depth),
            _ => self.among_charges(depth),
        }
    }

    /// `value in list("listed")`
    fn among_the_listed(&mut self, depth: u32) -> Spelled {
        const HOLDING: &str = "({} in listed.filter(each, now < each.until).map(each, each.entry))";
        let item = self.listed_item(depth);
        Spelled::both("({} in list(\"listed\"))", HOLDING, &[&item])
    }

    fn listed_item(&mut self, depth: u32) -> Spelled {
        match self.below(4) {
            0 | 1 => self.id().unwrap_or_else(|| self.text_field()),
            2 => {
                let code = self.one(&[Code::Country, Code::Mcc, Code::Channel]);
                self.code_field(code)
            }
            _ => self.text(depth),
        }
    }

    /// `value in list("notices", entry)`
    fn among_the_values_of_an_entry(&mut self, depth: u32) -> Spelled {
        // The value and the entry must be present even if no entry has values.
        const AMONG: &str = "([{}].map(value, [{}].exists(entry, notices.exists(each, \
                             each.entry == entry && now < each.until && value in each.values)))[0])";
        let item = self.listed_item(depth);
        let entry = self.listed_item(depth);
        Spelled::both("({} in list(\"notices\", {}))", AMONG, &[&item, &entry])
    }

    pub(super) fn written_list(&mut self, mut item: impl FnMut(&mut Self) -> Spelled) -> Spelled {
        let count = self.below(4);
        let items: Vec<Spelled> = (0..count).map(|_| item(self)).collect();
        let template = format!("[{}]", vec!["{}"; count].join(", "));
        Spelled::of(&template, &items.iter().collect::<Vec<_>>())
    }

    fn text_test(&mut self, depth: u32) -> Spelled {
        let text = self.text(depth);
        match self.below(4) {
            0 => {
                let pattern =
                    self.one(&["^s", "[0-9]+", "^(shop|clinic)$", "^.{2,3}$", "(?i)acme"]);
                Spelled::of("{}.matches({})", &[&text, &Spelled::same(format!("\"{pattern}\""))])
            }
            at => {
                let part = match self.below(3) {
                    0 => self.text(depth),
                    _ => {
                        Spelled::same(format!("\"{}\"", self.one(&["s", "p", "1", "", "US", "cl"])))
                    }
                };
                let name = ["startsWith", "endsWith", "contains"][at - 1];
                Spelled::of("{}.{}({})", &[&text, &Spelled::same(name), &part])
            }
        }
    }
}
