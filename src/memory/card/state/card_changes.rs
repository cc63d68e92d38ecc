//! Records how a batch changed cards, so that the changes can be undone.
//!
//! Changes of charges and of the ledger are stored as steps that can be reversed. Countries are
//! copied before a message changes them. Steps are kept in a few flat lists whose allocations are
//! reused, so each list is as long as the longest batch needed.
//!
//! ```text
//! begin ─▶ touch(card) ──▶ charges, ledger, save_countries …
//!   │                                                            │
//!   │                                                            ▼
//!   └──── clear: drop the steps      undo(card): reverse its steps since the last touch
//! ```

use super::card::{Card, CardTimes};
use super::ledger::Ledger;
use super::ledger_update::{LedgerBefore, LedgerSteps, LedgerUpdate};
use super::recorded_list::{ListBefore, ListSteps, RecordedList};
use super::timeline::Timeline;
use crate::memory::card::message::event::Event;
use crate::memory::store::value::Changes;
use crate::transaction::{Country, Time};

#[derive(Debug, Default)]
pub(in crate::memory) struct CardChanges {
    is_recording: bool,
    cards_before: Vec<CardBefore>,
    charges: ListSteps<Event>,
    countries: Vec<(Country, Time)>,
    ledgers: LedgerSteps,
}

/// A card's state before a message changed it.
#[derive(Debug)]
struct CardBefore {
    has_token: bool,
    times: CardTimes,
    charges: ListBefore,
    countries: Option<Countries>,
    /// `None` if this message did not change the ledger.
    ledger: Option<LedgerBefore>,
}

/// A list of countries that was copied to the end of `CardChanges::countries`.
#[derive(Debug, Clone, Copy)]
struct Countries {
    start: usize,
    capacity: usize,
}

impl Changes<Card> for CardChanges {
    fn begin(&mut self) {
        self.clear();
        self.is_recording = true;
        self.charges.begin();
        self.ledgers.begin();
    }

    fn clear(&mut self) {
        self.is_recording = false;
        self.cards_before.clear();
        self.charges.clear();
        self.countries.clear();
        self.ledgers.clear();
    }

    /// Saves a card's state before a message changes it.
    fn touch(&mut self, card: &Card) {
        if self.is_recording {
            self.cards_before.push(CardBefore {
                has_token: card.token.is_some(),
                times: card.times,
                charges: self.charges.before(Some(&card.charges)),
                countries: None,
                ledger: None,
            });
        }
    }

    fn undo(&mut self, card: &mut Card) {
        if let Some(before) = self.cards_before.pop() {
            self.restore(&before, card);
        }
    }
}

impl CardChanges {
    /// The touched card's charges, to be changed.
    pub(in crate::memory) fn charges<'l>(
        &'l mut self,
        charges: &'l mut Timeline<Event>,
    ) -> RecordedList<'l, Timeline<Event>> {
        self.charges.record(charges)
    }

    /// Saves the touched card's countries before this message's first change to them.
    pub(in crate::memory) fn save_countries(&mut self, countries: &Vec<(Country, Time)>) {
        let Some(before) = self.cards_before.last_mut() else { return };
        if before.countries.is_none() {
            let start = self.countries.len();
            before.countries = Some(Countries { start, capacity: countries.capacity() });
            self.countries.extend_from_slice(countries);
        }
    }

    /// The touched card's ledger, to be changed; created if needed.
    pub(in crate::memory) fn ledger<'l>(
        &'l mut self,
        ledger: &'l mut Option<Box<Ledger>>,
    ) -> LedgerUpdate<'l> {
        self.note_ledger(ledger.as_deref());
        self.ledgers.record(ledger.get_or_insert_default())
    }

    /// Drops the touched card's ledger, which must be empty.
    pub(in crate::memory) fn drop_ledger(&mut self, ledger: &mut Option<Box<Ledger>>) {
        self.note_ledger(ledger.as_deref());
        *ledger = None;
    }

    /// Notes the state of the touched card's ledger before this message's first change to it.
    fn note_ledger(&mut self, ledger: Option<&Ledger>) {
        let Some(before) = self.cards_before.last_mut() else { return };
        before.ledger.get_or_insert_with(|| self.ledgers.before(ledger));
    }

    /// Restores a card to its state before the message of `before`.
    fn restore(&mut self, before: &CardBefore, card: &mut Card) {
        self.charges.undo(before.charges, &mut card.charges);
        card.times = before.times;
        card.token.take_if(|_| !before.has_token);
        if let Some(before) = before.countries {
            card.cut_countries = Vec::with_capacity(before.capacity);
            card.cut_countries.extend(self.countries.drain(before.start..));
        }
        if let Some(before) = before.ledger {
            self.ledgers.undo(before, &mut card.ledger);
        }
    }
}
