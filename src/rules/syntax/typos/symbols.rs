//! Recognises characters and operators that CEL does not have: `≥`, `“…”`, `$name`, `@list`, `a -> b`,
//! `#`.

use super::suggestion::Suggestion;
use super::words::Cursor;

pub(super) fn find(here: Cursor<'_>) -> Option<Suggestion> {
    typographic(here)
        .or_else(|| marked_name(here))
        .or_else(|| of_two(here))
        .or_else(|| comment(here))
}

fn typographic(here: Cursor<'_>) -> Option<Suggestion> {
    let word = here.word(0);
    let instead = match word {
        "≥" | "⩾" => ">=",
        "≤" | "⩽" => "<=",
        "≠" => "!=",
        "×" | "·" => "*",
        "÷" => "/",
        "–" | "—" | "−" => "-",
        "∧" => "&&",
        "∨" => "||",
        "¬" => "!",
        "∈" => "in",
        _ => return quote(here),
    };
    Some(Suggestion::new(
        1,
        &format!("CEL writes `{instead}`, not `{word}`"),
        &format!("write `{instead}`"),
    ))
}

/// A typographic quotation mark or backtick, up to the one that closes it.
fn quote(here: Cursor<'_>) -> Option<Suggestion> {
    let is_quote = |word: &str| {
        matches!(word, "“" | "”" | "„" | "‘" | "’" | "‚" | "«" | "»" | "‹" | "›" | "`" | "´")
    };
    if !is_quote(here.word(0)) {
        return None;
    }
    let rest = here.words.len().saturating_sub(here.at).cast_signed();
    let close = (1..rest).find(|offset| is_quote(here.word(*offset)));
    let range = here.range(0).end..close.map_or(here.text.len(), |close| here.range(close).start);
    let inner = here.text.get(range).unwrap_or("").trim();
    let message = format!("`{}` is not a quotation mark in CEL", here.word(0));
    let help = match here.word(0) {
        "`" => {
            format!("a name has no quotes (`{inner}`), a string has straight ones (`\"{inner}\"`)")
        }
        _ => format!("a string must be in straight quotes: `\"{inner}\"`"),
    };
    Some(Suggestion::new(close.unwrap_or(rest - 1).max(0).unsigned_abs() + 1, &message, &help))
}

/// `$amount`, `${amount}`, `:amount`, `@list`, `{amount}`.
fn marked_name(here: Cursor<'_>) -> Option<Suggestion> {
    let mark = here.word(0);
    let name = here.word(1);
    let is_list = here.word(-1) == "in" || here.word(-1) == "(" && here.word(-2) == "list";
    match mark {
        "@" | "$" if here.is_next_to_a_name() && is_list => {
            let message = format!("a list is not written with `{mark}`");
            Some(Suggestion::new(2, &message, &format!("write `list(\"{name}\")`")))
        }
        "@" if here.is_next_to_a_name() => Some(Suggestion::new(
            2,
            "a name has no `@`",
            &format!("a field is written `{name}`, a list `list(\"{name}\")`"),
        )),
        "$" if here.is_next_to_a_name() => {
            let help = format!("write `{}`", here.path_after());
            Some(Suggestion::new(1, "a name has no `$`", &help))
        }
        "$" if here.is_next_to("{") => {
            suggest_without_braces(Cursor { at: here.at + 1, ..here }, 1)
        }
        "{" => suggest_without_braces(here, 0),
        ":" if here.is_next_to(":") => {
            Some(Suggestion::new(2, "CEL has no `::`", "write `.` between names"))
        }
        _ => None,
    }
}

/// `{amount}`. `before` is the number of words before the brace that belong to it.
fn suggest_without_braces(here: Cursor<'_>, before: usize) -> Option<Suggestion> {
    let (inner, length) = here.within_brackets("}")?;
    let is_name = inner.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
    (is_name && !inner.is_empty()).then(|| {
        let help = format!("write `{inner}`: braces are for messages");
        Suggestion::new(length + before, "a name has no braces", &help)
    })
}

/// Operators of two characters.
fn of_two(here: Cursor<'_>) -> Option<Suggestion> {
    let is_lambda = here.is_among_items() && here.path_before().is_some();
    let say = |message: &str, help: &str| Some(Suggestion::new(2, message, help));
    match here.word(0) {
        "=" | "-" if here.is_next_to(">") && is_lambda => {
            let (arrow, variable) = (here.word(0), here.path_before().unwrap_or_default());
            let help =
                format!("write `({variable}, …)`: the variable, a comma, and the expression");
            say(&format!("CEL has no `{arrow}>`"), &help)
        }
        "=" if here.is_next_to(">") => say("CEL writes `>=`, not `=>`", "write `>=`"),
        "=" if here.is_next_to("<") => say("CEL writes `<=`, not `=<`", "write `<=`"),
        "-" if here.is_next_to(">") => say("CEL has no `->`", "write `.` between names"),
        "<" if here.is_next_to(">") => say("CEL writes `!=`, not `<>`", "write `!=`"),
        "*" if here.is_next_to("*") => say("CEL has no `**`", "a square is `a * a`"),
        _ => None,
    }
}

fn comment(here: Cursor<'_>) -> Option<Suggestion> {
    let say = |length| {
        let help = "a comment begins with `//` and ends with its line";
        Some(Suggestion::new(length, "this does not begin a comment in CEL", help))
    };
    let rest = here.words.len().saturating_sub(here.at);
    match here.word(0) {
        "#" => say(rest),
        "/" if here.is_next_to("*") => say(rest),
        _ => None,
    }
}
