//! Generates fields of the transaction, columns of remembered charges, and shorthands for columns.

use super::super::super::super::ir::{COLUMNS, FIELDS};
use super::super::super::super::types::{Code, Type};
use super::{Generator, Spelled};

/// `card.previous` for the interpreter. The retention of these tests is 30 days.
const PREVIOUS: &str = "card.last(duration(\"720h\")).latest()";

impl Generator<'_> {
    /// A field of the transaction, or of the charge that a macro looks at, of one of these types.
    pub(super) fn field(&mut self, fits: impl Fn(Type) -> bool) -> Option<Spelled> {
        let path = self.path(fits)?;
        Some(self.spelled_path(&path, "."))
    }

    /// A column of the charge that a macro looks at.
    pub(super) fn column(&mut self, fits: impl Fn(Type) -> bool) -> Spelled {
        let columns: Vec<&str> =
            COLUMNS.iter().filter(|(.., ty)| fits(*ty)).map(|(path, ..)| *path).collect();
        let charge = self.charge().unwrap_or("t");
        Spelled::same(format!("{charge}.{}", self.one(&columns)))
    }

    /// A field with `.?` for its last dot, which is not an error if the field is absent.
    pub(super) fn optional_field(&mut self, fits: impl Fn(Type) -> bool) -> Option<Spelled> {
        let path = self.path(fits)?;
        Some(self.spelled_path(&path, ".?"))
    }

    /// `has(…)` of any field.
    pub(super) fn presence(&mut self) -> Spelled {
        let path = self.path(|_| true).unwrap_or(Path::Transaction("channel"));
        let rule = match &path {
            Path::Transaction(path) if !path.contains('.') => format!("tx.{path}"),
            _ => self.spelled_path(&path, ".").rule,
        };
        Spelled {
            rule: format!("has({rule})"),
            cel: format!("has({})", path.cel(".")),
            loops: path.loops(),
        }
    }

    fn path(&mut self, fits: impl Fn(Type) -> bool) -> Option<Path> {
        let fields: Vec<&'static str> =
            FIELDS.iter().filter(|field| fits(field.ty)).map(|field| field.path).collect();
        let columns: Vec<&'static str> =
            COLUMNS.iter().filter(|(.., ty)| fits(*ty)).map(|(path, ..)| *path).collect();
        let charge = self.charge();
        match charge {
            Some(charge) if !columns.is_empty() && !self.chance(4) => {
                Some(Path::Charge(charge, self.one(&columns)))
            }
            _ if !columns.is_empty() && self.room() > 0 && self.chance(8) => {
                Some(Path::Previous(self.one(&columns)))
            }
            _ if !fields.is_empty() => Some(Path::Transaction(self.one(&fields))),
            _ => None,
        }
    }

    fn spelled_path(&mut self, path: &Path, last_dot: &str) -> Spelled {
        let rule = match path {
            Path::Transaction(path) if path.contains('.') => dotted(path, last_dot),
            Path::Transaction(path) if last_dot == "." && !self.chance(4) => (*path).to_owned(),
            Path::Transaction(path) => format!("tx{last_dot}{path}"),
            Path::Charge(name, path) => dotted(&format!("{name}.{path}"), last_dot),
            Path::Previous(path) => dotted(&format!("card.previous.{path}"), last_dot),
        };
        Spelled { rule, cel: path.cel(last_dot), loops: path.loops() }
    }

    /// A field of this code set.
    pub(super) fn code_field(&mut self, code: Code) -> Spelled {
        self.field(|ty| ty == Type::Code(code)).unwrap_or_else(|| Spelled::same("\"\""))
    }

    pub(super) fn text_field(&mut self) -> Spelled {
        // Ids of remembered charges are not texts.
        self.field(|ty| ty == Type::Text).unwrap_or_else(|| Spelled::same("\"\""))
    }
}

enum Path {
    Transaction(&'static str),
    Charge(&'static str, &'static str),
    Previous(&'static str),
}

impl Path {
    fn loops(&self) -> usize {
        usize::from(matches!(self, Path::Previous(_)))
    }

    fn cel(&self, last_dot: &str) -> String {
        match self {
            Path::Transaction(path) => dotted(&format!("tx.{path}"), last_dot),
            Path::Charge(name, path) => dotted(&format!("{name}.{path}"), last_dot),
            Path::Previous(path) => dotted(&format!("{PREVIOUS}.{path}"), last_dot),
        }
    }
}

fn dotted(path: &str, last_dot: &str) -> String {
    let (group, field) = path.rsplit_once('.').unwrap_or((path, ""));
    format!("{group}{last_dot}{field}")
}
