//! What each operation of the typed tree means: one value from the values of its children.

use super::super::fields::{FIELDS, Get};
use super::super::lists::NamedList;
use super::super::tree::{Conversion, Id, Op, Part, Source, TextTest, Tree};
use super::super::types::{Hash, Type};
use super::accumulate::Accumulator;
use super::slot::{self, Slot, State};
use crate::memory::{Event, Past, Recall, id_hash32, id_hash64};
use crate::transaction::{SECOND_MS, Time, Transaction, distance_km};
use std::borrow::Cow;

/// All that a value may be computed from.
#[derive(Clone, Copy)]
pub struct Context<'c> {
    pub tree: &'c Tree,
    pub lists: &'c [NamedList],
    /// Minor units in a unit of the base currency.
    pub scale: f64,
    pub tx: &'c Transaction<'c>,
    pub past: &'c Recall<'c>,
    /// The charge that a macro looks at.
    pub charge: Option<&'c Event>,
    pub results: &'c [Accumulator],
}

/// Where the values of children come from.
pub trait Registers {
    fn get(&self, id: Id) -> Slot;
}

/// Computes children on demand: for what is needed seldom (messages, evidence, points).
pub struct OnDemand<'c>(pub Context<'c>);

impl Registers for OnDemand<'_> {
    fn get(&self, id: Id) -> Slot {
        compute(self.0.tree.op(id), self, &self.0)
    }
}

/// The value of an operation.
#[inline]
pub fn compute(op: Op, registers: &impl Registers, context: &Context<'_>) -> Slot {
    let get = |id: Id| registers.get(id);
    match op {
        Op::Constant(bits) => Slot::exact(bits),
        Op::Now => Slot::exact(context.past.now.millis() as u64),
        Op::Field(at) => field(at, context.tx),
        Op::Column(column) => Slot::of(context.charge.and_then(|charge| column.get(charge))),
        Op::PickedColumn(pick, column) => {
            let charge = get(pick).known().and_then(|age| picked(pick, age, context));
            Slot::of(charge.and_then(|charge| column.get(charge)))
        }
        Op::FirstSeen => first_seen(context.past),
        Op::Result(aggregate, output) => context
            .results
            .get(usize::from(aggregate.0))
            .map_or(Slot::ABSENT, |result| result.output(output, context)),
        Op::Not(a) => Slot::maybe(get(a).known().map(|value| value == 0)),
        Op::And(a, b) => match get(a) {
            a if a.is_false() => a,
            a => slot::and(a, get(b)),
        },
        Op::Or(a, b) => match get(a) {
            a if a.is_true() => a,
            a => slot::or(a, get(b)),
        },
        Op::Choose(condition, a, b) => match get(condition).known() {
            Some(1) => get(a),
            Some(_) => get(b),
            None => Slot::ABSENT,
        },
        Op::Present(a) => Slot::bool(is_present(a, registers, context)),
        Op::OrElse(a, b) => Some(get(a)).filter(|slot| slot.is_present()).unwrap_or_else(|| get(b)),
        Op::Compare(form, comparison, a, b) => slot::compare(form, comparison, get(a), get(b)),
        Op::Calculate(form, op, a, b) => slot::calculate(form, op, get(a), get(b)),
        Op::Negate(form, a) => slot::negate(form, get(a)),
        Op::Convert(conversion, a) => convert(conversion, a, registers, context),
        Op::InSet(a, set) => {
            Slot::maybe(get(a).known().map(|bits| in_set(context.tree, set, bits)))
        }
        Op::TimePart(part, a, zone) => {
            Slot::of(get(a).known().and_then(|ms| time_part(part, ms as i64, zone, context.tree)))
        }
        Op::DurationPart(part, a) => {
            Slot::of(get(a).known().map(|ms| duration_part(part, ms as i64) as u64))
        }
        Op::Distance(parts) => distance(parts.map(get)),
        Op::CutCountry(a) => cut_country(get(a), context.past),
        Op::IdInList(hash, a, list) => Slot::maybe(get(a).known().and_then(|bits| {
            let list = context.lists.get(usize::from(list))?;
            Some(list.has_hash(hash, bits, context.past.now))
        })),
        Op::Test(..) | Op::Matches(..) | Op::TextSize(_) | Op::HashOf(..) | Op::TextInList(..) => {
            text_value(op, registers, context)
        }
        Op::Literal(_) | Op::CodeText(..) | Op::NumberText(..) | Op::Concatenate(..) => {
            Slot::ABSENT
        }
    }
}

