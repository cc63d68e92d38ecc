//! Finds notation from other languages in an expression that does not parse, and reports all of it.
//!
//! Expressions that parse are left to the checker. Function names from other languages are listed in
//! `check/foreign_names.rs`.

use super::super::super::diagnostics::Diagnostics;
use super::super::super::source::SourceText;
use super::suggestion::Suggestion;
use super::words::{Cursor, words};
use super::{absence, numbers, symbols};

/// Reports all slips. Returns false if there are none.
pub fn report(text: &SourceText, diagnostics: &mut Diagnostics) -> bool {
    let words: Vec<_> = words(&text.value).collect();
    let mut found = false;
    let mut at = 0;
    while at < words.len() {
        let here = Cursor { text: &text.value, words: &words, at };
        let Some(suggestion) = find(here) else {
            at += 1;
            continue;
        };
        let last = suggestion.length.saturating_sub(1).cast_signed();
        let range = here.range(0).start..here.range(last).end;
        diagnostics.error(text.span(range), suggestion.message).label("here").help(suggestion.help);
        found = true;
        at += suggestion.length.max(1);
    }
    found
}

fn find(here: Cursor<'_>) -> Option<Suggestion> {
    absence::find(here)
        .or_else(|| numbers::find(here))
        .or_else(|| symbols::find(here))
        .or_else(|| negated(here))
        .or_else(|| infix(here))
        .or_else(|| word(here))
}

/// `not in`, `!in`, `not like`, `not between`.
fn negated(here: Cursor<'_>) -> Option<Suggestion> {
    let (word, next) = (here.lower(0), here.lower(1));
    let written = format!("CEL has no `{} {}`", here.word(0), here.word(1));
    let path = here.path_before();
    let path = path.as_deref();
    match (word.as_str(), next.as_str()) {
        ("not" | "!", "in") => {
            let path = path.unwrap_or("merchant.country");
            let help = format!("put `!` before the whole, as in `!({path} in [\"RU\", \"NG\"])`");
            Some(Suggestion::new(2, &written, &help))
        }
        ("notin" | "not_in" | "nin", _) if here.word(-1) != "." && here.word(1) != "(" => {
            let path = path.unwrap_or("merchant.country");
            let help = format!("put `!` before the whole, as in `!({path} in [\"RU\", \"NG\"])`");
            Some(Suggestion::new(1, &format!("CEL has no `{}`", here.word(0)), &help))
        }
        ("not", "like" | "ilike") => {
            let path = path.unwrap_or("merchant.name");
            let help = format!("put `!` before the whole, as in `!{path}.contains(\"ACME\")`");
            Some(Suggestion::new(2, &written, &help))
        }
        ("not", "between") => {
            let after = Cursor { at: here.at + 1, ..here };
            let (length, condition) = between(after, path);
            Some(Suggestion::new(length + 1, &written, &format!("write `!({condition})`")))
        }
        _ => None,
    }
}

/// Methods that are written between their operands, `in` as a method or with wrong brackets, `between`.
fn infix(here: Cursor<'_>) -> Option<Suggestion> {
    let path = here.path_before();
    let path = path.as_deref();
    let word = here.lower(0);
    if word == "in" && here.word(-1) == "." {
        let help =
            "`in` goes between the value and the list, as in `merchant.id in list(\"name\")`";
        return Some(Suggestion::new(1, "`in` is not a method", help));
    }
    if word == "in" {
        let bracket = Cursor { at: here.at + 1, ..here };
        let close = match here.word(1) {
            "(" => ")",
            "{" => "}",
            _ => return None,
        };
        let (inner, length) = bracket.within_brackets(close)?;
        let message = format!("a list is written `[…]`, not `{}…{close}`", here.word(1));
        let help = format!("write `in [{inner}]`");
        return inner.contains(',').then(|| Suggestion::new(length + 1, &message, &help));
    }
    if word == "between" && here.word(-1) != "." && here.word(1) != "(" {
        let (length, condition) = between(here, path);
        let message = format!("CEL has no `{}`", here.word(0));
        return Some(Suggestion::new(length, &message, &format!("write `{condition}`")));
    }
    let method = match word.replace('_', "").as_str() {
        "matches" | "regex" | "regexp" | "rlike" => "matches",
        "contains" | "includes" => "contains",
        "startswith" => "startsWith",
        "endswith" => "endsWith",
        _ => return None,
    };
    let is_infix = here.word(-1) != "." && here.word(1) != "(";
    is_infix.then(|| {
        let (path, text) =
            (path.unwrap_or("merchant.name"), here.string_after().unwrap_or("\"ACME\""));
        let message = format!("`{}` cannot be used between two values", here.word(0));
        Suggestion::new(1, &message, &format!("write `{path}.{method}({text})`"))
    })
}

