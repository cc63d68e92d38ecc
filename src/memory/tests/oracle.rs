//! Memory as it is defined, kept as plain lists of messages and worked out anew each time: slow,
//! and easy to see right. It shares no code with what it checks.

use super::support::Message;
use crate::memory::{CardKey, Limits, Recorded, Role};
use crate::transaction::Kind;
use std::collections::BTreeMap;

/// A charge as shown: id, time, amount.
pub type Shown = (String, i64, Option<i64>);

/// What a card's past is as of some moment.
#[derive(Debug, PartialEq)]
pub struct Past {
    pub charges: Vec<Shown>,
    pub refunds: Vec<Shown>,
    pub countries: Vec<(String, i64)>,
    pub cut: Option<i64>,
    pub unknown_until: Option<i64>,
}

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Charge,
    Refund,
    /// Of a charge by kind and id, once that is known.
    Adjustment(Option<(Kind, String)>),
}

#[derive(Debug, Clone)]
struct Kept {
    kind: Kind,
    id: String,
    time: i64,
    amount: Option<i64>,
    original: Option<String>,
    country: Option<String>,
    part: Part,
    /// Orders equal times: when it came into the list that it is in.
    came: u64,
    /// Adjustments of this charge that are forgotten themselves, in the order in which they went.
    settled: Vec<Kept>,
    reversed: bool,
}

#[derive(Debug, Default)]
struct Card {
    kept: Vec<Kept>,
    newest: i64,
    cut: Option<i64>,
    unknown_until: Option<i64>,
    countries: BTreeMap<String, i64>,
}

pub struct Oracle {
    limits: Limits,
    times: Vec<i64>,
    cards: BTreeMap<CardKey, Card>,
    forgotten: Option<i64>,
    came: u64,
    pub evicted: u64,
    pub expired: u64,
    pub too_old: u64,
}