fn is_present(id: Id, registers: &impl Registers, context: &Context<'_>) -> bool {
    match context.tree.ty(id) {
        Type::Text => text(id, registers, context).is_some(),
        _ => registers.get(id).is_present(),
    }
}

fn field(at: u16, tx: &Transaction<'_>) -> Slot {
    match FIELDS.get(usize::from(at)).map(|field| &field.get) {
        Some(Get::Bits(get)) => Slot::of(get(tx)),
        _ => Slot::ABSENT,
    }
}

/// The charge that was picked, before which `age` newer ones stand.
pub fn picked<'c>(pick: Id, age: u64, context: &Context<'c>) -> Option<&'c Event> {
    nth_newest(picked_from(context.tree, pick, context.past), age)
}

/// The list that a picked charge was picked from.
fn picked_from<'c>(tree: &Tree, pick: Id, past: &Recall<'c>) -> Past<'c> {
    match tree.op(pick) {
        Op::Result(id, _) if tree.aggregate(id).source == Source::Refunds => past.refunds,
        _ => past.charges,
    }
}

/// The charge before which `age` newer ones stand.
fn nth_newest(past: Past<'_>, age: u64) -> Option<&Event> {
    past.iter().rev().nth(age as usize)
}

fn first_seen(past: &Recall<'_>) -> Slot {
    let state = if past.is_cut(past.retention_ms) { State::AtMost } else { State::Exact };
    match past.charges.iter().next() {
        Some(oldest) => Slot { bits: oldest.time().millis() as u64, state },
        None => Slot::ABSENT,
    }
}

fn in_set(tree: &Tree, set: u16, bits: u64) -> bool {
    tree.sets.get(usize::from(set)).is_some_and(|set| set.contains(&bits))
}

/// True where a country was charged in beyond the cap; undecided where the past is cut and the
/// countries of what was cut are not known.
fn cut_country(country: Slot, past: &Recall<'_>) -> Slot {
    let Some(code) = country.known() else { return Slot::ABSENT };
    let since = past.now.millis().saturating_sub(past.retention_ms);
    let mut kept = past.cut_countries.iter().filter(|(_, at)| at.millis() > since);
    if kept.any(|(known, _)| u64::from(known.code()) == code) {
        return Slot::bool(true);
    }
    Slot::maybe(past.knows_countries().then_some(false))
}

fn convert(
    conversion: Conversion,
    a: Id,
    registers: &impl Registers,
    context: &Context<'_>,
) -> Slot {
    if matches!(conversion, Conversion::TextToInt | Conversion::TextToDouble) {
        let Some(text) = text(a, registers, context) else { return Slot::ABSENT };
        return match conversion {
            Conversion::TextToInt => Slot::of(text.parse::<i64>().ok().map(|value| value as u64)),
            _ => text.parse::<f64>().map_or(Slot::ABSENT, |value| Slot::float(value, State::Exact)),
        };
    }
    let Slot { bits, state } = registers.get(a);
    if state == State::Absent {
        return Slot::ABSENT;
    }
    let whole = bits as i64;
    match conversion {
        Conversion::MoneyToDouble => Slot::float(whole as f64 / context.scale, state),
        Conversion::IntToDouble => Slot::float(whole as f64, state),
        Conversion::DoubleToInt => truncated(f64::from_bits(bits), state),
        Conversion::MoneyToInt => truncated(whole as f64 / context.scale, state),
        Conversion::MillisToSeconds => Slot { bits: whole.div_euclid(SECOND_MS) as u64, state },
        Conversion::TextToInt | Conversion::TextToDouble => Slot::ABSENT,
    }
}

fn truncated(value: f64, state: State) -> Slot {
    const LIMIT: f64 = 9.2e18;
    if value.abs() < LIMIT {
        Slot { bits: value.trunc() as i64 as u64, state }
    } else {
        Slot::ABSENT
    }
}

fn distance(parts: [Slot; 4]) -> Slot {
    match parts.map(Slot::known) {
        [Some(a), Some(b), Some(c), Some(d)] => {
            let [a, b, c, d] = [a, b, c, d].map(f64::from_bits);
            Slot::float(distance_km(a, b, c, d), State::Exact)
        }
        _ => Slot::ABSENT,
    }
}

