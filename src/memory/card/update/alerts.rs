//! Remembers which rules were behind an alert.

use super::card_update::CardUpdate;
use crate::memory::card::state::alerted_rules::AlertedRules;

impl CardUpdate<'_> {
    /// Remembers the rules that fired on a kept message. Beyond the cap, the oldest are forgotten.
    pub(in crate::memory) fn note_alert(&mut self, alerted: AlertedRules) {
        let cap = self.cap;
        let mut ledger = self.ledger();
        ledger.alerts.insert(alerted);
        if ledger.alerts.len() > cap {
            ledger.alerts.remove(0);
        }
    }
}
