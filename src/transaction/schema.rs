//! The fields of a message: the one table that decode, rules, rule tests, lints and the tests of the
//! documents read.
//!
//! A row says where a field is in a message and in a [`Transaction`], what type its value has, and
//! what an invalid value does. It does not say how a format writes the value (`decode`), nor what
//! rules do with it. The rows are in the order of the example in docs/reference/transaction.md.

use super::field_row::{FieldMut, FieldRow, FieldType, Get, Member};
use super::model::Transaction;
use super::place::Place;

/// The [`Get`] of a member with values of this type.
macro_rules! get {
    ($type:ident, |$tx:ident| $member:expr) => {
        if FieldType::$type.is_text() {
            Get::Text(|$tx| Member::text($member))
        } else {
            Get::Bits(|$tx| Member::bits($member))
        }
    };
}

/// Each row: `Variant = "name": type, flags -> member to set => value to read`, and for an object
/// the rows in it. A member that can be set is also the value to read.
macro_rules! fields {
    (|$tx:ident| $(
        $field:ident = $name:literal: $type:ident $(, $flag:ident $($column:literal)?)*
            $({ $(
                $inner:ident = $inner_name:literal: $inner_type:ident
                    $(, $inner_flag:ident $($inner_column:literal)?)*
                    $(-> $inner_member:expr)? $(=> $inner_value:expr)?;
            )+ })?
            $(-> $member:expr)? $(=> $value:expr)?;
    )+) => {
        /// A field of a message, documented by its path. docs/reference/transaction.md says what
        /// each one means.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Field {
            $(
                #[doc = $name] $field,
                $($(#[doc = concat!($name, ".", $inner_name)] $inner,)+)?
            )+
        }

        impl Field {
            /// Every field, in the order of a message.
            pub const ALL: &'static [Field] =
                &[$(Field::$field, $($(Field::$inner,)+)?)+];

            /// What the table says about the field.
            pub const fn row(self) -> &'static FieldRow {
                match self {
                    $(
                        Field::$field => const {
                            &FieldRow::new($name, FieldType::$type)
                                $(.$flag($($column)?))*
                                $(.read_by(get!($type, |$tx| &$member)))?
                                $(.read_by(get!($type, |$tx| $value)))?
                        },
                        $($(Field::$inner => const {
                            &FieldRow::new(concat!($name, ".", $inner_name), FieldType::$inner_type)
                                $(.$inner_flag($($inner_column)?))*
                                $(.read_by(get!($inner_type, |$tx| &$inner_member)))?
                                $(.read_by(get!($inner_type, |$tx| $inner_value)))?
                        },)+)?
                    )+
                }
            }

            /// The field with this name in an object, or in the message itself.
            #[inline]
            pub fn find(object: Option<Field>, name: &str) -> Option<Field> {
                match object {
                    None => match name {
                        $($name => Some(Field::$field),)+
                        _ => None,
                    },
                    $($(Some(Field::$field) => match name {
                        $($inner_name => Some(Field::$inner),)+
                        _ => None,
                    },)?)+
                    _ => None,
                }
            }

            /// The transaction's value to set; `None` for an object, and for values that a
            /// transaction cannot lack or has in another form.
            #[inline]
            pub(crate) fn of_mut<'t, 'a>(
                self,
                $tx: &'t mut Transaction<'a>,
            ) -> Option<FieldMut<'t, 'a>> {
                match self {
                    $(
                        $(Field::$field => Some(FieldMut::$type(&mut $member)),)?
                        $($($(Field::$inner => Some(FieldMut::$inner_type(&mut $inner_member)),)?)+)?
                    )+
                    _ => None,
                }
            }
        }
    };
}

