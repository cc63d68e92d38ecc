//! Parses the text of an expression into a tree with places.
//!
//! Only this file knows the parser, which is the `cel` crate's. Its tree is immediately lowered to
//! [`Node`], so no other file depends on it. Calls stay as written: the checker expands macros.

use super::super::diagnostics::Diagnostics;
use super::super::source::SourceText;
use super::node::{Kind, NULL, Node, Operator};
use super::parse_errors::{DEPTH_MAX, SHORTER};
use super::{parse_errors, typos};
use cel::common::ast::{Expr, IdedExpr, LiteralValue, SourceInfo, operators};
use std::ops::Range;

/// How deep the tree of an expression may be. A chain of operators or calls makes it deep too, and the
/// stack that a recursive walk needs grows with the depth.
const TREE_DEPTH_MAX: usize = 256;

/// How long an expression may be. The stack that the parser needs grows with the length of a chain.
const TEXT_BYTES_MAX: usize = 4_096;

/// Parses one expression. Errors go to `diagnostics`.
pub fn parse(text: &SourceText, diagnostics: &mut Diagnostics) -> Option<Node> {
    if text.value.trim().is_empty() {
        diagnostics.error(text.whole(), "an expression is missing here").label("empty");
        return None;
    }
    if text.value.len() > TEXT_BYTES_MAX {
        let length = text.value.len();
        let message = format!("an expression has at most {TEXT_BYTES_MAX} bytes, this {length}");
        diagnostics.error(text.whole(), message).help(SHORTER);
        return None;
    }
    let parser = cel::Env::default().parser().max_recursion_depth(DEPTH_MAX);
    match parser.parse_with_source_info(&text.value) {
        Ok((tree, _)) if depth(&tree) > TREE_DEPTH_MAX => {
            let message = format!("this expression chains more than {TREE_DEPTH_MAX} operations");
            diagnostics.error(text.whole(), message).help(SHORTER);
            None
        }
        Ok((tree, places)) => Some(Lowering { text, places: &places }.node(&tree)),
        Err(errors) => {
            if !typos::report(text, diagnostics) {
                let first = errors.errors.first().map(|error| (error.pos, error.msg.as_str()));
                parse_errors::report(text, first, diagnostics);
            }
            None
        }
    }
}

/// The depth of a tree. Not recursive, since the tree may be too deep for recursion.
fn depth(tree: &IdedExpr) -> usize {
    let mut deepest = 0;
    let mut open = vec![(tree, 1)];
    while let Some((tree, depth)) = open.pop() {
        deepest = deepest.max(depth);
        let mut push = |part| open.push((part, depth + 1));
        match &tree.expr {
            Expr::Select(select) => push(&select.operand),
            Expr::Call(call) => call.target.as_deref().into_iter().chain(&call.args).for_each(push),
            Expr::List(list) => list.elements.iter().for_each(push),
            // Not part of the language, so not walked further.
            _ => {}
        }
    }
    deepest
}

struct Lowering<'t> {
    pub(super) text: &'t SourceText,
    places: &'t SourceInfo,
}