/// Reads `amount between 10 and 20`, including its `and`. Returns the number of words from `between`
/// on, and the equivalent condition.
fn between(here: Cursor<'_>, path: Option<&str>) -> (usize, String) {
    let path = path.unwrap_or("amount");
    let until = |from: isize, is_end: &dyn Fn(&str) -> bool| {
        (from..).find(|offset| here.word(*offset).is_empty() || is_end(&here.lower(*offset)))
    };
    let and = until(1, &|word| word == "and").unwrap_or(1);
    let is_end = |word: &str| matches!(word, "and" | "or" | "&&" | "||" | ")" | "?" | ",");
    let end = until(and + 1, &is_end).unwrap_or(and + 1);
    let part = |from: isize, to: isize| {
        here.text.get(here.range(from).end..here.range(to).start).unwrap_or("").trim()
    };
    let (low, high) = (part(0, and), part(and, end));
    let (low, high) =
        if low.is_empty() || high.is_empty() { ("10.00", "20.00") } else { (low, high) };
    (end.max(1).unsigned_abs(), format!("{path} >= {low} && {path} <= {high}"))
}

fn word(here: Cursor<'_>) -> Option<Suggestion> {
    let word = here.word(0);
    let say = |message: &str, help: &str| Some(Suggestion::new(1, message, help));
    match word {
        "and" | "AND" => say(&format!("CEL writes `&&`, not `{word}`"), "write `&&`"),
        "or" | "OR" => say(&format!("CEL writes `||`, not `{word}`"), "write `||`"),
        "not" | "NOT" => say(&format!("CEL writes `!`, not `{word}`"), "write `!` before it"),
        "xor" | "XOR" | "^" => say(
            &format!("CEL has no `{word}`"),
            "if exactly one of two conditions may hold, write `a != b`; a square is `a * a`",
        ),
        "=" => say("a single `=` compares nothing", "write `==`"),
        "===" => say("CEL writes `==`, not `===`", "write `==`"),
        "!==" => say("CEL writes `!=`, not `!==`", "write `!=`"),
        "&" => say("a single `&` means nothing in CEL", "write `&&`"),
        "|" => say("a single `|` means nothing in CEL", "write `||`"),
        "=~" | "~" | "~=" | "!~" => {
            let path = here.path_before();
            let path = path.as_deref().unwrap_or("merchant.name");
            let text = here.string_after().unwrap_or("\"^ACME\"");
            let not = if word == "!~" { "!" } else { "" };
            say(&format!("CEL has no `{word}`"), &format!("write `{not}{path}.matches({text})`"))
        }
        "like" | "LIKE" | "ilike" | "ILIKE" => say(
            &format!("CEL has no `{word}`"),
            "write `.startsWith(\"ACME\")`, `.endsWith(…)` or `.contains(…)`, or `.matches(…)` with a \
             regular expression",
        ),
        "if" | "then" | "else" | "case" | "CASE" | "WHEN" | "unless" => {
            say(&format!("CEL has no `{word}`"), "write `condition ? this : that`")
        }
        "lambda" => say(
            "CEL has no `lambda`",
            "write `.filter(t, t.declined)`: the variable, a comma, \
             and the expression",
        ),
        _ => duration(word),
    }
}

fn duration(word: &str) -> Option<Suggestion> {
    let is_duration = super::super::super::duration::parse(word).is_some();
    is_duration.then(|| {
        let help = format!("write `\"{word}\"`, or `duration(\"{word}\")` in a comparison");
        Suggestion::new(1, "a duration must be in quotes", &help)
    })
}
