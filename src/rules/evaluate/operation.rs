//! Computes the operations that read only their operands, not the transaction or the past. They run
//! during evaluation, and on constants during compilation.

use super::super::decimal::{text_of_minor, unit_of_minor};
use super::super::ir::{Conversion, Id, Op, TextTest, Tree, outside_op, strict_op, text_op};
use super::super::language::{PeriodStart, TimePart};
use super::super::types::{CodeText, IdHash, Type};
use super::calendar::start_of_period;
use super::partial_value::{self, Slot, State};
use crate::memory::{id_hash32, id_hash64};
use crate::number::{NearestDouble, i64_toward_zero};
use crate::transaction::{HOUR_MS, MINUTE_MS, SECOND_MS, Time, distance_km};
use std::ops::{Deref, RangeInclusive};

/// The longest text that a concatenation can produce. A longer one is an overflow, and therefore
/// absent.
const TEXT_BYTES_MAX: usize = 65_536;

/// CEL's timestamps: 0001-01-01T00:00:00Z to the end of 9999. A timestamp outside is an overflow,
/// and therefore absent.
const TIMESTAMPS_MS: RangeInclusive<i64> = -62_135_596_800_000..=253_402_300_799_999;

/// Provides the values of operands.
pub trait Registers {
    fn get(&self, id: Id) -> Slot;
    fn tree(&self) -> &Tree;
    /// The text of a field, by its index in [`super::super::ir::FIELDS`]; `None` if it is
    /// absent.
    fn field_text(&self, at: u16) -> Option<&str>;
}

/// The value of an operation; absent for operations that read more than their operands, and for those
/// that give a text, which [`text`] computes.
#[inline]
pub fn operation(op: Op, registers: &impl Registers) -> Slot {
    let get = |id: Id| registers.get(id);
    match op {
        Op::Constant(bits) => Slot::exact(bits),
        Op::Decimal(at) => decimal(at, registers.tree()),
        Op::Not(a) => get(a).then(|value| Slot::bool(value == 0)),
        Op::And(a, b) => match get(a) {
            a if a.is_false() => a,
            a => partial_value::and(a, get(b)),
        },
        Op::Or(a, b) => match get(a) {
            a if a.is_true() => a,
            a => partial_value::or(a, get(b)),
        },
        Op::Choose(condition, a, b) => {
            get(condition).then(|holds| get(if holds == 1 { a } else { b }))
        }
        Op::Present(a) => presence(a, registers),
        Op::OrElse(a, b) => match get(a) {
            a if a.is_absent() => get(b),
            a => a,
        },
        Op::Compare(form, comparison, a, b) => {
            partial_value::compare(form, comparison, get(a), get(b))
        }
        Op::Calculate(form, op, a, b) => partial_value::calculate(form, op, get(a), get(b)),
        Op::Negate(form, a) => partial_value::negate(form, get(a)),
        Op::Convert(conversion, a) => convert(conversion, a, registers),
        Op::InSet(a, set) => get(a).then(|bits| Slot::bool(registers.tree().has(set, bits))),
        Op::TimePart(part, a, zone) => {
            get(a).then(|ms| Slot::of(time_part(part, ms.cast_signed(), zone, registers.tree())))
        }
        Op::DurationPart(part, a) => {
            get(a).then(|ms| Slot::of(duration_part(part, ms.cast_signed())))
        }
        Op::PeriodStart(period, a, zone) => {
            get(a).then(|ms| period_start(period, ms.cast_signed(), zone, registers.tree()))
        }
        Op::Distance(parts) => distance(parts.map(get)),
        Op::Test(test, a, b) => tested(test, a, b, registers),
        Op::Matches(a, pattern) => matched(a, pattern, registers),
        Op::TextSize(a) => of_text(a, registers, |text| text.chars().count() as u64),
        Op::HashOf(IdHash::Bits64, a) => of_text(a, registers, id_hash64),
        Op::HashOf(IdHash::Bits32, a) => of_text(a, registers, |text| id_hash32(text).into()),
        Op::Absent | Op::Field(_) | text_op!() | outside_op!() => Slot::ABSENT,
    }
}

fn decimal(at: u32, tree: &Tree) -> Slot {
    let value = tree.texts.get(at as usize).and_then(|digits| digits.parse().ok());
    value.map_or(Slot::ABSENT, |value| Slot::float(value, State::Exact))
}

fn presence(id: Id, registers: &impl Registers) -> Slot {
    match registers.tree().ty(id) {
        Type::Text => match text(id, registers) {
            Ok(_) => Slot::bool(true),
            Err(nothing) => nothing.presence(),
        },
        _ => registers.get(id).presence(),
    }
}

