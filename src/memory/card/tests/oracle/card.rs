//! The oracle's cards: what a message adds to their lists, and what leaves them.

use super::amounts::Sums;
use super::labels::KeptLabel;
use super::links::{Link, is_follow_up};
use crate::memory::Role;
use crate::memory::card::tests::support::BASE;
use crate::transaction::{Kind, SECOND_MS, Transaction};
use std::collections::BTreeMap;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    Charges,
    Refunds,
    /// Clearings that are not charges, and reversals.
    Adjustments,
    /// Authorizations that raise another charge.
    Increments,
}

/// A kept message.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Represents its identity: a message that arrives again after it was forgotten gets the same
    /// number.
    pub number: u64,
    pub tx: Transaction<'static>,
    pub list: List,
    /// Breaks ties between equal times: when the message entered its current list.
    pub arrival: u64,
    /// The severity of the alert that was published about the message.
    pub alert: Option<u8>,
    /// What the message is bound to; `None` while it waits, or if it refers to nothing.
    pub link: Option<Link>,
    /// What messages that are no longer kept added to this one.
    pub left: Sums,
}

#[derive(Debug)]
pub struct Card {
    pub cap: usize,
    pub kept: Vec<Kept>,
    /// By when they became known, then in order of arrival.
    pub labels: Vec<KeptLabel>,
    pub newest: i64,
    pub cut: Option<i64>,
    pub unknown_until: Option<i64>,
    pub cut_countries: BTreeMap<String, i64>,
    /// The newest time of a charge that the cap has cut.
    pub charge_cut: Option<i64>,
    /// Adjustments without a root that the cap has evicted. The partition counts them.
    pub evicted_waiting: u64,
    /// Every identity that was ever kept. A message's number is its index.
    identities: Vec<(Kind, String, String, i64)>,
    /// How many times a message has entered a list.
    arrival: u64,
}

impl Kept {
    pub fn time(&self) -> i64 {
        self.tx.time.millis()
    }

    /// Whether the message has the same identity as this one.
    pub fn is_same_as(&self, tx: &Transaction<'_>) -> bool {
        identity(&self.tx) == identity(tx)
    }

    /// Whether the message, which has the same identity, is the separate response to this one.
    pub fn is_answered_by(&self, tx: &Transaction<'_>) -> bool {
        self.list != List::Adjustments && !has_response(&self.tx) && has_response(tx)
    }

    /// Whether the message, which has the same identity, differs in anything else that is
    /// remembered. One without a response is a duplicate of what came before the separate response.
    pub fn differs_from(&self, tx: &Transaction<'_>) -> bool {
        let own = &self.tx;
        if self.list == List::Adjustments {
            let remembered = |tx: &Transaction<'_>| {
                (tx.time, tx.base_amount, tx.original_id.as_deref().map(str::to_owned))
            };
            return remembered(own) != remembered(tx);
        }
        let is_charge = own.kind != Kind::Refund;
        let is_foreign = own.amount.currency.code() != BASE;
        own.time != tx.time
            || is_charge && own.response.approved != Some(false) && referred(own) != referred(tx)
            || is_charge && is_foreign && own.amount != tx.amount
            || own.base_amount != tx.base_amount
            || own.merchant.country != tx.merchant.country
            || own.merchant.mcc != tx.merchant.mcc
            || own.merchant.place != tx.merchant.place
            || own.terminal_id != tx.terminal_id
            || own.channel != tx.channel
            || own.card_present != tx.card_present
            || own.card_on_file != tx.card_on_file
            || own.recurring != tx.recurring
            || has_response(tx) && own.response != tx.response
            || own.device != tx.device
            || own.ship_to != tx.ship_to
            || own.cardholder.account_id != tx.cardholder.account_id
    }

    /// Clearings come before reversals of the same time.
    fn order(&self) -> (i64, bool, u64) {
        (self.time(), self.tx.kind == Kind::Reversal, self.arrival)
    }
}

