//! Implements memory by its definition, with plain lists of messages that are recomputed every
//! time. It is slow and obviously correct. It shares no code with what it checks, except for the
//! hashes of ids that break ties.
//!
//! This file has the cards of a partition, its clock and its limits. What a message does to its
//! card is in [`card`], what refers to what in [`links`], which authorization raises another in
//! [`increments`], what a charge adds up to in [`amounts`], what its labels say in [`labels`], and
//! which rules they snooze in [`snoozes`]. Which messages belong to an alerted charge is in
//! [`charge_links`].

mod amounts;
mod card;
mod charge_links;
mod increments;
mod labels;
mod links;
mod snoozes;

use super::support::Message;
use crate::memory::{CardKey, Labelled, Limits, PublishedAlert, Recognised, Recorded, Role};
use crate::transaction::{Kind, Label, Transaction};
pub use amounts::name;
use card::{Card, Kept, List};
pub use snoozes::Snoozed;
use std::collections::BTreeMap;
use std::fmt;

/// A charge or refund as rules see it.
#[derive(Clone, PartialEq)]
pub struct Shown {
    /// Type, id and merchant.
    pub name: String,
    pub time: i64,
    pub amount: Option<i64>,
    pub attempted: Option<i64>,
    pub reversed: bool,
    pub declined: bool,
    pub alerted: bool,
    /// The severity of the alert about this message.
    pub alert: Option<u8>,
    /// Whether it was fraudulent, and whether it was genuine, as far as labels say.
    pub verdict: (Option<bool>, Option<bool>),
}

/// One line, so that a person can compare two of them.
impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |amount: Option<i64>| amount.map_or("?".to_owned(), |amount| amount.to_string());
        let (amount, attempted) = (text(self.amount), text(self.attempted));
        write!(f, "{}, {}: {amount} of {attempted}", self.name, self.time)?;
        let marks = [(self.reversed, "reversed"), (self.declined, "declined")];
        marks
            .iter()
            .filter(|(is_set, _)| *is_set)
            .try_for_each(|(_, mark)| write!(f, ", {mark}"))?;
        if self.alerted || self.alert.is_some() {
            write!(f, ", alerted {}, itself {:?}", self.alerted, self.alert)?;
        }
        if let (Some(fraud), genuine) = self.verdict {
            write!(f, ", fraud {fraud}, genuine {genuine:?}")?;
        }
        Ok(())
    }
}

/// A card's past at some moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    pub charges: Vec<Shown>,
    pub refunds: Vec<Shown>,
    pub countries: Vec<(String, i64)>,
    pub cut: Option<i64>,
    pub unknown_until: Option<i64>,
    /// Sorted.
    pub snoozes: Vec<Snoozed>,
}

/// How much memory holds, and what it has counted since it was created.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Counts {
    pub cards: usize,
    pub events: usize,
    pub evicted_cards: u64,
    pub expired_cards: u64,
    pub too_old: u64,
    pub evicted_waiting: u64,
}

#[derive(Debug)]
pub struct Oracle {
    limits: Limits,
    /// The time of every message that was recorded.
    times: Vec<i64>,
    cards: BTreeMap<CardKey, Card>,
    forgotten: Option<i64>,
    counts: Counts,
}

impl Oracle {
    pub fn new(limits: Limits) -> Self {
        let (times, cards) = (Vec::new(), BTreeMap::new());
        Self { limits, times, cards, forgotten: None, counts: Counts::default() }
    }

    pub fn counts(&self) -> Counts {
        let is_event = |kept: &&Kept| matches!(kept.list, List::Charges | List::Refunds);
        let events = |card: &Card| card.kept.iter().filter(is_event).count();
        let events = self.cards.values().map(events).sum();
        Counts { cards: self.cards.len(), events, ..self.counts }
    }

    /// Whether the card is remembered.
    pub fn knows(&self, card: CardKey) -> bool {
        self.cards.contains_key(&card)
    }