fields! { |tx|
    Id = "id": Id, required => &tx.id;
    Type = "type": MessageType, required => &tx.kind;
    Time = "time": Time, required, remembered "time" => &tx.time;
    Card = "card": Object, strict {
        CardToken = "token": CardToken, required => &tx.card.token;
        CardNumber = "number": CardNumber, strict;
        CardLast4 = "last4": LastFour -> tx.card.last4;
        CardBrand = "brand": Text -> tx.card.brand;
        CardFunding = "funding": Funding -> tx.card.funding;
        CardCountry = "country": Country -> tx.card.country;
        CardStatus = "status": CardStatus, often_absent -> tx.card.status;
        CardExpiry = "expiry": Expiry, often_absent -> tx.card.expiry;
    };
    Cardholder = "cardholder": Object {
        CardholderId = "id": Id, often_absent -> tx.cardholder.id;
        CardholderAccountId = "account_id": Id, often_absent -> tx.cardholder.account_id;
        CardholderCountry = "country": Country, often_absent -> tx.cardholder.country;
        CardholderLatitude = "latitude": Latitude, often_absent
            => tx.cardholder.place.map(Place::latitude);
        CardholderLongitude = "longitude": Longitude, often_absent
            => tx.cardholder.place.map(Place::longitude);
    };
    Amount = "amount": Amount, required, remembered "amount" => &tx.base_amount;
    Currency = "currency": Currency, required => tx.amount.currency.code();
    Merchant = "merchant": Object, strict {
        MerchantId = "id": Id, required, remembered "merchant.id" => &tx.merchant.id;
        MerchantName = "name": Text -> tx.merchant.name;
        MerchantMcc = "mcc": Category, remembered "merchant.mcc" -> tx.merchant.mcc;
        MerchantCountry = "country": Country, remembered "merchant.country"
            -> tx.merchant.country;
        MerchantCity = "city": Text, often_absent -> tx.merchant.city;
        MerchantLatitude = "latitude": Latitude, often_absent, remembered "merchant.latitude"
            => tx.merchant.place.map(Place::latitude);
        MerchantLongitude = "longitude": Longitude, often_absent, remembered "merchant.longitude"
            => tx.merchant.place.map(Place::longitude);
    };
    Terminal = "terminal": Object {
        TerminalId = "id": Id, often_absent, remembered "terminal.id" -> tx.terminal_id;
    };
    Channel = "channel": Channel, remembered "channel" -> tx.channel;
    CardPresent = "card_present": Flag, remembered "card_present" -> tx.card_present;
    CardOnFile = "card_on_file": Flag, often_absent, remembered "card_on_file"
        -> tx.card_on_file;
    Recurring = "recurring": Flag, often_absent, remembered "recurring" -> tx.recurring;
    Checks = "checks": Object {
        ChecksCvv = "cvv": Check, often_absent -> tx.checks.cvv;
        ChecksAddress = "address": Check, often_absent -> tx.checks.address;
        ChecksPin = "pin": Check, often_absent -> tx.checks.pin;
        ChecksThreeDSecure = "three_d_secure": ThreeDSecure, often_absent
            -> tx.checks.three_d_secure;
    };
    Response = "response": Object, strict {
        ResponseApproved = "approved": Flag, strict, remembered "approved" -> tx.response.approved;
        ResponseReason = "reason": DeclineReason, often_absent, remembered "reason"
            -> tx.response.reason;
    };
    Device = "device": Object {
        DeviceId = "id": Id, often_absent, remembered "device.id" -> tx.device.id;
        DeviceIp = "ip": Address, often_absent, remembered "device.ip" -> tx.device.ip;
    };
    ShipTo = "ship_to": Object {
        ShipToCountry = "country": Country, often_absent, remembered "ship_to.country"
            -> tx.ship_to.country;
        ShipToKey = "key": Id, often_absent, remembered "ship_to.key" -> tx.ship_to.key;
    };
    OriginalId = "original_id": Id, strict, often_absent -> tx.original_id;
}

impl Field {
    /// The path from the root of the message, such as `merchant.name`.
    pub fn path(self) -> &'static str {
        self.row().path
    }

    /// The inverse of [`Field::path`]; `None` for a path that redcard does not read.
    pub fn from_path(path: &str) -> Option<Self> {
        Self::ALL.iter().find(|field| field.path() == path).copied()
    }

    /// The names of the fields in an object, or of those in the message itself.
    pub fn names_in(object: Option<Field>) -> Vec<&'static str> {
        let name = |field: &Field| match object {
            None => Some(field.path()).filter(|path| !path.contains('.')),
            Some(object) => field.path().strip_prefix(object.path())?.strip_prefix('.'),
        };
        Self::ALL.iter().filter_map(name).collect()
    }

    /// The index in tables of [`Field::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_by_its_path_and_by_its_name_in_its_object() {
        for (index, field) in Field::ALL.iter().enumerate() {
            let path = field.path();
            assert_eq!((field.index(), Field::from_path(path)), (index, Some(*field)), "{path}");
            let (object, name) = path.rsplit_once('.').unwrap_or(("", path));
            let object = Field::from_path(object);
            assert_eq!(Field::find(object, name), Some(*field), "{path}");
            assert!(Field::names_in(object).contains(&name), "{path}");
            assert_eq!(Field::find(object, "nonesuch"), None);
            assert!(object.is_none_or(|object| object.row().ty == FieldType::Object), "{path}");
        }
    }

    #[test]
    fn a_transaction_has_every_value_but_the_card_number() {
        for field in Field::ALL {
            let row = field.row();
            let has_none = matches!(row.ty, FieldType::Object | FieldType::CardNumber);
            assert_eq!(row.get.is_none(), has_none, "{}", row.path);
            let is_text = matches!(row.get, Some(Get::Text(_)));
            assert_eq!(is_text, row.ty.is_text(), "{}", row.path);
        }
    }
}
