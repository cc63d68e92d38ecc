//! The checker: its state, and what all kinds of expressions have in common. The other files of this
//! folder add methods for one kind each.

use super::super::diagnostics::{Diagnostic, Diagnostics, Span};
use super::super::duration;
use super::super::environment::Environment;
use super::super::ir::{Id, Move, Op, Tree};
use super::super::language::PlainMacro;
use super::super::lists::ListUse;
use super::super::syntax::{Kind, NULL, Node};
use super::super::types::Type;
use super::super::values::SuspectLiteral;
use super::checked_types::{Checked, List, NAMED_LIST_HELP, Named, Unit};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// How deeply expressions may nest, including the features that they use.
const NESTING_MAX: usize = 200;

/// How many operations deep the computation of a value may be.
const OPERATIONS_MAX: u32 = 400;

pub(super) enum Feature {
    Written(Node),
    InProgress,
    Done(Checked),
}

pub struct Checker<'c> {
    pub tree: Tree,
    pub units: HashMap<Id, Unit>,
    pub(super) environment: Environment,
    pub(super) out: &'c mut Diagnostics,
    pub(super) features: HashMap<String, Feature>,
    /// The names of the ruleset's lists with files, then those of lists of the topic.
    pub lists: Vec<String>,
    /// How many of them have files.
    pub(super) lists_with_files: usize,
    /// Macro variables, innermost last.
    pub(super) scope: Vec<(String, Checked)>,
    /// How many macros over charges enclose the current expression.
    pub(super) depth: u8,
    /// Nodes already searched for macros that depend on each other too deeply.
    pub(super) shallow: HashSet<Id>,
    /// How many expressions enclose the current one, including those of features.
    nesting: usize,
    /// How many macro bodies have been expanded over literal lists.
    pub(super) unrolled: usize,
    pub(super) names: Vec<(Arc<str>, Id)>,
    /// The place of each value with its node.
    pub places: Vec<(Span, Id)>,
    /// Features used so far.
    pub used_features: HashSet<String>,
    /// Indexes of the named lists used so far.
    pub used_lists: HashSet<usize>,
    /// The lists without a file, each where it is named first.
    pub topic_lists: Vec<(String, Span)>,
    /// What named lists are compared with; `Op::TextInList` and `Op::IdInList` hold indexes into it.
    pub list_uses: Vec<ListUse>,
    /// Literals that probably never equal the value they are compared with.
    pub suspect_literals: Vec<SuspectLiteral>,
    /// Whether a feature is being checked: its names are not evidence of the rule that uses it.
    in_feature: bool,
}

impl<'c> Checker<'c> {
    pub fn new(
        environment: Environment,
        features: Vec<(String, Node)>,
        lists: Vec<String>,
        out: &'c mut Diagnostics,
    ) -> Self {
        let features = features.into_iter().map(|(name, node)| (name, Feature::Written(node)));
        Self {
            tree: Tree::new(
                10f64.powi(i32::from(environment.base_currency.exponent())),
                environment.events_per_card,
            ),
            units: HashMap::new(),
            environment,
            out,
            features: features.collect(),
            lists_with_files: lists.len(),
            lists,
            scope: Vec::new(),
            depth: 0,
            shallow: HashSet::new(),
            unrolled: 0,
            names: Vec::new(),
            places: Vec::new(),
            used_features: HashSet::new(),
            used_lists: HashSet::new(),
            topic_lists: Vec::new(),
            list_uses: Vec::new(),
            suspect_literals: Vec::new(),
            in_feature: false,
            nesting: 0,
        }
    }

    /// Checks a feature even if nothing uses it, so that its errors are reported.
    pub fn feature_value(&mut self, name: &str, span: Span) -> Option<Id> {
        match self.feature(name, span) {
            Checked::Value(id) | Checked::Optional(id) => Some(id),
            _ => None,
        }
    }

    /// Checks an expression that must be boolean.
    pub fn condition(&mut self, node: &Node) -> Option<Named> {
        let named = self.named(node)?;
        match self.tree.ty(named.id) {
            Type::Bool => Some(named),
            ty => {
                self.error(
                    node.span,
                    format!("a condition must be true or false, and this is {}", article(ty)),
                )
                .label(format!("{ty}"));
                None
            }
        }
    }

    /// Checks an expression that must be a number of points.
    pub fn points(&mut self, node: &Node) -> Option<Named> {
        let named = self.named(node)?;
        let ty = self.tree.ty(named.id);
        if !ty.is_number() {
            self.error(node.span, format!("points are a number, and this is {}", article(ty)));
            return None;
        }
        Some(named)
    }

