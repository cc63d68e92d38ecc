//! Records what a batch changed in memory, so that the batch can be undone.
//!
//! Common changes (a charge is inserted, cut or expired) are stored as steps that can be reversed.
//! A ledger is copied before a message changes it. Steps are kept in a few flat lists whose
//! allocations are reused, so each list is as long as the longest batch needed.
//!
//! ```text
//! begin ─▶ touch(card) ─▶ note_insertion, note_removal, charge_was, save_ledger, save_countries …
//!   │      created, forgot                                       │
//!   │                                                            ▼
//!   └──── keep: drop the steps            undo: reverse them, newest first
//! ```

use super::card::{Card, Known};
use super::ledger::{Ledger, LedgerCopy};
use super::partition_state::State;
use super::{CardKey, Event};
use crate::transaction::{Country, Time};

#[derive(Debug, Default)]
pub(super) struct UndoLog {
    is_open: bool,
    /// The partition's state at the beginning of the batch.
    pub state: Option<State>,
    steps: Vec<UndoStep>,
    forgotten: Vec<Card>,
    charges: Vec<ChargeStep>,
    events: Vec<Event>,
    countries: Vec<(Country, Time)>,
    ledgers: Ledgers,
}

/// What happened to a card.
#[derive(Debug)]
enum UndoStep {
    Created(CardKey),
    /// The card is the last of `UndoLog::forgotten`.
    Forgot,
    Touched(Touch),
}

/// A step for [`super::Memory::undo`] to reverse.
#[derive(Debug)]
pub(super) enum Undo {
    Remove(CardKey),
    PutBack(Card),
    Restore(Touch),
}

/// A card's state before a message changed it.
#[derive(Debug)]
pub(super) struct Touch {
    pub key: CardKey,
    has_token: bool,
    known: Known,
    charges_capacity: usize,
    /// Where this message's steps begin in `UndoLog::charges`.
    charges_start: usize,
    countries: Option<Countries>,
    ledger: LedgerBefore,
}

/// A list of countries that was copied to the end of `UndoLog::countries`.
#[derive(Debug, Clone, Copy)]
struct Countries {
    start: usize,
    capacity: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum LedgerBefore {
    Unchanged,
    Absent,
    /// In the last copy of `UndoLog::ledgers`.
    Copied,
}

/// A change to a list of charges. For all but `Came`, the event is the last of `UndoLog::events`.
#[derive(Debug, Clone, Copy)]
enum ChargeStep {
    Inserted { at: u32 },
    Removed { at: u32 },
    Changed { at: u32 },
}

/// Copies of ledgers. Those beyond `used` are kept to reuse their allocations.
#[derive(Debug, Default)]
struct Ledgers {
    copies: Vec<LedgerCopy>,
    used: usize,
}

impl UndoLog {
    pub(super) fn begin(&mut self, state: &State) {
        self.clear();
        self.is_open = true;
        self.state = Some(state.clone());
    }

    /// Drops the steps and records none until the next [`UndoLog::begin`].
    pub(super) fn clear(&mut self) {
        self.is_open = false;
        self.state = None;
        self.steps.clear();
        self.forgotten.clear();
        self.charges.clear();
        self.events.clear();
        self.countries.clear();
        self.ledgers.used = 0;
    }

    pub(super) fn created(&mut self, key: CardKey) {
        if self.is_open {
            self.steps.push(UndoStep::Created(key));
        }
    }

    pub(super) fn forgot(&mut self, card: Card) {
        if self.is_open {
            self.forgotten.push(card);
            self.steps.push(UndoStep::Forgot);
        }
    }

    /// Saves a card's state before a message changes it.
    pub(super) fn touch(&mut self, card: &Card) {
        if self.is_open {
            self.steps.push(UndoStep::Touched(Touch {
                key: card.key,
                has_token: card.token.is_some(),
                known: card.known,
                charges_capacity: card.charges.capacity(),
                charges_start: self.charges.len(),
                countries: None,
                ledger: LedgerBefore::Unchanged,
            }));
        }
    }

