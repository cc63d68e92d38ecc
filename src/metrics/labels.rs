//! The labels that several families share.

use super::families as f;
use super::register::{child, counters};
use crate::decode::{Change, Field};
use crate::rules::Mode;
use crate::transaction::LabelField;
use prometheus::{IntCounter, IntCounterVec, Registry};

/// The severity label of an alert without a rule that fired.
pub(super) const NO_SEVERITY: &str = "none";

/// A counter for each field and for each change that can happen to its value.
pub(super) fn field_changes(registry: &Registry) -> Vec<Option<IntCounter>> {
    let unknown = counters(registry, &f::UNKNOWN_VALUES);
    let invalid = counters(registry, &f::INVALID_VALUES);
    let card_numbers = counters(registry, &f::CARD_NUMBERS_MASKED);
    let counter = |field: &Field, change: Change| match change {
        Change::Unknown => child(&unknown, &[field.path()]),
        Change::CardNumber => child(&card_numbers, &[field.path()]),
        Change::Dropped | Change::Truncated | Change::Repaired => {
            child(&invalid, &[field.path(), change.name()])
        }
    };
    let of_field = |field: &Field| {
        let happens = |change: &Change| Change::possible(*field).contains(change);
        Change::ALL.map(|change| happens(&change).then(|| counter(field, change)))
    };
    Field::ALL.iter().flat_map(of_field).collect()
}

/// The counters of changed values in labels (of transactions). Those that can happen start at 0.
pub(super) fn label_changes(registry: &Registry) -> IntCounterVec {
    let changes = counters(registry, &f::LABEL_CHANGES);
    for field in LabelField::ALL {
        let possible = match field {
            LabelField::Kind | LabelField::Source => &[Change::Unknown, Change::Dropped],
            field => Change::possible(field.of_transaction()),
        };
        for change in possible {
            child(&changes, &[field.path(), change.name()]);
        }
    }
    changes
}

/// The index of such a counter.
pub(super) fn change_index(field: Field, change: Change) -> usize {
    field.index() * Change::ALL.len() + change.index()
}

/// The label of a rule's mode.
pub(super) fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Live => "live",
        Mode::Shadow => "shadow",
        Mode::Off => "off",
    }
}