impl Oracle {
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            times: Vec::new(),
            cards: BTreeMap::new(),
            forgotten: None,
            came: 0,
            evicted: 0,
            expired: 0,
            too_old: 0,
        }
    }

    pub fn cards(&self) -> usize {
        self.cards.len()
    }

    pub fn events(&self) -> usize {
        let is_event = |kept: &&Kept| kept.is_shown() || kept.part == Part::Refund;
        self.cards.values().map(|card| card.kept.iter().filter(is_event).count()).sum()
    }

    pub fn remembers(&self, message: &Message) -> bool {
        let same = |kept: &Kept| kept.kind == message.tx.kind && kept.id == message.tx.id;
        self.cards.get(&message.card).is_some_and(|card| card.kept.iter().any(same))
    }

    pub fn role(&self, message: &Message) -> Role {
        let original = message.tx.original_id.as_deref();
        match message.tx.kind {
            Kind::Authorization => Role::Charge,
            Kind::Refund => Role::Refund,
            Kind::Reversal => Role::Reverses,
            Kind::Clearing => {
                let card = self.cards.get(&message.card);
                let known = original.and_then(|id| card?.charge(&(Kind::Authorization, id.into())));
                if known.is_some() { Role::Settles } else { Role::Charge }
            }
        }
    }

    pub fn recall(&self, key: CardKey, now: i64) -> Past {
        let floor = self.floor().max(now - self.limits.retention_ms);
        let Some(card) = self.cards.get(&key) else {
            let (charges, refunds, countries) = (vec![], vec![], vec![]);
            let cut = self.forgotten;
            return Past { charges, refunds, countries, cut, unknown_until: cut };
        };
        let events = |list: Vec<&Kept>| -> Vec<Shown> {
            let inside = list.iter().filter(|kept| floor < kept.time && kept.time <= now);
            inside.map(|kept| (kept.id.clone(), kept.time, card.amount(kept))).collect()
        };
        let hidden = |which: &dyn Fn(&Kept) -> bool| {
            let hidden = card.kept.iter().filter(|kept| kept.time <= floor && which(kept));
            hidden.map(|kept| kept.time).max()
        };
        Past {
            charges: events(card.sorted(Kept::is_shown)),
            refunds: events(card.sorted(|kept| kept.part == Part::Refund)),
            countries: card.countries.iter().map(|(code, time)| (code.clone(), *time)).collect(),
            cut: card.cut.max(hidden(&|kept| kept.is_shown() || kept.part == Part::Refund)),
            unknown_until: card.unknown_until.max(hidden(&Kept::is_shown)),
        }
    }

    pub fn record(&mut self, message: &Message) -> Recorded {
        let recorded = self.keep(message);
        self.too_old += u64::from(recorded == Recorded::TooOld);
        self.times.push(message.tx.time.millis());
        let floor = self.floor();
        let idle = |(key, card): (&CardKey, &Card)| (card.newest <= floor).then_some(*key);
        for key in self.cards.iter().filter_map(idle).collect::<Vec<_>>() {
            self.forget(key);
            self.expired += 1;
        }
        recorded
    }

    /// The lower quartile of each whole block of 64 times, and of those the latest.
    fn floor(&self) -> i64 {
        let quartile = |block: &[i64]| {
            let mut block = block.to_vec();
            block.sort();
            block[16]
        };
        let clock = self.times.chunks_exact(64).map(quartile).max().unwrap_or(i64::MIN);
        clock.saturating_sub(self.limits.retention_ms)
    }

    fn forget(&mut self, key: CardKey) {
        let card = self.cards.remove(&key).unwrap();
        self.forgotten = self.forgotten.max(Some(card.newest)).max(card.cut);
    }

    fn keep(&mut self, message: &Message) -> Recorded {
        let (floor, time, role) = (self.floor(), message.tx.time.millis(), self.role(message));
        if time <= floor {
            match self.cards.get_mut(&message.card) {
                Some(card) => {
                    card.cut = card.cut.max(Some(time));
                    card.unknown_until = card.unknown_until.max(Some(time));
                }
                None => self.forgotten = self.forgotten.max(Some(time)),
            }
            return Recorded::TooOld;
        }
        if !self.cards.contains_key(&message.card) {
            self.create(message.card, time);
        }
        let (cap, came) = (self.limits.events_per_card, &mut self.came);
        let card = self.cards.get_mut(&message.card).unwrap();
        card.expire(floor);
        let newest = time >= card.newest;
        card.newest = card.newest.max(time);
        card.take(message, role, cap, came);
        match (self.remembers(message), newest) {
            (false, _) => Recorded::TooOld,
            (true, true) => Recorded::Kept,
            (true, false) => Recorded::KeptLate,
        }
    }

    fn create(&mut self, key: CardKey, newest: i64) {
        let cut = self.forgotten;
        while self.cards.len() >= self.limits.cards {
            let idle = self.cards.iter().min_by_key(|(key, card)| (card.newest, **key));
            self.forget(*idle.unwrap().0);
            self.evicted += 1;
        }
        self.cards.insert(key, Card { newest, cut, unknown_until: cut, ..Card::default() });
    }
}

impl Kept {
    fn is_shown(&self) -> bool {
        self.part == Part::Charge && !self.reversed
    }

    fn is_of(&self, (kind, id): &(Kind, String)) -> bool {
        self.part == Part::Charge && self.kind == *kind && self.id == *id
    }

    fn adjusts(&self, charge: &Kept) -> bool {
        self.part == Part::Adjustment(Some((charge.kind, charge.id.clone())))
    }
}

impl Card {
    fn charge(&self, of: &(Kind, String)) -> Option<&Kept> {
        self.kept.iter().find(|kept| kept.is_of(of))
    }

    fn sorted(&self, which: impl Fn(&Kept) -> bool) -> Vec<&Kept> {
        let mut list: Vec<_> = self.kept.iter().filter(|kept| which(kept)).collect();
        list.sort_by_key(|kept| (kept.time, kept.came));
        list
    }

