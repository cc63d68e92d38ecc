//! A list for one use in a ruleset: the entries of its file, and the name of its entries in the topic.

use super::list_file::ListText;
use super::list_use::ListUse;
use super::named_list::NamedList;
use super::topic_lists::{FormKind, TopicLists, WantedValue};
use crate::transaction::Time;
use std::sync::Arc;

/// A list for one use. An entry counts if it is in the file or in the topic.
#[derive(Debug)]
pub struct UsedList {
    pub name: Arc<str>,
    /// `None` for a list that is only in the topic.
    file: Option<NamedList>,
    /// The form of what the list, or the values of an entry, are compared with.
    pub value: FormKind,
    /// The form of the entry whose values are used.
    pub entry: FormKind,
}

impl UsedList {
    pub fn new(name: &str, of: &ListUse, file: Option<&ListText<'_>>) -> Self {
        Self {
            name: name.into(),
            file: file.map(|text| NamedList::new(of, text)),
            value: FormKind::of(of.kind),
            entry: of.entry.map_or(FormKind::Text, FormKind::of),
        }
    }

    pub fn has_file(&self) -> bool {
        self.file.is_some()
    }

    /// Whether a value is in the list.
    pub fn has(&self, value: &WantedValue<'_>, now: Time, topic: &TopicLists) -> bool {
        let is_in_file = self.file.as_ref().is_some_and(|file| match *value {
            WantedValue::Text(text, _) => file.has(text, now),
            WantedValue::Hash(_, bits) => file.has_hash(bits, now),
        });
        is_in_file || topic.has(&self.name, value, now)
    }

    /// Whether a value is among those of an entry. The entries of files have no values.
    pub fn has_value(
        &self,
        (entry, value): (&WantedValue<'_>, &WantedValue<'_>),
        now: Time,
        topic: &TopicLists,
    ) -> bool {
        topic.has_value(&self.name, entry, value, now)
    }
}
