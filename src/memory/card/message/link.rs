//! Links a message to the remembered message that its `original_id` refers to.
//!
//! Ids may be reused, so several remembered messages may match. The choice among them does not
//! depend on the order in which they arrived.

use super::identity::{Identity, OriginalId};
use crate::transaction::{Kind, Time};

/// A message that an `original_id` matches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::memory) struct Referent {
    /// Authorization or clearing.
    pub kind: Kind,
    pub merchant: u64,
    pub time: Time,
}

impl Referent {
    pub(in crate::memory) fn identity(&self, original: OriginalId) -> Identity {
        Identity::new(original.as_kind(self.kind), self.merchant, self.time)
    }
}

/// What a message refers to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::memory) struct Link {
    pub original: OriginalId,
    /// The referenced message; `None` until one is remembered. It may have been forgotten since.
    pub target: Option<Referent>,
    /// The charge that this message counts towards through `target`.
    pub root: Option<Identity>,
}

impl Link {
    pub(in crate::memory) fn waiting(original: OriginalId) -> Self {
        Self { original, target: None, root: None }
    }

    /// The identity of the referenced message.
    pub(in crate::memory) fn target_identity(&self) -> Option<Identity> {
        self.target.map(|target| target.identity(self.original))
    }
}

/// The message that refers: what the choice among several candidates depends on.
#[derive(Debug, Clone, Copy)]
pub(in crate::memory) struct Referrer {
    pub merchant: u64,
    pub time: Time,
}

impl Referrer {
    /// Chooses the referenced message: one at the same merchant first, then an authorization over a
    /// clearing, then the latest that is not after the referrer, else the earliest after it.
    pub(in crate::memory) fn choose(
        &self,
        candidates: impl Iterator<Item = Referent>,
    ) -> Option<Referent> {
        candidates.min_by_key(|candidate| self.rank(candidate))
    }

    /// Lower is preferred. The merchant's hash only breaks ties.
    fn rank(&self, target: &Referent) -> (bool, bool, bool, u64, u64) {
        let is_elsewhere =
            target.merchant != self.merchant && target.merchant != 0 && self.merchant != 0;
        let distance = target.time.millis().abs_diff(self.time.millis());
        let is_later = target.time > self.time;
        (is_elsewhere, target.kind != Kind::Authorization, is_later, distance, target.merchant)
    }
}