/// The `original_id` of a charge, if memory uses it: not in a series, and not of a declined
/// attempt.
fn referred<'t>(tx: &'t Transaction<'_>) -> Option<&'t str> {
    let means_nothing = tx.kind == Kind::Authorization
        && (tx.recurring == Some(true) || tx.response.approved == Some(false));
    tx.original_id.as_deref().filter(|_| !means_nothing)
}

fn has_response(tx: &Transaction<'_>) -> bool {
    tx.response.approved.is_some() || tx.response.reason.is_some()
}

/// Type, id, merchant, and time to the second.
pub fn identity<'t>(tx: &'t Transaction<'_>) -> (Kind, &'t str, &'t str, i64) {
    (tx.kind, &tx.id, &tx.merchant.id, tx.time.millis().div_euclid(SECOND_MS))
}

impl Card {
    pub fn new(cap: usize, newest: i64, cut: Option<i64>) -> Self {
        Self {
            cap,
            kept: Vec::new(),
            labels: Vec::new(),
            newest,
            cut,
            unknown_until: cut,
            cut_countries: BTreeMap::new(),
            charge_cut: None,
            evicted_waiting: 0,
            identities: Vec::new(),
            arrival: 0,
        }
    }

    pub fn get(&self, number: u64) -> Option<&Kept> {
        self.kept.iter().find(|kept| kept.number == number)
    }

    pub fn get_mut(&mut self, number: u64) -> Option<&mut Kept> {
        self.kept.iter_mut().find(|kept| kept.number == number)
    }

    /// One of the lists, oldest first.
    pub fn sorted(&self, list: List) -> Vec<&Kept> {
        let mut sorted: Vec<_> = self.kept.iter().filter(|kept| kept.list == list).collect();
        sorted.sort_by_key(|kept| kept.order());
        sorted
    }

    fn number_of(&mut self, tx: &Transaction<'_>) -> u64 {
        let (kind, id, merchant, second) = identity(tx);
        let identity = (kind, id.to_owned(), merchant.to_owned(), second);
        let known = self.identities.iter().position(|other| *other == identity);
        let number = known.unwrap_or_else(|| {
            self.identities.push(identity);
            self.identities.len() - 1
        });
        number as u64
    }

    fn next_arrival(&mut self) -> u64 {
        self.arrival += 1;
        self.arrival
    }

    /// Moves a message to another list, after those with the same time.
    pub fn move_to(&mut self, number: u64, list: List) {
        let arrival = self.next_arrival();
        let kept = self.get_mut(number).unwrap();
        (kept.list, kept.arrival) = (list, arrival);
    }

    /// Adds a message that is not a separate response. Returns whether it is kept.
    pub fn take(&mut self, tx: &Transaction<'static>, role: Role, alert: Option<u8>) -> bool {
        let list = match role {
            Role::Charge if is_follow_up(tx) => List::Increments,
            Role::Charge => List::Charges,
            Role::Refund => List::Refunds,
            Role::Settles | Role::Unlisted | Role::Reverses => List::Adjustments,
            Role::Response => unreachable!("a separate response is not kept"),
        };
        let (number, arrival) = (self.number_of(tx), self.next_arrival());
        let (link, left) = (None, Sums::default());
        self.kept.push(Kept { number, tx: tx.clone(), list, arrival, alert, link, left });
        if list != List::Refunds {
            self.update_dependents(Some(number));
        }
        self.enforce_caps();
        self.bind_labels();
        self.get(number).is_some()
    }

    /// Adds the response to a message that came without one.
    pub fn respond(&mut self, tx: &Transaction<'static>) -> bool {
        if let Some(kept) = self.kept.iter_mut().find(|kept| kept.is_same_as(tx)) {
            kept.tx.response = tx.response;
        }
        self.update_dependents(None);
        self.enforce_caps();
        self.bind_labels();
        true
    }

