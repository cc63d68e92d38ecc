//! Defines the columns of remembered charges, one row each.
//!
//! A row says how a column is read from one charge, and how it is compared over a block of them.
//! Everything else reads the rows, so a new column is named only here.

use super::super::types::{Code, IdHash, Type};
use super::block_loops::{
    Matches, bits, declined, equal_u16, equal_u32, equal_u64, marked, ordered,
};
use super::comparison::Comparison;
use crate::memory::{Event, FlagField};
use crate::transaction::{Country, Place};

/// The loop over a block of at most 64 charges that compares a column with a value. A column without
/// one is compared one charge at a time.
#[derive(Debug, Clone, Copy)]
pub enum BlockLoop {
    /// By order, with a value as signed bits.
    Ordered(fn(&[Event], Comparison, i64) -> Matches),
    /// Whether it equals a value.
    Equal(fn(&[Event], u64) -> Matches),
    /// A flag or an enumeration among the packed fields, which is compared for equality.
    Packed(FlagField),
    /// A flag that is never absent: where it is true. It is not compared with a value.
    Marked(fn(&[Event]) -> u64),
    /// There is none.
    None,
}

/// Each row: `Variant = "path": type, known in every charge or not, value of a charge => loop`.
macro_rules! columns {
    (|$event:ident| $(
        $column:ident = $path:literal: $ty:expr, $known:ident, $value:expr => $loop:expr;
    )+) => {
        /// A property of a remembered charge.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Column {
            $($column,)+
        }

        /// Columns of a remembered charge, by the path that follows the macro's variable.
        pub const COLUMNS: &[(&str, Column, Type)] = &[$(($path, Column::$column, $ty),)+];

        impl Column {
            /// Whether every charge has this column.
            pub fn is_always_known(self) -> bool {
                match self {
                    $(Column::$column => columns!(@$known),)+
                }
            }

            /// The value as 64 bits, by the column's type.
            pub fn get(self, $event: &Event) -> Option<u64> {
                match self {
                    $(Column::$column => $value,)+
                }
            }

            /// Which charges of a block have this column; bit `i` is the block's charge `i`.
            pub fn present(self, events: &[Event]) -> u64 {
                match self {
                    $(Column::$column => bits(events, |$event: &Event| $value.is_some()),)+
                }
            }

            /// How blocks of charges are compared by this column.
            pub fn block_loop(self) -> BlockLoop {
                match self {
                    $(Column::$column => $loop,)+
                }
            }
        }
    };
    (@always) => { true };
    (@maybe) => { false };
}

