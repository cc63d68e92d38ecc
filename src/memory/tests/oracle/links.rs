//! What refers to what: the candidates for an `original_id`, the one that is meant, and the charge
//! behind it.

use super::card::{Card, Kept, List, identity};
use crate::memory::id_hash64;
use crate::transaction::{Kind, Transaction};

/// What a message is bound to.
#[derive(Debug, Clone, PartialEq)]
pub enum Link {
    /// It refers to nothing, or to nothing that has arrived.
    Waits,
    /// To this message, which is kept.
    To(u64),
    /// To a message that is no longer kept, for good.
    Gone {
        kind: Kind,
        /// The charge that was behind it, which may be gone too.
        root: Option<u64>,
        /// What a reversal took back, in the base currency.
        taken_back: Option<i64>,
    },
}

/// Whether its `original_id` means anything.
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
    /// The message that this one means, of those that are kept.
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

    /// Binds every message to the one that it means now. A clearing that was a charge of its own
    /// until its authorization came becomes an adjustment.
    pub fn bind(&mut self) {
        let bound = |kept: &&Kept| matches!(kept.link, Link::Waits | Link::To(_));
        let meant = |kept: &Kept| Some((kept.number, self.preferred(&kept.tx)?));
        let meant: Vec<_> = self.kept.iter().filter(bound).filter_map(meant).collect();
        let charges = self.sorted(List::Charges).into_iter();
        let clearings = charges.filter(|kept| kept.tx.kind == Kind::Clearing);
        let clearings: Vec<_> = clearings.map(|kept| kept.number).collect();
        for (number, via) in &meant {
            self.get_mut(*number).unwrap().link = Link::To(*via);
        }
        for clearing in clearings {
            if let Some((_, via)) = meant.iter().find(|(number, _)| *number == clearing) {
                self.absorb(clearing, *via);
            }
        }
    }

    /// What messages that are gone took back of the clearing, they took back of the authorization.
    fn absorb(&mut self, clearing: u64, authorization: u64) {
        self.move_to(clearing, List::Adjustments);
        let left = std::mem::take(&mut self.get_mut(clearing).unwrap().left);
        let authorization = self.get_mut(authorization).unwrap();
        authorization.left = authorization.left.plus(&left);
    }

    /// The charge behind what an adjustment or an increment is bound to. It may be gone. `None`
    /// while the message waits, or what it means waits.
    pub fn root(&self, of: &Kept) -> Option<u64> {
        let mut at = of;
        // A bound, for links that lead round in a circle: they lead to no charge.
        for _ in 0..=self.kept.len() {
            let next = match at.link {
                Link::Waits => None,
                Link::To(via) => Some(via),
                Link::Gone { root, .. } => root,
            };
            match self.get(next?) {
                Some(kept) if kept.list != List::Charges => at = kept,
                _ => return next,
            }
        }
        None
    }

    /// How a message is bound when some others are gone.
    pub fn link_without(&self, kept: &Kept, is_gone: &impl Fn(u64) -> bool) -> Link {
        let behind = |number: u64| match self.get(number) {
            Some(via) if via.list != List::Charges => self.root(via),
            _ => Some(number),
        };
        match kept.link {
            Link::To(via) if is_gone(via) => Link::Gone {
                kind: self.get(via).unwrap().tx.kind,
                root: behind(via),
                taken_back: self.taken_back(kept),
            },
            Link::Gone { kind, root: Some(root), taken_back } if is_gone(root) => {
                Link::Gone { kind, root: behind(root), taken_back }
            }
            _ => kept.link.clone(),
        }
    }
}
