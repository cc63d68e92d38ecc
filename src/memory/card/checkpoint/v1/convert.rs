//! Converts a card of version 1 by applying the messages that are still known of it.
//!
//! Version 1 did not keep the merchants of clearings and reversals, alerts other than the newest,
//! which authorizations referred to others, or the token. None of these changes an amount. If the
//! amount itself cannot be determined, the card is refused, since the history has the messages.

use super::layout::{Adjustment, Balance, CardV1, Event, Ledger, NoteV1, TargetV1};
use crate::memory::card::checkpoint::bytes::InvalidBytes;
use crate::memory::card::checkpoint::format::MissingInV1;
use crate::memory::card::limits::Limits;
use crate::memory::card::message::entry::{AdjustmentEntry, AdjustmentKind};
use crate::memory::card::message::event::{
    ABSENT_AMOUNT, ABSENT_E7, ABSENT_MCC, Event as EventNow, EventCountries, EventIds,
};
use crate::memory::card::message::event_codec::EventParts;
use crate::memory::card::message::event_flags::Flags;
use crate::memory::card::message::identity::{MessageId, OriginalId};
use crate::memory::card::state::card::Card as Now;
use crate::memory::card::state::card_changes::CardChanges;
use crate::memory::card::state::settlement::SumKind;
use crate::memory::card::update::card_update::CardUpdate;
use crate::transaction::{Kind, Time};
use std::collections::HashMap;

/// Why a card could not be converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Refused {
    InvalidBytes,
    MissingInV1(MissingInV1),
}

impl From<InvalidBytes> for Refused {
    fn from(InvalidBytes: InvalidBytes) -> Self {
        Self::InvalidBytes
    }
}

/// The card in today's form, and how many of its messages the cap cut while they waited for their
/// original.
pub(in super::super) fn converted(old: CardV1, limits: &Limits) -> Result<(Now, u64), Refused> {
    let CardV1 { key, known, charges, ledger, cut_countries } = old;
    let ledger = ledger.unwrap_or_default();
    let mut card = Now::new(key, known.newest, known.cut);
    card.times.unknown_until = known.unknown_until;
    card.times.charge_cut = cut_countries.iter().map(|(_, newest)| *newest).max();
    card.cut_countries = cut_countries;
    let charges = Charges::new(charges.into(), &ledger)?;
    let mut changes = CardChanges::default();
    let mut update = CardUpdate::begin(&mut card, &mut changes, limits.events_per_card);
    let mut alert = known.alert;
    for charge in &charges.in_order {
        charges.apply_entry(*charge, &mut alert, &mut update)?;
    }
    for refund in &ledger.refunds {
        let (parts, severity) = (parts(refund)?, severity_at(&mut alert, refund.time));
        update.refund(event(parts)?.with_alert(severity));
    }
    for adjustment in &ledger.adjustments {
        update.adjust(charges.message(adjustment)?, None);
    }
    let evicted_waiting = update.evicted_waiting;
    Ok((card, evicted_waiting))
}

/// The charges of a card and what its ledger knew of them.
struct Charges {
    in_order: Vec<Event>,
    notes: HashMap<MessageId, NoteV1>,
    /// The time of the earliest clearing of each charge.
    cleared: HashMap<MessageId, Time>,
}

impl Charges {
    /// `standing` are the charges that were not taken back in full.
    fn new(standing: Vec<Event>, ledger: &Ledger) -> Result<Self, InvalidBytes> {
        let notes: HashMap<_, _> = ledger.notes.iter().map(|note| (note.charge, *note)).collect();
        // A charge without a note was not taken back.
        if ledger.reversed.iter().any(|charge| !notes.contains_key(&charge.id)) {
            return Err(InvalidBytes);
        }
        let mut in_order = standing;
        in_order.extend(ledger.reversed.iter().copied());
        in_order.sort_by_key(|charge| charge.time);
        let mut cleared = HashMap::new();
        for adjustment in ledger.adjustments.iter().filter(|a| a.change == AdjustmentKind::Capture)
        {
            if let TargetV1::Charge(charge) = adjustment.target {
                let earliest = cleared.entry(charge).or_insert(adjustment.time);
                *earliest = adjustment.time.min(*earliest);
            }
        }
        Ok(Self { in_order, notes, cleared })
    }

