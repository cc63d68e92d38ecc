//! Decides whether a text is probably not what was meant. [`suspicion`] is the only check: literals and
//! list entries both go through it.

use super::form::NeverEqual;
use super::kind::{ValueKind, ValueOrigin};
use super::likely_mistake;
use std::borrow::Cow;

/// How many characters of a text a message quotes.
const SHOWN_MAX_CHARS: usize = 60;

/// Why a text is probably not what was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspicion {
    /// Whether no value can equal the text. Otherwise a value could, but it is unlikely.
    pub is_certain: bool,
    pub label: &'static str,
    pub help: Cow<'static, str>,
}

/// What is probably wrong with a text that is compared with values of this kind.
pub fn suspicion(kind: ValueKind, text: &str, origin: ValueOrigin) -> Option<Suspicion> {
    let never = never_equal(kind, text, origin);
    let is_certain = never.is_some();
    let odd = likely_mistake::of(kind, text.trim()).and_then(|odd| odd.wording(origin));
    if let Some((label, help)) = odd {
        return Some(Suspicion { is_certain, label, help: help.into() });
    }
    let label = match origin {
        ValueOrigin::ListEntry => "this entry matches nothing",
        ValueOrigin::Literal => "no such value",
    };
    never.map(|never| Suspicion { is_certain, label, help: never.help(origin) })
}

/// Why no value equals a text. List entries may have any form that messages accept; literals must have
/// the form that is stored.
fn never_equal(kind: ValueKind, text: &str, origin: ValueOrigin) -> Option<NeverEqual> {
    match (origin, kind) {
        (ValueOrigin::ListEntry, _) | (_, ValueKind::Text | ValueKind::Name) => {
            kind.form(text).err()
        }
        (ValueOrigin::Literal, _) => match kind.form(text.trim()) {
            Ok(form) if form == text => None,
            Ok(form) => Some(NeverEqual::Meant(form.into_owned())),
            Err(never) => Some(never),
        },
    }
}

/// `` `currency` is never `usd` ``, for one or more fields, or for a value that is not a field.
pub fn message(fields: &[&str], text: &str, is_certain: bool) -> String {
    let subject = match fields {
        [] => "it is".to_owned(),
        [field] => format!("`{field}` is"),
        [before @ .., last] => {
            let before: Vec<String> = before.iter().map(|field| format!("`{field}`")).collect();
            format!("{} and `{last}` are", before.join(", "))
        }
    };
    let how_often = if is_certain { "never" } else { "hardly ever" };
    format!("{subject} {how_often} `{}`", shown(text))
}

fn shown(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(SHOWN_MAX_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()).into(),
        None => text.into(),
    }
}
