//! Where references between the authorizations of a card lead.
//!
//! An increment leads to what it refers to, and that to what it refers to itself, up to a charge. The
//! increments that lead to one charge are a set, which knows the first capture of all of them. Sets are
//! joined as increments are found (a union-find), so that a card with hundreds of increments costs
//! about as much for each as a card with one.

use super::Identity;
use crate::transaction::Time;

/// Where a reference ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum End {
    Charge(Identity),
    /// Beyond a message that is no longer kept: at the charge that was behind it, if one was.
    Gone(Option<Identity>),
}

/// What a message refers to next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    /// `None` where nothing is known to be there.
    pub to: Option<Identity>,
    /// Whether it leads beyond a message that is no longer kept.
    pub is_gone: bool,
}

impl End {
    pub(super) fn charge(self) -> Option<Identity> {
        match self {
            Self::Charge(charge) => Some(charge),
            Self::Gone(charge) => charge,
        }
    }
}

/// The sets, as far as increments have been found.
#[derive(Debug)]
pub(super) struct References {
    /// Sorted, each once. The one after the last stands for what is not known.
    messages: Vec<Identity>,
    sets: Vec<Set>,
}

#[derive(Debug, Clone, Copy)]
struct Set {
    /// Itself, for the charge at the end.
    leads_to: usize,
    /// Whether a message on the way there is no longer kept.
    is_gone: bool,
    /// Of a charge at the end: the first capture of all that lead to it.
    first_capture: Option<Time>,
}

impl References {
    /// Of messages that refer or are referred to; no increment has been found.
    pub(super) fn new(mut messages: Vec<Identity>) -> Self {
        messages.sort_unstable();
        messages.dedup();
        let node = |leads_to| Set { leads_to, is_gone: false, first_capture: None };
        let sets = (0..=messages.len()).map(node).collect();
        Self { messages, sets }
    }

    /// A capture of that message itself, which leads nowhere yet. Messages that were not given to
    /// [`References::new`] are passed over.
    pub(super) fn note_capture(&mut self, of: Identity, time: Time) {
        let Ok(at) = self.messages.binary_search(&of) else { return };
        if let Some(node) = self.sets.get_mut(at) {
            node.first_capture = earlier(node.first_capture, Some(time));
        }
    }

    pub(super) fn end(&mut self, step: Step) -> End {
        let (at, is_gone) = self.follow(step);
        match self.messages.get(at) {
            Some(charge) if !is_gone => End::Charge(*charge),
            charge => End::Gone(charge.copied()),
        }
    }

    /// The first capture of the charge, by way of itself or of increments found so far.
    pub(super) fn first_capture(&self, charge: Identity) -> Option<Time> {
        let at = self.messages.binary_search(&charge).ok()?;
        self.sets.get(at)?.first_capture
    }

    /// An increment was found: from now on it leads where its reference leads.
    pub(super) fn found(&mut self, increment: Identity, step: Step) {
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

    /// The end of the way from a node. Every other node on the way then leads to the one after the
    /// next, so that ways stay short.
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
