//! Entries that are known in advance, such as those of a file, applied in the order of their times.
//!
//! The service gets an entry when it is written. A file has no such times, so an entry is applied when
//! transactions reach its `from`; one without `from` is there from the beginning. An entry that is set
//! again later therefore replaces the earlier one only then.

use super::topic_lists::{TooManyEntries, TopicLists};
use crate::decode::{ListChange, ListEntry};
use crate::transaction::Time;
use std::collections::VecDeque;
use std::sync::Arc;

/// Entries, each applied when its time has come.
#[derive(Debug, Default)]
pub struct ScheduledLists {
    lists: TopicLists,
    /// By `from`, earliest first; equal ones in their given order.
    left: VecDeque<ListEntry>,
}

impl ScheduledLists {
    /// Nothing is applied before the first call of [`ScheduledLists::advance`].
    pub fn new(entries: impl IntoIterator<Item = ListEntry>) -> Result<Self, TooManyEntries> {
        let mut left: Vec<ListEntry> = entries.into_iter().collect();
        TopicLists::check_room(&left)?;
        left.sort_by_key(|entry| entry.from);
        Ok(Self { lists: TopicLists::default(), left: left.into() })
    }

    /// Whether there is an entry of a list, at any time.
    pub fn knows(&self, list: &str) -> bool {
        self.lists.knows(list) || self.left.iter().any(|entry| entry.key.list == list)
    }

    /// Applies the entries up to a time. Returns the lists if they have changed since the last call.
    pub fn advance(&mut self, to: Time) -> Option<Arc<TopicLists>> {
        let mut is_changed = false;
        while let Some(entry) =
            self.left.pop_front_if(|entry| entry.from.is_none_or(|from| from <= to))
        {
            // There is room for all of them.
            let _ = self.lists.apply(&ListChange::Set(entry));
            is_changed = true;
        }
        is_changed.then(|| Arc::new(self.lists.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::topic_lists::{FormKind, WantedValue};
    use super::*;
    use crate::decode::{ListKey, ListText};

    fn entry(value: &str, from: Option<i64>) -> ListEntry {
        let text = |text: &str| ListText { text: text.to_owned(), former: None };
        ListEntry {
            key: ListKey { list: "l".into(), entry: text("e") },
            values: vec![text(value)],
            from: from.map(Time),
            until: None,
            reason: None,
            by: None,
        }
    }

    #[test]
    fn an_entry_replaces_an_earlier_one_when_its_time_has_come() {
        let entries = [entry("third", Some(20)), entry("first", None), entry("second", Some(10))];
        let mut scheduled = ScheduledLists::new(entries).unwrap();
        let mut values = |at: i64| {
            let lists = scheduled.advance(Time(at))?;
            let sought = |text| WantedValue::Text(text, FormKind::Text);
            let has = |value| lists.has_value("l", &sought("e"), &sought(value), Time(at));
            Some(["first", "second", "third"].map(has))
        };
        assert_eq!(values(5), Some([true, false, false]));
        assert_eq!(values(9), None);
        assert_eq!(values(10), Some([false, true, false]));
        assert_eq!(values(3), None);
        assert_eq!(values(25), Some([false, false, true]));
    }
}
