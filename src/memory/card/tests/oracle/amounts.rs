//! The oracle's amounts: what a charge adds up to.

use super::Shown;
use super::card::{Card, Kept, List};
use super::links::Link;
use crate::memory::card::tests::support::BASE;
use crate::transaction::{Kind, WireName};
use std::collections::BTreeSet;

/// Minor units of the base currency; `None` once a part has no rate.
type Sum = Option<i64>;

/// What messages added to a charge.
#[derive(Debug, Clone)]
pub struct Sums {
    authorized: Sum,
    captured: Sum,
    released: Sum,
    given_back: Sum,
    pub first_capture: Option<i64>,
    alerted: bool,
}

impl Default for Sums {
    fn default() -> Self {
        let nothing = Some(0);
        Self {
            authorized: nothing,
            captured: nothing,
            released: nothing,
            given_back: nothing,
            first_capture: None,
            alerted: false,
        }
    }
}

impl Sums {
    pub fn plus(&self, other: &Self) -> Self {
        let add = |one: Sum, other: Sum| Some(one?.saturating_add(other?));
        let first = |one: Option<i64>, other| one.into_iter().chain(other).min();
        Self {
            authorized: add(self.authorized, other.authorized),
            captured: add(self.captured, other.captured),
            released: add(self.released, other.released),
            given_back: add(self.given_back, other.given_back),
            first_capture: first(self.first_capture, other.first_capture),
            alerted: self.alerted || other.alerted,
        }
    }

    /// What was spent and how much of it was taken back.
    fn balance(&self) -> (Sum, Sum) {
        match self.captured {
            Some(0) => (self.authorized, self.released),
            _ => (self.captured, self.given_back),
        }
    }
}

impl Card {
    /// A charge or refund with everything that is known of it, and with the labels that were known
    /// at `now`.
    pub fn shown(&self, kept: &Kept, now: i64) -> Shown {
        let attempted = kept.tx.base_amount;
        let is_declined = kept.tx.response.approved == Some(false);
        let sums = self.sums(kept);
        let (spent, taken_back) = sums.balance();
        let has_balance = kept.list == List::Charges && !is_declined;
        let is_known = spent.is_some() && taken_back.is_some();
        let is_reversed = has_balance
            && match is_known {
                true => is_reversed(spent, taken_back),
                false => self.is_reversed_as_charged(kept, sums.captured != Some(0)),
            };
        let amount = match (has_balance, spent, taken_back) {
            (false, ..) => attempted,
            _ if is_reversed => Some(0),
            (true, Some(spent), Some(taken_back)) => Some((spent - taken_back).max(0)),
            (true, ..) => None,
        };
        Shown {
            name: name(kept.tx.kind, &kept.tx.id, &kept.tx.merchant.id),
            time: kept.time(),
            amount,
            attempted,
            reversed: is_reversed,
            declined: is_declined,
            alerted: sums.alerted,
            alert: kept.alert,
            verdict: self.verdict(kept.number, now),
        }
    }

    fn sums(&self, charge: &Kept) -> Sums {
        let own = charge.tx.base_amount;
        let alerted = charge.alert.is_some();
        let own = match charge.tx.kind {
            Kind::Clearing => Sums { captured: own, alerted, ..Sums::default() },
            _ => Sums { authorized: own, alerted, ..Sums::default() },
        };
        let shares = self.kept.iter().filter_map(|kept| self.share(kept));
        let its = shares.filter(|(root, _)| *root == charge.number);
        its.fold(own.plus(&charge.left), |sums, (_, share)| sums.plus(&share))
    }

    /// The charge that an adjustment or increment adds to, which may be gone, and what it adds.
    pub fn share(&self, kept: &Kept) -> Option<(u64, Sums)> {
        let none = Sums { alerted: kept.alert.is_some(), ..Sums::default() };
        let share = match (kept.list, kept.tx.kind) {
            (List::Charges | List::Refunds, _) => return None,
            (List::Increments, _) => Sums { authorized: kept.tx.base_amount, ..none },
            (List::Adjustments, Kind::Clearing) => {
                let first_capture = Some(kept.time());
                Sums { captured: kept.tx.base_amount, first_capture, ..none }
            }
            (List::Adjustments, _) => match kept.link.as_ref()? {
                Link { kind: Kind::Clearing, taken_back, .. } => {
                    Sums { given_back: *taken_back, ..none }
                }
                Link { taken_back, .. } => Sums { released: *taken_back, ..none },
            },
        };
        Some((self.root(kept)?, share.plus(&kept.left)))
    }
}

impl Card {
    /// Whether the messages that are kept, all in one currency without a rate, add up to a charge
    /// that was reversed.
    fn is_reversed_as_charged(&self, charge: &Kept, is_captured: bool) -> bool {
        let left = &charge.left;
        let is_complete = match is_captured {
            true => left.captured == Some(0) && left.given_back == Some(0),
            false => left.authorized == Some(0) && left.released == Some(0),
        };
        let takes_back = |kept: &&&Kept| kept.tx.kind == Kind::Reversal;
        let target = |kept: &Kept| kept.link.as_ref().map(|link| link.kind);
        let counts = |kept: &&Kept| match kept.tx.kind {
            Kind::Clearing => is_captured,
            Kind::Reversal => (target(kept) == Some(Kind::Clearing)) == is_captured,
            _ => !is_captured,
        };
        let is_its = |kept: &&Kept| {
            kept.number == charge.number
                || kept.list != List::Charges && self.root(kept) == Some(charge.number)
        };
        let parts: Vec<_> = self.kept.iter().filter(is_its).filter(counts).collect();
        let currencies: BTreeSet<_> =
            parts.iter().map(|kept| kept.tx.amount.currency.code()).collect();
        let in_one = currencies.len() == 1 && !currencies.contains(BASE);
        let total = |all: &mut dyn Iterator<Item = &&Kept>| {
            all.fold(0_i64, |sum, kept| sum.saturating_add(kept.tx.amount.minor))
        };
        let given = total(&mut parts.iter().filter(takes_back));
        let had = total(&mut parts.iter().filter(|kept| !takes_back(kept)));
        is_complete && in_one && is_reversed(Some(had), Some(given))
    }
}

/// Whether at least 99 % was taken back.
fn is_reversed(spent: Sum, taken_back: Sum) -> bool {
    let (Some(spent), Some(taken_back)) = (spent, taken_back) else { return false };
    spent > 0 && i128::from(taken_back) * 100 >= i128::from(spent) * 99
}

/// The name of a message in test output.
pub fn name(kind: Kind, id: &str, merchant: &str) -> String {
    format!("{} {id} at {merchant}", kind.name())
}
