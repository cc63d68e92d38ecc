//! Lists the reasons why a record could not become a transaction or a label, and explains each to a person.
//!
//! A reason is a bounded code for metrics and dead letters. A [`Rejection`] adds a human-readable
//! sentence. The sentence is built here from fixed strings, field names and positions, so that no
//! part of the record, and above all no card number, can get into it.

use super::message_field::MessageField;

macro_rules! reasons {
    ($($variant:ident = $code:literal, $what:literal, $remedy:literal;)+) => {
        /// Why a record could not become a transaction or a label, as a bounded code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Reason { $(#[doc = $what] $variant),+ }

        impl Reason {
            /// Every reason, for metrics that start at 0.
            pub const ALL: &'static [Reason] = &[$(Reason::$variant),+];

            /// `not_json`, `missing_field`, …: the code in metrics and dead letters.
            pub fn code(self) -> &'static str {
                match self { $(Reason::$variant => $code),+ }
            }

            /// What is wrong, as the end of a sentence about a field or the message.
            fn what(self) -> &'static str {
                match self { $(Reason::$variant => $what),+ }
            }

            /// What to do about it. In braces is what a [`Contract`] completes.
            fn remedy(self) -> &'static str {
                match self { $(Reason::$variant => $remedy),+ }
            }
        }
    };
}

reasons! {
    TooLarge = "too_large", "is larger than `source.max_message_bytes`",
        "send less or raise the limit";
    Empty = "empty", "is empty",
        "send {a message}, or a null value for a tombstone";
    NotUtf8 = "not_utf8", "is not UTF-8",
        "encode the producer's JSON as UTF-8";
    ByteOrderMark = "byte_order_mark", "begins with a byte order mark",
        "send JSON without one (RFC 8259, section 8.1)";
    NotJson = "not_json", "is not JSON",
        "check the producer's serializer against RFC 8259";
    TrailingBytes = "trailing_bytes", "continues after its object",
        "send one object a record";
    NotAnObject = "not_an_object", "is JSON, but not an object",
        "send one object a record, as {the page} shows";
    TooDeep = "too_deep", "is nested more than 16 deep",
        "send fewer levels of objects and arrays";
    DuplicateKey = "duplicate_key", "has a listed key twice in one object",
        "send each key once, since readers differ in which of the two they take";
    WrongType = "wrong_type", "has the wrong JSON type",
        "send the type that {the page} names";
    MissingField = "missing_field", "is missing",
        "send it: {the page} lists what is required";
    EmptyText = "empty_text", "is blank",
        "send the value: the field is required";
    UnpairedSurrogate = "unpaired_surrogate", "has half of a UTF-16 surrogate pair",
        "escape characters beyond U+FFFF as both halves: ids must stay distinct";
    UnknownType = "unknown_type", "is none of the known types",
        "send `authorization`, `clearing`, `reversal` or `refund`";
    UnknownLabel = "unknown_label", "is none of the known labels",
        "send `fraud`, `genuine`, `suspected` or `unknown`";
    BadTime = "bad_time", "is not written as `source.time` says",
        "write it so, or set `source.time` to the format that the producer writes";
    TimeWithoutColon = "time_without_colon", "has an offset without a colon",
        "write `+00:00`, not `+0000`, or set `source.time = \"rfc3339_no_colon\"`";
    NoSuchTime = "no_such_time", "names a date or a time of day that does not exist",
        "check how the producer makes its timestamps";
    TimeOutOfRange = "time_out_of_range", "lies outside the years 1970 to 2199",
        "check the unit and the clock of the producer";
    TimeAhead = "time_ahead", "is further ahead of the record's timestamp than `source.max_skew`",
        "check the clock and the time zone of the producer, or raise the limit";
    BadAmount = "bad_amount", "is not a valid amount for `source.amounts`",
        "send an integer of minor units for `minor`, a plain decimal for `major`";
    NegativeAmount = "negative_amount", "is negative",
        "send a positive amount, and `reversal` or `refund` as the type of what is given back";
    AmountPlaces = "amount_places", "has more decimal places than its currency (ISO 4217)",
        "round where the amount is made, or check the currency";
    AmountOverflow = "amount_overflow", "is larger than 64 bits of minor units hold",
        "check the unit of the amount";
    CardNumberInAmount = "card_number_in_amount", "reads as a card number",
        "check which value the producer writes into the field";
    MissingCurrency = "missing_currency", "is missing and the source has no default",
        "send it, or set `source.default_currency`";
    UnknownCurrency = "unknown_currency", "is not a currency of ISO 4217",
        "send its alphabetic or numeric code, as in `EUR` or `978`";
    NoMinorUnit = "no_minor_unit",
        "is a code of ISO 4217 without a minor unit (metals, special drawing rights, test codes)",
        "send the currency that the card was charged in";
    CardNumberLength = "card_number_length", "is not 12 to 19 digits, with spaces, hyphens or at most two other separators between two of them",
        "send the whole number, or `card.token` instead";
    CardNumberLuhn = "card_number_luhn", "fails the Luhn check (ISO/IEC 7812-1)",
        "check for truncated or masked numbers, or send `card.token` instead";
    NoKey = "no_key", "cannot be tokenized, since no key is configured",
        "set `card_numbers.key_file` (`redcard card-key` makes a key), or send `card.token` instead";
    CardNumberInToken = "card_number_in_token",
        "holds a card number, and no key is configured to tokenize it",
        "set `card_numbers.key_file` (`redcard card-key` makes a key), or send a token that is not a \
         card number";
    CardNumberWithoutKey = "card_number_without_key",
        "reads as a card number, and no key is configured to tokenize it",
        "set `card_numbers.key_file` (`redcard card-key` makes a key), or list the field in \
         `card_numbers.trusted_fields` if it never holds one";
}

