//! Provides what the tests share: a ruleset of one rule, a transaction, a past.

use crate::fixtures;
use crate::memory::{Event, Past, Recall};
use crate::rules::ir::{self, Get};
use crate::rules::{Diagnostics, Evaluation, Ruleset, SourceFile, Sources};
use crate::transaction::*;
use std::collections::BTreeSet;

pub use crate::fixtures::environment;

pub const NOW: Time = Time(1_767_607_200_000);

/// A ruleset whose only rule, `r`, has this condition.
pub fn source(condition: &str) -> String {
    ruleset_text(&format!(
        "[[rule]]\nid = \"r\"\nwhen = '''{condition}'''\npoints = 100\nseverity = \"low\"\nreason = \"R\"\nmessage = \"m\"\n"
    ))
}

pub fn ruleset_text(rest: &str) -> String {
    format!("[ruleset]\nname = \"t\"\nversion = \"1\"\nreview = 300\ndecline = 600\n\n{rest}")
}

pub fn sources(text: &str) -> Sources {
    let file = SourceFile { name: "t.toml".to_owned(), text: text.to_owned() };
    Sources { files: vec![file], lists: Vec::new() }
}

pub fn compile(text: &str) -> Result<Ruleset, Diagnostics> {
    sources(text).compile(environment()).map(|(ruleset, _)| ruleset)
}

pub fn compiled(text: &str) -> Ruleset {
    compile(text).unwrap_or_else(|errors| panic!("{errors}"))
}

/// A charge of 50.00 without optional fields.
pub fn transaction(time: Time) -> Transaction<'static> {
    fixtures::transaction(&format!("at-{}", time.millis()), time, 5_000)
}

/// A remembered charge `ago_ms` before [`NOW`], changed by `change`.
pub fn charge(ago_ms: i64, change: impl FnOnce(&mut Transaction<'static>)) -> Event {
    let mut tx = transaction(Time(NOW.millis() - ago_ms));
    change(&mut tx);
    Event::of(&tx)
}

pub fn recall<'e>(events: &'e [Event], refunds: &'e [Event]) -> Recall<'e> {
    let (older, newer) = events.split_at(events.len() / 3);
    Recall {
        charges: Past { older, newer },
        refunds: Past { older: refunds, newer: &[] },
        ..fixtures::recall(NOW, &[])
    }
}

/// The outcome of the only rule: it fired, it did not, or it is undecided (`None`).
pub fn verdict(ruleset: &Ruleset, tx: &Transaction<'_>, past: &Recall<'_>) -> Option<bool> {
    let mut evaluation = Evaluation::default();
    ruleset.evaluate(tx, past, &mut evaluation);
    match (evaluation.fired.len(), evaluation.undecided.len()) {
        (1, 0) => Some(true),
        (0, 0) => Some(false),
        (0, 1) => None,
        both => panic!("fired and undecided: {both:?}"),
    }
}

/// The paths of the fields that rules read and this transaction lacks.
pub fn missing_fields(tx: &Transaction<'_>) -> BTreeSet<&'static str> {
    let missing = ir::FIELDS.iter().filter(|field| match field.get {
        Get::Bits(get) => get(tx).is_none(),
        Get::Text(get) => get(tx).is_none(),
    });
    missing.map(|field| field.path).collect()
}
