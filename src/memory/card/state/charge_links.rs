//! Finds the messages whose ids mean an alerted charge: its clearings and its increments. A label may
//! name any of them.
//!
//! Nothing is stored for it: the links follow from what the card remembers. A message can change the
//! links of others only if it or another authorization may be an increment, because clearings refer to
//! the same id forever.

use super::adjustment::Adjustment;
use super::card::Card;
use super::increment::Increment;
use super::ledger::Ledger;
use super::referring::Referring;
use super::timeline::Timed;
use crate::memory::card::message::entry::{AdjustmentKind, Effect};
use crate::memory::card::message::event::Event;
use crate::memory::card::message::identity::{Identity, OriginalId};
use crate::transaction::{Kind, SECOND_MS, Time};
use std::collections::BTreeMap;

/// A message and the charge that it counts towards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChargeLink {
    message: Identity,
    charge: Identity,
    /// The ids of both, as labels can name them.
    ids: [OriginalId; 2],
}

/// The links of a card by message.
pub(in crate::memory) type ChargeLinks = BTreeMap<Identity, ChargeLink>;

impl ChargeLink {
    /// What makes the message the same as another.
    pub fn message(&self) -> Identity {
        self.message
    }

    /// The id of the message.
    pub fn id(&self) -> OriginalId {
        let [id, _] = self.ids;
        id
    }

    /// The time of the message, to the second.
    pub fn time(&self) -> Time {
        time_of(self.message)
    }

    /// The id of the charge; that of the message itself if it has become a separate charge.
    pub fn charge_id(&self) -> OriginalId {
        let [_, charge] = self.ids;
        charge
    }

    /// The time of the charge, to the second.
    pub fn charge_time(&self) -> Time {
        time_of(self.charge)
    }

    /// The link of the message to itself.
    fn ended(self) -> Self {
        let (message, id) = (self.message, self.id());
        Self { message, charge: message, ids: [id, id] }
    }
}

fn time_of(message: Identity) -> Time {
    Time(message.second.saturating_mul(SECOND_MS))
}

impl Card {
    /// The links that a message may change, and the messages whose charges are not kept: an
    /// alert may have been published about those, so each counts as linked to itself.
    pub(in crate::memory) fn links_at_risk(&self, effect: &Effect) -> ChargeLinks {
        let Some(ledger) = &self.ledger else { return ChargeLinks::new() };
        let may_follow = matches!(effect, Effect::Charge { original: Some(_), .. });
        if !may_follow && !ledger.has_follow_ups() {
            return ChargeLinks::new();
        }
        let at_risk = |(message, link): (Identity, ChargeLink)| match self.charges.find(link.charge)
        {
            Some(charge) => charge.alerted().then_some((message, link)),
            None => Some((message, link.ended())),
        };
        links(ledger).filter_map(at_risk).collect()
    }

    /// The links that are new since a message was remembered, given those that were at risk before.
    /// Some may have been found before.
    pub(in crate::memory) fn new_links(
        &self,
        before: &ChargeLinks,
        effect: &Effect,
    ) -> Vec<ChargeLink> {
        let Some(ledger) = &self.ledger else { return Vec::new() };
        if ledger.increments.is_empty() && before.is_empty() {
            return message_of(effect).map_or_else(Vec::new, |of| self.links_around(ledger, of));
        }
        let now = self.charge_links();
        let changed = now.iter().filter(|(message, link)| before.get(message) != Some(link));
        let changed = changed.map(|(_, link)| *link);
        let ended = before.iter().filter(|(message, _)| !now.contains_key(message));
        let ended = ended.filter(|(message, _)| self.keeps_charge_of(**message));
        let ended = ended.map(|(_, link)| link.ended());
        changed.chain(ended).collect()
    }

    /// All links to alerted charges.
    fn charge_links(&self) -> ChargeLinks {
        let ledger = self.ledger.iter();
        ledger.flat_map(|ledger| links(ledger)).filter(|(_, link)| self.is_alerted(link)).collect()
    }

    /// The links to a message and from it, on a card without increments.
    fn links_around(&self, ledger: &Ledger, message: Identity) -> Vec<ChargeLink> {
        if ledger.adjustments.is_empty() {
            return Vec::new();
        }
        if self.charges.find(message).is_some_and(Event::alerted) {
            let captures = ledger.adjustments.all_of(message).filter_map(capture);
            return captures.map(|(_, link)| link).collect();
        }
        let captured = ledger.adjustments.find(message).and_then(capture);
        let link = captured.map(|(_, link)| link);
        link.filter(|link| self.is_alerted(link)).into_iter().collect()
    }

    fn is_alerted(&self, link: &ChargeLink) -> bool {
        self.charges.find(link.charge).is_some_and(Event::alerted)
    }

    /// Whether the charge that a message counts towards is kept. A link to one that is not remains.
    fn keeps_charge_of(&self, message: Identity) -> bool {
        self.root_of(message).is_some_and(|charge| self.charges.find(charge).is_some())
    }
}

/// The links of all clearings and increments that count towards a charge with another id.
fn links(ledger: &Ledger) -> impl Iterator<Item = (Identity, ChargeLink)> {
    let captures = ledger.adjustments.iter().filter_map(capture);
    captures.chain(ledger.increments.iter().filter_map(increment))
}

fn capture(adjustment: &Adjustment) -> Option<(Identity, ChargeLink)> {
    let is_capture = adjustment.change() == AdjustmentKind::Capture;
    let charge = adjustment.root().filter(|_| is_capture)?;
    link(adjustment.identity(), Kind::Clearing, charge)
}

fn increment(increment: &Increment) -> Option<(Identity, ChargeLink)> {
    link(increment.identity(), Kind::Authorization, increment.root()?)
}

/// The link of a message to the authorization that it counts towards.
fn link(message: Identity, kind: Kind, charge: Identity) -> Option<(Identity, ChargeLink)> {
    let id = OriginalId::of_message(message.id, kind);
    let charge_id = OriginalId::of_message(charge.id, Kind::Authorization);
    let link = ChargeLink { message, charge, ids: [id, charge_id] };
    (id != charge_id).then_some((message, link))
}

/// The message that an effect is about, if it can have links.
fn message_of(effect: &Effect) -> Option<Identity> {
    match effect {
        Effect::Charge { event, .. } => Some(event.identity()),
        Effect::Adjustment(message) => {
            Some(Identity::new(message.id, message.merchant, message.time))
        }
        Effect::Response { of, .. } => Some(*of),
        Effect::Refund { .. } | Effect::Label(_) => None,
    }
}
