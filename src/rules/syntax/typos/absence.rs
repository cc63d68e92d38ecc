//! Recognises how other languages handle fields that may be missing: `is null`, `??`, `?.`.

use super::super::super::ir::field;
use super::suggestion::Suggestion;
use super::words::Cursor;

/// How to check in CEL whether a field is present, or missing.
pub fn presence(path: Option<&str>, is_missing: bool) -> String {
    let not = if is_missing { "!" } else { "" };
    match path {
        Some(path) if path.contains('.') => format!("write `{not}has({path})`"),
        Some(path) if field(path).is_some() => format!("write `{not}has(tx.{path})`"),
        _ => "ask whether a field is there with `has(…)`".to_owned(),
    }
}

/// How to give a missing field a default in CEL.
pub fn or_value(path: Option<&str>, default: Option<&str>) -> String {
    let default = default.unwrap_or("…");
    match path.map(|path| (path, path.rsplit_once('.'))) {
        Some((_, Some((group, last)))) => format!("write `{group}.?{last}.orValue({default})`"),
        Some((name, None)) if field(name).is_some() => {
            format!("write `tx.?{name}.orValue({default})`")
        }
        _ => {
            format!("write `.?` before the last name, as in `ship_to.?country.orValue({default})`")
        }
    }
}

/// Whether a word means a missing value in another language.
pub fn is_null_word(word: &str) -> bool {
    matches!(word.to_ascii_lowercase().as_str(), "null" | "nil" | "none" | "undefined")
}

pub(super) fn find(here: Cursor<'_>) -> Option<Suggestion> {
    let path = here.path_before();
    let path = path.as_deref();
    match here.lower(0).as_str() {
        "is" => Some(is(here, path)),
        "isnull" | "notnull" if here.word(-1) != "." && here.word(1) != "(" => {
            Some(null(1, here.word(0), presence(path, here.lower(0) == "isnull")))
        }
        "?" if here.is_next_to("?") || here.is_next_to(":") => {
            let after = Cursor { at: here.at + 1, ..here };
            let default = after.string_after().or(Some(after.word(1)).filter(|word| {
                word.starts_with(|c: char| c.is_ascii_digit()) || matches!(*word, "true" | "false")
            }));
            let message = format!("CEL has no `?{}`", here.word(1));
            Some(Suggestion::new(2, &message, &or_value(path, default)))
        }
        "?" if here.is_next_to(".") => optional(here, path),
        _ => None,
    }
}

/// `a?.b`, but not `a ?.5 : 1`.
fn optional(here: Cursor<'_>, path: Option<&str>) -> Option<Suggestion> {
    let name = here.word(2);
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let group = path.unwrap_or("…");
    let help = match name.starts_with(|c: char| c.is_alphabetic()) {
        true => format!(
            "write `{group}.{name}`; with a default for where it is missing, \
             `{group}.?{name}.orValue(…)`"
        ),
        false => "write `.?`, as in `ship_to.?country.orValue(\"US\")`".to_owned(),
    };
    Some(Suggestion::new(2, "CEL writes `.?`, not `?.`", &help))
}

fn null(length: usize, written: &str, help: String) -> Suggestion {
    let help = format!("a missing field is absent, never null: {help}");
    Suggestion::new(length, &format!("CEL has no `{written}`"), &help)
}

/// `is null`, `is not null`, `is true`, `is "x"`.
fn is(here: Cursor<'_>, path: Option<&str>) -> Suggestion {
    let is_negated = here.lower(1) == "not";
    let length = if is_negated { 2 } else { 1 };
    let word = here.word(length);
    let last = 1 + usize::from(is_negated);
    let is_missing = matches!(here.lower(length).as_str(), "missing" | "absent" | "empty");
    if is_null_word(word) || is_missing {
        let range = here.range(0).start..here.range(length).end;
        let written = here.text.get(range).unwrap_or("is null");
        return null(last + 1, written, presence(path, !is_negated));
    }
    let (written, instead) = match is_negated {
        true => (format!("{} {}", here.word(0), here.word(1)), "write `!=`"),
        false => (here.word(0).to_owned(), "write `==`"),
    };
    Suggestion::new(last, &format!("CEL has no `{written}`"), instead)
}
