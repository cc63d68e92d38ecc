//! The kinds of fraud that labels tell apart: those of the labels topic, or the values of another field.

use crate::decode::mask_card_numbers;
use crate::pipeline::Incoming;
use crate::transaction::{LabelKind, WireName};
use serde_json::Value;
use std::sync::Arc;

/// The kind of labels without one.
pub const UNSPECIFIED: &str = "unspecified";
/// Further values of a field are counted together, as `other`.
const KINDS_MAX: usize = 100;
const OTHER: &str = "other";
/// A longer value is cut.
const CHARACTERS_MAX: usize = 60;

/// The names of kinds, and where they come from.
#[derive(Debug, Clone)]
pub struct Kinds {
    /// The first is that of labels without a kind.
    names: Vec<Arc<str>>,
    /// The field of a label whose values are the kinds; `None` for `kind`.
    field: Option<String>,
}

impl Default for Kinds {
    fn default() -> Self {
        let known = LabelKind::NAMES.iter().map(|(_, name)| *name);
        let names = std::iter::once(UNSPECIFIED).chain(known).map(Arc::from).collect();
        Self { names, field: None }
    }
}

impl Kinds {
    /// The values of this field of each label, instead of `kind`.
    pub fn of_field(field: String) -> Self {
        Self { names: vec![Arc::from(UNSPECIFIED)], field: Some(field) }
    }

    /// The names of all kinds. A kind is an index into it.
    pub fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    pub fn name(&self, kind: usize) -> Option<&Arc<str>> {
        self.names.get(kind)
    }

    /// The kind of a label. The first label with a value of the field adds it.
    pub fn of(&mut self, incoming: Incoming<'_>, kind: Option<LabelKind>) -> usize {
        let Some(field) = &self.field else {
            return kind.map_or(0, |kind| self.position(kind.name()).unwrap_or(0));
        };
        let value: Option<Value> = serde_json::from_slice(incoming.bytes()).ok();
        let value = value.as_ref().and_then(|label| label.get(field)).and_then(Value::as_str);
        let name = value.map(|value| mask_card_numbers(value.trim()).into_owned());
        let Some(name) = name.filter(|name| !name.is_empty()) else { return 0 };
        let name: String = name.chars().take(CHARACTERS_MAX).collect();
        self.position(&name).unwrap_or_else(|| self.add(&name))
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| **known == *name)
    }

    fn add(&mut self, name: &str) -> usize {
        let name = if self.names.len() < KINDS_MAX { name } else { OTHER };
        self.position(name).unwrap_or_else(|| {
            self.names.push(Arc::from(name));
            self.names.len() - 1
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_the_labels_topic_has_its_name() {
        let mut kinds = Kinds::default();
        for (kind, name) in LabelKind::NAMES {
            let index = kinds.of(Incoming::line(b"{}"), Some(*kind));
            assert_eq!(&**kinds.name(index).unwrap(), *name);
        }
        assert_eq!(kinds.of(Incoming::line(b"{}"), None), 0);
        assert_eq!(&*kinds.names()[0], UNSPECIFIED);
    }

    #[test]
    fn the_values_of_a_field_are_kinds_up_to_a_limit() {
        let mut kinds = Kinds::of_field("scenario".to_owned());
        let mut of = |text: &str| kinds.of(Incoming::line(text.as_bytes()), None);
        assert_eq!(of(r#"{"scenario": "a"}"#), 1);
        assert_eq!(of(r#"{"scenario": " b "}"#), 2);
        assert_eq!(of(r#"{"scenario": "a"}"#), 1);
        assert_eq!([of("{}"), of(r#"{"scenario": 5}"#), of(r#"{"scenario": ""}"#)], [0; 3]);
        assert_eq!(of(r#"{"scenario": "4111 1111 1111 1111"}"#), 3);
        for number in 0..200 {
            of(&format!(r#"{{"scenario": "n{number}"}}"#));
        }
        assert_eq!(&*kinds.names()[3], "************1111");
        assert_eq!(kinds.names().len(), KINDS_MAX + 1);
        assert_eq!(&**kinds.names().last().unwrap(), OTHER);
    }
}
