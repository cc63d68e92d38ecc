//! What decoding needs to know about the fields of a kind of message.
//!
//! A format and the search for card numbers are the same for every kind of message. They know the
//! kinds only through [`MessageField`] and [`MessageDraft`](super::message_draft::MessageDraft).

use crate::transaction::{Field, FieldType, LabelField, Need};

/// A field of a kind of message.
pub(super) trait MessageField: Copy + PartialEq + 'static {
    /// The path from the root of the message, such as `card.token`.
    fn path(self) -> &'static str;

    fn need(self) -> Need;

    /// Whether it contains other fields, and has no value itself.
    fn is_object(self) -> bool;

    /// Whether it contains results that have the names of sensitive values.
    fn names_results(self) -> bool {
        false
    }

    /// One bit, which no other field of the kind has.
    fn bit(self) -> u64;

    /// The field of a transaction whose values are like those of this one: if that is trusted to
    /// hold no card numbers, so is this one.
    fn searched_as(self) -> Field;

    /// The field with this name in an object, or in the message itself.
    fn find(object: Option<Self>, name: &str) -> Option<Self>;
}

const _: () = assert!(Field::ALL.len() <= u64::BITS as usize);
const _: () = assert!(LabelField::ALL.len() <= u64::BITS as usize);

impl MessageField for Field {
    #[inline]
    fn path(self) -> &'static str {
        self.row().path
    }

    #[inline]
    fn need(self) -> Need {
        self.row().need
    }

    #[inline]
    fn is_object(self) -> bool {
        self.row().ty == FieldType::Object
    }

    #[inline]
    fn names_results(self) -> bool {
        self == Self::Checks
    }

    #[inline]
    fn bit(self) -> u64 {
        1 << self.index()
    }

    #[inline]
    fn searched_as(self) -> Field {
        self
    }

    #[inline]
    fn find(object: Option<Self>, name: &str) -> Option<Self> {
        Self::find(object, name)
    }
}

impl MessageField for LabelField {
    fn path(self) -> &'static str {
        self.path()
    }

    fn need(self) -> Need {
        self.need()
    }

    fn is_object(self) -> bool {
        matches!(self, Self::Card | Self::Merchant)
    }

    fn bit(self) -> u64 {
        1 << self.index()
    }

    fn searched_as(self) -> Field {
        self.of_transaction()
    }

    fn find(object: Option<Self>, name: &str) -> Option<Self> {
        Self::find(object, name)
    }
}