impl Lowering<'_> {
    fn node(&self, tree: &IdedExpr) -> Node {
        let own = self.own(tree.id);
        let (kind, range) = match &tree.expr {
            Expr::Literal(literal) => (self.literal(literal, own.clone()), own),
            Expr::Ident(name) => (Kind::Name(name.trim_start_matches('.').to_owned()), own),
            Expr::Select(select) => {
                let operand = self.node(&select.operand);
                return self.select(operand, select.field.clone(), false, own);
            }
            Expr::Call(call) => {
                return self.call(&call.func_name, call.target.as_deref(), &call.args, own);
            }
            Expr::List(list) if list.optional_indices.is_empty() => {
                let items: Vec<Node> = list.elements.iter().map(|item| self.node(item)).collect();
                let end = items.last().map_or(own.end, |last| self.offset(last.span.end));
                (Kind::List(items), own.start..self.after(end, ']'))
            }
            Expr::List(_) => (Kind::Unsupported("optional list elements"), own),
            Expr::Map(_) => (Kind::Unsupported("maps"), own),
            Expr::Struct(_) => (Kind::Unsupported("message types"), own),
            Expr::Comprehension(_) | Expr::Unspecified => {
                (Kind::Unsupported("this expression"), own)
            }
        };
        Node { kind, span: self.text.span(range) }
    }

    fn literal(&self, literal: &LiteralValue, own: Range<usize>) -> Kind {
        match literal {
            LiteralValue::Boolean(value) => Kind::Bool(*value.inner()),
            LiteralValue::Int(value) => Kind::Int(*value.inner()),
            LiteralValue::Double(value) => {
                Kind::Double(*value.inner(), self.digits(*value.inner(), own))
            }
            LiteralValue::String(value) => Kind::Text(value.inner().to_owned()),
            LiteralValue::Bytes(_) => Kind::Unsupported("bytes"),
            LiteralValue::UInt(_) => Kind::Unsupported("unsigned integers"),
            LiteralValue::Null => Kind::Unsupported(NULL),
        }
    }

    /// The digits of a double as written. The parser counts the sign as a part of the number, but the place
    /// that it gives may not include the sign.
    fn digits(&self, value: f64, own: Range<usize>) -> String {
        let written = self.text.value.get(own).unwrap_or("").trim();
        let signed = format!("-{written}");
        let is_it = |text: &&str| text.parse::<f64>().is_ok_and(|same| same == value);
        let found = [written, &signed].into_iter().find(is_it);
        found.map_or_else(|| value.to_string(), str::to_owned)
    }

    fn select(&self, operand: Node, field: String, optional: bool, own: Range<usize>) -> Node {
        let rest = self.text.value.get(own.end..).unwrap_or("");
        let start = own.end + rest.find(field.as_str()).unwrap_or(0);
        let span = operand.span.to(self.text.span(start..start + field.len()));
        Node { kind: Kind::Select { operand: Box::new(operand), field, optional }, span }
    }

    fn call(
        &self,
        function: &str,
        target: Option<&IdedExpr>,
        arguments: &[IdedExpr],
        own: Range<usize>,
    ) -> Node {
        let target = target.map(|target| Box::new(self.node(target)));
        let arguments: Vec<Node> = arguments.iter().map(|argument| self.node(argument)).collect();
        if function == operators::INDEX {
            return self.index(arguments, own);
        }
        match (operation(function), target, arguments) {
            (Some(make), None, arguments) => self.operation(make, arguments, own),
            (None, target, arguments) if function == operators::OPT_SELECT => {
                let mut parts = arguments.into_iter();
                match (target, parts.next(), parts.next().map(|node| node.kind)) {
                    (None, Some(operand), Some(Kind::Text(field))) => {
                        self.select(operand, field, true, own)
                    }
                    _ => Node {
                        kind: Kind::Unsupported("this expression"),
                        span: self.text.span(own),
                    },
                }
            }
            (_, target, arguments) => self.named_call(function, target, arguments, own),
        }
    }

    fn named_call(
        &self,
        function: &str,
        target: Option<Box<Node>>,
        arguments: Vec<Node>,
        own: Range<usize>,
    ) -> Node {
        let last = arguments.last().map_or(own.end, |last| self.offset(last.span.end));
        let end = self.after(last, ')');
        // The parser gives a call the place of its opening parenthesis.
        let before = self.text.value.get(..own.start).unwrap_or("");
        let name_start = before.trim_end().len().saturating_sub(function.len());
        let own_span = self.text.span(name_start..end);
        let span = target.as_ref().map_or(own_span, |target| target.span.to(own_span));
        if function == operators::OPT_INDEX {
            return Node { kind: Kind::Unsupported("`[?…]`"), span: self.text.span(own) };
        }
        Node { kind: Kind::Call { target, name: function.to_owned(), arguments }, span }
    }

    fn index(&self, arguments: Vec<Node>, own: Range<usize>) -> Node {
        let mut parts = arguments.into_iter().map(Box::new);
        match (parts.next(), parts.next()) {
            (Some(list), Some(index)) => {
                let end = self.after(self.offset(index.span.end), ']');
                let span = list.span.to(self.text.span(own.start..end));
                Node { kind: Kind::Index(list, index), span }
            }
            _ => Node { kind: Kind::Unsupported("this expression"), span: self.text.span(own) },
        }
    }

    fn operation(&self, make: Operation, arguments: Vec<Node>, own: Range<usize>) -> Node {
        let own = self.text.span(own);
        let span = arguments.iter().fold(own, |span, argument| span.to(argument.span));
        let mut parts = arguments.into_iter().map(Box::new);
        let kind = match (make, parts.next(), parts.next(), parts.next()) {
            (Operation::Not, Some(a), None, None) => Kind::Not(a),
            (Operation::Negate, Some(a), None, None) => Kind::Negate(a),
            (Operation::Binary(operator), Some(a), Some(b), None) => Kind::Binary(operator, a, b),
            (Operation::Conditional, Some(a), Some(b), Some(c)) => Kind::Conditional(a, b, c),
            _ => Kind::Unsupported("this expression"),
        };
        Node { kind, span }
    }

    /// The place of the node's own token, in bytes of the expression.
    fn own(&self, id: u64) -> Range<usize> {
        let (start, last) = self.places.offset_for(id).unwrap_or((0, 0));
        let length = self.text.value.len();
        (start as usize).min(length)..(last as usize + 1).min(length)
    }

    /// The end of the closing bracket at or after `end`, if only white space, commas and brackets come
    /// before it; otherwise `end`.
    fn after(&self, end: usize, close: char) -> usize {
        let rest = self.text.value.get(end..).unwrap_or("");
        match rest.find(close) {
            Some(at)
                if rest[..at]
                    .chars()
                    .all(|c| c.is_whitespace() || matches!(c, ',' | ')' | ']')) =>
            {
                end + at + 1
            }
            _ => end,
        }
    }

    fn offset(&self, in_file: usize) -> usize {
        self.text.offset(in_file)
    }
}

#[derive(Clone, Copy)]
enum Operation {
    Not,
    Negate,
    Binary(Operator),
    Conditional,
}

fn operation(function: &str) -> Option<Operation> {
    match function {
        operators::LOGICAL_NOT => Some(Operation::Not),
        operators::NEGATE => Some(Operation::Negate),
        operators::CONDITIONAL => Some(Operation::Conditional),
        _ => Operator::of(function).map(Operation::Binary),
    }
}
