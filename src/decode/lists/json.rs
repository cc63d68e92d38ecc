//! Finds the fields of an entry in its JSON.

use super::list_fault::{ListFault, ListReason};
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;
use serde_json::value::RawValue as RawJson;
use std::fmt;

/// The fields of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryField {
    List,
    Entry,
    Values,
    From,
    Until,
    Reason,
    By,
}

impl EntryField {
    const ALL: [Self; 7] =
        [Self::List, Self::Entry, Self::Values, Self::From, Self::Until, Self::Reason, Self::By];

    pub fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Entry => "entry",
            Self::Values => "values",
            Self::From => "from",
            Self::Until => "until",
            Self::Reason => "reason",
            Self::By => "by",
        }
    }
}

/// The value of each field as it is written.
#[derive(Default)]
pub struct EntryFields<'a> {
    values: [Option<&'a RawJson>; EntryField::ALL.len()],
    /// The first fault of the object as such.
    fault: Option<ListFault>,
}

impl<'a> EntryFields<'a> {
    pub fn read(text: &'a str) -> Result<Self, ListFault> {
        let fields: Self = serde_json::from_str(text).map_err(|error| {
            let reason = match error.classify() {
                Category::Data => ListReason::NotAnObject,
                Category::Syntax | Category::Eof | Category::Io => ListReason::NotJson,
            };
            let at = (reason == ListReason::NotJson).then(|| (error.line(), error.column()));
            ListFault { at, ..ListFault::value(reason) }
        })?;
        match fields.fault {
            Some(fault) => Err(fault),
            None => Ok(fields),
        }
    }

    /// The value of a field; `None` if it is absent or null.
    pub fn get<T: Deserialize<'a>>(&self, field: EntryField) -> Result<Option<T>, ListFault> {
        let Some(json) = self.values.get(field as usize).copied().flatten() else {
            return Ok(None);
        };
        serde_json::from_str(json.get())
            .map_err(|_| ListFault::field(ListReason::WrongType, field.name()))
    }

    fn add(&mut self, name: &str, value: &'a RawJson) {
        let field = EntryField::ALL.into_iter().find(|field| field.name() == name);
        let place = field.and_then(|field| self.values.get_mut(field as usize));
        let fault = match (field, place) {
            (Some(_), Some(place @ None)) => {
                *place = Some(value);
                return;
            }
            (Some(field), _) => ListFault::field(ListReason::DuplicateField, field.name()),
            (None, _) => ListFault::value(ListReason::UnknownField),
        };
        self.fault.get_or_insert(fault);
    }
}

impl<'de> Deserialize<'de> for EntryFields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = EntryFields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = EntryFields::default();
        while let Some(name) = map.next_key::<String>()? {
            match fields.fault {
                None => fields.add(&name, map.next_value()?),
                Some(_) => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(fields)
    }
}
