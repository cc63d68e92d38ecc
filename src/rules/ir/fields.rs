//! Defines the names in expressions: fields of this transaction and columns of remembered charges.
//!
//! Each kind is one table. A new field of the message is one more line here.

use super::super::decimal::unit_of_minor;
use super::super::types::{Code, IdHash, Type};
use crate::memory::Event;
use crate::transaction::{Country, Place, Transaction};

/// How a field is read from a transaction.
pub enum Get {
    /// As 64 bits, encoded by type.
    Bits(fn(&Transaction<'_>) -> Option<u64>),
    Text(for<'t> fn(&'t Transaction<'_>) -> Option<&'t str>),
}

/// A field of this transaction.
pub struct Field {
    pub path: &'static str,
    pub ty: Type,
    pub get: Get,
}

fn country(country: Option<Country>) -> Option<u64> {
    country.map(|country| u64::from(country.code()))
}

fn latitude(place: Option<Place>) -> Option<u64> {
    place.map(|place| place.latitude().to_bits())
}

fn longitude(place: Option<Place>) -> Option<u64> {
    place.map(|place| place.longitude().to_bits())
}

const fn bits(path: &'static str, ty: Type, get: fn(&Transaction<'_>) -> Option<u64>) -> Field {
    Field { path, ty, get: Get::Bits(get) }
}

const fn text(
    path: &'static str,
    get: for<'t> fn(&'t Transaction<'_>) -> Option<&'t str>,
) -> Field {
    Field { path, ty: Type::Text, get: Get::Text(get) }
}

/// Indexed by a currency's decimal places. ISO 4217 has at most four.
const POWERS_OF_TEN: [f64; 5] = [1.0, 10.0, 100.0, 1_000.0, 10_000.0];

/// Fields of this transaction, with the paths of docs/reference/transaction.md.
pub static FIELDS: &[Field] = &[
    text("id", |tx| Some(&tx.id)),
    bits("type", Type::Code(Code::Kind), |tx| Some(tx.kind as u64)),
    bits("time", Type::Time, |tx| Some(tx.time.millis() as u64)),
    text("card.token", |tx| Some(&tx.card.token)),
    text("card.last4", |tx| tx.card.last4.as_deref()),
    text("card.brand", |tx| tx.card.brand.as_deref()),
    bits("card.funding", Type::Code(Code::Funding), |tx| tx.card.funding.map(|f| f as u64)),
    bits("card.country", Type::Code(Code::Country), |tx| country(tx.card.country)),
    bits("card.status", Type::Code(Code::Status), |tx| tx.card.status.map(|s| s as u64)),
    text("card.expiry", |tx| tx.card.expiry.as_deref()),
    text("cardholder.id", |tx| tx.cardholder.id.as_deref()),
    text("cardholder.account_id", |tx| tx.cardholder.account_id.as_deref()),
    bits("cardholder.country", Type::Code(Code::Country), |tx| country(tx.cardholder.country)),
    bits("cardholder.latitude", Type::Double, |tx| latitude(tx.cardholder.place)),
    bits("cardholder.longitude", Type::Double, |tx| longitude(tx.cardholder.place)),
    bits("amount", Type::Money, |tx| tx.base_amount.map(|amount| amount as u64)),
    bits("amount_original", Type::Double, |tx| {
        let exponent = usize::from(tx.amount.currency.exponent());
        let scale = POWERS_OF_TEN.get(exponent)?;
        Some(unit_of_minor(tx.amount.minor, *scale).to_bits())
    }),
    text("currency", |tx| Some(tx.amount.currency.code())),
    text("merchant.id", |tx| Some(&tx.merchant.id)),
    text("merchant.name", |tx| tx.merchant.name.as_deref()),
    bits("merchant.mcc", Type::Code(Code::Mcc), |tx| tx.merchant.mcc.map(u64::from)),
    bits("merchant.country", Type::Code(Code::Country), |tx| country(tx.merchant.country)),
    text("merchant.city", |tx| tx.merchant.city.as_deref()),
    bits("merchant.latitude", Type::Double, |tx| latitude(tx.merchant.place)),
    bits("merchant.longitude", Type::Double, |tx| longitude(tx.merchant.place)),
    text("terminal.id", |tx| tx.terminal_id.as_deref()),
    bits("channel", Type::Code(Code::Channel), |tx| tx.channel.map(|c| c as u64)),
    bits("card_present", Type::Bool, |tx| tx.card_present.map(u64::from)),
    bits("card_on_file", Type::Bool, |tx| tx.card_on_file.map(u64::from)),
    bits("recurring", Type::Bool, |tx| tx.recurring.map(u64::from)),
    bits("checks.cvv", Type::Code(Code::Check), |tx| tx.checks.cvv.map(|c| c as u64)),
    bits("checks.address", Type::Code(Code::Check), |tx| tx.checks.address.map(|c| c as u64)),
    bits("checks.pin", Type::Code(Code::Check), |tx| tx.checks.pin.map(|c| c as u64)),
    bits("checks.three_d_secure", Type::Code(Code::ThreeDSecure), |tx| {
        tx.checks.three_d_secure.map(|c| c as u64)
    }),
    bits("response.approved", Type::Bool, |tx| tx.response.approved.map(u64::from)),
    bits("response.reason", Type::Code(Code::Reason), |tx| tx.response.reason.map(|r| r as u64)),
    text("device.id", |tx| tx.device.id.as_deref()),
    text("device.ip", |tx| tx.device.ip.as_deref()),
    bits("ship_to.country", Type::Code(Code::Country), |tx| country(tx.ship_to.country)),
    text("ship_to.key", |tx| tx.ship_to.key.as_deref()),
    text("original_id", |tx| tx.original_id.as_deref()),
];

/// Paths of derived values, which the checker builds.
pub const DERIVED: &[&str] = &[
    "now",
    "card.previous",
    "card.first_seen",
    "card.countries",
    "travel.km",
    "travel.kmh",
    "home.km",
    "habit.amount.mean",
    "habit.amount.sd",
    "habit.amount.z",
    "habit.amount.n",
];

/// Whether a field is required, so that every message has it.
pub fn is_always_known(at: u16) -> bool {
    const REQUIRED: &[&str] =
        &["id", "type", "time", "card.token", "amount_original", "currency", "merchant.id"];
    FIELDS.get(usize::from(at)).is_some_and(|field| REQUIRED.contains(&field.path))
}

/// The field at a path, and its index in [`FIELDS`].
pub fn field(path: &str) -> Option<(u16, &'static Field)> {
    FIELDS.iter().position(|field| field.path == path).map(|at| (at as u16, &FIELDS[at]))
}

/// Every path below a name: `merchant` → `merchant.id`, ….
pub fn under(prefix: &str) -> Vec<&'static str> {
    let paths = FIELDS.iter().map(|field| field.path).chain(DERIVED.iter().copied());
    paths
        .filter(|path| path.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.')))
        .collect()
}

/// CEL's reserved words.
const CEL_WORDS: &[&str] = &[
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "null",
    "package",
    "return",
    "true",
    "var",
    "void",
    "while",
];

/// Whether a name is taken: by the first part of a path, or by the language.
pub fn is_taken(name: &str) -> bool {
    let paths = FIELDS.iter().map(|field| field.path).chain(DERIVED.iter().copied());
    let mut firsts = paths.map(|path| path.split('.').next().unwrap_or(path));
    firsts.any(|first| first == name)
        || matches!(name, "tx" | "math" | "list" | "ip" | "bin")
        || CEL_WORDS.contains(&name)
}

/// A property of a remembered charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Column {
    Time,
    Amount,
    Attempted,
    Merchant,
    Country,
    Mcc,
    Latitude,
    Longitude,
    Terminal,
    Device,
    Ip,
    ShipTo,
    ShipToCountry,
    Channel,
    CardPresent,
    CardOnFile,
    Recurring,
    Approved,
    Declined,
    Reason,
    Reversed,
    Alerted,
}