columns! { |event|
    Time = "time": Type::Time, always, Some(event.time().millis().cast_unsigned())
        => BlockLoop::Ordered(|events, comparison, value| {
            ordered(events, comparison, value, |event| Some(event.time().millis()))
        });
    Amount = "amount": Type::Money, maybe, event.amount().map(i64::cast_unsigned)
        => BlockLoop::Ordered(|events, comparison, value| {
            ordered(events, comparison, value, Event::amount)
        });
    Attempted = "attempted": Type::Money, maybe, event.attempted().map(i64::cast_unsigned)
        => BlockLoop::Ordered(|events, comparison, value| {
            ordered(events, comparison, value, Event::attempted)
        });
    Merchant = "merchant.id": Type::Id(IdHash::Bits64), always, Some(event.merchant())
        => BlockLoop::Equal(|events, value| equal_u64(events, value, Event::merchant));
    Country = "merchant.country": Type::Code(Code::Country), maybe, country(event.country())
        => BlockLoop::Equal(|events, value| equal_u16(events, value, 0, Event::country_code));
    Mcc = "merchant.mcc": Type::Code(Code::Mcc), maybe, event.mcc().map(u64::from)
        => BlockLoop::Equal(|events, value| {
            equal_u16(events, value, u16::MAX, |event| event.mcc().unwrap_or(u16::MAX))
        });
    Latitude = "merchant.latitude": Type::Double, maybe, latitude(event.place())
        => BlockLoop::None;
    Longitude = "merchant.longitude": Type::Double, maybe, longitude(event.place())
        => BlockLoop::None;
    Terminal = "terminal.id": Type::Id(IdHash::Bits32), maybe, id(event.terminal())
        => BlockLoop::Equal(|events, value| equal_u32(events, value, Event::terminal));
    Device = "device.id": Type::Id(IdHash::Bits32), maybe, id(event.device())
        => BlockLoop::Equal(|events, value| equal_u32(events, value, Event::device));
    Ip = "device.ip": Type::Id(IdHash::Bits32), maybe, id(event.ip())
        => BlockLoop::Equal(|events, value| equal_u32(events, value, Event::ip));
    ShipTo = "ship_to.key": Type::Id(IdHash::Bits32), maybe, id(event.ship_to())
        => BlockLoop::Equal(|events, value| equal_u32(events, value, Event::ship_to));
    ShipToCountry = "ship_to.country": Type::Code(Code::Country), maybe,
        country(event.ship_to_country())
        => BlockLoop::Equal(|events, value| {
            equal_u16(events, value, 0, Event::ship_to_country_code)
        });
    Channel = "channel": Type::Code(Code::Channel), maybe,
        event.channel().map(|channel| channel as u64)
        => BlockLoop::Packed(FlagField::CHANNEL);
    CardPresent = "card_present": Type::Bool, maybe, event.card_present().map(u64::from)
        => BlockLoop::Packed(FlagField::CARD_PRESENT);
    CardOnFile = "card_on_file": Type::Bool, maybe, event.card_on_file().map(u64::from)
        => BlockLoop::Packed(FlagField::CARD_ON_FILE);
    Recurring = "recurring": Type::Bool, maybe, event.recurring().map(u64::from)
        => BlockLoop::Packed(FlagField::RECURRING);
    Approved = "approved": Type::Bool, always, Some(u64::from(event.approved()))
        => BlockLoop::Marked(|events| !declined(events));
    Declined = "declined": Type::Bool, always, Some(u64::from(event.declined()))
        => BlockLoop::Marked(declined);
    Reason = "reason": Type::Code(Code::Reason), maybe, event.reason().map(|reason| reason as u64)
        => BlockLoop::Packed(FlagField::REASON);
    Reversed = "reversed": Type::Bool, always, Some(u64::from(event.reversed()))
        => BlockLoop::Marked(|events| marked(events, FlagField::REVERSED));
    Alerted = "alerted": Type::Bool, always, Some(u64::from(event.alerted()))
        => BlockLoop::Marked(|events| marked(events, FlagField::ALERTED));
    Fraud = "fraud": Type::Bool, maybe, event.fraud().map(u64::from)
        => BlockLoop::Packed(FlagField::FRAUD);
    Genuine = "genuine": Type::Bool, maybe, event.genuine().map(u64::from)
        => BlockLoop::Packed(FlagField::GENUINE);
}

fn id(hash: u32) -> Option<u64> {
    (hash != 0).then_some(u64::from(hash))
}

fn country(country: Option<Country>) -> Option<u64> {
    country.map(|country| u64::from(country.code()))
}

fn latitude(place: Option<Place>) -> Option<u64> {
    place.map(|place| place.latitude().to_bits())
}

fn longitude(place: Option<Place>) -> Option<u64> {
    place.map(|place| place.longitude().to_bits())
}

#[cfg(test)]
mod tests {
    use super::super::fields::type_of;
    use super::*;
    use crate::transaction::Field;
    use std::collections::BTreeSet;

    /// Columns that no field of a message has.
    const DERIVED_COLUMNS: [&str; 6] =
        ["attempted", "declined", "reversed", "alerted", "fraud", "genuine"];

    #[test]
    fn the_columns_are_the_fields_that_the_schema_says_are_remembered() {
        let rows = Field::ALL.iter().map(|field| field.row());
        let remembered = rows.filter_map(|row| row.column).chain(DERIVED_COLUMNS);
        let columns = COLUMNS.iter().map(|(path, ..)| *path);
        assert_eq!(columns.collect::<BTreeSet<_>>(), remembered.collect());
    }

    #[test]
    fn a_column_has_the_type_of_its_field() {
        for row in Field::ALL.iter().map(|field| field.row()) {
            let Some(column) = row.column else { continue };
            let (_, _, ty) = COLUMNS.iter().find(|(path, ..)| *path == column).unwrap();
            // Ids are remembered as hashes.
            let is_id = matches!(ty, Type::Id(_)) && type_of(row.ty) == Some(Type::Text);
            assert!(is_id || type_of(row.ty) == Some(*ty), "{}", row.path);
        }
    }
}
