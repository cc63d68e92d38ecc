//! A card with all that it is remembered for, and the room that its lists take: how much that is
//! decides what is evicted, so a memory that is to go on as it would have needs it.

use super::bytes::{Broken, Input, Stored, put_list, stored_fields};
use crate::memory::balance::{Adjustment, Balance, Change, Target};
use crate::memory::card::{Card, Known};
use crate::memory::ledger::{Ledger, Note};
use crate::memory::timeline::{Timed, Timeline};
use crate::memory::{Event, Original};
use crate::transaction::{Country, Time};
use std::collections::VecDeque;

stored_fields!(Card { key, known, charges, ledger, cut_countries });
stored_fields!(Known { newest, cut, unknown_until, alert });
stored_fields!(Ledger { refunds, adjustments, reversed, notes });
stored_fields!(Adjustment { id, target, time, amount, change });
stored_fields!(Note { charge, balance, settles });
stored_fields!(Balance { amount, cleared, stands });
stored_fields!(Original { authorization, clearing });

/// The ranges are constants within the array's length.
impl Stored for Event {
    fn put(&self, out: &mut Vec<u8>) {
        let mut bytes = [0; 64];
        bytes[0..8].copy_from_slice(&self.time_ms.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.id.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.amount.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.merchant.to_le_bytes());
        bytes[32..36].copy_from_slice(&self.terminal.to_le_bytes());
        bytes[36..40].copy_from_slice(&self.device.to_le_bytes());
        bytes[40..44].copy_from_slice(&self.ip.to_le_bytes());
        bytes[44..48].copy_from_slice(&self.ship_to.to_le_bytes());
        bytes[48..50].copy_from_slice(&self.country.to_le_bytes());
        bytes[50..52].copy_from_slice(&self.ship_to_country.to_le_bytes());
        bytes[52..54].copy_from_slice(&self.mcc.to_le_bytes());
        bytes[54..56].copy_from_slice(&self.flags.to_le_bytes());
        bytes[56..60].copy_from_slice(&self.latitude_e7.to_le_bytes());
        bytes[60..64].copy_from_slice(&self.longitude_e7.to_le_bytes());
        out.extend_from_slice(&bytes);
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Broken> {
        let mut fields = Input { bytes: &input.array::<64>()?, room_max: 0 };
        let fields = &mut fields;
        Ok(Self {
            time_ms: Stored::take(fields)?,
            id: Stored::take(fields)?,
            amount: Stored::take(fields)?,
            merchant: Stored::take(fields)?,
            terminal: Stored::take(fields)?,
            device: Stored::take(fields)?,
            ip: Stored::take(fields)?,
            ship_to: Stored::take(fields)?,
            country: Stored::take(fields)?,
            ship_to_country: Stored::take(fields)?,
            mcc: Stored::take(fields)?,
            flags: Stored::take(fields)?,
            latitude_e7: Stored::take(fields)?,
            longitude_e7: Stored::take(fields)?,
        })
    }
}

impl<T: Stored + Timed> Stored for Timeline<T> {
    fn put(&self, out: &mut Vec<u8>) {
        put_list(out, self.capacity(), self.iter());
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Broken> {
        VecDeque::take(input).map(Self::of_sorted)
    }
}

impl<T: Stored> Stored for VecDeque<T> {
    fn put(&self, out: &mut Vec<u8>) {
        put_list(out, self.capacity(), self.iter());
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Broken> {
        let (room, length) = input.list()?;
        let mut items = Self::with_capacity(room);
        for _ in 0..length {
            items.push_back(T::take(input)?);
        }
        Ok(items)
    }
}

impl Stored for Vec<(Country, Time)> {
    fn put(&self, out: &mut Vec<u8>) {
        put_list(out, self.capacity(), self.iter());
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Broken> {
        let (room, length) = input.list()?;
        let mut items = Self::with_capacity(room);
        for _ in 0..length {
            items.push(Stored::take(input)?);
        }
        Ok(items)
    }
}

impl Stored for Box<Ledger> {
    fn put(&self, out: &mut Vec<u8>) {
        self.as_ref().put(out);
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Broken> {
        Ledger::take(input).map(Self::new)
    }
}

impl Stored for Target {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Nothing => 0_u8.put(out),
            Self::Charge(charge) => {
                1_u8.put(out);
                charge.put(out);
            }
            Self::Awaited(original) => {
                2_u8.put(out);
                original.put(out);
            }
        }
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Broken> {
        match u8::take(input)? {
            0 => Ok(Self::Nothing),
            1 => Stored::take(input).map(Self::Charge),
            2 => Stored::take(input).map(Self::Awaited),
            _ => Err(Broken),
        }
    }
}

impl Stored for Change {
    fn put(&self, out: &mut Vec<u8>) {
        (*self == Self::Reverses).put(out);
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Broken> {
        Ok(if bool::take(input)? { Self::Reverses } else { Self::Clears })
    }
}
