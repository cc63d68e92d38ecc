//! Reports expressions that parse, but mean something else in CEL than in other languages:
//! `!x in list`, `5 < amount < 10`, `x == "A" || "B"`, `True`, an unquoted string.

use super::super::ir::{DERIVED, FIELDS, fields};
use super::super::language::{CallForm, Macro};
use super::super::syntax::{Kind, NULL, Node, Operator, is_null_word};
use super::super::types::{Code, Type};
use super::checker::{Checker, article};
use super::foreign_calls::written;
use crate::transaction::{Country, Currency};

/// Properties of other languages that are methods in CEL.
const PROPERTIES: [(&str, &str); 9] = [
    ("size", "size()"),
    ("length", "size()"),
    ("count", "size()"),
    ("hour", "getHours()"),
    ("minute", "getMinutes()"),
    ("weekday", "getDayOfWeek()"),
    ("day", "getDate()"),
    ("month", "getMonth()"),
    ("year", "getFullYear()"),
];

impl Checker<'_> {
    /// Reports an operation if its left side shows that the author did not mean it as CEL reads it.
    pub(super) fn is_misread(&mut self, operator: Operator, a: &Node, b: &Node) -> bool {
        match &a.kind {
            Kind::Not(inner) => self.is_negated_too_early(operator, inner, a, b),
            Kind::Binary(first, low, middle) if is_order(*first) && is_order(operator) => {
                let (low, middle, high) = (written(low), written(middle), written(b));
                let (first, second) = (symbol(*first), symbol(operator));
                self.error(a.span.to(b.span), "a comparison has two sides")
                    .help(format!("write `{low} {first} {middle} && {middle} {second} {high}`"));
                true
            }
            _ => false,
        }
    }

    /// `!merchant.country in ["DK"]`: `!` applies to the country only.
    fn is_negated_too_early(
        &mut self,
        operator: Operator,
        inner: &Node,
        a: &Node,
        b: &Node,
    ) -> bool {
        if !is_order(operator)
            && !matches!(operator, Operator::In | Operator::Equal | Operator::NotEqual)
        {
            return false;
        }
        let Some(id) = inner.path().and_then(|_| self.value(inner)) else { return false };
        let ty = self.tree.ty(id);
        if ty == Type::Bool {
            return false;
        }
        let help = format!("write `!({} {} {})`", written(inner), symbol(operator), written(b));
        self.error(a.span, format!("`!` belongs to {} here, and not to the whole", article(ty)))
            .label(format!("{ty}"))
            .help(help);
        true
    }

    /// Whether a node is `null`, or the word for it in another language.
    pub(super) fn is_null(&self, node: &Node) -> bool {
        match &node.kind {
            Kind::Unsupported(what) => *what == NULL,
            Kind::Name(name) => {
                let is_bound = self.scope.iter().any(|(bound, _)| bound == name);
                is_null_word(name) && !is_bound && !self.features.contains_key(name)
            }
            _ => false,
        }
    }

    /// Help for `x == "A" || "B"`.
    pub(super) fn help_for_condition(&self, node: &Node) -> Option<&'static str> {
        matches!(node.kind, Kind::Text(_))
            .then_some("for one of several values, write `merchant.country in [\"DK\", \"SE\"]`")
    }

    /// Help for an unknown name that is not just misspelled.
    pub(super) fn help_for_name(&self, text: &str) -> Option<String> {
        let lower = text.to_ascii_lowercase();
        if matches!(lower.as_str(), "true" | "false") {
            return Some(format!("write `{lower}`"));
        }
        if is_null_word(text) {
            return Some(
                "a missing field is absent: ask with `has(…)`, or give it a default with `.?` and \
                 `.orValue(…)`"
                    .to_owned(),
            );
        }
        let is_list = |name: &str| self.lists.iter().any(|list| list == name);
        let list = text.strip_prefix("lists.").unwrap_or(text);
        if is_list(list) {
            return Some(format!("write `list(\"{list}\")`"));
        }
        if matches!(text, "list" | "lists") {
            return Some("write `list(\"name\")`".to_owned());
        }
        let known = FIELDS.iter().map(|field| field.path).chain(DERIVED.iter().copied());
        if let Some(path) = known.clone().find(|path| path.to_ascii_lowercase() == lower) {
            return Some(format!("did you mean `{path}`?"));
        }
        self.help_for_property(text).or_else(|| help_for_string(text))
    }

    /// Help for `merchant.name.length` and `now.hour`.
    fn help_for_property(&self, text: &str) -> Option<String> {
        let (path, last) = text.rsplit_once('.')?;
        let (_, method) = PROPERTIES.iter().find(|(name, _)| *name == last)?;
        let ty = fields::field(path).map(|(_, field)| field.ty);
        let is_of_it = match (path, ty) {
            ("now", _) | (_, Some(Type::Time)) => method.starts_with("get"),
            (_, Some(ty)) => ty.is_text() && *method == "size()",
            (_, None) => false,
        };
        is_of_it.then(|| format!("write `{path}.{method}`"))
    }
}

/// Properties of lists in other languages that are macros here.
const LIST_PROPERTIES: [(&str, Macro); 3] =
    [("length", Macro::Size), ("count", Macro::Size), ("last", Macro::Latest)];

/// Help for a method of a list or a charge that is written like a field.
pub(super) fn help_for_property_of_list(name: &str) -> Option<String> {
    let foreign = || LIST_PROPERTIES.iter().find(|(property, _)| *property == name);
    let is_plain = |it: &Macro| it.row().form == CallForm::Plain;
    let known = Macro::named(name).filter(is_plain).or_else(|| foreign().map(|(_, it)| *it))?;
    Some(format!("write `.{}()`", known.row().name))
}

/// Help for an unquoted string.
fn help_for_string(text: &str) -> Option<String> {
    let codes = [
        Code::Kind,
        Code::Channel,
        Code::Funding,
        Code::Status,
        Code::Check,
        Code::ThreeDSecure,
        Code::Reason,
    ];
    let is_capital = text.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_code = is_capital && (Country::parse(text).is_some() || Currency::parse(text).is_some())
        || codes.iter().any(|code| code.names().any(|name| name == text));
    is_code.then(|| format!("a string must be in quotes: `\"{text}\"`"))
}

fn is_order(operator: Operator) -> bool {
    matches!(
        operator,
        Operator::Less | Operator::LessEqual | Operator::Greater | Operator::GreaterEqual
    )
}

fn symbol(operator: Operator) -> &'static str {
    match operator {
        Operator::Equal => "==",
        Operator::NotEqual => "!=",
        Operator::Less => "<",
        Operator::LessEqual => "<=",
        Operator::Greater => ">",
        Operator::GreaterEqual => ">=",
        Operator::In => "in",
        Operator::And => "&&",
        Operator::Or => "||",
        Operator::Add => "+",
        Operator::Subtract => "-",
        Operator::Multiply => "*",
        Operator::Divide => "/",
        Operator::Remainder => "%",
    }
}
