//! What a batch changed in memory, so that it can be taken back.
//!
//! The common change (a charge comes, the cap cuts one, some expire) is noted as its reverse; a
//! ledger is copied before a message changes it. Steps are kept in a few flat lists, whose room is used
//! again: they are as long as the longest batch needed them.
//!
//! ```text
//! begin ─▶ touch(card) ─▶ note_insertion, note_removal, charge_was, save_ledger, save_countries …
//!   │      created, forgot                                       │
//!   │                                                            ▼
//!   └──── keep: forget the steps          undo: take them back, newest first
//! ```

use super::card::{Card, Known};
use super::ledger::{Ledger, LedgerCopy};
use super::partition::State;
use super::{CardKey, Event};
use crate::transaction::{Country, Time};

#[derive(Debug, Default)]
pub(super) struct Journal {
    is_open: bool,
    /// Of the partition at the beginning.
    pub state: Option<State>,
    steps: Vec<UndoStep>,
    forgotten: Vec<Card>,
    charges: Vec<ChargeStep>,
    events: Vec<Event>,
    countries: Vec<(Country, Time)>,
    ledgers: Ledgers,
}

/// What happened among the cards.
#[derive(Debug)]
enum UndoStep {
    Created(CardKey),
    /// The card is the last of `Journal::forgotten`.
    Forgot,
    Touched(Touch),
}

/// A step, for a memory that goes back.
#[derive(Debug)]
pub(super) enum Undo {
    Remove(CardKey),
    PutBack(Card),
    Restore(Touch),
}

/// A card before a message changed it.
#[derive(Debug)]
pub(super) struct Touch {
    pub key: CardKey,
    has_token: bool,
    known: Known,
    charges_capacity: usize,
    /// Where its steps begin.
    charges_start: usize,
    countries: Option<Countries>,
    ledger: LedgerBefore,
}

/// A list of countries that is copied to the end of `Journal::countries`.
#[derive(Debug, Clone, Copy)]
struct Countries {
    start: usize,
    capacity: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum LedgerBefore {
    Unchanged,
    Absent,
    /// The last of the copies.
    Copied,
}

/// What happened in a list of charges. The event of all but the first is the last of `Journal::events`.
#[derive(Debug, Clone, Copy)]
enum ChargeStep {
    Came { at: u32 },
    Gone { at: u32 },
    Changed { at: u32 },
}

/// Copies of ledgers; those beyond `used` are kept for their room.
#[derive(Debug, Default)]
struct Ledgers {
    copies: Vec<LedgerCopy>,
    used: usize,
}

impl Journal {
    pub(super) fn begin(&mut self, state: &State) {
        self.clear();
        self.is_open = true;
        self.state = Some(state.clone());
    }

    /// Forgets the steps; until the next beginning none are noted.
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

    /// A message is about to change this card.
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
            self.charges.push(ChargeStep::Came { at: at as u32 });
        }
    }

    pub(super) fn note_removal(&mut self, at: usize, event: &Event) {
        if self.is_open {
            self.events.push(*event);
            self.charges.push(ChargeStep::Gone { at: at as u32 });
        }
    }

    pub(super) fn charge_was(&mut self, at: usize, event: &Event) {
        if self.is_open {
            self.events.push(*event);
            self.charges.push(ChargeStep::Changed { at: at as u32 });
        }
    }

    /// The touched card's countries, before their first change by this message.
    pub(super) fn save_countries(&mut self, countries: &Vec<(Country, Time)>) {
        let Some(UndoStep::Touched(touch)) = self.steps.last_mut() else { return };
        if touch.countries.is_none() {
            let start = self.countries.len();
            touch.countries = Some(Countries { start, capacity: countries.capacity() });
            self.countries.extend_from_slice(countries);
        }
    }

    /// The touched card's ledger, before its first change by this message.
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

    /// The newest step, to be taken back.
    pub(super) fn pop(&mut self) -> Option<Undo> {
        Some(match self.steps.pop()? {
            UndoStep::Created(key) => Undo::Remove(key),
            UndoStep::Forgot => Undo::PutBack(self.forgotten.pop()?),
            UndoStep::Touched(touch) => Undo::Restore(touch),
        })
    }

    /// Makes a card what it was before the message that [`Journal::pop`] gave.
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
                ChargeStep::Came { at } => drop(charges.remove(at as usize)),
                ChargeStep::Gone { at } => {
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