    /// Adjustments by time, clearings first, then as they came.
    fn adjustments(&self, which: impl Fn(&Kept) -> bool) -> Vec<&Kept> {
        let is_one = |kept: &Kept| matches!(kept.part, Part::Adjustment(_)) && which(kept);
        let mut list: Vec<_> = self.kept.iter().filter(|kept| is_one(kept)).collect();
        list.sort_by_key(|kept| (kept.time, kept.kind == Kind::Reversal, kept.came));
        list
    }

    fn amount(&self, charge: &Kept) -> Option<i64> {
        self.balance(charge).0
    }

    /// Amount, and whether the charge stands.
    fn balance(&self, charge: &Kept) -> (Option<i64>, bool) {
        let remembered = self.adjustments(|kept| kept.adjusts(charge));
        fold(charge.amount, charge.settled.iter().chain(remembered))
    }

    fn take(&mut self, message: &Message, role: Role, cap: usize, came: &mut u64) {
        *came += 1;
        let tx = &message.tx;
        let mut new = Kept {
            kind: tx.kind,
            id: tx.id.to_string(),
            time: tx.time.millis(),
            amount: tx.base_amount,
            original: tx.original_id.as_deref().map(str::to_owned),
            country: tx.merchant.country.map(|country| country.to_string()),
            part: Part::Charge,
            came: *came,
            settled: Vec::new(),
            reversed: false,
        };
        new.part = match role {
            Role::Charge => Part::Charge,
            Role::Refund => Part::Refund,
            Role::Settles => {
                Part::Adjustment(new.original.clone().map(|id| (Kind::Authorization, id)))
            }
            Role::Reverses => Part::Adjustment(self.meant_by(new.original.as_deref())),
        };
        self.kept.push(new.clone());
        self.bind(&new);
        if role == Role::Charge && new.kind == Kind::Authorization {
            self.absorb(&new, cap, came);
        }
        self.settle_adjustments(cap);
        self.turn(came);
        self.cap(cap);
    }

    /// The charge that a reversal of `original` means, as far as it is known.
    fn meant_by(&self, original: Option<&str>) -> Option<(Kind, String)> {
        let named = |kind| original.map(|id| (kind, id.to_owned()));
        let (authorization, clearing) = (named(Kind::Authorization)?, named(Kind::Clearing)?);
        if self.charge(&authorization).is_some() {
            return Some(authorization);
        }
        let of_clearing = self.kept.iter().find(|kept| (kept.kind, kept.id.clone()) == clearing)?;
        match &of_clearing.part {
            Part::Adjustment(charge) => charge.clone(),
            _ => Some(clearing),
        }
    }

    /// Reversals that waited for this charge, or for this clearing of a charge.
    fn bind(&mut self, new: &Kept) {
        let charge = match &new.part {
            Part::Charge => (new.kind, new.id.clone()),
            Part::Adjustment(Some(charge)) if new.kind == Kind::Clearing => charge.clone(),
            _ => return,
        };
        for kept in &mut self.kept {
            let waits =
                kept.part == Part::Adjustment(None) && kept.original.as_ref() == Some(&new.id);
            if waits {
                kept.part = Part::Adjustment(Some(charge.clone()));
            }
        }
    }

    /// Clearings that were charges for want of this authorization settle it.
    fn absorb(&mut self, new: &Kept, cap: usize, came: &mut u64) {
        let authorization = (new.kind, new.id.clone());
        let part = Part::Adjustment(Some(authorization));
        let is_its = |kept: &Kept| {
            kept.kind == Kind::Clearing
                && kept.part == Part::Charge
                && kept.original.as_ref() == Some(&new.id)
        };
        while let Some(at) = self.kept.iter().position(is_its) {
            let clearing = self.kept[at].clone();
            for kept in self.kept.iter_mut().filter(|kept| kept.adjusts(&clearing)) {
                kept.part = part.clone();
            }
            *came += 1;
            let kept = &mut self.kept[at];
            kept.amount = fold(kept.amount, kept.settled.iter()).0;
            (kept.part, kept.came, kept.settled) = (part.clone(), *came, Vec::new());
            self.settle_adjustments(cap);
        }
    }