    /// Checks an expression that must have a value, and collects the names that it uses.
    pub fn named(&mut self, node: &Node) -> Option<Named> {
        self.names.clear();
        let id = self.value(node)?;
        Some(Named { id, names: std::mem::take(&mut self.names) })
    }

    /// The place of each value with its node.
    pub fn places(&self) -> &[(Span, Id)] {
        &self.places
    }

    /// Whether no error has been reported yet.
    pub fn is_sound(&self) -> bool {
        !self.out.has_errors()
    }

    pub(super) fn error(&mut self, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        self.out.error(span, message)
    }

    /// The value of an expression. A list or a charge is not a value, and is reported.
    pub(super) fn value(&mut self, node: &Node) -> Option<Id> {
        let checked = self.check(node);
        self.as_value(checked, node.span)
    }

    pub(super) fn as_value(&mut self, checked: Checked, span: Span) -> Option<Id> {
        let (what, help) = match checked {
            Checked::Value(id) => return Some(id),
            Checked::Broken => return None,
            Checked::Optional(_) => ("an optional value", "give it a default: `.orValue(…)`"),
            Checked::Charges(_) => {
                ("a list of charges", "ask it for something: `.size()`, `.exists(t, …)`")
            }
            Checked::Mapped(..)
            | Checked::Distinct(..)
            | Checked::Values(_)
            | Checked::Countries => ("a list", "ask it for something: `.size()`, `x in …`"),
            Checked::Named(_) | Checked::ValuesOf(..) => ("a list", NAMED_LIST_HELP),
            Checked::Charge(_) => ("a charge", "name one of its fields, as in `.amount`"),
        };
        self.error(span, format!("this is {what}, and a value is needed")).label(what).help(help);
        None
    }

    pub(super) fn check(&mut self, node: &Node) -> Checked {
        if self.nesting == NESTING_MAX {
            return self.too_deep(node.span);
        }
        self.nesting += 1;
        let checked = self.checked(node);
        self.nesting -= 1;
        if let Checked::Value(id) | Checked::Optional(id) = checked {
            if self.tree.node(id).depth > OPERATIONS_MAX {
                return self.too_deep(node.span);
            }
            if !self.is_bounded(id, node.span) {
                return Checked::Broken;
            }
            self.places.push((node.span, id));
        }
        if matches!(checked, Checked::Broken) {
            self.ensure_reported(node.span);
        }
        checked
    }

    /// Reports an internal error if a broken expression was not reported. Otherwise its rule would be
    /// left out silently.
    pub fn ensure_reported(&mut self, span: Span) {
        if self.is_sound() {
            self.error(
                span,
                "internal error: expression rejected without a diagnostic; please \
                 report it",
            )
            .help("write it in another way, and report this text: it is redcard's mistake");
        }
    }

    fn too_deep(&mut self, span: Span) -> Checked {
        self.error(span, "this nests too deep, with the features that it names")
            .help("say it in fewer steps; a long list of values belongs in a file under [lists]");
        Checked::Broken
    }

    fn checked(&mut self, node: &Node) -> Checked {
        let value = match &node.kind {
            Kind::Bool(value) => Some(self.tree.constant(u64::from(*value), Type::Bool)),
            Kind::Int(value) => Some(self.tree.constant((*value).cast_unsigned(), Type::Int)),
            Kind::Double(value, digits) => Some(self.double_literal(*value, digits)),
            Kind::Text(value) => Some(self.tree.literal(value)),
            Kind::Name(_) | Kind::Select { .. } => return self.path(node),
            Kind::Call { target, name, arguments } => {
                return self.call(node, target.as_deref(), name, arguments);
            }
            Kind::Not(operand) => self.bool(operand).map(|id| self.not(id)),
            Kind::Negate(operand) => self.negate(operand),
            Kind::Binary(operator, a, b) => return self.binary(*operator, a, b, node.span),
            Kind::Conditional(condition, a, b) => self.conditional(condition, a, b),
            Kind::List(items) => return self.list_literal(items, node.span),
            Kind::Index(list, index) => return self.index(list, index, node.span),
            Kind::Unsupported(what) => {
                let entry = self.out.error(node.span, format!("the language has no {what}"));
                entry.label("left out of CEL");
                if *what == NULL {
                    entry.help("a missing field is absent: ask with `has(…)`, or give it a default with `.?` and `.orValue(…)`");
                }
                None
            }
            Kind::Invalid => None,
        };
        value.map_or(Checked::Broken, Checked::Value)
    }