fn convert(conversion: Conversion, a: Id, registers: &impl Registers) -> Slot {
    let parsed = |parse: fn(&str) -> Slot| {
        text(a, registers).map_or_else(|nothing| nothing, |text| parse(&text))
    };
    if conversion == Conversion::TextToInt {
        return parsed(whole_number);
    }
    if conversion == Conversion::TextToDouble {
        return parsed(decimal_number);
    }
    let slot = registers.get(a);
    if !slot.is_present() {
        return slot;
    }
    let Slot { bits, state } = slot;
    let (whole, scale) = (bits.cast_signed(), registers.tree().scale);
    match conversion {
        Conversion::MoneyToDouble => Slot::float(unit_of_minor(whole, scale), state),
        Conversion::IntToDouble => Slot::float(whole.nearest_double(), state),
        Conversion::SquareRoot => Slot::float(f64::from_bits(bits).sqrt(), state),
        Conversion::DoubleToInt => truncated(f64::from_bits(bits), state),
        Conversion::MoneyToInt => {
            Slot { bits: (whole / i64_toward_zero(scale).max(1)).cast_unsigned(), state }
        }
        Conversion::MillisToSeconds => {
            Slot { bits: whole.div_euclid(SECOND_MS).cast_unsigned(), state }
        }
        Conversion::MillisToTime if TIMESTAMPS_MS.contains(&whole) => slot,
        Conversion::MillisToTime if state != State::Exact => Slot::OPEN,
        Conversion::MillisToTime | Conversion::TextToInt | Conversion::TextToDouble => Slot::ABSENT,
    }
}

fn whole_number(text: &str) -> Slot {
    Slot::of(text.parse::<i64>().ok().map(|value| value.cast_unsigned()))
}

fn decimal_number(text: &str) -> Slot {
    text.parse::<f64>().map_or(Slot::ABSENT, |value| Slot::float(value, State::Exact))
}

/// CEL only converts doubles strictly between -2^63 and 2^63.
fn truncated(value: f64, state: State) -> Slot {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    match state {
        _ if value.abs() < LIMIT => Slot { bits: i64_toward_zero(value).cast_unsigned(), state },
        State::Exact => Slot::ABSENT,
        _ => Slot::OPEN,
    }
}

fn distance(parts: [Slot; 4]) -> Slot {
    if parts.iter().any(|part| part.is_absent()) {
        return Slot::ABSENT;
    }
    match parts.map(Slot::known) {
        [Some(a), Some(b), Some(c), Some(d)] => {
            let [a, b, c, d] = [a, b, c, d].map(f64::from_bits);
            Slot::float(distance_km(a, b, c, d), State::Exact)
        }
        _ => Slot::OPEN,
    }
}

fn time_part(part: TimePart, ms: i64, zone: u32, tree: &Tree) -> Option<u64> {
    let zone = tree.zones.get(zone as usize)?;
    // The most common parts need no calendar.
    if *zone == jiff::tz::TimeZone::UTC && jiff::Timestamp::from_millisecond(ms).is_ok() {
        match part {
            TimePart::Hours => return Some(ms.div_euclid(HOUR_MS).rem_euclid(24) as u64),
            TimePart::Minutes => return Some(ms.div_euclid(MINUTE_MS).rem_euclid(60) as u64),
            _ => {}
        }
    }
    let at = zone.to_datetime(jiff::Timestamp::from_millisecond(ms).ok()?);
    let value = match part {
        TimePart::FullYear => i64::from(at.year()),
        TimePart::Month => i64::from(at.month()) - 1,
        TimePart::Date => i64::from(at.day()),
        TimePart::DayOfMonth => i64::from(at.day()) - 1,
        TimePart::DayOfWeek => i64::from(at.weekday().to_sunday_zero_offset()),
        TimePart::DayOfYear => i64::from(at.day_of_year()) - 1,
        TimePart::Hours => i64::from(at.hour()),
        TimePart::Minutes => i64::from(at.minute()),
        TimePart::Seconds => i64::from(at.second()),
        TimePart::Milliseconds => i64::from(at.millisecond()),
    };
    Some(value.cast_unsigned())
}

fn period_start(period: PeriodStart, ms: i64, zone: u32, tree: &Tree) -> Slot {
    let zone = tree.zones.get(zone as usize);
    let start = zone.and_then(|zone| start_of_period(period, Time(ms), zone));
    let start = start.map(Time::millis).filter(|ms| TIMESTAMPS_MS.contains(ms));
    Slot::of(start.map(i64::cast_unsigned))
}

fn duration_part(part: TimePart, ms: i64) -> Option<u64> {
    let value = match part {
        TimePart::Hours => ms / HOUR_MS,
        TimePart::Minutes => ms / MINUTE_MS,
        TimePart::Seconds => ms / SECOND_MS,
        TimePart::Milliseconds => ms,
        // A duration has no such part; the checker refuses them.
        TimePart::FullYear
        | TimePart::Month
        | TimePart::Date
        | TimePart::DayOfMonth
        | TimePart::DayOfWeek
        | TimePart::DayOfYear => return None,
    };
    Some(value.cast_unsigned())
}