    /// The charges of a card at `now`, as they were attempted, oldest first.
    pub fn charges(&self, key: CardKey, now: i64) -> Vec<Transaction<'static>> {
        let retention_floor =
            self.retention_floor().max(now.saturating_sub(self.limits.retention_ms));
        let charges = self.cards.get(&key).map_or(Vec::new(), |card| card.sorted(List::Charges));
        let inside =
            charges.into_iter().filter(|kept| retention_floor < kept.time() && kept.time() <= now);
        inside.map(|kept| kept.tx.clone()).collect()
    }

    pub fn recognise(&self, message: &Message) -> Recognised {
        let tx = &message.tx;
        let kept = self.cards.get(&message.card).map_or(&[][..], |card| &card.kept);
        if let Some(known) = kept.iter().find(|kept| kept.is_same_as(tx)) {
            return if known.is_answered_by(tx) {
                let asked = Transaction { response: known.tx.response, ..tx.clone() };
                Recognised::Response { differs: known.differs_from(&asked) }
            } else {
                Recognised::Duplicate { differs: known.differs_from(tx) }
            };
        }
        let reused_id = kept.iter().any(|kept| kept.tx.kind == tx.kind && kept.tx.id == tx.id);
        Recognised::New { reused_id }
    }

    /// The role of a new message.
    pub fn role(&self, message: &Message) -> Role {
        let tx = &message.tx;
        match tx.kind {
            Kind::Authorization => Role::Charge,
            Kind::Refund => Role::Refund,
            Kind::Reversal => Role::Reverses,
            Kind::Clearing => match self.cards.get(&message.card) {
                Some(card) => self.role_of_clearing(card, tx),
                None => Role::Charge,
            },
        }
    }

    fn role_of_clearing(&self, card: &Card, tx: &Transaction<'_>) -> Role {
        let since = tx.time.millis() - self.limits.retention_ms;
        if card.preferred(tx).is_some() {
            Role::Settles
        } else if tx.original_id.is_some() && card.charge_cut.is_some_and(|cut| cut > since) {
            Role::Unlisted
        } else {
            Role::Charge
        }
    }

    /// The most severe alert nearer than the cooldown, if it has at least that severity; the newest
    /// one if several are equally severe.
    pub fn alert_near(
        &self,
        key: CardKey,
        time: i64,
        severity: u8,
        cooldown_ms: i64,
    ) -> Option<PublishedAlert> {
        let is_near = |alert: &PublishedAlert| {
            alert.severity >= severity && (alert.time.millis() - time).abs() < cooldown_ms
        };
        self.alerts(key).filter(is_near).max_by_key(|alert| (alert.severity, alert.time))
    }

    /// The newest alert; the most severe one if several have that time.
    pub fn last_alert(&self, key: CardKey) -> Option<PublishedAlert> {
        self.alerts(key).max_by_key(|alert| (alert.time, alert.severity))
    }

    fn alerts(&self, key: CardKey) -> impl Iterator<Item = PublishedAlert> {
        let alert =
            |kept: &Kept| Some(PublishedAlert { time: kept.tx.time, severity: kept.alert? });
        self.cards.get(&key).into_iter().flat_map(|card| &card.kept).filter_map(alert)
    }

    pub fn recall(&self, key: CardKey, now: i64) -> Past {
        let retention_floor =
            self.retention_floor().max(now.saturating_sub(self.limits.retention_ms));
        let Some(card) = self.cards.get(&key) else {
            let (charges, refunds, countries) = (vec![], vec![], vec![]);
            let cut = self.forgotten;
            let snoozes = vec![];
            return Past { charges, refunds, countries, cut, unknown_until: cut, snoozes };
        };
        let shown = |list| -> Vec<Shown> {
            let list = card.sorted(list).into_iter();
            let inside = list.filter(|kept| retention_floor < kept.time() && kept.time() <= now);
            inside.map(|kept| card.shown(kept, now)).collect()
        };
        let hidden = |list| {
            let hidden =
                card.sorted(list).into_iter().filter(|kept| kept.time() <= retention_floor);
            hidden.map(Kept::time).max()
        };
        Past {
            charges: shown(List::Charges),
            refunds: shown(List::Refunds),
            countries: card
                .cut_countries
                .iter()
                .map(|(code, time)| (code.clone(), *time))
                .collect(),
            cut: card.cut.max(hidden(List::Charges)).max(hidden(List::Refunds)),
            unknown_until: card.unknown_until.max(hidden(List::Charges)),
            snoozes: card.snoozes(retention_floor, now),
        }
    }

    pub fn record(&mut self, message: &Message, role: Role, alert: Option<u8>) -> Recorded {
        let recorded = self.keep(message, role, alert);
        self.times.push(message.tx.time.millis());
        let retention_floor = self.retention_floor();
        let is_past = message.tx.time.millis() <= retention_floor;
        let recorded = if is_past { Recorded::TooOld } else { recorded };
        self.counts.too_old += u64::from(recorded == Recorded::TooOld);
        let idle =
            |(key, card): (&CardKey, &Card)| (card.newest <= retention_floor).then_some(*key);
        for key in self.cards.iter().filter_map(idle).collect::<Vec<_>>() {
            self.forget(key);
            self.counts.expired_cards += 1;
        }
        recorded
    }

    /// Remembers a label, unless it changes nothing.
    pub fn label(&mut self, key: CardKey, label: &Label<'static>) -> Labelled {
        let (floor, known_at) = (self.retention_floor(), label.known_at.millis());
        let card = self.cards.get(&key);
        let is_repeat = card.is_some_and(|card| card.repeats(label));
        let of = card.and_then(|card| card.labelled(label)).filter(|of| of.time() > floor);
        let can_wait = known_at > floor && label.time.is_none_or(|time| time.millis() > floor);
        let labelled = match (of, card) {
            _ if is_repeat => Labelled::Repeated,
            (Some(_), _) => Labelled::Bound,
            _ if !can_wait => Labelled::TooOld,
            (None, Some(_)) => Labelled::Waits,
            (None, None) => Labelled::UnknownCard,
        };
        if labelled.is_kept() {
            let waits_since = self.clock().map_or(known_at, |clock| clock.min(known_at));
            if !self.cards.contains_key(&key) {
                self.create(key, waits_since);
            }
            let card = self.cards.get_mut(&key).unwrap();
            card.expire(floor);
            card.take_label(label, waits_since);
            self.counts.evicted_waiting += std::mem::take(&mut card.evicted_waiting);
        }
        labelled
    }

    fn retention_floor(&self) -> i64 {
        self.clock().unwrap_or(i64::MIN).saturating_sub(self.limits.retention_ms)
    }

    /// The latest of the lower quartiles of all complete blocks of 64 times.
    fn clock(&self) -> Option<i64> {
        let quartile = |block: &[i64]| {
            let mut block = block.to_vec();
            block.sort();
            block[16]
        };
        self.times.chunks_exact(64).map(quartile).max()
    }

    fn forget(&mut self, key: CardKey) {
        let card = self.cards.remove(&key).unwrap();
        self.forgotten = self.forgotten.max(Some(card.newest)).max(card.cut);
    }

    fn keep(&mut self, message: &Message, role: Role, alert: Option<u8>) -> Recorded {
        let (retention_floor, time) = (self.retention_floor(), message.tx.time.millis());
        if time <= retention_floor {
            if role != Role::Response {
                self.miss(message.card, time);
            }
            return Recorded::TooOld;
        }
        if !self.cards.contains_key(&message.card) {
            self.create(message.card, time);
        }
        let card = self.cards.get_mut(&message.card).unwrap();
        card.expire(retention_floor);
        let newest = time >= card.newest;
        card.newest = card.newest.max(time);
        let is_kept = match role {
            Role::Response => card.respond(&message.tx),
            _ => card.take(&message.tx, role, alert),
        };
        self.counts.evicted_waiting += std::mem::take(&mut card.evicted_waiting);
        let is_outdated = time <= card.newest.saturating_sub(self.limits.retention_ms);
        match (is_kept, newest, is_outdated) {
            (false, _, _) => Recorded::TooOld,
            (true, true, _) => Recorded::Kept,
            (true, false, true) => Recorded::KeptOutdated,
            (true, false, false) => Recorded::KeptLate,
        }
    }

    /// Notes a message that is older than the retention.
    fn miss(&mut self, key: CardKey, time: i64) {
        match self.cards.get_mut(&key) {
            Some(card) => {
                card.cut = card.cut.max(Some(time));
                card.unknown_until = card.unknown_until.max(Some(time));
            }
            None => self.forgotten = self.forgotten.max(Some(time)),
        }
    }

    fn create(&mut self, key: CardKey, newest: i64) {
        let cut = self.forgotten;
        while self.cards.len() >= self.limits.cards {
            let idle = self.cards.iter().min_by_key(|(key, card)| (card.newest, **key));
            self.forget(*idle.unwrap().0);
            self.counts.evicted_cards += 1;
        }
        self.cards.insert(key, Card::new(self.limits.events_per_card, newest, cut));
    }
}
