//! Warns about literals that no value can equal, and about literals that are probably mistakes.
//!
//! If the literal alone decides a comparison, as in `currency == "usd"`, another lint has already
//! reported it with the same help. It is not reported again.

use super::super::diagnostics::{Diagnostics, Span};
use super::super::ir::{Id, Op, Tree};
use super::super::types::Type;
use super::suspicion::{Suspicion, message};
use std::borrow::Cow;
use std::collections::HashSet;

/// A literal that probably never equals the value it is compared with.
#[derive(Debug)]
pub struct SuspectLiteral {
    pub span: Span,
    /// The path of the field that it is compared with, if it is one.
    pub field: Option<&'static str>,
    pub text: String,
    pub suspicion: Suspicion,
}

/// The text of a string literal or of a constant code.
pub fn written_text(tree: &Tree, id: Id) -> Option<Cow<'_, str>> {
    match (tree.op(id), tree.ty(id)) {
        (Op::Constant(bits), Type::Code(code)) => Some(code.text(bits).to_string().into()),
        _ => tree.literal_text(id).map(Cow::Borrowed),
    }
}

/// Reports each literal once. The findings of other lints must be in `out` already.
pub fn report(literals: &[SuspectLiteral], out: &mut Diagnostics) {
    let mut seen = HashSet::new();
    for literal in literals {
        let Suspicion { is_certain, label, help } = &literal.suspicion;
        let is_new = seen.insert((literal.span, literal.field, literal.text.as_str()));
        if !is_new || *is_certain && out.has_certain_condition(literal.span, help) {
            continue;
        }
        let code = if *is_certain { "dead-literal" } else { "odd-literal" };
        let message = message(literal.field.as_slice(), &literal.text, *is_certain);
        out.warning(code, literal.span, message).label(*label).help(help.clone());
    }
}
