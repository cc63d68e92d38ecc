//! Stores a card with everything remembered of it, and the capacities of its lists. Capacities
//! determine when cards are evicted, so a restored memory needs them to behave like the original.

use super::bytes::{ByteReader, InvalidBytes, Stored, put_list, stored_fields};
use crate::memory::card::message::entry::{AdjustmentEntry, AdjustmentKind, LabelEntry};
use crate::memory::card::message::event::{Event, EventCountries, EventIds};
use crate::memory::card::message::identity::Identity;
use crate::memory::card::message::link::{Link, Referent};
use crate::memory::card::state::adjustment::Adjustment;
use crate::memory::card::state::card::{Card, CardTimes};
use crate::memory::card::state::card_label::CardLabel;
use crate::memory::card::state::increment::Increment;
use crate::memory::card::state::ledger::Ledger;
use crate::memory::card::state::note::Note;
use crate::memory::card::state::referring::Referring;
use crate::memory::card::state::settlement::{Sum, Sums};
use crate::memory::card::state::tagged_list::{Tagged, TaggedList};
use crate::memory::card::state::timeline::{Timed, Timeline};
use crate::transaction::{Country, Kind, LabelValue, Time, WireName};
use std::collections::VecDeque;

stored_fields!(Card { key, token, times, charges, ledger, cut_countries });
stored_fields!(CardTimes { newest, cut, unknown_until, charge_cut });
stored_fields!(Ledger { refunds, adjustments, increments, notes, labels });
stored_fields!(CardLabel { entry, link, waits_since });
stored_fields!(LabelEntry { of, value, known_at, merchant, time, content });
stored_fields!(AdjustmentEntry { change, id, merchant, time, amount, original, charged });
stored_fields!(Increment { event, link, charged });
stored_fields!(Link { original, target, root });
stored_fields!(Referent { kind, merchant, time });
stored_fields!(Identity { id, merchant, second });
stored_fields!(Sums { authorized, released, captured, given_back, first_capture, alerted });

stored_fields!(EventIds { merchant, terminal, device, ip, ship_to, account });
stored_fields!(EventCountries { merchant, ship_to });
stored_fields!(Event {
    time_ms,
    id,
    amount,
    attempted,
    ids,
    latitude_e7,
    longitude_e7,
    flags,
    countries,
    mcc
});

impl Stored for Adjustment {
    fn put(&self, out: &mut Vec<u8>) {
        self.message().put(out);
        self.link().put(out);
        (self.amount(), self.alert()).put(out);
    }

    fn take(input: &mut ByteReader<'_>) -> Result<Self, InvalidBytes> {
        let message = AdjustmentEntry::take(input)?;
        let link: Option<Link> = Stored::take(input)?;
        let (amount, alert) = Stored::take(input)?;
        if link.map(|link| link.original) != message.original {
            return Err(InvalidBytes);
        }
        let (target, root) = link.map_or((None, None), |link| (link.target, link.root));
        Ok(Self::of(&message, alert).with_target(target, root).with_amount(amount))
    }
}

impl Stored for Note {
    fn put(&self, out: &mut Vec<u8>) {
        self.charge.put(out);
        (self.settles(), self.follows()).put(out);
        (self.charged, self.frozen()).put(out);
    }

    fn take(input: &mut ByteReader<'_>) -> Result<Self, InvalidBytes> {
        let mut note = Self::of(Stored::take(input)?);
        note.set_settles(Stored::take(input)?);
        note.set_follows(Stored::take(input)?);
        note.charged = Stored::take(input)?;
        let frozen = Stored::take(input)?;
        note.change_frozen(|sums| *sums = frozen);
        Ok(note)
    }
}

impl Stored for Sum {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }

    fn take(input: &mut ByteReader<'_>) -> Result<Self, InvalidBytes> {
        Stored::take(input).map(Self)
    }
}

fn take_list<T: Stored, L>(
    input: &mut ByteReader<'_>,
    with_capacity: impl FnOnce(usize) -> L,
    push: impl Fn(&mut L, T),
) -> Result<L, InvalidBytes> {
    let (room, length) = input.list()?;
    let mut items = with_capacity(room);
    for _ in 0..length {
        push(&mut items, T::take(input)?);
    }
    Ok(items)
}

impl<T: Stored + Timed> Stored for Timeline<T> {
    fn put(&self, out: &mut Vec<u8>) {
        put_list(out, self.capacity(), self.iter());
    }

    fn take(input: &mut ByteReader<'_>) -> Result<Self, InvalidBytes> {
        VecDeque::take(input).map(Self::of_sorted)
    }
}

impl<T: Stored + Tagged> Stored for TaggedList<T> {
    fn put(&self, out: &mut Vec<u8>) {
        put_list(out, self.capacity(), self.iter());
    }

    fn take(input: &mut ByteReader<'_>) -> Result<Self, InvalidBytes> {
        take_list(input, Self::with_capacity, Self::push_back)
    }
}

impl<T: Stored> Stored for VecDeque<T> {
    fn put(&self, out: &mut Vec<u8>) {
        put_list(out, self.capacity(), self.iter());
    }

    fn take(input: &mut ByteReader<'_>) -> Result<Self, InvalidBytes> {
        take_list(input, Self::with_capacity, Self::push_back)
    }
}

impl Stored for Vec<(Country, Time)> {
    fn put(&self, out: &mut Vec<u8>) {
        put_list(out, self.capacity(), self.iter());
    }

    fn take(input: &mut ByteReader<'_>) -> Result<Self, InvalidBytes> {
        take_list(input, Self::with_capacity, Self::push)
    }
}

impl Stored for Box<Ledger> {
    fn put(&self, out: &mut Vec<u8>) {
        self.as_ref().put(out);
    }

    fn take(input: &mut ByteReader<'_>) -> Result<Self, InvalidBytes> {
        Ledger::take(input).map(Self::new)
    }
}

impl Stored for AdjustmentKind {
    fn put(&self, out: &mut Vec<u8>) {
        (*self == Self::Reversal).put(out);
    }

    fn take(input: &mut ByteReader<'_>) -> Result<Self, InvalidBytes> {
        Ok(if bool::take(input)? { Self::Reversal } else { Self::Capture })
    }
}

/// The type of a message that others can refer to.
impl Stored for Kind {
    fn put(&self, out: &mut Vec<u8>) {
        (*self == Self::Clearing).put(out);
    }

    fn take(input: &mut ByteReader<'_>) -> Result<Self, InvalidBytes> {
        Ok(if bool::take(input)? { Self::Clearing } else { Self::Authorization })
    }
}

impl Stored for LabelValue {
    fn put(&self, out: &mut Vec<u8>) {
        self.number().put(out);
    }

    fn take(input: &mut ByteReader<'_>) -> Result<Self, InvalidBytes> {
        let number = u8::take(input)?;
        Ok(Self::NAMES.get(usize::from(number)).ok_or(InvalidBytes)?.0)
    }
}