    fn apply_entry(
        &self,
        charge: Event,
        alert: &mut Option<(Time, u8)>,
        update: &mut CardUpdate<'_>,
    ) -> Result<(), Refused> {
        let note = self.notes.get(&charge.id);
        let captured = note.and_then(|note| captured(&note.balance)).transpose()?;
        let mut parts = parts(&charge)?;
        if let Some(note) = note {
            parts.amount = note.balance.amount.filter(|_| captured.is_none());
        }
        let settles = note.and_then(|note| note.settles);
        if settles.is_some() {
            parts.flags |= Flags::CLEARING_OF_PARTS;
        }
        let event = event(parts)?.with_alert(severity_at(alert, charge.time));
        let original = settles.map(|id| OriginalId::of_message(id, Kind::Authorization));
        update.charge(event, original, None);
        if let Some(amount) = captured {
            update.freeze(Some(event.identity()), |sums| {
                sums.add(SumKind::Captured, amount);
                sums.note_capture(charge.time);
            });
        }
        Ok(())
    }

    fn message(&self, adjustment: &Adjustment) -> Result<AdjustmentEntry, Refused> {
        let Adjustment { id, target, time, amount, change } = *adjustment;
        let original = match target {
            TargetV1::Nothing => None,
            TargetV1::Charge(charge) => {
                if change == AdjustmentKind::Reversal {
                    self.check_reversal(charge, time)?;
                }
                Some(OriginalId::of_message(charge, self.kind(charge)))
            }
            TargetV1::Awaited { authorization, clearing } => {
                let original = OriginalId::of_message(authorization, Kind::Authorization);
                if original.as_kind(Kind::Clearing) != clearing {
                    return Err(Refused::InvalidBytes);
                }
                Some(original)
            }
        };
        Ok(AdjustmentEntry { change, id, merchant: 0, time, amount, original, charged: None })
    }

    /// Refuses a reversal that is ambiguous. Version 1 kept which charge a reversal changed. After
    /// a clearing, it is unknown whether the reversal gave back the clearing or released the
    /// authorization.
    fn check_reversal(&self, charge: MessageId, time: Time) -> Result<(), Refused> {
        let is_after = self.cleared.get(&charge).is_some_and(|clearing| *clearing <= time);
        let is_evicted = self.notes.get(&charge).is_some_and(|note| note.balance.cleared);
        if is_after || is_evicted {
            return Err(Refused::MissingInV1(MissingInV1::WhatAReversalMeans));
        }
        Ok(())
    }

    /// A clearing without `original_id` counts as an authorization, as in a version 1 history.
    fn kind(&self, charge: MessageId) -> Kind {
        match self.notes.get(&charge) {
            Some(NoteV1 { settles: Some(_), .. }) => Kind::Clearing,
            _ => Kind::Authorization,
        }
    }
}

/// What evicted clearings captured, if there were any. The attempted amount is unknown then.
fn captured(balance: &Balance) -> Option<Result<Option<i64>, Refused>> {
    match balance {
        Balance { cleared: false, stands: true, .. } => None,
        Balance { cleared: true, stands: true, amount } if *amount != Some(0) => Some(Ok(*amount)),
        _ => Some(Err(Refused::MissingInV1(MissingInV1::WhatWasAttempted))),
    }
}

/// The severity of the newest alert, if its message has this time. It is used only once.
fn severity_at(alert: &mut Option<(Time, u8)>, time: Time) -> Option<u8> {
    alert.take_if(|(of, _)| *of == time).map(|(_, severity)| severity)
}

/// Version 1 hashes have 32 bits: the lower half is unknown.
fn parts(old: &Event) -> Result<EventParts, InvalidBytes> {
    if u32::from(old.flags) & Flags::CLEARING != 0 {
        return Err(InvalidBytes);
    }
    let hash = |upper: u32| u64::from(upper) << 32;
    Ok(EventParts {
        time: old.time,
        id: old.id,
        amount: (old.amount != ABSENT_AMOUNT).then_some(old.amount),
        ids: EventIds {
            merchant: old.merchant,
            terminal: hash(old.terminal),
            device: hash(old.device),
            ip: hash(old.ip),
            ship_to: hash(old.ship_to),
            ..EventIds::default()
        },
        countries: EventCountries { merchant: old.country, ship_to: old.ship_to_country },
        mcc: (old.mcc != ABSENT_MCC).then_some(old.mcc),
        flags: old.flags,
        place_e7: (old.latitude_e7 != ABSENT_E7).then_some((old.latitude_e7, old.longitude_e7)),
    })
}

fn event(parts: EventParts) -> Result<EventNow, InvalidBytes> {
    EventNow::from_parts(parts).map_err(|_| InvalidBytes)
}
