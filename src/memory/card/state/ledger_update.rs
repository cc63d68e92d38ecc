//! Changes a ledger, and records how, so that the changes of a batch can be undone.

use super::adjustment::Adjustment;
use super::card_label::CardLabel;
use super::increment::Increment;
use super::ledger::Ledger;
use super::note::Note;
use super::recorded_list::{ListBefore, ListSteps, RecordedList};
use super::tagged_list::TaggedList;
use super::timeline::Timeline;
use crate::memory::card::message::event::Event;
use crate::memory::card::message::identity::Identity;

/// A ledger whose changes are recorded.
#[derive(Debug)]
pub(in crate::memory) struct LedgerUpdate<'l> {
    pub refunds: RecordedList<'l, Timeline<Event>>,
    pub adjustments: RecordedList<'l, TaggedList<Adjustment>>,
    pub increments: RecordedList<'l, TaggedList<Increment>>,
    pub notes: RecordedList<'l, TaggedList<Note>>,
    pub labels: RecordedList<'l, TaggedList<CardLabel>>,
}

/// Recorded changes of several ledgers.
#[derive(Debug, Default)]
pub(in crate::memory) struct LedgerSteps {
    refunds: ListSteps<Event>,
    adjustments: ListSteps<Adjustment>,
    increments: ListSteps<Increment>,
    notes: ListSteps<Note>,
    labels: ListSteps<CardLabel>,
}

/// A card's ledger before it was changed.
#[derive(Debug, Clone, Copy)]
pub(in crate::memory) struct LedgerBefore {
    has_ledger: bool,
    refunds: ListBefore,
    adjustments: ListBefore,
    increments: ListBefore,
    notes: ListBefore,
    labels: ListBefore,
}

impl LedgerUpdate<'_> {
    /// Changes the note on a charge, which is created if needed.
    pub(in crate::memory) fn change_note(
        &mut self,
        charge: Identity,
        change: impl FnOnce(&mut Note),
    ) {
        if let Some(at) = self.notes.newest_position_on(charge) {
            return self.notes.change(at, change);
        }
        let mut note = Note::of(charge);
        change(&mut note);
        self.notes.push_back(note);
    }

    pub(in crate::memory) fn drop_note(&mut self, charge: Identity) -> Option<Note> {
        let at = self.notes.position_on(charge)?;
        self.notes.remove(at)
    }
}

impl LedgerSteps {
    pub(in crate::memory) fn begin(&mut self) {
        self.refunds.begin();
        self.adjustments.begin();
        self.increments.begin();
        self.notes.begin();
        self.labels.begin();
    }

    pub(in crate::memory) fn clear(&mut self) {
        self.refunds.clear();
        self.adjustments.clear();
        self.increments.clear();
        self.notes.clear();
        self.labels.clear();
    }

    /// The state that [`LedgerSteps::undo`] restores.
    pub(in crate::memory) fn before(&self, ledger: Option<&Ledger>) -> LedgerBefore {
        LedgerBefore {
            has_ledger: ledger.is_some(),
            refunds: self.refunds.before(ledger.map(|ledger| &ledger.refunds)),
            adjustments: self.adjustments.before(ledger.map(|ledger| &ledger.adjustments)),
            increments: self.increments.before(ledger.map(|ledger| &ledger.increments)),
            notes: self.notes.before(ledger.map(|ledger| &ledger.notes)),
            labels: self.labels.before(ledger.map(|ledger| &ledger.labels)),
        }
    }

    /// Records changes of `ledger` from now on.
    pub(in crate::memory) fn record<'l>(&'l mut self, ledger: &'l mut Ledger) -> LedgerUpdate<'l> {
        LedgerUpdate {
            refunds: self.refunds.record(&mut ledger.refunds),
            adjustments: self.adjustments.record(&mut ledger.adjustments),
            increments: self.increments.record(&mut ledger.increments),
            notes: self.notes.record(&mut ledger.notes),
            labels: self.labels.record(&mut ledger.labels),
        }
    }

    /// Restores a ledger to its state in `before`. It may have been dropped or created since.
    pub(in crate::memory) fn undo(
        &mut self,
        before: LedgerBefore,
        ledger: &mut Option<Box<Ledger>>,
    ) {
        let now = ledger.get_or_insert_default();
        self.refunds.undo(before.refunds, &mut now.refunds);
        self.adjustments.undo(before.adjustments, &mut now.adjustments);
        self.increments.undo(before.increments, &mut now.increments);
        self.notes.undo(before.notes, &mut now.notes);
        self.labels.undo(before.labels, &mut now.labels);
        ledger.take_if(|_| !before.has_ledger);
    }
}