fn time_part(part: Part, ms: i64, zone: u16, tree: &Tree) -> Option<u64> {
    let zone = tree.zones.get(usize::from(zone))?;
    let at = zone.to_datetime(jiff::Timestamp::from_millisecond(ms).ok()?);
    let value = match part {
        Part::FullYear => i64::from(at.year()),
        Part::Month => i64::from(at.month()) - 1,
        Part::Date => i64::from(at.day()),
        Part::DayOfMonth => i64::from(at.day()) - 1,
        Part::DayOfWeek => i64::from(at.weekday().to_sunday_zero_offset()),
        Part::DayOfYear => i64::from(at.day_of_year()) - 1,
        Part::Hours => i64::from(at.hour()),
        Part::Minutes => i64::from(at.minute()),
        Part::Seconds => i64::from(at.second()),
        Part::Milliseconds => i64::from(at.millisecond()),
    };
    Some(value as u64)
}

fn duration_part(part: Part, ms: i64) -> i64 {
    match part {
        Part::Hours => ms / (3600 * SECOND_MS),
        Part::Minutes => ms / (60 * SECOND_MS),
        Part::Seconds => ms / SECOND_MS,
        _ => ms,
    }
}

fn text_value(op: Op, registers: &impl Registers, context: &Context<'_>) -> Slot {
    let read = |id: Id| text(id, registers, context);
    match op {
        Op::Test(test, a, b) => Slot::maybe(read(a).zip(read(b)).map(|(a, b)| holds(test, &a, &b))),
        Op::Matches(a, at) => {
            let pattern = context.tree.patterns.get(usize::from(at));
            Slot::maybe(read(a).zip(pattern).map(|(text, pattern)| pattern.is_match(&text)))
        }
        Op::TextSize(a) => Slot::of(read(a).map(|text| text.chars().count() as u64)),
        Op::HashOf(Hash::Bits64, a) => Slot::of(read(a).map(|text| id_hash64(&text))),
        Op::HashOf(Hash::Bits32, a) => Slot::of(read(a).map(|text| u64::from(id_hash32(&text)))),
        Op::TextInList(a, list) => {
            let list = context.lists.get(usize::from(list));
            let now = context.past.now;
            Slot::maybe(read(a).zip(list).map(|(text, list)| list.has(&text, now)))
        }
        _ => Slot::ABSENT,
    }
}

fn holds(test: TextTest, a: &str, b: &str) -> bool {
    match test {
        TextTest::Equal => a == b,
        TextTest::NotEqual => a != b,
        TextTest::Less => a < b,
        TextTest::LessEqual => a <= b,
        TextTest::Greater => a > b,
        TextTest::GreaterEqual => a >= b,
        TextTest::StartsWith => a.starts_with(b),
        TextTest::EndsWith => a.ends_with(b),
        TextTest::Contains => a.contains(b),
    }
}

/// The text of a node of type [`Type::Text`].
pub fn text<'c>(id: Id, registers: &impl Registers, context: &Context<'c>) -> Option<Cow<'c, str>> {
    let tree: &'c Tree = context.tree;
    match tree.op(id) {
        Op::Literal(at) => tree.texts.get(at as usize).map(|text| Cow::Borrowed(&**text)),
        Op::Field(at) => match &FIELDS.get(usize::from(at))?.get {
            Get::Text(get) => get(context.tx).map(Cow::Borrowed),
            Get::Bits(_) => None,
        },
        Op::CodeText(code, a) => registers.get(a).known().map(|bits| Cow::Owned(code.text(bits))),
        Op::NumberText(ty, a) => {
            registers.get(a).known().map(|bits| Cow::Owned(number_text(ty, bits, context.scale)))
        }
        Op::Concatenate(a, b) => {
            let (a, b) = (text(a, registers, context)?, text(b, registers, context)?);
            Some(Cow::Owned(format!("{a}{b}")))
        }
        Op::Choose(condition, a, b) => match registers.get(condition).known()? {
            1 => text(a, registers, context),
            _ => text(b, registers, context),
        },
        Op::OrElse(a, b) => text(a, registers, context).or_else(|| text(b, registers, context)),
        _ => None,
    }
}

fn number_text(ty: Type, bits: u64, scale: f64) -> String {
    match ty {
        Type::Bool => (bits == 1).to_string(),
        Type::Double => f64::from_bits(bits).to_string(),
        Type::Money => (bits as i64 as f64 / scale).to_string(),
        Type::Time => Time(bits as i64).to_string(),
        _ => (bits as i64).to_string(),
    }
}
