//! What evaluation reads: the transaction, the past of its card, and parts of the ruleset.

use super::super::ir::{FIELDS, Get, Tree};
use super::super::lists::{TopicLists, UsedList};
use super::super::plan::Plan;
use crate::memory::Recall;
use crate::transaction::Transaction;

/// The transaction, its card's past, and the parts of the ruleset that evaluation reads.
#[derive(Clone, Copy)]
pub struct Context<'c> {
    pub tree: &'c Tree,
    pub plan: &'c Plan,
    pub lists: &'c [UsedList],
    /// The entries of the lists topic.
    pub topic_lists: &'c TopicLists,
    pub tx: &'c Transaction<'c>,
    pub past: &'c Recall<'c>,
}

impl Context<'_> {
    pub fn field_text(&self, at: u16) -> Option<&str> {
        match FIELDS.get(usize::from(at))?.get {
            Get::Text(get) => get(self.tx),
            Get::Bits(_) => None,
        }
    }
}
