//! An entry of a list, as it is written to the lists topic.

use crate::transaction::Time;
use serde::Serialize;

/// What a record does to a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListChange {
    Set(ListEntry),
    /// A record without a value removes the entry.
    Remove(ListKey),
}

/// A text without card numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListText {
    /// With the token of the current key in place of each card number.
    pub text: String,
    /// The same with the tokens of the previous key, if one is in use: a card may still be remembered
    /// by it.
    pub former: Option<String>,
}

/// Which entry of which list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListKey {
    pub list: String,
    pub entry: ListText,
}

/// An entry of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListEntry {
    pub key: ListKey,
    pub values: Vec<ListText>,
    /// It is active from this time on; `None`: from the beginning.
    pub from: Option<Time>,
    /// It is active before this time; `None`: forever.
    pub until: Option<Time>,
    /// Why a person added it, with card numbers masked.
    pub reason: Option<String>,
    /// Who added it, with card numbers masked.
    pub by: Option<String>,
}

impl ListChange {
    /// The entry that is set or removed.
    pub fn key(&self) -> &ListKey {
        match self {
            Self::Set(entry) => &entry.key,
            Self::Remove(key) => key,
        }
    }
}

impl ListKey {
    /// The key of its record: `NAME/ENTRY`.
    pub fn to_text(&self) -> String {
        format!("{}/{}", self.list, self.entry.text)
    }

    /// The key as it is written, once for each token of a card. During a change of the key a card has
    /// two, and may be remembered by either.
    pub fn under_each_token(&self) -> impl Iterator<Item = ListKey> {
        let texts = std::iter::once(&self.entry.text).chain(&self.entry.former);
        texts.map(|text| {
            let entry = ListText { text: text.clone(), former: None };
            ListKey { list: self.list.clone(), entry }
        })
    }
}

impl ListEntry {
    /// The entry as it is written, once for each token of its card, with all tokens of cards among its
    /// values.
    pub fn under_each_token(&self) -> impl Iterator<Item = ListEntry> {
        let written = |text: &String| ListText { text: text.clone(), former: None };
        let texts = self
            .values
            .iter()
            .flat_map(|value| std::iter::once(&value.text).chain(&value.former).map(written));
        let values: Vec<ListText> = texts.collect();
        let entry = move |key| ListEntry { key, values: values.clone(), ..self.clone() };
        self.key.under_each_token().map(entry)
    }

    /// The value of its record.
    pub fn to_json(&self) -> String {
        let written = Written {
            list: &self.key.list,
            entry: &self.key.entry.text,
            values: self.values.iter().map(|value| value.text.as_str()).collect(),
            from: self.from.map(|time| time.to_string()),
            until: self.until.map(|time| time.to_string()),
            reason: self.reason.as_deref(),
            by: self.by.as_deref(),
        };
        // Texts and lists of texts always have a JSON form.
        serde_json::to_string(&written).unwrap_or_default()
    }
}

/// The fields in the order in which they are written; absent ones are left out.
#[derive(Serialize)]
struct Written<'e> {
    list: &'e str,
    entry: &'e str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    values: Vec<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'e str>,
}
