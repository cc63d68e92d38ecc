//! Records what decoding did to a message that it accepted.

use super::change::Change;
use crate::transaction::Field;

/// What decoding dropped or replaced without rejecting the message. It is empty for most messages,
/// and then allocates nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notes<F = Field> {
    /// Fields with sensitive authentication data (`cvv`, `track2`, `pin_block`, …), dropped without
    /// being read.
    pub sensitive_fields_dropped: u32,
    /// Fields that the page of the message's format in docs/reference/ does not list, inside objects that it does list.
    pub unlisted_fields: u32,
    /// At most one entry per field and change.
    changes: Vec<(F, Change, u32)>,
}

impl<F> Default for Notes<F> {
    fn default() -> Self {
        Self { sensitive_fields_dropped: 0, unlisted_fields: 0, changes: Vec::new() }
    }
}

impl<F: Copy + PartialEq> Notes<F> {
    /// Each field whose value was changed, how, and how often in this message. That is once, except
    /// for card numbers, since one text can contain several.
    pub fn changes(&self) -> impl Iterator<Item = (F, Change, u32)> + '_ {
        self.changes.iter().copied()
    }

    /// How often this change was made, in all fields together.
    pub fn count(&self, change: Change) -> u32 {
        let counts = self.changes().filter(|(_, other, _)| *other == change);
        counts.map(|(_, _, count)| count).sum()
    }

    pub(super) fn has(&self, field: F, change: Change) -> bool {
        self.changes().any(|(other, of, _)| (other, of) == (field, change))
    }

    #[cold]
    pub(super) fn add(&mut self, field: F, change: Change, count: u32) {
        let known = self.changes.iter_mut().find(|known| (known.0, known.1) == (field, change));
        match known {
            Some((_, _, known)) => *known += count,
            None => self.changes.push((field, change, count)),
        }
    }
}
