//! Holds a label of one of a card's transactions.

use super::referring::{ReferrerTag, Referring};
use super::tagged_list::{Tagged, TaggedList};
use super::timeline::Timed;
use crate::memory::card::message::entry::LabelEntry;
use crate::memory::card::message::identity::{Identity, MessageId};
use crate::memory::card::message::link::Link;
use crate::transaction::{LabelValue, Time};

/// A label of one of a card's transactions. A list of them is ordered by when they became known,
/// and then as they were read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::memory) struct CardLabel {
    pub entry: LabelEntry,
    pub link: Link,
    /// From this time on, it waits for its transaction for as long as the retention.
    pub waits_since: Time,
}

impl Referring for CardLabel {
    fn link(&self) -> Option<Link> {
        Some(self.link)
    }
}

impl Tagged for CardLabel {
    type Tag = ReferrerTag;

    fn tag(&self) -> ReferrerTag {
        ReferrerTag::new(self.id(), Some(self.link.original), self.link.root)
    }
}

impl Timed for CardLabel {
    type Key = Time;

    fn key(&self) -> Time {
        self.entry.known_at
    }

    fn time(&self) -> Time {
        self.entry.known_at
    }

    fn id(&self) -> MessageId {
        MessageId(self.entry.content)
    }

    fn identity(&self) -> Identity {
        self.entry.identity()
    }
}

impl TaggedList<CardLabel> {
    /// When the newest of all labels became known.
    pub(in crate::memory) fn newest_known_at(&self) -> Option<Time> {
        Some(self.iter().next_back()?.entry.known_at)
    }

    /// Whether this label is kept, and none that became known at the same time was read after it about
    /// the same charge.
    pub(in crate::memory) fn repeats(&self, label: &LabelEntry) -> bool {
        let Some(at) = self.position_of(label.identity()) else { return false };
        let mut same_time = self.iter().skip(at).take_while(|l| l.entry.known_at == label.known_at);
        let Some(known) = same_time.next().filter(|known| known.entry == *label) else {
            return false;
        };
        let root = known.link.root;
        let is_about_it = |later: &CardLabel| {
            later.entry.of == label.of || (root.is_some() && later.link.root == root)
        };
        !same_time.any(is_about_it)
    }

    /// The charges and what their labels say, as far as it was known at `now`; the newest label of a
    /// charge is the last.
    pub(in crate::memory) fn known_at(
        &self,
        now: Time,
    ) -> impl Iterator<Item = (Identity, LabelValue)> {
        let known = self.iter().take_while(move |label| label.entry.known_at <= now);
        known.filter_map(|label| Some((label.link.root?, label.entry.value)))
    }
}
