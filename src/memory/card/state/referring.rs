//! Searches lists of messages that refer to others.

use super::tagged_list::{ShortHash, Tagged, TaggedList};
use super::timeline::Timed;
use crate::memory::card::message::identity::{Identity, MessageId, OriginalId};
use crate::memory::card::message::link::Link;

/// A message that refers to another.
pub(in crate::memory) trait Referring: Timed + Tagged<Tag = ReferrerTag> {
    fn link(&self) -> Option<Link>;

    /// The charge that it counts towards.
    fn root(&self) -> Option<Identity> {
        self.link()?.root
    }
}

/// What a message that refers to another is searched by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::memory) struct ReferrerTag {
    id: ShortHash,
    original: ShortHash,
    /// The charge that it counts towards.
    root: ShortHash,
}

impl ReferrerTag {
    pub(in crate::memory) fn new(
        id: MessageId,
        original: Option<OriginalId>,
        root: Option<Identity>,
    ) -> Self {
        Self {
            id: ShortHash::of(id.0),
            original: ShortHash::of_any(original.map(|original| original.0)),
            root: ShortHash::of_any(root.map(|root| root.id.0)),
        }
    }
}

impl<T: Referring> TaggedList<T> {
    pub(in crate::memory) fn all_with(&self, id: MessageId) -> impl Iterator<Item = &T> {
        let short = ShortHash::of(id.0);
        self.matching(move |tag| tag.id == short).filter(move |other| other.id() == id)
    }

    /// Those that count towards a charge.
    pub(in crate::memory) fn all_of(&self, charge: Identity) -> impl Iterator<Item = &T> {
        let short = ShortHash::of(charge.id.0);
        let matching = self.matching(move |tag| tag.root == short);
        matching.filter(move |other| other.root() == Some(charge))
    }

    pub(in crate::memory) fn has_reference_to(&self, original: OriginalId) -> bool {
        self.next_reference_to(original, 0).is_some()
    }

    /// The index of the first message, at `from` or later, that refers to this id.
    pub(in crate::memory) fn next_reference_to(
        &self,
        original: OriginalId,
        from: usize,
    ) -> Option<usize> {
        let short = ShortHash::of(original.0);
        let refers = |other: &T| other.link().is_some_and(|link| link.original == original);
        let mut matching = self.positions(from, |tag| tag.original == short);
        matching.find(|at| self.get(*at).is_some_and(refers))
    }
}
