//! Follows references between the authorizations of a card to the charge they lead to.
//!
//! An increment leads to what it refers to, and so on, until a charge is reached. The increments
//! that lead to one charge form a set, which knows the first capture among them. Sets are joined as
//! increments are found (a union-find), so each increment costs about the same on a card with
//! hundreds of them as on a card with one.

use crate::memory::card::message::identity::Identity;
use crate::transaction::Time;

/// Where a chain of references ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::memory) enum End {
    Charge(Identity),
    /// At a message that is no longer kept: holds the charge that it led to, if there was one.
    Gone(Option<Identity>),
}

/// The next step from a message along its reference.
#[derive(Debug, Clone, Copy)]
pub(in crate::memory) struct Step {
    /// `None` if the target is unknown.
    pub to: Option<Identity>,
    /// Whether the step passes a message that is no longer kept.
    pub is_gone: bool,
}

impl End {
    pub(in crate::memory) fn charge(self) -> Option<Identity> {
        match self {
            Self::Charge(charge) => Some(charge),
            Self::Gone(charge) => charge,
        }
    }
}

/// The sets, given the increments found so far.
#[derive(Debug)]
pub(in crate::memory) struct References {
    /// Sorted and unique. The index after the last one represents an unknown message.
    messages: Vec<Identity>,
    sets: Vec<Set>,
}

#[derive(Debug, Clone, Copy)]
struct Set {
    /// Its own index for the charge at the end.
    leads_to: usize,
    /// Whether a message on the way there is no longer kept.
    is_gone: bool,
    /// For a charge at the end: the first capture of all messages that lead to it.
    first_capture: Option<Time>,
}

impl References {
    /// Starts with messages that refer or are referred to, and no increments.
    pub(in crate::memory) fn new(mut messages: Vec<Identity>) -> Self {
        messages.sort_unstable();
        messages.dedup();
        let node = |leads_to| Set { leads_to, is_gone: false, first_capture: None };
        let sets = (0..=messages.len()).map(node).collect();
        Self { messages, sets }
    }

    /// Notes a capture of this message, which must not lead anywhere yet. Ignores messages that
    /// were not given to [`References::new`].
    pub(in crate::memory) fn note_capture(&mut self, of: Identity, time: Time) {
        let Ok(at) = self.messages.binary_search(&of) else { return };
        if let Some(node) = self.sets.get_mut(at) {
            node.first_capture = earlier(node.first_capture, Some(time));
        }
    }

    pub(in crate::memory) fn end(&mut self, step: Step) -> End {
        let (at, is_gone) = self.follow(step);
        match self.messages.get(at) {
            Some(charge) if !is_gone => End::Charge(*charge),
            charge => End::Gone(charge.copied()),
        }
    }

    /// The first capture of the charge, either directly or through increments found so far.
    pub(in crate::memory) fn first_capture(&self, charge: Identity) -> Option<Time> {
        let at = self.messages.binary_search(&charge).ok()?;
        self.sets.get(at)?.first_capture
    }

    /// Notes that this message is an increment: from now on it leads where its reference leads.
    pub(in crate::memory) fn found(&mut self, increment: Identity, step: Step) {
        let (to, is_gone) = self.follow(step);
        let Ok(at) = self.messages.binary_search(&increment) else { return };
        let Some(node) = self.sets.get_mut(at) else { return };
        let first = node.first_capture;
        (node.leads_to, node.is_gone) = (to, is_gone);
        if let Some(set) = self.sets.get_mut(to) {
            set.first_capture = earlier(set.first_capture, first);
        }
    }

    fn follow(&mut self, step: Step) -> (usize, bool) {
        let unknown = self.messages.len();
        let at = step.to.and_then(|to| self.messages.binary_search(&to).ok());
        let (end, is_gone) = self.resolve(at.unwrap_or(unknown));
        (end, is_gone || step.is_gone)
    }

    /// The end of the chain from a node. Halves the path on the way: each node visited then points
    /// to the next node's target.
    fn resolve(&mut self, mut at: usize) -> (usize, bool) {
        let mut is_gone = false;
        while let Some(node) = self.sets.get(at).copied()
            && node.leads_to != at
        {
            let Some(next) = self.sets.get(node.leads_to).copied() else { break };
            let is_next_gone = node.is_gone || next.leads_to != node.leads_to && next.is_gone;
            if let Some(node) = self.sets.get_mut(at) {
                (node.leads_to, node.is_gone) = (next.leads_to, is_next_gone);
            }
            is_gone |= is_next_gone;
            at = next.leads_to;
        }
        (at, is_gone)
    }
}

fn earlier(one: Option<Time>, other: Option<Time>) -> Option<Time> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
