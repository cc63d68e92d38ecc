//! Resolves dotted names: fields of the transaction, columns of a remembered charge, features, and
//! shorthands such as `travel.km`.

use super::super::diagnostics::{Span, nearest};
use super::super::ir::{
    Aggregate, Arithmetic, COLUMNS, Column, Comparison, Conversion, DERIVED, FIELDS, Fold, Form,
    Id, Op, Output, Source, fields,
};
use super::super::language::{Accumulation, Statistic};
use super::super::syntax::{Kind, Node};
use super::super::types::Type;
use super::checked_types::{Charge, Checked, List, Unit};
use super::checker::Checker;
use super::misreadings::help_for_property_of_list;
use crate::number::NearestDouble;
use crate::transaction::{HOUR_MS, MINUTE_MS};

/// A dotted name as written.
struct Path<'n> {
    parts: Vec<&'n str>,
    /// Whether it contains `.?`.
    optional: bool,
    span: Span,
}

impl Path<'_> {
    fn text(&self) -> String {
        self.parts.join(".")
    }
}

fn dotted(node: &Node) -> Option<Path<'_>> {
    match &node.kind {
        Kind::Name(name) => Some(Path { parts: vec![name], optional: false, span: node.span }),
        Kind::Select { operand, field, optional } => {
            let mut path = dotted(operand)?;
            path.parts.push(field);
            path.optional |= optional;
            path.span = node.span;
            Some(path)
        }
        _ => None,
    }
}

