//! Holds an authorization that raised another charge.

use super::referring::{ReferrerTag, Referring};
use super::settlement::{SumKind, Sums};
use super::tagged_list::Tagged;
use super::timeline::Timed;
use crate::memory::card::message::event::Event;
use crate::memory::card::message::identity::{Identity, MessageId};
use crate::memory::card::message::link::Link;
use crate::transaction::{Money, Time};

/// An authorization that raised another charge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::memory) struct Increment {
    pub event: Event,
    pub link: Link,
    pub charged: Option<Money>,
}

impl Increment {
    pub(in crate::memory) fn add_to(&self, sums: &mut Sums) {
        sums.add(SumKind::Authorized, self.event.attempted());
        sums.alerted |= self.event.alert().is_some();
    }
}

impl Referring for Increment {
    fn link(&self) -> Option<Link> {
        Some(self.link)
    }
}

impl Tagged for Increment {
    type Tag = ReferrerTag;

    fn tag(&self) -> ReferrerTag {
        ReferrerTag::new(self.event.id(), Some(self.link.original), self.link.root)
    }
}

impl Timed for Increment {
    type Key = Time;

    fn key(&self) -> Time {
        self.event.time()
    }

    fn time(&self) -> Time {
        self.event.time()
    }

    fn id(&self) -> MessageId {
        self.event.id()
    }

    fn identity(&self) -> Identity {
        self.event.identity()
    }
}