    pub(super) fn note_insertion(&mut self, at: usize) {
        if self.is_open {
            self.charges.push(ChargeStep::Inserted { at: at as u32 });
        }
    }

    pub(super) fn note_removal(&mut self, at: usize, event: &Event) {
        if self.is_open {
            self.events.push(*event);
            self.charges.push(ChargeStep::Removed { at: at as u32 });
        }
    }

    pub(super) fn charge_was(&mut self, at: usize, event: &Event) {
        if self.is_open {
            self.events.push(*event);
            self.charges.push(ChargeStep::Changed { at: at as u32 });
        }
    }

    /// Saves the touched card's countries before this message's first change to them.
    pub(super) fn save_countries(&mut self, countries: &Vec<(Country, Time)>) {
        let Some(UndoStep::Touched(touch)) = self.steps.last_mut() else { return };
        if touch.countries.is_none() {
            let start = self.countries.len();
            touch.countries = Some(Countries { start, capacity: countries.capacity() });
            self.countries.extend_from_slice(countries);
        }
    }

    /// Saves the touched card's ledger before this message's first change to it.
    pub(super) fn save_ledger(&mut self, ledger: Option<&Ledger>) {
        let Some(UndoStep::Touched(touch)) = self.steps.last_mut() else { return };
        if touch.ledger == LedgerBefore::Unchanged {
            touch.ledger = match ledger {
                None => LedgerBefore::Absent,
                Some(ledger) => {
                    self.ledgers.push(ledger);
                    LedgerBefore::Copied
                }
            };
        }
    }

    /// Takes out the newest step, to be undone.
    pub(super) fn pop(&mut self) -> Option<Undo> {
        Some(match self.steps.pop()? {
            UndoStep::Created(key) => Undo::Remove(key),
            UndoStep::Forgot => Undo::PutBack(self.forgotten.pop()?),
            UndoStep::Touched(touch) => Undo::Restore(touch),
        })
    }

    /// Restores a card to its state before the message of `touch`.
    pub(super) fn restore(&mut self, touch: &Touch, card: &mut Card) {
        self.restore_charges(touch, card);
        card.known = touch.known;
        card.token.take_if(|_| !touch.has_token);
        if let Some(before) = touch.countries {
            card.cut_countries = Vec::with_capacity(before.capacity);
            card.cut_countries.extend(self.countries.drain(before.start..));
        }
        match touch.ledger {
            LedgerBefore::Unchanged => {}
            LedgerBefore::Absent => card.ledger = None,
            LedgerBefore::Copied => card.ledger = self.ledgers.pop().map(Box::new),
        }
    }

    fn restore_charges(&mut self, touch: &Touch, card: &mut Card) {
        let charges = &mut card.charges;
        for step in self.charges.drain(touch.charges_start..).rev() {
            match step {
                ChargeStep::Inserted { at } => drop(charges.remove(at as usize)),
                ChargeStep::Removed { at } => {
                    self.events
                        .pop()
                        .into_iter()
                        .for_each(|event| charges.put_back(at as usize, event));
                }
                ChargeStep::Changed { at } => {
                    let before = charges.get_mut(at as usize).zip(self.events.pop());
                    before.into_iter().for_each(|(event, before)| *event = before);
                }
            }
        }
        charges.set_capacity(touch.charges_capacity);
    }
}

impl Ledgers {
    fn push(&mut self, ledger: &Ledger) {
        if self.used == self.copies.len() {
            self.copies.push(LedgerCopy::default());
        }
        if let Some(copy) = self.copies.get_mut(self.used) {
            copy.take(ledger);
            self.used += 1;
        }
    }

    fn pop(&mut self) -> Option<Ledger> {
        self.used = self.used.checked_sub(1)?;
        self.copies.get(self.used).map(LedgerCopy::restored)
    }
}
