//! Names the fields of a message, and what decoding can do to the value of each.
//!
//! A field's path is a metric label and part of errors, so the list is closed. This module knows
//! only names: `draft` says where a value goes.

/// What decoding did to a value instead of rejecting the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// A name or code that redcard does not know. It is treated as missing, or as `other` for a
    /// decline reason.
    Unknown,
    /// A wrong JSON type or an impossible value. It is treated as missing.
    Dropped,
    /// Text longer than redcard keeps. It is cut.
    Truncated,
    /// Unpaired surrogates. They are replaced with U+FFFD.
    Repaired,
    /// Card numbers. They are replaced with their tokens, or masked.
    CardNumber,
}

impl Change {
    pub const ALL: [Change; 5] =
        [Change::Unknown, Change::Dropped, Change::Truncated, Change::Repaired, Change::CardNumber];

    /// The index in [`Change::ALL`].
    pub(crate) fn index(self) -> usize {
        self as usize
    }

    /// The name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Change::Unknown => "unknown",
            Change::Dropped => "dropped",
            Change::Truncated => "truncated",
            Change::Repaired => "repaired",
            Change::CardNumber => "card_number",
        }
    }
}

/// The kind of value that a field holds.
#[derive(Clone, Copy, PartialEq)]
enum ValueKind {
    /// Any invalid value rejects the message.
    Required,
    /// Like `Required`, and also searched for card numbers.
    RequiredSearched,
    /// A required id whose card numbers are replaced.
    RequiredId,
    /// An optional id.
    Id,
    /// Human-readable text.
    Text,
    /// A name or code from a list.
    Code,
    /// Anything else: a flag, a number, an object.
    Value,
    /// The last four digits of a card number.
    LastFour,
}

macro_rules! fields {
    ($($variant:ident = $path:literal $value_kind:ident;)+) => {
        /// A field of a message (docs/reference/transaction.md).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Field { $(#[doc = $path] $variant),+ }

        impl Field {
            /// Every field, in the order of docs/reference/transaction.md.
            pub const ALL: &'static [Field] = &[$(Field::$variant),+];

            /// The path from the root of the message, such as `merchant.name`.
            pub fn path(self) -> &'static str {
                match self { $(Field::$variant => $path),+ }
            }

            fn value_kind(self) -> ValueKind {
                match self { $(Field::$variant => ValueKind::$value_kind),+ }
            }
        }
    };
}

fields! {
    Id = "id" RequiredId;
    Type = "type" Required;
    Time = "time" Required;
    Amount = "amount" RequiredSearched;
    Currency = "currency" Required;
    CardToken = "card.token" RequiredId;
    MerchantId = "merchant.id" RequiredId;
    Card = "card" Required;
    CardNumber = "card.number" Required;
    CardExpiry = "card.expiry" Value;
    CardLast4 = "card.last4" LastFour;
    CardBrand = "card.brand" Text;
    CardFunding = "card.funding" Code;
    CardCountry = "card.country" Code;
    CardStatus = "card.status" Code;
    Cardholder = "cardholder" Value;
    CardholderId = "cardholder.id" Id;
    CardholderAccountId = "cardholder.account_id" Id;
    CardholderCountry = "cardholder.country" Code;
    CardholderLatitude = "cardholder.latitude" Value;
    CardholderLongitude = "cardholder.longitude" Value;
    Merchant = "merchant" Required;
    MerchantName = "merchant.name" Text;
    MerchantMcc = "merchant.mcc" Value;
    MerchantCountry = "merchant.country" Code;
    MerchantCity = "merchant.city" Text;
    MerchantLatitude = "merchant.latitude" Value;
    MerchantLongitude = "merchant.longitude" Value;
    Terminal = "terminal" Value;
    TerminalId = "terminal.id" Id;
    Channel = "channel" Code;
    CardPresent = "card_present" Value;
    CardOnFile = "card_on_file" Value;
    Recurring = "recurring" Value;
    Checks = "checks" Value;
    ChecksCvv = "checks.cvv" Code;
    ChecksAddress = "checks.address" Code;
    ChecksPin = "checks.pin" Code;
    ChecksThreeDSecure = "checks.three_d_secure" Code;
    Response = "response" Required;
    ResponseApproved = "response.approved" Required;
    ResponseReason = "response.reason" Code;
    Device = "device" Value;
    DeviceId = "device.id" Id;
    DeviceIp = "device.ip" Id;
    ShipTo = "ship_to" Value;
    ShipToCountry = "ship_to.country" Code;
    ShipToKey = "ship_to.key" Id;
    OriginalId = "original_id" RequiredId;
}

impl Field {
    pub fn from_path(path: &str) -> Option<Self> {
        Self::ALL.iter().find(|field| field.path() == path).copied()
    }

    /// What decoding can do to this field's value.
    pub fn changes(self) -> &'static [Change] {
        match self.value_kind() {
            ValueKind::Required | ValueKind::RequiredSearched => &[],
            ValueKind::RequiredId => &[Change::CardNumber],
            ValueKind::Id | ValueKind::LastFour => &[Change::Dropped, Change::CardNumber],
            ValueKind::Text => {
                &[Change::Dropped, Change::Truncated, Change::Repaired, Change::CardNumber]
            }
            ValueKind::Code => &[Change::Unknown, Change::Dropped],
            ValueKind::Value => &[Change::Dropped],
        }
    }

    /// Whether the value is searched for card numbers.
    pub fn is_searched(self) -> bool {
        self.value_kind() == ValueKind::RequiredSearched
            || self.changes().contains(&Change::CardNumber)
    }

    /// The index in tables of [`Field::ALL`].
    pub(crate) fn index(self) -> usize {
        self as usize
    }
}
