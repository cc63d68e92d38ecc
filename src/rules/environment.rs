//! What a ruleset is compiled against.

use crate::transaction::Currency;

/// What a ruleset is compiled against. If one of these changes, the ruleset must be compiled again.
#[derive(Debug, Clone, Copy)]
pub struct Environment {
    /// How long a charge is remembered. A longer window in a rule is an error.
    pub retention_ms: i64,
    /// The cap on remembered charges of one card.
    pub events_per_card: usize,
    /// The currency that rules see amounts in.
    pub base_currency: Currency,
}
