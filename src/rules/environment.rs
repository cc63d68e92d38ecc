//! What a ruleset is compiled against.

use crate::transaction::Currency;

/// What a ruleset is compiled against.
#[derive(Debug, Clone, Copy)]
pub struct Environment {
    pub retention_ms: i64,
    /// The cap on remembered charges of one card.
    pub events_per_card: usize,
    pub base_currency: Currency,
}
