//! The lists of the lists topic, as an immutable value that rules are evaluated with.
//!
//! One writer applies changes to its own copy and hands out copies; a copy costs next to nothing.
//! Entries are found in the form of the values that they are compared with, whichever that is, so the
//! lists do not depend on a ruleset: a ruleset that is loaded later finds them in the same way.

use super::super::types::{Code, IdHash};
use super::super::values::ValueKind;
use super::hash_trie::HashTrie;
use crate::decode::{ListChange, ListEntry, ListKey, ListText, SNOOZES};
use crate::memory::{id_hash32, id_hash64};
use crate::transaction::{Time, Transaction};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The most entries of all lists together, and the most names. More are refused.
const ENTRIES_MAX: usize = 5_000_000;
const LISTS_MAX: usize = 10_000;

const FOREVER: Time = Time(i64::MAX);

/// The lists of the topic. A clone shares everything with its original until one of them changes.
#[derive(Debug, Clone, Default)]
pub struct TopicLists {
    lists: BTreeMap<Arc<str>, TopicList>,
    entries: usize,
}

/// There is no room for another entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there are {ENTRIES_MAX} entries or {LISTS_MAX} lists already; remove some")]
pub struct TooManyEntries;

/// A list, which stays when its last entry is removed.
#[derive(Debug, Clone, Default)]
struct TopicList {
    items: HashTrie<ListItem>,
    entries: usize,
}

/// An entry in one of its forms, under the hash of which it is found.
#[derive(Debug, Clone)]
struct ListItem {
    form: ValueForm,
    entry: Arc<StoredEntry>,
}

#[derive(Debug)]
struct StoredEntry {
    /// As in the record's key.
    text: Box<str>,
    values: Box<[ValueForm]>,
    from: Time,
    until: Time,
}

/// A text, and the kinds of values that it is a form for.
#[derive(Debug, Clone)]
struct ValueForm {
    text: Box<str>,
    /// The bits of [`FormKind`].
    kinds: u8,
}

/// A snooze that is active: a rule does not fire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snooze {
    /// `None` if it has no end.
    pub until: Option<Time>,
}

impl Snooze {
    /// The end, or the end of time.
    pub fn end(&self) -> Time {
        self.until.unwrap_or(FOREVER)
    }
}

/// Values of these kinds have a separate form; all others have the text as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormKind {
    Text = 1,
    Country = 2,
    Category = 4,
    Reason = 8,
    Currency = 16,
}

/// The kinds with a separate form.
const CODED: [(ValueKind, FormKind); 4] = [
    (ValueKind::Code(Code::Country), FormKind::Country),
    (ValueKind::Code(Code::Mcc), FormKind::Category),
    (ValueKind::Code(Code::Reason), FormKind::Reason),
    (ValueKind::Currency, FormKind::Currency),
];

/// A value that is looked for.
#[derive(Debug, Clone, Copy)]
pub enum WantedValue<'v> {
    Text(&'v str, FormKind),
    /// The hash of an id of a remembered charge.
    Hash(IdHash, u64),
}

impl FormKind {
    pub fn of(kind: ValueKind) -> Self {
        let coded = CODED.iter().find(|(known, _)| *known == kind);
        coded.map_or(Self::Text, |(_, form)| *form)
    }
}

