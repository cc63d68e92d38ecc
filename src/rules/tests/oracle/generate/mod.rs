//! Generates random well-typed expressions, each in two spellings: one for a rule, one for the
//! interpreter.
//!
//! The second spelling differs where the language is documented to differ from CEL: money is a
//! number of minor units; a whole-number literal next to a decimal is a decimal; durations have no
//! days; fields are under `tx`, so that a top-level one can be absent; shorthands are expanded.
//! Doubles are compared through `order`, which records when they are so close that the order of a
//! sum matters.

mod conditions;
mod fields;
mod lists;
mod numbers;
mod texts;
mod times;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ty {
    Bool,
    Int,
    Double,
    Money,
    Text,
    Time,
    Duration,
}

impl Ty {
    pub const ALL: [Ty; 7] =
        [Ty::Bool, Ty::Int, Ty::Double, Ty::Money, Ty::Text, Ty::Time, Ty::Duration];

    pub fn is_number(self) -> bool {
        matches!(self, Ty::Int | Ty::Double | Ty::Money)
    }
}

/// How deeply loops over the card's past may nest. The interpreter runs all of them.
const LOOPS_MAX: usize = 2;

/// An expression in both spellings.
#[derive(Debug, Clone)]
pub struct Spelled {
    pub rule: String,
    pub cel: String,
    /// How deeply its loops over the card's past nest.
    pub loops: usize,
}

impl Spelled {
    /// The same text in both spellings.
    fn same(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { rule: text.clone(), cel: text, loops: 0 }
    }

    fn two(rule: impl Into<String>, cel: impl Into<String>) -> Self {
        Self { rule: rule.into(), cel: cel.into(), loops: 0 }
    }

    /// A shorthand for one pass over the past.
    fn shorthand(rule: impl Into<String>, cel: impl Into<String>) -> Self {
        Self { loops: 1, ..Self::two(rule, cel) }
    }

    /// A macro over a list, such as `.exists(t, …)`.
    fn of_each(template: &str, list: &Spelled, name: &Spelled, body: &Spelled) -> Self {
        let loops = list.loops.max(1 + body.loops);
        Self { loops, ..Self::of(template, &[list, name, body]) }
    }

    /// A template with `{}` for each part.
    fn of(template: &str, parts: &[&Spelled]) -> Self {
        Self::both(template, template, parts)
    }

    /// A template for each spelling.
    fn both(rule: &str, cel: &str, parts: &[&Spelled]) -> Self {
        let (rules, cels) = parts.iter().map(|part| (&*part.rule, &*part.cel)).unzip();
        let loops = parts.iter().map(|part| part.loops).max().unwrap_or(0);
        Self { rule: filled(rule, rules), cel: filled(cel, cels), loops }
    }
}

fn filled(template: &str, parts: Vec<&str>) -> String {
    let mut pieces = template.split("{}");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for (piece, part) in pieces.zip(parts) {
        out.push_str(part);
        out.push_str(piece);
    }
    out
}

/// What a macro's variable refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    Charge,
    Value(Ty),
}

/// A generated feature.
#[derive(Debug, Clone)]
pub struct Feature {
    pub name: String,
    pub ty: Ty,
    pub spelled: Spelled,
}

pub struct Generator<'r> {
    rng: &'r mut ChaCha8Rng,
    scope: Vec<(&'static str, Bound)>,
    /// How many macros enclose the current expression. It determines the name of the next variable.
    nesting: usize,
    pub features: Vec<Feature>,
}

const VARIABLES: [&str; 6] = ["t", "u", "v", "w", "x", "y"];

impl<'r> Generator<'r> {
    pub fn new(rng: &'r mut ChaCha8Rng) -> Self {
        Self { rng, scope: Vec::new(), nesting: 0, features: Vec::new() }
    }

    /// Adds a feature, which later ones may name.
    pub fn feature(&mut self, ty: Ty, depth: u32) {
        let spelled = self.of_type(ty, depth);
        let name = format!("f{}", self.features.len());
        self.features.push(Feature { name, ty, spelled });
    }

    pub fn of_type(&mut self, ty: Ty, depth: u32) -> Spelled {
        match ty {
            Ty::Bool => self.bool(depth),
            Ty::Int => self.int(depth),
            Ty::Double => self.double(depth),
            Ty::Money => self.money(depth),
            Ty::Text => self.text(depth),
            Ty::Time => self.time(depth),
            Ty::Duration => self.duration(depth),
        }
    }

    fn below(&mut self, end: usize) -> usize {
        self.rng.random_range(0..end)
    }

    fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }

    fn one<T: Clone>(&mut self, all: &[T]) -> T {
        let at = self.below(all.len());
        all[at].clone()
    }

    /// One of the templates, with the parts.
    fn any_of(&mut self, templates: &[&str], parts: &[&Spelled]) -> Spelled {
        Spelled::of(self.one(templates), parts)
    }

    /// `condition ? a : b`
    fn choice(&mut self, ty: Ty, depth: u32) -> Spelled {
        let (condition, a, b) =
            (self.bool(depth), self.of_type(ty, depth), self.of_type(ty, depth));
        Spelled::of("({} ? {} : {})", &[&condition, &a, &b])
    }

    /// How many more loops over the past may nest here.
    fn room(&self) -> usize {
        LOOPS_MAX.saturating_sub(self.nesting)
    }

    /// A feature of this type. The interpreter's spelling has its whole expression, in parentheses.
    fn named_feature(&mut self, ty: Ty) -> Option<Spelled> {
        let room = self.room();
        let fits = |feature: &&Feature| feature.ty == ty && feature.spelled.loops <= room;
        let known: Vec<Feature> = self.features.iter().filter(fits).cloned().collect();
        let feature = (!known.is_empty()).then(|| self.one(&known))?;
        let cel = format!("({})", feature.spelled.cel);
        Some(Spelled { rule: feature.name, cel, loops: feature.spelled.loops })
    }

    /// A variable in scope that is a value of this type.
    fn variable(&mut self, ty: Ty) -> Option<Spelled> {
        let bound = self.scope.iter().rev().find(|(_, bound)| *bound == Bound::Value(ty));
        bound.map(|(name, _)| Spelled::same(*name))
    }

    /// The charge of an enclosing macro, usually of the innermost one.
    fn charge(&mut self) -> Option<&'static str> {
        let charges = self.scope.iter().filter(|(_, bound)| *bound == Bound::Charge);
        let names: Vec<&str> = charges.map(|(name, _)| *name).collect();
        if names.len() > 1 && self.chance(3) {
            Some(self.one(&names))
        } else {
            names.last().copied()
        }
    }

    /// Generates an expression in which a new variable refers to `bound`.
    fn within<T>(&mut self, bound: Bound, write: impl FnOnce(&mut Self) -> T) -> (&'static str, T) {
        let name = VARIABLES[self.nesting % VARIABLES.len()];
        self.nesting += 1;
        self.scope.push((name, bound));
        let written = write(self);
        self.scope.pop();
        self.nesting -= 1;
        (name, written)
    }
}
