//! Defines the names in expressions: fields of this transaction and columns of remembered charges.
//!
//! The fields are those of `src/transaction/schema.rs`, with their types here. The columns have their
//! table here.

use super::super::decimal::unit_of_minor;
use super::super::types::{Code, IdHash, Type};
use crate::memory::Event;
use crate::transaction::{self as schema, Country, FieldRow, FieldType, Need, Place};

pub use crate::transaction::Get;

/// A field of this transaction.
#[derive(Clone, Copy)]
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

/// Indexed by a currency's decimal places. ISO 4217 has at most four.
const POWERS_OF_TEN: [f64; 5] = [1.0, 10.0, 100.0, 1_000.0, 10_000.0];

/// `amount` in the currency of the transaction. No message has it as a field.
const AMOUNT_ORIGINAL: Field = Field {
    path: "amount_original",
    ty: Type::Double,
    get: Get::Bits(|tx| {
        let exponent = usize::from(tx.amount.currency.exponent());
        let scale = POWERS_OF_TEN.get(exponent)?;
        Some(unit_of_minor(tx.amount.minor, *scale).to_bits())
    }),
};

/// The type that rules see a field as.
const fn type_of(field: FieldType) -> Option<Type> {
    Some(match field {
        FieldType::Object | FieldType::CardNumber => return None,
        FieldType::Id
        | FieldType::Address
        | FieldType::Text
        | FieldType::CardToken
        | FieldType::LastFour
        | FieldType::Expiry
        | FieldType::Currency => Type::Text,
        FieldType::MessageType => Type::Code(Code::Kind),
        FieldType::Time => Type::Time,
        FieldType::Amount => Type::Money,
        FieldType::Country => Type::Code(Code::Country),
        FieldType::Category => Type::Code(Code::Mcc),
        FieldType::Funding => Type::Code(Code::Funding),
        FieldType::CardStatus => Type::Code(Code::Status),
        FieldType::Channel => Type::Code(Code::Channel),
        FieldType::Check => Type::Code(Code::Check),
        FieldType::ThreeDSecure => Type::Code(Code::ThreeDSecure),
        FieldType::DeclineReason => Type::Code(Code::Reason),
        FieldType::Flag => Type::Bool,
        FieldType::Latitude | FieldType::Longitude => Type::Double,
    })
}

/// A field of the schema as rules see it; `None` if they do not see it.
const fn of_schema(row: &FieldRow) -> Option<Field> {
    match (type_of(row.ty), row.get) {
        (Some(ty), Some(get)) => Some(Field { path: row.path, ty, get }),
        _ => None,
    }
}

/// How many fields rules see.
const COUNT: usize = {
    let (mut fields, mut count) = (schema::Field::ALL, 1);
    while let [field, rest @ ..] = fields {
        count += if of_schema(field.row()).is_some() { 1 } else { 0 };
        fields = rest;
    }
    count
};

/// Fields of this transaction, with the paths of docs/reference/transaction.md.
pub static FIELDS: &[Field] = &{
    let mut table = [AMOUNT_ORIGINAL; COUNT];
    let (mut free, mut fields): (&mut [Field], _) = (&mut table, schema::Field::ALL);
    while let [field, rest @ ..] = fields {
        fields = rest;
        let row = field.row();
        let Some(seen) = of_schema(row) else { continue };
        let places = free;
        let Some((place, after)) = places.split_first_mut() else { break };
        *place = seen;
        free = match (row.ty, after) {
            // `amount_original` follows `amount`; it is there already.
            (FieldType::Amount, [_, after @ ..]) => after,
            (_, after) => after,
        };
    }
    table
};

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

/// Whether no message lacks the field: it is required. The amount in the base currency is absent if
/// its currency has no rate.
pub fn is_always_known(at: u16) -> bool {
    let Some(field) = FIELDS.get(usize::from(at)) else { return false };
    let row = schema::Field::from_path(field.path).map(schema::Field::row);
    match row {
        Some(row) => row.need == Need::Required && row.ty != FieldType::Amount,
        None => true,
    }
}

/// The field at a path, and its index in [`FIELDS`].
pub fn field(path: &str) -> Option<(u16, &'static Field)> {
    (0..).zip(FIELDS).find(|(_, field)| field.path == path)
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
            Column::Time => Some(event.time().millis().cast_unsigned()),
            Column::Amount => event.amount().map(|amount| amount.cast_unsigned()),
            Column::Attempted => event.attempted().map(|amount| amount.cast_unsigned()),
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Columns that no field of a message has.
    const DERIVED_COLUMNS: [&str; 4] = ["attempted", "declined", "reversed", "alerted"];

    #[test]
    fn the_columns_are_the_fields_that_the_schema_says_are_remembered() {
        let rows = schema::Field::ALL.iter().map(|field| field.row());
        let remembered = rows.filter_map(|row| row.column).chain(DERIVED_COLUMNS);
        let columns = COLUMNS.iter().map(|(path, ..)| *path);
        assert_eq!(columns.collect::<BTreeSet<_>>(), remembered.collect());
    }

    #[test]
    fn a_column_has_the_type_of_its_field() {
        for row in schema::Field::ALL.iter().map(|field| field.row()) {
            let Some(column) = row.column else { continue };
            let (_, _, ty) = COLUMNS.iter().find(|(path, ..)| *path == column).unwrap();
            // Ids are remembered as hashes.
            let is_id = matches!(ty, Type::Id(_)) && type_of(row.ty) == Some(Type::Text);
            assert!(is_id || type_of(row.ty) == Some(*ty), "{}", row.path);
        }
    }

    #[test]
    fn rules_see_every_value_of_a_transaction_and_the_original_amount_after_the_amount() {
        let paths: Vec<&str> = FIELDS.iter().map(|field| field.path).collect();
        let rows = schema::Field::ALL.iter().map(|field| field.row());
        let mut expected: Vec<&str> =
            rows.filter(|row| row.get.is_some()).map(|row| row.path).collect();
        let amount = expected.iter().position(|path| *path == "amount").unwrap();
        expected.insert(amount + 1, "amount_original");
        assert_eq!(paths, expected);
    }
}
