//! Decides whether a charge was reversed if its sums in the base currency are unknown.
//!
//! A charge that was taken back in its own currency is reversed whatever its exchange rate would
//! have been. This needs the messages: what is kept of dropped ones is in the base currency.

use super::ledger::Ledger;
use super::note::Note;
use super::settlement::{SumKind, Sums, is_reversed};
use crate::memory::card::message::event::Event;
use crate::transaction::Money;

impl Ledger {
    /// Whether at least 99 % of a charge was taken back, by the amounts as charged, although they
    /// have no exchange rate. False if the sums are known, or not all in one currency.
    pub(in crate::memory) fn is_reversed_as_charged(&self, charge: &Event, sums: &Sums) -> bool {
        let (had, taken_back) = sums.that_count();
        let has_rates = sums.sum(had).0.is_some() && sums.sum(taken_back).0.is_some();
        if has_rates || charge.declined() || self.is_frozen(charge, [had, taken_back]) {
            return false;
        }
        match (self.charged(charge, had), self.charged(charge, taken_back)) {
            (Some(had), Some(taken_back)) if had.currency == taken_back.currency => {
                is_reversed(had.minor, taken_back.minor)
            }
            _ => false,
        }
    }

    /// Whether messages that are no longer kept added to any of these sums.
    fn is_frozen(&self, charge: &Event, sums: [SumKind; 2]) -> bool {
        let frozen = self.note(charge.identity()).map(Note::frozen);
        frozen.is_some_and(|frozen| sums.iter().any(|sum| !frozen.sum(*sum).is_nothing()))
    }

    /// One of the sums of a charge in the currency of its messages; `None` if they have several, or
    /// one of them is in the base currency.
    fn charged(&self, charge: &Event, sum: SumKind) -> Option<Money> {
        let identity = charge.identity();
        let own = (SumKind::of_charge(charge), self.note(identity).and_then(|note| note.charged));
        let adjustments = self.adjustments.all_of(identity);
        let adjustments =
            adjustments.filter_map(|other| Some((other.sum_kind()?, other.charged())));
        let increments = self.increments.all_of(identity);
        let increments = increments.map(|other| (SumKind::Authorized, other.charged));
        let all = std::iter::once(own).chain(adjustments).chain(increments);
        let mut amounts = all.filter(|(of, _)| *of == sum).map(|(_, charged)| charged);
        let first = amounts.next()??;
        amounts.try_fold(first, |total, next| {
            let next = next.filter(|next| next.currency == total.currency)?;
            Some(Money { minor: total.minor.saturating_add(next.minor), ..total })
        })
    }
}
