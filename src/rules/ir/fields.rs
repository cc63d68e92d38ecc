//! Defines the names of this transaction's values in expressions: the fields of
//! `src/transaction/schema.rs`, with their types here, and derived values.

use super::super::decimal::unit_of_minor;
use super::super::types::{Code, Type};
use crate::transaction::{self as schema, FieldRow, FieldType, Need};

pub use crate::transaction::Get;

/// A field of this transaction.
#[derive(Clone, Copy)]
pub struct Field {
    pub path: &'static str,
    pub ty: Type,
    pub get: Get,
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
pub(super) const fn type_of(field: FieldType) -> Option<Type> {
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

#[cfg(test)]
mod tests {
    use super::*;

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