impl TopicLists {
    /// The lists after these changes, in their order.
    pub fn of<'c>(
        changes: impl IntoIterator<Item = &'c ListChange>,
    ) -> Result<Self, TooManyEntries> {
        let mut lists = Self::default();
        changes.into_iter().try_for_each(|change| lists.apply(change))?;
        Ok(lists)
    }

    /// Whether lists can hold all of these entries.
    pub fn check_room(entries: &[ListEntry]) -> Result<(), TooManyEntries> {
        let lists: BTreeSet<&str> = entries.iter().map(|entry| entry.key.list.as_str()).collect();
        match entries.len() <= ENTRIES_MAX && lists.len() <= LISTS_MAX {
            true => Ok(()),
            false => Err(TooManyEntries),
        }
    }

    /// Applies a change. An entry that is set again replaces what was set before.
    pub fn apply(&mut self, change: &ListChange) -> Result<(), TooManyEntries> {
        match change {
            ListChange::Set(entry) => self.set(entry),
            ListChange::Remove(key) => {
                self.remove(key);
                Ok(())
            }
        }
    }

    /// How many entries all lists have together.
    pub fn entries(&self) -> usize {
        self.entries
    }

    /// Every list that ever had an entry, and how many it has.
    pub fn sizes(&self) -> impl Iterator<Item = (&str, usize)> {
        self.lists.iter().map(|(name, list)| (&**name, list.entries))
    }

    /// Whether a list ever had an entry, as far as the topic still has it.
    pub fn knows(&self, list: &str) -> bool {
        self.lists.contains_key(list)
    }

    /// Whether a list has an entry that equals a value and is active.
    pub(in crate::rules) fn has(&self, list: &str, value: &WantedValue<'_>, now: Time) -> bool {
        self.any(list, value, |entry| entry.is_active(now))
    }

    /// Whether an entry that is active has a value among its values.
    pub(in crate::rules) fn has_value(
        &self,
        list: &str,
        entry: &WantedValue<'_>,
        value: &WantedValue<'_>,
        now: Time,
    ) -> bool {
        let has = |values: &[ValueForm]| values.iter().any(|known| known.equals(value));
        self.any(list, entry, |entry| entry.is_active(now) && has(&entry.values))
    }

    /// The snooze of a rule for a transaction's card, or for the card at its merchant. Of several that
    /// are active, the one that lasts longest.
    pub fn snooze(&self, tx: &Transaction<'_>, rule: &str) -> Option<Snooze> {
        let list = self.lists.get(SNOOZES).filter(|list| list.entries > 0)?;
        let card = format!("{}/{rule}", tx.card.token);
        let at_merchant = format!("{card}/{}", tx.merchant.id);
        let mut until = None;
        for text in [&card, &at_merchant] {
            list.any(&WantedValue::Text(text, FormKind::Text), |entry| {
                if entry.is_active(tx.time) {
                    until = until.max(Some(entry.until));
                }
                false
            });
        }
        until.map(|until| Snooze { until: (until < FOREVER).then_some(until) })
    }

    fn any(
        &self,
        list: &str,
        value: &WantedValue<'_>,
        test: impl FnMut(&StoredEntry) -> bool,
    ) -> bool {
        self.lists.get(list).is_some_and(|list| list.any(value, test))
    }

    fn set(&mut self, entry: &ListEntry) -> Result<(), TooManyEntries> {
        self.remove(&entry.key);
        let name = entry.key.list.as_str();
        let is_new = !self.lists.contains_key(name);
        if self.entries >= ENTRIES_MAX || is_new && self.lists.len() >= LISTS_MAX {
            return Err(TooManyEntries);
        }
        let list = self.lists.entry(name.into()).or_default();
        list.entries += 1;
        self.entries += 1;
        let stored = Arc::new(StoredEntry {
            text: entry.key.entry.text.as_str().into(),
            values: entry.values.iter().flat_map(forms_of).collect(),
            from: entry.from.unwrap_or(Time(i64::MIN)),
            until: entry.until.unwrap_or(FOREVER),
        });
        for form in forms_of(&entry.key.entry) {
            let item = ListItem { form, entry: Arc::clone(&stored) };
            list.items.update(id_hash64(&item.form.text), |items| items.push(item));
        }
        Ok(())
    }

    fn remove(&mut self, key: &ListKey) {
        let Some(list) = self.lists.get_mut(key.list.as_str()) else { return };
        let mut was_there = false;
        for form in forms_of(&key.entry) {
            let hash = id_hash64(&form.text);
            let is_it = |item: &ListItem| *item.entry.text == key.entry.text;
            if list.items.get(hash).iter().any(is_it) {
                was_there = true;
                list.items.update(hash, |items| items.retain(|item| !is_it(item)));
            }
        }
        list.entries -= usize::from(was_there);
        self.entries -= usize::from(was_there);
    }
}

impl TopicList {
    fn any(&self, value: &WantedValue<'_>, mut test: impl FnMut(&StoredEntry) -> bool) -> bool {
        let mut is_it = |item: &ListItem| item.form.equals(value) && test(&item.entry);
        match *value {
            WantedValue::Text(text, _) => self.items.get(id_hash64(text)).iter().any(is_it),
            WantedValue::Hash(IdHash::Bits64, bits) => self.items.get(bits).iter().any(is_it),
            WantedValue::Hash(IdHash::Bits32, bits) => {
                let Ok(upper) = u32::try_from(bits) else { return false };
                // The half hash is never 0: it is 1 instead.
                self.items.any_of_upper_half(upper, &mut is_it)
                    || upper == 1 && self.items.any_of_upper_half(0, &mut is_it)
            }
        }
    }
}

impl StoredEntry {
    fn is_active(&self, now: Time) -> bool {
        self.from <= now && now < self.until
    }
}

impl ValueForm {
    fn equals(&self, value: &WantedValue<'_>) -> bool {
        let is_for = |kind: FormKind| self.kinds & kind as u8 != 0;
        match *value {
            WantedValue::Text(text, kind) => is_for(kind) && *self.text == *text,
            WantedValue::Hash(IdHash::Bits64, bits) => {
                is_for(FormKind::Text) && id_hash64(&self.text) == bits
            }
            WantedValue::Hash(IdHash::Bits32, bits) => {
                is_for(FormKind::Text) && u64::from(id_hash32(&self.text)) == bits
            }
        }
    }
}

/// Whether two entries of a list name the same value in some kind of field, such as `DK` and `DNK`.
pub fn are_alike(one: &ListText, other: &ListText) -> bool {
    let others = forms_of(other);
    let is_shared = |form: &ValueForm| {
        others.iter().any(|known| known.text == form.text && known.kinds & form.kinds != 0)
    };
    forms_of(one).iter().any(is_shared)
}

/// All forms of a text, each once.
fn forms_of(text: &ListText) -> Vec<ValueForm> {
    let mut forms = Vec::new();
    for text in std::iter::once(&text.text).chain(&text.former) {
        add(&mut forms, text, FormKind::Text);
        for (kind, form_kind) in CODED {
            if let Ok(form) = kind.form(text) {
                add(&mut forms, &form, form_kind);
            }
        }
    }
    forms
}

fn add(forms: &mut Vec<ValueForm>, text: &str, kind: FormKind) {
    match forms.iter_mut().find(|form| *form.text == *text) {
        Some(form) => form.kinds |= kind as u8,
        None => forms.push(ValueForm { text: text.into(), kinds: kind as u8 }),
    }
}