    /// Forgets adjustments beyond the cap, but not what they did.
    fn settle_adjustments(&mut self, cap: usize) {
        loop {
            let list = self.adjustments(|_| true);
            if list.len() <= cap {
                return;
            }
            let oldest = list[0].clone();
            self.settle(&oldest);
        }
    }

    fn settle(&mut self, adjustment: &Kept) {
        self.remove(adjustment);
        if let Some(charge) =
            self.kept.iter_mut().find(|kept| adjustment.adjusts(kept) && kept.part == Part::Charge)
        {
            charge.settled.push(adjustment.clone());
        }
    }

    fn remove(&mut self, gone: &Kept) {
        self.kept.retain(|kept| (kept.kind, &kept.id) != (gone.kind, &gone.id));
    }

    /// Moves charges between shown and reversed, each then as the latest arrival of its time.
    fn turn(&mut self, came: &mut u64) {
        for at in 0..self.kept.len() {
            let reversed = !self.balance(&self.kept[at]).1;
            let charge = &mut self.kept[at];
            if charge.part == Part::Charge && charge.reversed != reversed {
                *came += 1;
                (charge.reversed, charge.came) = (reversed, *came);
            }
        }
    }

    fn cap(&mut self, cap: usize) {
        while let Some(gone) = self.beyond(cap, Kept::is_shown) {
            self.cut = self.cut.max(Some(gone.time));
            if let Some(country) = &gone.country {
                let newest = self.countries.entry(country.clone()).or_insert(gone.time);
                *newest = gone.time.max(*newest);
            }
        }
        while let Some(gone) = self.beyond(cap, |kept| kept.part == Part::Refund) {
            self.cut = self.cut.max(Some(gone.time));
        }
        while self.beyond(cap, |kept| kept.part == Part::Charge && kept.reversed).is_some() {}
    }

    /// Takes out the oldest of those, if there are more than `cap`.
    fn beyond(&mut self, cap: usize, which: impl Fn(&Kept) -> bool) -> Option<Kept> {
        let list = self.sorted(which);
        let gone = (list.len() > cap).then(|| list[0].clone())?;
        self.remove(&gone);
        Some(gone)
    }

    fn expire(&mut self, floor: i64) {
        let old = |kept: &Kept| kept.time <= floor;
        let events = |kept: &&Kept| old(kept) && (kept.is_shown() || kept.part == Part::Refund);
        self.cut = self.cut.max(self.kept.iter().filter(events).map(|kept| kept.time).max());
        let shown = self.kept.iter().filter(|kept| old(kept) && kept.is_shown());
        self.unknown_until = self.unknown_until.max(shown.map(|kept| kept.time).max());
        self.kept.retain(|kept| !old(kept) || matches!(kept.part, Part::Adjustment(_)));
        let gone: Vec<_> = self.adjustments(old).into_iter().cloned().collect();
        gone.iter().for_each(|adjustment| self.settle(adjustment));
        self.countries.retain(|_, newest| *newest > floor);
    }
}

/// What a charge over `amount` comes to after its adjustments, and whether it stands.
fn fold<'k>(amount: Option<i64>, steps: impl Iterator<Item = &'k Kept>) -> (Option<i64>, bool) {
    let (mut amount, mut cleared, mut stands) = (amount, None, true);
    for step in steps {
        match (step.kind, amount, step.amount) {
            (Kind::Clearing, _, new) => {
                amount = match cleared {
                    None => new,
                    Some(()) => amount.and_then(|so_far| Some(so_far + new?)),
                };
                (cleared, stands) = (Some(()), true);
            }
            (_, Some(so_far), Some(less)) if less < so_far => amount = Some(so_far - less),
            _ => (amount, stands) = (Some(0), false),
        }
    }
    (amount, stands)
}
