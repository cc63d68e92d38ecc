//! The oracle's references: the candidates for an `original_id`, the chosen one, and the charge
//! that it leads to.

use super::card::{Card, Kept, List, identity};
use crate::memory::card::tests::support::BASE;
use crate::memory::id_hash64;
use crate::transaction::{Kind, Transaction};
use std::cmp::Ordering;

/// What a message is bound to.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// The message that it refers to.
    pub via: u64,
    pub kind: Kind,
    /// The charge that `via` led to when it was last kept.
    pub root: Option<u64>,
    /// What a reversal takes back, in the base currency.
    pub taken_back: Option<i64>,
}

/// Whether memory uses its `original_id`.
fn refers(tx: &Transaction<'_>) -> bool {
    let may_refer = match tx.kind {
        Kind::Clearing | Kind::Reversal => true,
        Kind::Authorization => tx.recurring != Some(true),
        Kind::Refund => false,
    };
    may_refer && tx.original_id.is_some()
}

/// Whether it is an authorization that may raise another.
pub fn is_follow_up(tx: &Transaction<'_>) -> bool {
    tx.kind == Kind::Authorization && refers(tx) && tx.response.approved != Some(false)
}

impl Card {
    /// The kept message that this one refers to.
    pub fn preferred(&self, tx: &Transaction<'_>) -> Option<u64> {
        let original = tx.original_id.as_deref().filter(|_| refers(tx))?;
        let fits = |kept: &&Kept| {
            let fits = match kept.tx.kind {
                Kind::Authorization => true,
                Kind::Clearing => tx.kind == Kind::Reversal,
                Kind::Reversal | Kind::Refund => false,
            };
            fits && kept.tx.id == original && identity(&kept.tx) != identity(tx)
        };
        let preference = |kept: &&Kept| {
            let is_after = kept.tx.time > tx.time;
            (
                kept.tx.merchant.id != tx.merchant.id,
                kept.tx.kind != Kind::Authorization,
                is_after,
                if is_after { kept.time() } else { -kept.time() },
                id_hash64(&kept.tx.merchant.id),
            )
        };
        Some(self.kept.iter().filter(fits).min_by_key(preference)?.number)
    }

    /// Binds every message to the one that it refers to now, unless its previous target is gone. A
    /// clearing that counted as a charge until its authorization came becomes an adjustment.
    /// `arrived` is the message that has just arrived.
    pub fn bind(&mut self, arrived: Option<u64>) {
        let is_open = |kept: &&Kept| match &kept.link {
            None => true,
            Some(link) => self.get(link.via).is_some(),
        };
        let meant = |kept: &Kept| Some((kept.number, self.preferred(&kept.tx)?));
        let meant: Vec<_> = self.kept.iter().filter(is_open).filter_map(meant).collect();
        let charges = self.sorted(List::Charges).into_iter();
        let clearings = charges.filter(|kept| kept.tx.kind == Kind::Clearing);
        let clearings: Vec<_> = clearings.map(|kept| kept.number).collect();
        for (number, via) in &meant {
            self.bind_to(*number, *via, arrived == Some(*via));
        }
        for clearing in clearings {
            if let Some((_, via)) = meant.iter().find(|(number, _)| *number == clearing) {
                self.absorb(clearing, *via);
            }
        }
    }

    fn bind_to(&mut self, number: u64, via: u64, is_new: bool) {
        let (kept, original) = (self.get(number).unwrap(), self.get(via).unwrap());
        if is_new || kept.link.as_ref().is_none_or(|link| link.via != via) {
            let (kind, root) = (original.tx.kind, None);
            let taken_back = taken_back(&kept.tx, &original.tx);
            self.get_mut(number).unwrap().link = Some(Link { via, kind, root, taken_back });
        }
    }

    /// What forgotten messages took back of the clearing now counts against the authorization.
    fn absorb(&mut self, clearing: u64, authorization: u64) {
        self.move_to(clearing, List::Adjustments);
        let left = std::mem::take(&mut self.get_mut(clearing).unwrap().left);
        let authorization = self.get_mut(authorization).unwrap();
        authorization.left = authorization.left.plus(&left);
    }

    /// Where a link leads: to its target or, once that is gone, to the charge that the target led
    /// to.
    pub fn next(&self, kept: &Kept) -> Option<u64> {
        let link = kept.link.as_ref()?;
        if self.get(link.via).is_some() { Some(link.via) } else { link.root }
    }

    /// The charge that an adjustment or increment leads to. It may be gone. `None` while the
    /// message or its target waits.
    pub fn root(&self, of: &Kept) -> Option<u64> {
        let mut at = of;
        // A bound for cycles of links, which lead to no charge.
        for _ in 0..=self.kept.len() {
            let next = self.next(at)?;
            match self.get(next) {
                Some(kept) if kept.list != List::Charges => at = kept,
                _ => return Some(next),
            }
        }
        None
    }

    /// Saves the charge that every link leads to, for when the target is gone. What forgotten
    /// messages added to an increment goes to the charge that it raises.
    pub fn note_roots(&mut self) {
        let roots: Vec<_> = self.kept.iter().map(|kept| self.root(kept)).collect();
        for (kept, root) in self.kept.iter_mut().zip(&roots) {
            if let Some(link) = &mut kept.link {
                link.root = *root;
            }
        }
        for (at, root) in roots.into_iter().enumerate() {
            if self.kept[at].list == List::Increments {
                let left = std::mem::take(&mut self.kept[at].left);
                if let Some(root) = root.and_then(|root| self.get_mut(root)) {
                    root.left = root.left.plus(&left);
                }
            }
        }
    }
}

/// What a reversal takes back, at the exchange rate of what it refers to.
fn taken_back(own: &Transaction<'_>, original: &Transaction<'_>) -> Option<i64> {
    let currency = own.amount.currency;
    if currency != original.amount.currency || currency.code() == BASE {
        return own.base_amount;
    }
    let (minor, original_minor) = (own.amount.minor, original.amount.minor);
    if original_minor == 0 {
        return own.base_amount;
    }
    let product = i128::from(minor) * i128::from(original.base_amount?);
    let rounded = divide_half_even(product, i128::from(original_minor));
    Some(i64::try_from(rounded).unwrap_or(i64::MAX))
}

/// Both numbers must be non-negative.
fn divide_half_even(number: i128, by: i128) -> i128 {
    let (quotient, rest) = (number / by, number % by);
    match (2 * rest).cmp(&by) {
        Ordering::Less => quotient,
        Ordering::Greater => quotient + 1,
        Ordering::Equal => quotient + quotient % 2,
    }
}