impl Checker<'_> {
    pub(super) fn path(&mut self, node: &Node) -> Checked {
        if let Some(path) = dotted(node) {
            let checked = self.dotted(&path);
            return match checked {
                Checked::Value(id) if path.optional => Checked::Optional(id),
                checked => checked,
            };
        }
        self.select(node)
    }

    /// A field of an expression other than a name: `card.last("1h").latest().merchant.country`.
    fn select(&mut self, node: &Node) -> Checked {
        let mut parts = Vec::new();
        let mut is_optional = false;
        let mut root = node;
        while let Kind::Select { operand, field, optional } = &root.kind {
            parts.insert(0, field.as_str());
            is_optional |= optional;
            root = operand;
        }
        let path = parts.join(".");
        match self.check(root) {
            Checked::Broken => Checked::Broken,
            Checked::Charge(charge) => match self.column(charge, &path, node.span) {
                Checked::Value(id) if is_optional => Checked::Optional(id),
                checked => checked,
            },
            _ => {
                let entry = self.error(node.span, format!("this has no field `{path}`"));
                if let Some(help) = help_for_property_of_list(&path) {
                    entry.help(help);
                }
                Checked::Broken
            }
        }
    }

    fn dotted(&mut self, path: &Path<'_>) -> Checked {
        let (first, rest) = path.parts.split_first().map_or(("", &[][..]), |(f, r)| (*f, r));
        let bound = self.scope.iter().rev().find(|(name, _)| name == first).map(|b| b.1.clone());
        if let Some(bound) = bound {
            return self.variable(bound, first, &rest.join("."), path.span);
        }
        if rest.is_empty() && self.features.contains_key(first) {
            self.used_features.insert(first.to_owned());
            let checked = self.feature(first, path.span);
            if let Checked::Value(id) = checked {
                self.record_name(first, id);
            }
            return checked;
        }
        if let ["card", "previous", column @ ..] = path.parts.as_slice()
            && !column.is_empty()
        {
            return self.previous_column(&column.join("."), path.span);
        }
        let text = path.text();
        let text = text.strip_prefix("tx.").unwrap_or(&text);
        if let Some((at, field)) = fields::field(text) {
            let op = if text == "time" { Op::Now } else { Op::Field(at) };
            let id = self.tree.intern(op, field.ty);
            if text == "amount_original" {
                self.units.insert(id, Unit::MoneyAsCharged);
            }
            self.record_name(text, id);
            return Checked::Value(id);
        }
        self.derived(text, path.span).unwrap_or_else(|| self.unknown(text, path.span))
    }

    fn variable(&mut self, bound: Checked, name: &str, rest: &str, span: Span) -> Checked {
        match bound {
            Checked::Charge(charge) if !rest.is_empty() => self.column(charge, rest, span),
            bound if rest.is_empty() => bound,
            _ => {
                self.error(span, format!("`{name}` has no field `{rest}`"));
                Checked::Broken
            }
        }
    }

    fn previous_column(&mut self, column: &str, span: Span) -> Checked {
        let Some(Checked::Charge(charge)) = self.derived("card.previous", span) else {
            return Checked::Broken;
        };
        let checked = self.column(charge, column, span);
        if let Checked::Value(id) = checked {
            self.record_name(&format!("card.previous.{column}"), id);
        }
        checked
    }

    fn column(&mut self, charge: Charge, path: &str, span: Span) -> Checked {
        let Some((_, column, ty)) = COLUMNS.iter().find(|(known, ..)| *known == path) else {
            return self.unknown_column(path, span);
        };
        let op = match charge {
            Charge::Current(depth) => Op::Column(depth, *column),
            Charge::Picked(pick) => Op::PickedColumn(pick, *column),
        };
        Checked::Value(self.tree.intern(op, *ty))
    }

    fn unknown_column(&mut self, path: &str, span: Span) -> Checked {
        let names = COLUMNS.iter().map(|(name, ..)| *name);
        let near = names
            .clone()
            .find(|name| name.ends_with(&format!(".{path}")))
            .or_else(|| nearest(path, names));
        let help = match near {
            _ if fields::field(path).is_some() => {
                "this transaction has it, and of earlier ones it is not remembered; \
                 docs/rules/reference.md lists what is"
                    .to_owned()
            }
            Some(near) => format!("did you mean `.{near}`?"),
            None => "docs/rules/reference.md lists what is remembered of a charge".to_owned(),
        };
        self.error(span, format!("a remembered charge has no `{path}`"))
            .label("unknown")
            .help(help);
        Checked::Broken
    }

    fn unknown(&mut self, text: &str, span: Span) -> Checked {
        let under = fields::under(text);
        if !under.is_empty() {
            self.error(span, format!("`{text}` is a group of fields"))
                .help(format!("name one of them: {}", under.join(", ")));
            return Checked::Broken;
        }
        let help = self.help_for_name(text).unwrap_or_else(|| {
            let features = self.features.keys().map(String::as_str);
            let known = FIELDS.iter().map(|field| field.path).chain(DERIVED.iter().copied());
            match nearest(text, known.chain(features)).filter(|_| text.len() > 2) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "docs/rules/reference.md lists all names".to_owned(),
            }
        });
        self.error(span, format!("nothing is named `{text}`")).label("unknown").help(help);
        Checked::Broken
    }

    /// Expands a shorthand such as `travel.km`.
    fn derived(&mut self, text: &str, span: Span) -> Option<Checked> {
        let id = match text {
            "now" => self.tree.intern(Op::Now, Type::Time),
            "card.previous" => {
                let whole = self.whole_past(None);
                return Some(Checked::Charge(Charge::Picked(self.pick(whole, Fold::Latest))));
            }
            "card.countries" => return Some(Checked::Countries),
            "card.first_seen" => self.tree.intern(Op::FirstSeen, Type::Time),
            "travel.km" => self.travel_km(),
            "travel.kmh" => self.travel_kmh(),
            "home.km" => {
                let names = ["cardholder.latitude", "cardholder.longitude"];
                let [lat, lon] = names.map(|name| self.plain_field(name));
                self.km_from(lat, lon)
            }
            "habit.amount.mean" => self.habit(Output::Statistic(Statistic::Mean)),
            "habit.amount.sd" => self.habit(Output::Statistic(Statistic::Deviation)),
            "habit.amount.n" => self.habit(Output::Count),
            "habit.amount.z" => self.habit_z(),
            _ => return None,
        };
        let _ = span;
        self.record_name(text, id);
        Some(Checked::Value(id))
    }

    fn plain_field(&mut self, path: &str) -> Id {
        let (at, ty) = fields::field(path).map_or((0, Type::Double), |(at, field)| (at, field.ty));
        self.tree.intern(Op::Field(at), ty)
    }

    pub(super) fn whole_past(&self, select: Option<Id>) -> List {
        let window_ms = self.environment.retention_ms;
        List { source: Source::Charges, depth: self.depth, window_ms, select, is_explicit: false }
    }

    pub(super) fn pick(&mut self, list: List, fold: Fold) -> Id {
        self.result(list, fold, Output::Picked, Type::Int)
    }

    pub(super) fn result(&mut self, list: List, fold: Fold, output: Output, ty: Type) -> Id {
        let List { source, depth, window_ms, select, is_explicit } = list;
        let aggregate = Aggregate { source, depth, window_ms, select, fold, is_explicit };
        self.tree.result(aggregate, output, ty)
    }

    fn km_from(&mut self, latitude: Id, longitude: Id) -> Id {
        let there = ["merchant.latitude", "merchant.longitude"];
        let [to_latitude, to_longitude] = there.map(|name| self.plain_field(name));
        let op = Op::Distance([latitude, longitude, to_latitude, to_longitude]);
        let id = self.tree.intern(op, Type::Double);
        self.units.insert(id, Unit::Kilometres);
        id
    }

    /// Picks the latest card-present charge whose location is known.
    fn last_place(&mut self) -> Id {
        let present = self.tree.intern(Op::Column(self.depth, Column::CardPresent), Type::Bool);
        let latitude = self.tree.intern(Op::Column(self.depth, Column::Latitude), Type::Double);
        let placed = self.tree.intern(Op::Present(latitude), Type::Bool);
        let select = self.tree.intern(Op::And(present, placed), Type::Bool);
        let list = self.whole_past(Some(select));
        self.pick(list, Fold::Latest)
    }

    fn travel_km(&mut self) -> Id {
        let pick = self.last_place();
        let mut at = |column| self.tree.intern(Op::PickedColumn(pick, column), Type::Double);
        let (latitude, longitude) = (at(Column::Latitude), at(Column::Longitude));
        self.km_from(latitude, longitude)
    }

    fn travel_kmh(&mut self) -> Id {
        let km = self.travel_km();
        let pick = self.last_place();
        let then = self.tree.intern(Op::PickedColumn(pick, Column::Time), Type::Time);
        let now = self.tree.intern(Op::Now, Type::Time);
        let mut whole =
            |op, a, b| self.tree.intern(Op::Calculate(Form::Whole, op, a, b), Type::Int);
        let interval = whole(Arithmetic::Subtract, now, then);
        let minute = self.tree.constant(MINUTE_MS as u64, Type::Int);
        let op = Op::Calculate(Form::Whole, Arithmetic::Greatest, interval, minute);
        let interval = self.tree.intern(op, Type::Int);
        let interval =
            self.tree.intern(Op::Convert(Conversion::IntToDouble, interval), Type::Double);
        let hour = self.tree.constant(HOUR_MS.nearest_double().to_bits(), Type::Double);
        let hours = self.floats(Arithmetic::Divide, interval, hour);
        let id = self.floats(Arithmetic::Divide, km, hours);
        self.units.insert(id, Unit::KilometresPerHour);
        id
    }

    pub(super) fn floats(&mut self, op: Arithmetic, a: Id, b: Id) -> Id {
        self.tree.intern(Op::Calculate(Form::Float, op, a, b), Type::Double)
    }

    fn habit(&mut self, output: Output) -> Id {
        let approved = self.tree.intern(Op::Column(self.depth, Column::Approved), Type::Bool);
        let amount = self.tree.intern(Op::Column(self.depth, Column::Amount), Type::Money);
        let list = self.whole_past(Some(approved));
        let list = self.without_reversed(list);
        if output == Output::Count {
            return self.result(
                list,
                Fold::Accumulation(Accumulation::Moments, amount),
                output,
                Type::Int,
            );
        }
        let id = self.result(
            list,
            Fold::Accumulation(Accumulation::Moments, amount),
            output,
            Type::Double,
        );
        self.units.insert(id, Unit::Money);
        id
    }

    fn habit_z(&mut self) -> Id {
        let (mean, deviation) = (
            self.habit(Output::Statistic(Statistic::Mean)),
            self.habit(Output::Statistic(Statistic::Deviation)),
        );
        let amount = self.plain_field("amount");
        let amount = self.tree.intern(Op::Convert(Conversion::MoneyToDouble, amount), Type::Double);
        let above = self.floats(Arithmetic::Subtract, amount, mean);
        self.floats(Arithmetic::Divide, above, deviation)
    }

    /// `x in card.countries`: the country of a remembered charge, or of one that was cut.
    pub(super) fn in_countries(&mut self, country: Id) -> Id {
        let column = self.country_column();
        let same = Op::Compare(Form::Whole, Comparison::Equal, column, country);
        let same = self.tree.intern(same, Type::Bool);
        let list = self.whole_past(Some(same));
        let remembered = self.result(list, Fold::Count, Output::ExistsWithCut, Type::Bool);
        let cut = self.tree.intern(Op::CutCountry(country), Type::Bool);
        self.tree.intern(Op::Or(remembered, cut), Type::Bool)
    }
}
