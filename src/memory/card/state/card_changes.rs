//! Records how a batch changed cards, so that the changes can be undone.
//!
//! Common changes (a charge is inserted, cut or expired) are stored as steps that can be reversed.
//! A ledger is copied before a message changes it. Steps are kept in a few flat lists whose
//! allocations are reused, so each list is as long as the longest batch needed.
//!
//! ```text
//! begin ─▶ touch(card) ──▶ note_insertion, note_removal, charge_was, save_ledger, save_countries …
//!   │                                                            │
//!   │                                                            ▼
//!   └──── clear: drop the steps      undo(card): reverse its steps since the last touch
//! ```

use super::card::{Card, CardTimes};
use super::ledger::{CopiedLedger, Ledger, LedgerCopies};
use crate::memory::card::message::event::Event;
use crate::memory::store::value::Changes;
use crate::transaction::{Country, Time};

#[derive(Debug, Default)]
pub(in crate::memory) struct CardChanges {
    is_recording: bool,
    cards_before: Vec<CardBefore>,
    charges: Vec<ChargeStep>,
    events: Vec<Event>,
    countries: Vec<(Country, Time)>,
    ledgers: LedgerCopies,
}

/// A card's state before a message changed it.
#[derive(Debug)]
struct CardBefore {
    has_token: bool,
    times: CardTimes,
    charges_capacity: usize,
    /// Where this message's steps begin in `CardChanges::charges`.
    charges_start: usize,
    countries: Option<Countries>,
    ledger: LedgerBefore,
}

/// A list of countries that was copied to the end of `CardChanges::countries`.
#[derive(Debug, Clone, Copy)]
struct Countries {
    start: usize,
    capacity: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum LedgerBefore {
    Unchanged,
    Absent,
    /// In the last copy of `CardChanges::ledgers`.
    Copied(CopiedLedger),
}

/// A change to a list of charges. For all but `Inserted`, the event is the last of
/// `CardChanges::events`.
#[derive(Debug, Clone, Copy)]
enum ChargeStep {
    Inserted { at: usize },
    Removed { at: usize },
    Changed { at: usize },
}

impl Changes<Card> for CardChanges {
    fn begin(&mut self) {
        self.clear();
        self.is_recording = true;
    }

    fn clear(&mut self) {
        self.is_recording = false;
        self.cards_before.clear();
        self.charges.clear();
        self.events.clear();
        self.countries.clear();
        self.ledgers.clear();
    }

    /// Saves a card's state before a message changes it.
    fn touch(&mut self, card: &Card) {
        if self.is_recording {
            self.cards_before.push(CardBefore {
                has_token: card.token.is_some(),
                times: card.times,
                charges_capacity: card.charges.capacity(),
                charges_start: self.charges.len(),
                countries: None,
                ledger: LedgerBefore::Unchanged,
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
    pub(in crate::memory) fn note_insertion(&mut self, at: usize) {
        if self.is_recording {
            self.charges.push(ChargeStep::Inserted { at });
        }
    }

    pub(in crate::memory) fn note_removal(&mut self, at: usize, event: &Event) {
        if self.is_recording {
            self.events.push(*event);
            self.charges.push(ChargeStep::Removed { at });
        }
    }

    pub(in crate::memory) fn charge_was(&mut self, at: usize, event: &Event) {
        if self.is_recording {
            self.events.push(*event);
            self.charges.push(ChargeStep::Changed { at });
        }
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

    /// Saves the touched card's ledger before this message's first change to it.
    pub(in crate::memory) fn save_ledger(&mut self, ledger: Option<&Ledger>) {
        let Some(before) = self.cards_before.last_mut() else { return };
        if before.ledger == LedgerBefore::Unchanged {
            before.ledger = match ledger {
                None => LedgerBefore::Absent,
                Some(ledger) => LedgerBefore::Copied(self.ledgers.push(ledger)),
            };
        }
    }

    /// Restores a card to its state before the message of `before`.
    fn restore(&mut self, before: &CardBefore, card: &mut Card) {
        self.restore_charges(before, card);
        card.times = before.times;
        card.token.take_if(|_| !before.has_token);
        if let Some(before) = before.countries {
            card.cut_countries = Vec::with_capacity(before.capacity);
            card.cut_countries.extend(self.countries.drain(before.start..));
        }
        match before.ledger {
            LedgerBefore::Unchanged => {}
            LedgerBefore::Absent => card.ledger = None,
            LedgerBefore::Copied(copied) => {
                card.ledger = Some(Box::new(self.ledgers.pop(copied)));
            }
        }
    }

    fn restore_charges(&mut self, before: &CardBefore, card: &mut Card) {
        let charges = &mut card.charges;
        for step in self.charges.drain(before.charges_start..).rev() {
            match step {
                ChargeStep::Inserted { at } => drop(charges.remove(at)),
                ChargeStep::Removed { at } => {
                    self.events.pop().into_iter().for_each(|event| charges.put_back(at, event));
                }
                ChargeStep::Changed { at } => {
                    let before = charges.get_mut(at).zip(self.events.pop());
                    before.into_iter().for_each(|(event, before)| *event = before);
                }
            }
        }
        charges.set_capacity(before.charges_capacity);
    }
}
