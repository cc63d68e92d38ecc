//! Common slips of the pen in an expression that does not parse, each with its fix.

use super::diagnostics::Diagnostics;
use super::source_text::SourceText;
use std::ops::Range;

/// Reports the slips found; false when there is none to blame.
pub fn report(text: &SourceText, diagnostics: &mut Diagnostics) -> bool {
    let mut found = false;
    let mut words = words(&text.value).peekable();
    while let Some((range, word)) = words.next() {
        let next = words.peek().map_or("", |(_, word)| *word);
        if let Some((message, help)) = slip_of_two(word, next) {
            let end = words.next().map_or(range.end, |(next, _)| next.end);
            diagnostics.error(text.span(range.start..end), message).label("here").help(help);
            found = true;
            continue;
        }
        let Some((message, help)) = slip(word) else { continue };
        diagnostics.error(text.span(range), message).label("here").help(help);
        found = true;
    }
    found
}

/// A slip that takes two words.
fn slip_of_two(word: &str, next: &str) -> Option<(String, String)> {
    let say = |message: &str, help: &str| Some((message.to_owned(), help.to_owned()));
    match (word.to_ascii_lowercase().as_str(), next.to_ascii_lowercase().as_str()) {
        ("<", ">") => say("CEL writes `!=`, not `<>`", "write `!=`"),
        ("not" | "!", "in") => say(
            &format!("CEL has no `{word} {next}`"),
            "put `!` before the whole, as in `!(merchant.country in [\"RU\", \"NG\"])`",
        ),
        ("not", "like" | "ilike") => say(
            &format!("CEL has no `{word} {next}`"),
            "put `!` before the whole, as in `!merchant.name.contains(\"ACME\")`",
        ),
        ("is", "null" | "not") => say(
            &format!("CEL has no `{word} {next}`"),
            "a missing field is absent, never null: ask `has(merchant.country)`, or \
             `!has(merchant.country)`",
        ),
        _ => None,
    }
}

fn slip(word: &str) -> Option<(String, String)> {
    let say = |message: &str, help: &str| Some((message.to_owned(), help.to_owned()));
    match word {
        "and" | "AND" => say(&format!("CEL writes `&&`, not `{word}`"), "write `&&`"),
        "or" | "OR" => say(&format!("CEL writes `||`, not `{word}`"), "write `||`"),
        "not" | "NOT" => say(&format!("CEL writes `!`, not `{word}`"), "write `!` before it"),
        "=" => say("a single `=` compares nothing", "write `==`"),
        "===" => say("CEL writes `==`, not `===`", "write `==`"),
        "!==" => say("CEL writes `!=`, not `!==`", "write `!=`"),
        "&" => say("a single `&` means nothing in CEL", "write `&&`"),
        "|" => say("a single `|` means nothing in CEL", "write `||`"),
        "like" | "LIKE" | "ilike" | "ILIKE" => say(
            &format!("CEL has no `{word}`"),
            "write `.startsWith(\"ACME\")`, `.endsWith(…)` or `.contains(…)`, or `.matches(…)` with a \
             regular expression",
        ),
        "between" | "BETWEEN" => {
            say(&format!("CEL has no `{word}`"), "write `amount >= 10.00 && amount <= 20.00`")
        }
        "is" | "IS" => say(&format!("CEL has no `{word}`"), "write `==`"),
        "if" | "then" | "else" => {
            say(&format!("CEL has no `{word}`"), "write `condition ? this : that`")
        }
        _ => duration(word),
    }
}

fn duration(word: &str) -> Option<(String, String)> {
    let is_duration = super::duration::parse(word).is_some();
    is_duration.then(|| {
        let message = "a duration must be in quotes".to_owned();
        (message, format!("write `\"{word}\"`, or `duration(\"{word}\")` in a comparison"))
    })
}

/// Words, numbers and runs of operator characters outside of string literals.
fn words(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(at..)?;
            let first = rest.chars().next()?;
            let length = if first == '"' || first == '\'' {
                at += string_length(rest, first);
                continue;
            } else if first.is_alphanumeric() || first == '_' {
                rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
            } else if "=&|!".contains(first) {
                rest.find(|c: char| !"=&|!".contains(c)).unwrap_or(rest.len())
            } else if rest.starts_with("<=") || rest.starts_with(">=") {
                2
            } else {
                first.len_utf8()
            };
            let range = at..at + length;
            at += length;
            if !first.is_whitespace() {
                return Some((range, &rest[..length]));
            }
        }
    })
}

fn string_length(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}
