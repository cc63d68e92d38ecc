//! Defines a label: what became known later about a transaction. It has the table of its fields.
//!
//! docs/reference/label.md says what each field means.

use super::currency::Money;
use super::enums::{LabelKind, LabelSource, LabelValue};
use super::field_row::Need;
use super::model::{Card, Text};
use super::schema::Field;
use super::time::Time;

/// What became known later about a transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct Label<'a> {
    /// The id of the authorization, or of a clearing or an increment of it.
    pub transaction_id: Text<'a>,
    /// The card of the transaction. It has nothing but its tokens, and the last four digits if the
    /// label had the card number.
    pub card: Card<'a>,
    /// What it says.
    pub label: LabelValue,
    /// How the fraud was committed, if the label says so.
    pub kind: Option<LabelKind>,
    /// When it became known. May be later than the present.
    pub known_at: Time,
    /// Where it comes from, if the label says so.
    pub source: Option<LabelSource>,
    /// The time of the transaction.
    pub time: Option<Time>,
    /// The amount of the transaction as charged.
    pub amount: Option<Money>,
    /// `amount` in minor units of the base currency; `None` also without a rate.
    pub base_amount: Option<i64>,
    /// The `merchant.id` of the transaction.
    pub merchant_id: Option<Text<'a>>,
}

/// Each row: `Variant = "path" in the object, need, the field of a transaction that is alike`.
macro_rules! label_fields {
    ($($field:ident = $path:literal, $need:ident, $alike:ident;)+) => {
        /// A field of a label, documented by its path.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum LabelField { $(#[doc = $path] $field,)+ }

        impl LabelField {
            /// Every field.
            pub const ALL: &'static [Self] = &[$(Self::$field,)+];

            /// The path from the root of the message, such as `card.token`.
            pub fn path(self) -> &'static str {
                match self { $(Self::$field => $path,)+ }
            }

            /// What a label that lacks the field, or has an invalid value in it, is.
            pub fn need(self) -> Need {
                match self { $(Self::$field => Need::$need,)+ }
            }

            /// The field of a transaction that has the same kind of value.
            pub(crate) fn of_transaction(self) -> Field {
                match self { $(Self::$field => Field::$alike,)+ }
            }
        }
    };
}

label_fields! {
    TransactionId = "transaction_id", Required, Id;
    Card = "card", Strict, Card;
    CardToken = "card.token", Required, CardToken;
    CardNumber = "card.number", Strict, CardNumber;
    Label = "label", Required, Type;
    Kind = "kind", Optional, Type;
    KnownAt = "known_at", Required, Time;
    Source = "source", Optional, Type;
    Time = "time", Optional, Time;
    Amount = "amount", Optional, Amount;
    Currency = "currency", Optional, Currency;
    Merchant = "merchant", Optional, Merchant;
    MerchantId = "merchant.id", Optional, MerchantId;
}

impl LabelField {
    /// The field with this name in an object, or in the label itself.
    pub(crate) fn find(object: Option<Self>, name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|field| match object {
            None => field.path() == name && !name.contains('.'),
            Some(object) => {
                let inner = field.path().strip_prefix(object.path());
                inner.and_then(|inner| inner.strip_prefix('.')) == Some(name)
            }
        })
    }

    /// The names of the fields in an object, or of those in the label itself.
    pub fn names_in(object: Option<Self>) -> Vec<&'static str> {
        let name = |field: &Self| match object {
            None => Some(field.path()).filter(|path| !path.contains('.')),
            Some(object) => field.path().strip_prefix(object.path())?.strip_prefix('.'),
        };
        Self::ALL.iter().filter_map(name).collect()
    }

    /// The index in [`LabelField::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_by_its_name_in_its_object() {
        for (index, field) in LabelField::ALL.iter().enumerate() {
            assert_eq!(field.index(), index);
            let (object, name) = match field.path().rsplit_once('.') {
                Some((object, name)) => (LabelField::find(None, object), name),
                None => (None, field.path()),
            };
            assert_eq!(LabelField::find(object, name), Some(*field), "{}", field.path());
            assert_eq!(LabelField::find(object, "nonesuch"), None);
        }
        assert_eq!(LabelField::find(None, "card.token"), None);
    }

    #[test]
    fn a_field_has_the_path_of_the_transactions_field_that_it_repeats() {
        for field in LabelField::ALL {
            let alike = field.of_transaction().path();
            let is_own = Field::from_path(field.path()).is_none() || *field == LabelField::Label;
            assert!(is_own || alike == field.path(), "{}", field.path());
        }
    }
}