fn tested(test: TextTest, a: Id, b: Id, registers: &impl Registers) -> Slot {
    match both(text(a, registers), text(b, registers)) {
        Ok((a, b)) => Slot::bool(holds_for_texts(test, &a, &b)),
        Err(nothing) => nothing,
    }
}

fn matched(a: Id, pattern: u32, registers: &impl Registers) -> Slot {
    let pattern = registers.tree().patterns.get(pattern as usize);
    match (text(a, registers), pattern) {
        (Ok(text), Some(pattern)) => Slot::bool(pattern.is_match(&text)),
        (Err(nothing), _) => nothing,
        (Ok(_), None) => Slot::ABSENT,
    }
}

/// A number computed from a text; absent or open if the text is.
fn of_text(a: Id, registers: &impl Registers, number: impl FnOnce(&str) -> u64) -> Slot {
    text(a, registers).map_or_else(|nothing| nothing, |text| Slot::exact(number(&text)))
}

/// Whether a test of two texts is true.
pub fn holds_for_texts(test: TextTest, a: &str, b: &str) -> bool {
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

/// A text, borrowed or computed.
pub enum Text<'r> {
    Borrowed(&'r str),
    Code(CodeText),
    Made(String),
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Text::Borrowed(text) => text,
            Text::Code(code) => code,
            Text::Made(text) => text,
        }
    }
}

/// The text of a node of type [`Type::Text`]; `Err` if it is absent or open.
pub fn text<'r>(id: Id, registers: &'r impl Registers) -> Result<Text<'r>, Slot> {
    let tree = registers.tree();
    let number = |id: Id| match registers.get(id) {
        slot if slot.is_absent() => Err(Slot::ABSENT),
        slot => slot.known().ok_or(Slot::OPEN),
    };
    match tree.op(id) {
        Op::Literal(at) => {
            tree.texts.get(at as usize).map(|text| Text::Borrowed(text)).ok_or(Slot::ABSENT)
        }
        Op::Field(at) => registers.field_text(at).map(Text::Borrowed).ok_or(Slot::ABSENT),
        Op::CodeText(code, a) => number(a).map(|bits| Text::Code(code.text(bits))),
        Op::NumberText(ty, a) => {
            number(a).map(|bits| Text::Made(number_text(ty, bits, tree.scale)))
        }
        Op::Concatenate(a, b) => {
            let (a, b) = both(text(a, registers), text(b, registers))?;
            if a.len() + b.len() > TEXT_BYTES_MAX {
                return Err(Slot::ABSENT);
            }
            Ok(Text::Made([&*a, &*b].concat()))
        }
        Op::Choose(condition, a, b) => match number(condition)? {
            1 => text(a, registers),
            _ => text(b, registers),
        },
        Op::OrElse(a, b) => match text(a, registers) {
            Err(nothing) if nothing.is_absent() => text(b, registers),
            text => text,
        },
        Op::Absent
        | Op::Not(_)
        | Op::And(..)
        | Op::Or(..)
        | Op::Present(_)
        | strict_op!()
        | outside_op!() => Err(Slot::ABSENT),
    }
}

/// Two texts; `Err` with absent if one of them is absent, else with open if one is open.
pub(super) fn both<T>(a: Result<T, Slot>, b: Result<T, Slot>) -> Result<(T, T), Slot> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (Err(nothing), Ok(_)) | (Ok(_), Err(nothing)) => Err(nothing),
        (Err(a), Err(b)) => Err(if a.is_absent() { a } else { b }),
    }
}

fn number_text(ty: Type, bits: u64, scale: f64) -> String {
    match ty {
        Type::Bool => (bits == 1).to_string(),
        Type::Double => f64::from_bits(bits).to_string(),
        Type::Money => text_of_minor(bits.cast_signed(), scale),
        Type::Time => time_text(Time(bits.cast_signed())),
        // As CEL formats a duration: in seconds, with as few decimals as possible.
        Type::Duration => {
            format!("{}s", bits.cast_signed().nearest_double() / SECOND_MS.nearest_double())
        }
        Type::Int | Type::Code(_) | Type::Id(_) | Type::Text => bits.cast_signed().to_string(),
    }
}

/// Formats a timestamp as CEL does, with as few decimals as possible.
fn time_text(time: Time) -> String {
    let text = time.to_string();
    match text.strip_suffix('Z').and_then(|text| text.split_once('.')) {
        Some((whole, "000")) => format!("{whole}Z"),
        Some((whole, decimals)) => format!("{whole}.{}Z", decimals.trim_end_matches('0')),
        None => text,
    }
}