/// Columns of a remembered charge, by the path that follows the macro's variable.
pub const COLUMNS: &[(&str, Column, Type)] = &[
    ("time", Column::Time, Type::Time),
    ("amount", Column::Amount, Type::Money),
    ("attempted", Column::Attempted, Type::Money),
    ("merchant.id", Column::Merchant, Type::Id(IdHash::Bits64)),
    ("merchant.country", Column::Country, Type::Code(Code::Country)),
    ("merchant.mcc", Column::Mcc, Type::Code(Code::Mcc)),
    ("merchant.latitude", Column::Latitude, Type::Double),
    ("merchant.longitude", Column::Longitude, Type::Double),
    ("terminal.id", Column::Terminal, Type::Id(IdHash::Bits32)),
    ("device.id", Column::Device, Type::Id(IdHash::Bits32)),
    ("device.ip", Column::Ip, Type::Id(IdHash::Bits32)),
    ("ship_to.key", Column::ShipTo, Type::Id(IdHash::Bits32)),
    ("ship_to.country", Column::ShipToCountry, Type::Code(Code::Country)),
    ("channel", Column::Channel, Type::Code(Code::Channel)),
    ("card_present", Column::CardPresent, Type::Bool),
    ("card_on_file", Column::CardOnFile, Type::Bool),
    ("recurring", Column::Recurring, Type::Bool),
    ("approved", Column::Approved, Type::Bool),
    ("declined", Column::Declined, Type::Bool),
    ("reason", Column::Reason, Type::Code(Code::Reason)),
    ("reversed", Column::Reversed, Type::Bool),
    ("alerted", Column::Alerted, Type::Bool),
];

impl Column {
    /// Whether every charge has this column.
    pub fn is_always_known(self) -> bool {
        matches!(
            self,
            Column::Time
                | Column::Merchant
                | Column::Approved
                | Column::Declined
                | Column::Reversed
                | Column::Alerted
        )
    }

    /// The value as 64 bits, by the column's type.
    pub fn get(self, event: &Event) -> Option<u64> {
        let id32 = |hash: u32| (hash != 0).then_some(u64::from(hash));
        match self {
            Column::Time => Some(event.time().millis() as u64),
            Column::Amount => event.amount().map(|amount| amount as u64),
            Column::Attempted => event.attempted().map(|amount| amount as u64),
            Column::Merchant => Some(event.merchant()),
            Column::Country => country(event.country()),
            Column::Mcc => event.mcc().map(u64::from),
            Column::Latitude => latitude(event.place()),
            Column::Longitude => longitude(event.place()),
            Column::Terminal => id32(event.terminal()),
            Column::Device => id32(event.device()),
            Column::Ip => id32(event.ip()),
            Column::ShipTo => id32(event.ship_to()),
            Column::ShipToCountry => country(event.ship_to_country()),
            Column::Channel => event.channel().map(|channel| channel as u64),
            Column::CardPresent => event.card_present().map(u64::from),
            Column::CardOnFile => event.card_on_file().map(u64::from),
            Column::Recurring => event.recurring().map(u64::from),
            Column::Approved => Some(u64::from(event.approved())),
            Column::Declined => Some(u64::from(event.declined())),
            Column::Reason => event.reason().map(|reason| reason as u64),
            Column::Reversed => Some(u64::from(event.reversed())),
            Column::Alerted => Some(u64::from(event.alerted())),
        }
    }
}
