//! Lists the reasons why a record of the lists topic is not valid.
//!
//! As for transactions, a reason is a bounded code, and its explanation is made of fixed texts, names
//! of fields and positions, so that no part of the record can get into it.

macro_rules! reasons {
    ($($variant:ident = $what:literal, $remedy:literal;)+) => {
        /// Why a record is not an entry of a list.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ListReason { $(#[doc = $what] $variant),+ }

        impl ListReason {
            fn what(self) -> &'static str {
                match self { $(ListReason::$variant => $what),+ }
            }

            fn remedy(self) -> &'static str {
                match self { $(ListReason::$variant => $remedy),+ }
            }
        }
    };
}

reasons! {
    TooLarge = "is larger than 64 KiB", "split its values over several entries";
    NotUtf8 = "is not UTF-8", "encode the producer's JSON as UTF-8";
    NotJson = "is not JSON", "check the producer's serializer against RFC 8259";
    NotAnObject = "is JSON, but not an object", "write one object, as docs/reference/lists.md shows";
    UnknownField = "has a field that entries do not have",
        "write only `list`, `entry`, `values`, `from`, `until`, `reason` and `by`";
    DuplicateField = "is there twice", "write it once";
    WrongType = "has the wrong type", "write the type that docs/reference/lists.md names";
    Missing = "is missing", "write it: every entry needs it";
    NoRemark = "is missing", "write it in the line, or for all lines with --reason and --by";
    Blank = "is blank", "write a text, or leave it out if it is optional";
    TooLong = "is too long", "write less: docs/reference/lists.md has the limits";
    BadName = "is not a name of a list", "use letters, digits, `_`, `-` and `.`";
    TooManyValues = "has more than 1,000 texts", "split them over several entries";
    BadTime = "is not a time in the years 1970 to 2199",
        "write it as in `2026-02-01T00:00:00Z` (RFC 3339)";
    NeverInForce = "is not before `until`, so the entry is never active", "check both times";
    NoKey = "is missing", "give each record the key `NAME/ENTRY`: compaction needs it";
    OtherKey = "is not `list`/`entry` of the value", "write both alike: compaction depends on the key";
    SpacedKey = "has white space before or after a part", "write `NAME/ENTRY` without it: compaction depends on the key";
    CardNumberInRecord = "has a card number, which a record of the topic must not have",
        "write the card's token, as `redcard list add` does";
    CardNumberWithoutKey = "has a card number, and no key is configured to tokenize it",
        "set `card_numbers.key_file` (`redcard card-key` makes a key), or write the card's token";
    NoSnooze = "is not `CARD/RULE` or `CARD/RULE/MERCHANT`", "write it so in the list `snoozes`";
}

/// A record that is not a valid entry of a list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} {}{}; {}", self.subject(), self.reason.what(), self.place(), self.reason.remedy())]
pub struct ListFault {
    pub reason: ListReason,
    /// The name of the field; empty for the value as a whole.
    pub(super) field: &'static str,
    /// Line and column in the value, from 1.
    pub(super) at: Option<(usize, usize)>,
}

impl ListFault {
    pub(super) fn value(reason: ListReason) -> Self {
        Self { reason, field: "", at: None }
    }

    pub(super) fn field(reason: ListReason, field: &'static str) -> Self {
        Self { reason, field, at: None }
    }

    fn subject(&self) -> String {
        match (self.field, self.reason) {
            (_, ListReason::NoKey | ListReason::OtherKey | ListReason::SpacedKey) => {
                "the record's key".to_owned()
            }
            ("", _) => "the entry".to_owned(),
            (field, _) => format!("`{field}`"),
        }
    }

    fn place(&self) -> String {
        match self.at {
            Some((line, column)) => format!(" at line {line}, column {column}"),
            None => String::new(),
        }
    }
}
