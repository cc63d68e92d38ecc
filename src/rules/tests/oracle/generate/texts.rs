//! Generates strings.

use super::super::super::super::types::{Code, Type};
use super::{Generator, Spelled, Ty};

impl Generator<'_> {
    pub fn text(&mut self, depth: u32) -> Spelled {
        let Some(depth) = depth.checked_sub(1) else { return self.plain_text() };
        match self.below(12) {
            0 | 1 => {
                let (a, b) = (self.text(depth), self.text(depth));
                Spelled::of("({} + {})", &[&a, &b])
            }
            2 => self.choice(Ty::Text, depth),
            3 => Spelled::of("string({})", &[&self.int(depth)]),
            4 => Spelled::of("string({})", &[&self.bool(depth)]),
            5 => Spelled::of("string({})", &[&self.time(depth)]),
            6 => Spelled::both("string({})", "string(double({}) / 100.0)", &[&self.money(depth)]),
            7 => {
                let default = self.plain_text();
                let field = self.optional_field(|ty| ty == Type::Text);
                field.map_or(default.clone(), |field| {
                    Spelled::of("{}.orValue({})", &[&field, &default])
                })
            }
            8 => {
                let code = self.one(&[Code::Country, Code::Mcc, Code::Channel, Code::Check]);
                Spelled::of("string({})", &[&self.optional_code(code)])
            }
            _ => self.plain_text(),
        }
    }

    fn plain_text(&mut self) -> Spelled {
        match self.below(8) {
            0..=3 => self.text_field(),
            4 => {
                let code = self.one(&[Code::Country, Code::Mcc, Code::Channel, Code::Reason]);
                Spelled::of("string({})", &[&self.code_field(code)])
            }
            5 => {
                let known = self.variable(Ty::Text).or_else(|| self.named_feature(Ty::Text));
                known.unwrap_or_else(|| self.text_field())
            }
            6 => Spelled::same(format!("\"{}\"", self.below(50))),
            _ => {
                let text = self.one(&["shop", "clinic", "", "US", "Århus", "1.5", "d1"]);
                Spelled::same(format!("\"{text}\""))
            }
        }
    }

    /// A code, with a default from the same set.
    pub(super) fn optional_code(&mut self, code: Code) -> Spelled {
        let default = self.code_literal(code);
        let field = self.optional_field(|ty| ty == Type::Code(code));
        field.map_or(default.clone(), |field| Spelled::of("{}.orValue({})", &[&field, &default]))
    }
}
