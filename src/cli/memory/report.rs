//! Defines what is shown of a card.

use crate::memory::{PublishedAlert, Recall};
use crate::transaction::Currency;

/// What is shown of a card, and where it was found.
pub(super) struct CardReport<'m> {
    pub card: &'m str,
    pub partition: i32,
    pub history: &'m str,
    pub input: &'m str,
    pub history_end: i64,
    pub next_offset: Option<i64>,
    pub currency: Currency,
    pub past: Recall<'m>,
    pub last_alert: Option<PublishedAlert>,
}
