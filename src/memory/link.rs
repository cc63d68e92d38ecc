//! What a message refers to with its `original_id`, as far as that is remembered.
//!
//! Ids may be reused, so several remembered messages may fit. Which one is meant is an order among
//! them that does not depend on when they arrived.

use super::{Identity, OriginalId};
use crate::transaction::{Kind, Time};

/// A message that an `original_id` fits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Via {
    /// Authorization or clearing.
    pub kind: Kind,
    pub merchant: u64,
    pub time: Time,
}

impl Via {
    pub(super) fn identity(&self, original: OriginalId) -> Identity {
        Identity::new(original.as_kind(self.kind), self.merchant, self.time)
    }
}

/// What a message refers to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Link {
    pub original: OriginalId,
    /// The message that is meant; `None` while none is remembered. It may be forgotten since.
    pub via: Option<Via>,
    /// The charge that this message counts towards, by way of `via`.
    pub root: Option<Identity>,
}

impl Link {
    pub(super) fn waiting(original: OriginalId) -> Self {
        Self { original, via: None, root: None }
    }

    /// The identity of the message that is meant.
    pub(super) fn target(&self) -> Option<Identity> {
        self.via.map(|via| via.identity(self.original))
    }
}

/// Who refers: what the choice among several messages depends on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Referrer {
    pub merchant: u64,
    pub time: Time,
}

impl Referrer {
    /// The one that is meant: the same merchant first, then an authorization rather than a clearing,
    /// then the latest not after the referrer, else the earliest after it.
    pub(super) fn choose(&self, candidates: impl Iterator<Item = Via>) -> Option<Via> {
        candidates.min_by_key(|candidate| self.rank(candidate))
    }

    /// Lower is preferred; the merchant's hash only makes the order total.
    fn rank(&self, via: &Via) -> (bool, bool, bool, u64, u64) {
        let is_elsewhere = via.merchant != self.merchant && via.merchant != 0 && self.merchant != 0;
        let distance = via.time.millis().abs_diff(self.time.millis());
        let is_later = via.time > self.time;
        (is_elsewhere, via.kind != Kind::Authorization, is_later, distance, via.merchant)
    }
}