    fn index(&mut self, list: &Node, index: &Node, span: Span) -> Checked {
        let checked = self.check(list);
        match (&checked, &index.kind) {
            (Checked::Broken, _) => Checked::Broken,
            (Checked::Values(values), _) => match self.value(index) {
                Some(id) if self.tree.ty(id) == Type::Int => self.literal_index(values, id, span),
                Some(id) => {
                    let ty = article(self.tree.ty(id));
                    self.error(index.span, format!("a place in a list is an int, not {ty}"));
                    Checked::Broken
                }
                None => Checked::Broken,
            },
            (Checked::Charges(_) | Checked::Mapped(..), Kind::Int(0)) => {
                self.picked(checked, PlainMacro::First, span)
            }
            (checked, _) => {
                let help = match checked {
                    Checked::Named(_) | Checked::ValuesOf(..) => NAMED_LIST_HELP,
                    _ => "a list of charges has `.first()` and `.latest()`",
                };
                self.error(span, "this is not read by its place").help(help);
                Checked::Broken
            }
        }
    }

    pub(super) fn bool(&mut self, node: &Node) -> Option<Id> {
        let id = self.value(node)?;
        match self.tree.ty(id) {
            Type::Bool => Some(id),
            ty => {
                let help = self.help_for_condition(node);
                let message = format!("true or false is needed here, and this is {}", article(ty));
                let entry = self.error(node.span, message).label(format!("{ty}"));
                if let Some(help) = help {
                    entry.help(help);
                }
                None
            }
        }
    }

    pub(super) fn not(&mut self, id: Id) -> Id {
        match self.tree.op(id) {
            Op::Not(inner) => inner,
            _ => self.tree.intern(Op::Not(id), Type::Bool),
        }
    }

    /// The text of an expression that must be a string literal.
    pub(super) fn literal<'n>(&mut self, node: &'n Node, example: &str) -> Option<&'n str> {
        match &node.kind {
            Kind::Text(text) => Some(text),
            _ => {
                self.error(node.span, "this must be written out as a string")
                    .help(format!("write it as in {example}"));
                None
            }
        }
    }

    pub(super) fn duration(&mut self, node: &Node) -> Option<i64> {
        let text = self.literal(node, "\"10m\"")?;
        let ms = duration::parse(text);
        if ms.is_none() {
            self.error(node.span, format!("`{text}` is not a duration"))
                .help("write it as in \"30s\", \"10m\", \"24h\", \"7d\" or \"1d12h\"");
        }
        ms
    }

    pub(super) fn feature(&mut self, name: &str, span: Span) -> Checked {
        let slot = self.features.get_mut(name).map(|f| std::mem::replace(f, Feature::InProgress));
        let checked = match slot {
            None => Checked::Broken,
            Some(Feature::InProgress) => {
                self.error(span, format!("the feature `{name}` is made of itself"))
                    .label("which leads back here");
                Checked::Broken
            }
            Some(Feature::Done(checked)) => checked,
            Some(Feature::Written(node)) => {
                let scope = std::mem::take(&mut self.scope);
                let (depth, outside) = (self.depth, self.in_feature);
                (self.depth, self.in_feature) = (0, true);
                let checked = self.check(&node);
                (self.scope, self.depth, self.in_feature) = (scope, depth, outside);
                checked
            }
        };
        self.features.insert(name.to_owned(), Feature::Done(checked.clone()));
        self.at_current_depth(checked)
    }

    /// Moves the list of a feature to the macro depth at which the feature is used.
    fn at_current_depth(&mut self, checked: Checked) -> Checked {
        let by = Move { from: 0, to: self.depth };
        if self.depth == 0 {
            return checked;
        }
        let list = |tree: &mut Tree, list: List| List {
            depth: self.depth,
            select: list.select.map(|select| tree.moved(select, by)),
            ..list
        };
        match checked {
            Checked::Charges(of) => Checked::Charges(list(&mut self.tree, of)),
            Checked::Mapped(of, value) => {
                Checked::Mapped(list(&mut self.tree, of), self.tree.moved(value, by))
            }
            Checked::Distinct(of, value) => {
                Checked::Distinct(list(&mut self.tree, of), self.tree.moved(value, by))
            }
            other => other,
        }
    }

    /// Records a name for the evidence.
    pub(super) fn record_name(&mut self, name: &str, id: Id) {
        if !self.in_feature && !self.names.iter().any(|(known, _)| &**known == name) {
            self.names.push((Arc::from(name), id));
        }
    }
}

/// `a string`, `an int`.
pub(super) fn article(ty: Type) -> String {
    let name = ty.to_string();
    let vowel = name.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {name}", if vowel { "an" } else { "a" })
}