    /// Updates everything that depends on a new message or a separate response.
    fn update_dependents(&mut self, arrived: Option<u64>) {
        self.bind(arrived);
        self.classify(arrived);
        self.note_roots();
        self.bind_labels();
    }

    /// Notes what remains of a charge that the cap has cut.
    fn note_cut_charge(&mut self, tx: &Transaction<'_>) {
        let time = tx.time.millis();
        self.cut = self.cut.max(Some(time));
        self.charge_cut = self.charge_cut.max(Some(time));
        if let Some(country) = &tx.merchant.country {
            let newest = self.cut_countries.entry(country.to_string()).or_insert(time);
            *newest = time.max(*newest);
        }
    }

    fn cap_charges(&mut self) {
        while let Some(gone) = self.evict(List::Charges) {
            self.note_cut_charge(&gone.tx);
        }
    }

    fn enforce_caps(&mut self) {
        self.cap_charges();
        while let Some(gone) = self.evict(List::Refunds) {
            self.cut = self.cut.max(Some(gone.time()));
        }
        while let Some(gone) = self.evict_spent_or_surplus(List::Increments) {
            self.charge_cut = self.charge_cut.max(Some(gone.time()));
        }
        while let Some(gone) = self.evict_spent_or_surplus(List::Adjustments) {
            let waits = gone.tx.original_id.is_some() && self.root(&gone).is_none();
            self.evicted_waiting += u64::from(waits);
        }
    }

    /// Takes out the oldest message of a list that is longer than the cap.
    fn evict(&mut self, list: List) -> Option<Kept> {
        let sorted = self.sorted(list);
        let gone = (sorted.len() > self.cap).then(|| sorted[0].clone())?;
        self.remove(&[gone.number]);
        Some(gone)
    }

    /// From a list that is longer than the cap, takes out the oldest message that adds to no kept
    /// charge and is older than a charge that was cut. From one that is longer than eight times the
    /// cap, takes out the oldest.
    fn evict_spent_or_surplus(&mut self, list: List) -> Option<Kept> {
        let sorted = self.sorted(list);
        if sorted.len() <= self.cap {
            return None;
        }
        let is_spent = |kept: &&&Kept| {
            let root = self.root(kept).and_then(|root| self.get(root));
            root.is_none() && self.charge_cut.is_some_and(|cut| kept.time() < cut)
        };
        let spent = sorted.iter().find(is_spent);
        let surplus = sorted.first().filter(|_| sorted.len() > 8 * self.cap);
        let gone = (*spent.or(surplus)?).clone();
        self.remove(&[gone.number]);
        Some(gone)
    }

    pub fn expire(&mut self, retention_floor: i64) {
        let newest = |list| {
            let old = self
                .sorted(list)
                .into_iter()
                .map(Kept::time)
                .filter(|time| *time <= retention_floor);
            old.max()
        };
        let (charge, refund) = (newest(List::Charges), newest(List::Refunds));
        self.cut = self.cut.max(charge).max(refund);
        self.unknown_until = self.unknown_until.max(charge);
        let old = self.kept.iter().filter(|kept| kept.time() <= retention_floor);
        let old: Vec<_> = old.map(|kept| kept.number).collect();
        self.remove(&old);
        self.cut_countries.retain(|_, newest| *newest > retention_floor);
        self.drop_labels(retention_floor);
    }

    /// Removes messages, all at the same time. What they added to a charge stays with it. Messages
    /// that were bound to them stay bound to a message that is gone.
    fn remove(&mut self, gone: &[u64]) {
        let removed = self.kept.iter().filter(|kept| gone.contains(&kept.number));
        let shares: Vec<_> = removed.filter_map(|kept| self.share(kept)).collect();
        self.kept.retain(|kept| !gone.contains(&kept.number));
        for (root, share) in shares {
            if let Some(root) = self.get_mut(root) {
                root.left = root.left.plus(&share);
            }
        }
    }
}
