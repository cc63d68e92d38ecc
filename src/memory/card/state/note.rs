//! Holds what is known of a charge besides its event.

use super::settlement::Sums;
use super::tagged_list::{ShortHash, Tagged, TaggedList};
use crate::memory::card::message::identity::{Identity, OriginalId};
use crate::memory::card::message::link::Link;
use crate::transaction::Money;

/// What is known of a charge besides its event. Most notes only have the amount as charged, so the
/// rest is boxed.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::memory) struct Note {
    pub charge: Identity,
    /// The amount as charged, if it is not in the base currency.
    pub charged: Option<Money>,
    /// `None` if every part is.
    rare: Option<Box<RareParts>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct RareParts {
    settles: Option<OriginalId>,
    follows: Option<Link>,
    frozen: Sums,
}

/// What a note is searched by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::memory) struct NoteTag {
    charge: ShortHash,
    settles: ShortHash,
    follows: ShortHash,
}

impl Note {
    pub(in crate::memory) fn of(charge: Identity) -> Self {
        Self { charge, charged: None, rare: None }
    }

    /// What a clearing that counts as a charge refers to.
    pub(in crate::memory) fn settles(&self) -> Option<OriginalId> {
        self.rare.as_ref()?.settles
    }

    /// What an authorization that may turn out to be an increment refers to.
    pub(in crate::memory) fn follows(&self) -> Option<Link> {
        self.rare.as_ref()?.follows
    }

    /// What messages that are no longer kept added.
    pub(in crate::memory) fn frozen(&self) -> Sums {
        self.rare.as_ref().map_or(Sums::default(), |rare| rare.frozen)
    }

    pub(in crate::memory) fn set_settles(&mut self, settles: Option<OriginalId>) {
        self.change_rare(|rare| rare.settles = settles);
    }

    pub(in crate::memory) fn set_follows(&mut self, follows: Option<Link>) {
        self.change_rare(|rare| rare.follows = follows);
    }

    pub(in crate::memory) fn change_frozen(&mut self, change: impl FnOnce(&mut Sums)) {
        self.change_rare(|rare| change(&mut rare.frozen));
    }

    fn change_rare(&mut self, change: impl FnOnce(&mut RareParts)) {
        let mut rare = self.rare.as_deref().copied().unwrap_or_default();
        change(&mut rare);
        self.rare = (rare != RareParts::default()).then(|| Box::new(rare));
    }
}

impl Tagged for Note {
    type Tag = NoteTag;

    fn tag(&self) -> NoteTag {
        NoteTag {
            charge: ShortHash::of(self.charge.id.0),
            settles: ShortHash::of_any(self.settles().map(|original| original.0)),
            follows: ShortHash::of_any(self.follows().map(|link| link.original.0)),
        }
    }

    fn boxed_bytes(&self) -> usize {
        self.rare.as_ref().map_or(0, |_| size_of::<RareParts>())
    }
}

impl TaggedList<Note> {
    pub(in crate::memory) fn newest_on(&self, charge: Identity) -> Option<&Note> {
        let short = ShortHash::of(charge.id.0);
        self.matching(|tag| tag.charge == short).rfind(|note| note.charge == charge)
    }

    /// The index of the oldest note on a charge.
    pub(in crate::memory) fn position_on(&self, charge: Identity) -> Option<usize> {
        self.positions_on(charge).next()
    }

    pub(in crate::memory) fn newest_position_on(&self, charge: Identity) -> Option<usize> {
        self.positions_on(charge).last()
    }

    fn positions_on(&self, charge: Identity) -> impl Iterator<Item = usize> {
        let short = ShortHash::of(charge.id.0);
        let matching = self.positions(0, move |tag| tag.charge == short);
        matching.filter(move |at| self.get(*at).is_some_and(|note| note.charge == charge))
    }

    /// The oldest note on a clearing that refers to this id.
    pub(in crate::memory) fn settling(&self, original: OriginalId) -> Option<&Note> {
        let short = ShortHash::of(original.0);
        let mut matching = self.matching(|tag| tag.settles == short);
        matching.find(|note| note.settles() == Some(original))
    }

    /// Those on authorizations that may turn out to be increments.
    pub(in crate::memory) fn following(&self) -> impl Iterator<Item = &Note> {
        self.matching(|tag| tag.follows != ShortHash::ABSENT)
    }

    pub(in crate::memory) fn has_reference_to(&self, original: OriginalId) -> bool {
        let short = ShortHash::of(original.0);
        let is_it = |note: &Note| {
            let follows = note.follows().is_some_and(|link| link.original == original);
            note.settles() == Some(original) || follows
        };
        self.matching(|tag| tag.settles == short || tag.follows == short).any(is_it)
    }
}