/// What a topic's messages are, and the page that says how to write them.
pub(super) struct Contract {
    pub message: &'static str,
    pub page: &'static str,
}

impl Contract {
    pub(super) const TRANSACTION: Self =
        Self { message: "a transaction", page: "docs/reference/transaction.md" };
    pub(super) const LABEL: Self = Self { message: "a label", page: "docs/reference/label.md" };

    fn complete(&self, remedy: &str) -> String {
        remedy.replace("{a message}", self.message).replace("{the page}", self.page)
    }
}

/// A record that did not become a transaction or a label.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Rejection {
    pub reason: Reason,
    /// Human-readable. It names fields and positions, never a value from the record.
    pub message: String,
}

/// What was wrong while reading. It becomes a [`Rejection`] once the bytes are available. It is
/// boxed to keep results small, since nearly all of them are successes.
pub(super) struct Fault(Box<Detail>);

struct Detail {
    reason: Reason,
    /// The field's path, or empty for the message as a whole.
    field: &'static str,
    /// What the field should have been, if that helps.
    wanted: &'static str,
    /// A byte offset in the message; `None` for the message or the field as a whole.
    at: Option<usize>,
}

impl Fault {
    /// A fault of the message as a whole.
    #[cold]
    pub(super) fn message(reason: Reason) -> Self {
        Self(Box::new(Detail { reason, field: "", wanted: "", at: None }))
    }

    /// A fault at a position in the message, as a byte offset.
    #[cold]
    pub(super) fn at(reason: Reason, at: usize) -> Self {
        Self(Box::new(Detail { reason, field: "", wanted: "", at: Some(at) }))
    }

    #[cold]
    pub(super) fn field(reason: Reason, field: impl MessageField) -> Self {
        Self(Box::new(Detail { reason, field: field.path(), wanted: "", at: None }))
    }

    /// A fault of a field that should be `wanted`, with its own reason.
    #[cold]
    pub(super) fn unlike(reason: Reason, field: impl MessageField, wanted: &'static str) -> Self {
        let mut fault = Self::field(reason, field);
        fault.0.wanted = wanted;
        fault
    }

    /// A fault of a field that should be `wanted`.
    #[cold]
    pub(super) fn wrong_type(field: impl MessageField, wanted: &'static str) -> Self {
        Self::unlike(Reason::WrongType, field, wanted)
    }

    /// Sets the position of the value, if it has the wrong type. The other faults of a value are
    /// clear without it.
    #[cold]
    pub(super) fn with_value_at(mut self, at: usize) -> Self {
        if self.0.reason == Reason::WrongType {
            self.0.at = Some(at);
        }
        self
    }

    #[cold]
    pub(super) fn into_rejection(self, bytes: &[u8], contract: &Contract) -> Rejection {
        let Detail { reason, field, wanted, at } = *self.0;
        let subject =
            if field.is_empty() { "the message".to_owned() } else { format!("`{field}`") };
        let wanted =
            if wanted.is_empty() { String::new() } else { format!(": it should be {wanted}") };
        let place = at.map(|at| place_of(bytes, at)).unwrap_or_default();
        let remedy = contract.complete(reason.remedy());
        let message = format!("{subject} {}{wanted}{place}; {remedy}", reason.what());
        Rejection { reason, message }
    }
}

/// ` at line 1, column 17 (byte 16)`; the column counts bytes, from 1.
fn place_of(bytes: &[u8], at: usize) -> String {
    let before = bytes.get(..at).unwrap_or(bytes);
    let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
    let column = 1 + before.iter().rev().take_while(|byte| **byte != b'\n').count();
    format!(" at line {line}, column {column} (byte {at})")
}
