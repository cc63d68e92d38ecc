//! Defines a transaction: money, country, category, time, card token.
//!
//! This module knows the payment domain (ISO 4217, ISO 3166-1, ISO 18245) but no input format:
//! `decode` turns bytes into a [`Transaction`]. `schema` has the table of its fields, which
//! everything reads that handles transactions field by field.

mod category;
mod country;
mod currency;
mod enums;
mod field_row;
mod iso_3166;
mod iso_4217;
mod label;
mod letters;
mod model;
mod place;
mod rates;
mod schema;
mod time;

pub use category::{category_group, category_groups};
pub use country::Country;
pub use currency::{Currency, CurrencyError, Money};
pub use enums::{
    CardStatus, Channel, Check, DeclineReason, Funding, Kind, LabelKind, LabelSource, LabelValue,
    ThreeDSecure, WireName,
};
pub(crate) use field_row::FieldMut;
pub use field_row::{FieldRow, FieldType, Get, Need};
pub use label::{Label, LabelField};
pub use model::{Card, Cardholder, Checks, Device, Merchant, Response, ShipTo, Text, Transaction};
pub use place::{Place, distance_km};
pub use rates::{BaseCurrency, RateError};
pub use schema::Field;
pub use time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Time, TimeError};
