//! What decoding can do to the value of a field, instead of rejecting the message.
//!
//! Field and change are labels of metrics, so both lists are closed. This module does not know
//! where the value goes.

use crate::transaction::{Field, FieldType, Need};

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

    /// What decoding can do to the value of this field.
    pub fn possible(field: Field) -> &'static [Change] {
        let row = field.row();
        match (row.need, row.ty) {
            (Need::Required | Need::Strict, FieldType::Id | FieldType::CardToken) => {
                &[Change::CardNumber]
            }
            (Need::Required | Need::Strict, _) => &[],
            (Need::Optional, ty) => Self::possible_if_optional(ty),
        }
    }

    fn possible_if_optional(ty: FieldType) -> &'static [Change] {
        match ty {
            FieldType::Id | FieldType::Address | FieldType::CardToken | FieldType::LastFour => {
                &[Change::Dropped, Change::CardNumber]
            }
            FieldType::Text => {
                &[Change::Dropped, Change::Truncated, Change::Repaired, Change::CardNumber]
            }
            FieldType::Country
            | FieldType::Currency
            | FieldType::MessageType
            | FieldType::Funding
            | FieldType::CardStatus
            | FieldType::Channel
            | FieldType::Check
            | FieldType::ThreeDSecure
            | FieldType::DeclineReason => &[Change::Unknown, Change::Dropped],
            FieldType::Object
            | FieldType::CardNumber
            | FieldType::Expiry
            | FieldType::Time
            | FieldType::Amount
            | FieldType::Category
            | FieldType::Flag
            | FieldType::Latitude
            | FieldType::Longitude => &[Change::Dropped],
        }
    }
}

/// Whether the field's value is searched for card numbers.
pub fn is_searched(field: Field) -> bool {
    field.row().ty == FieldType::Amount || Change::possible(field).contains(&Change::CardNumber)
}
