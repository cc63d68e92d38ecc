//! What the table of fields says about each field: its type, what a message without it is, and where
//! its value is in a [`Transaction`]. The table is in [`super::schema`].

use super::country::Country;
use super::enums::{
    CardStatus, Channel, Check, DeclineReason, Funding, Kind, ThreeDSecure, WireName,
};
use super::model::{Text, Transaction};
use super::time::Time;

/// The type of a field's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// It contains other fields, and has no value itself.
    Object,
    /// A text that is only compared: an id or a key.
    Id,
    /// An IP address, which is compared as text.
    Address,
    /// Text that people read.
    Text,
    /// The name of a card, which replaces its number.
    CardToken,
    /// Replaced by the token, and never part of a transaction.
    CardNumber,
    /// The last four digits of a card number.
    LastFour,
    /// A month; the transaction has its keyed hash.
    Expiry,
    /// The type of the message.
    MessageType,
    /// In the format that the source states; a transaction has it as a [`Time`].
    Time,
    /// In the unit that the source states.
    Amount,
    /// ISO 4217.
    Currency,
    /// ISO 3166-1.
    Country,
    /// ISO 18245.
    Category,
    /// The name of a [`Funding`].
    Funding,
    /// The name of a [`CardStatus`].
    CardStatus,
    /// The name of a [`Channel`].
    Channel,
    /// The name of a [`Check`].
    Check,
    /// The name of a [`ThreeDSecure`].
    ThreeDSecure,
    /// The name of a [`DeclineReason`], or a response code of ISO 8583 field 39.
    DeclineReason,
    /// True or false.
    Flag,
    /// Degrees, -90 to 90.
    Latitude,
    /// Degrees, -180 to 180.
    Longitude,
}

impl FieldType {
    /// Whether a transaction has the value as text.
    pub(super) const fn is_text(self) -> bool {
        match self {
            Self::Id
            | Self::Address
            | Self::Text
            | Self::CardToken
            | Self::LastFour
            | Self::Expiry
            | Self::Currency => true,
            Self::Object
            | Self::CardNumber
            | Self::MessageType
            | Self::Time
            | Self::Amount
            | Self::Country
            | Self::Category
            | Self::Funding
            | Self::CardStatus
            | Self::Channel
            | Self::Check
            | Self::ThreeDSecure
            | Self::DeclineReason
            | Self::Flag
            | Self::Latitude
            | Self::Longitude => false,
        }
    }
}

/// What a message that lacks the field, or has an invalid value in it, is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Without the field, or with an invalid value, the message is rejected.
    Required,
    /// The field may be missing, but an invalid value rejects the message.
    Strict,
    /// An invalid value is treated as missing, and noted.
    Optional,
}

/// What is known about a field.
#[derive(Debug)]
pub struct FieldRow {
    /// The path from the root of the message, such as `merchant.name`.
    pub path: &'static str,
    /// What a source sends; rules may see another type, such as a hash for an id of a remembered
    /// charge.
    pub ty: FieldType,
    /// What decode does if the field is missing or its value is invalid.
    pub need: Need,
    /// Many sources leave it out of most messages.
    pub is_often_absent: bool,
    /// The column of a remembered charge that keeps the value: the `reason` of `t.reason`.
    pub column: Option<&'static str>,
    /// `None` if a transaction does not have the value.
    pub get: Option<Get>,
}

/// How a value is read from a transaction.
#[derive(Debug, Clone, Copy)]
pub enum Get {
    /// A text, borrowed from the transaction: ids, keys, descriptive text and currency codes.
    Text(for<'t> fn(&'t Transaction<'_>) -> Option<&'t str>),
    /// Any other type as 64 bits: names and codes by their numbers, times in milliseconds, degrees
    /// by the bits of the `f64`, an amount in minor units of the base currency.
    Bits(fn(&Transaction<'_>) -> Option<u64>),
}

impl FieldRow {
    pub(super) const fn new(path: &'static str, ty: FieldType) -> Self {
        let need = Need::Optional;
        Self { path, ty, need, is_often_absent: false, column: None, get: None }
    }

    pub(super) const fn required(self) -> Self {
        Self { need: Need::Required, ..self }
    }

    pub(super) const fn strict(self) -> Self {
        Self { need: Need::Strict, ..self }
    }

    pub(super) const fn often_absent(self) -> Self {
        Self { is_often_absent: true, ..self }
    }

    pub(super) const fn remembered(self, column: &'static str) -> Self {
        Self { column: Some(column), ..self }
    }

    pub(super) const fn read_by(self, get: Get) -> Self {
        Self { get: Some(get), ..self }
    }
}

/// A value of a transaction that [`Get`] reads.
pub(super) trait Member<'t>: Sized {
    fn text(self) -> Option<&'t str> {
        None
    }

    fn bits(self) -> Option<u64> {
        None
    }
}

macro_rules! members {
    ($(|$value:ident: $type:ty| $method:ident -> $result:ty { $read:expr })+) => {
        $(impl<'t> Member<'t> for $type {
            fn $method(self) -> Option<$result> {
                let $value = self;
                $read
            }
        })+
    };
}

members! {
    |text: &'t str| text -> &'t str { Some(text) }
    |text: &'t Text<'_>| text -> &'t str { Some(text) }
    |text: &'t Option<Text<'_>>| text -> &'t str { text.as_deref() }
    |country: &Option<Country>| bits -> u64 { country.map(|country| u64::from(country.code())) }
    |category: &Option<u16>| bits -> u64 { category.map(u64::from) }
    |flag: &Option<bool>| bits -> u64 { flag.map(u64::from) }
    |degrees: Option<f64>| bits -> u64 { degrees.map(f64::to_bits) }
    |amount: &Option<i64>| bits -> u64 { amount.map(i64::cast_unsigned) }
    |time: &Time| bits -> u64 { Some(time.millis().cast_unsigned()) }
    |kind: &Kind| bits -> u64 { Some(kind.number().into()) }
}

impl<'t, T: WireName> Member<'t> for &Option<T> {
    fn bits(self) -> Option<u64> {
        self.map(|value| value.number().into())
    }
}

/// An optional value of a transaction, to be set, by the type of its field. Only `decode` sets
/// values, after it has removed what must not be kept.
#[derive(Debug)]
pub(crate) enum FieldMut<'t, 'a> {
    Id(&'t mut Option<Text<'a>>),
    Address(&'t mut Option<Text<'a>>),
    Text(&'t mut Option<Text<'a>>),
    LastFour(&'t mut Option<Text<'a>>),
    Expiry(&'t mut Option<Text<'a>>),
    Country(&'t mut Option<Country>),
    Category(&'t mut Option<u16>),
    Funding(&'t mut Option<Funding>),
    CardStatus(&'t mut Option<CardStatus>),
    Channel(&'t mut Option<Channel>),
    Check(&'t mut Option<Check>),
    ThreeDSecure(&'t mut Option<ThreeDSecure>),
    DeclineReason(&'t mut Option<DeclineReason>),
    Flag(&'t mut Option<bool>),
}
