//! What the parser says of a text that it cannot read, in words for people.

use super::super::diagnostics::Diagnostics;
use super::super::source_text::SourceText;
use super::{DEPTH_MAX, SHORTER};

/// Reports the first of the parser's complaints; the others come of it.
pub(super) fn report(
    text: &SourceText,
    first: Option<((isize, isize), &str)>,
    out: &mut Diagnostics,
) {
    let ((line, column), message) = first.unwrap_or(((1, 1), "this is no expression"));
    if message.contains("Recursion limit") {
        out.error(text.whole(), format!("this expression nests deeper than {DEPTH_MAX} levels"))
            .help(SHORTER);
        return;
    }
    let at = byte_of(&text.value, line, column);
    let message = message.trim_start_matches("Syntax error: ");
    let message = if message.contains("mismatched input '<EOF>'") {
        "the expression ends too early".to_owned()
    } else {
        plain_words(message)
    };
    out.error(text.span(at..at + 1), message).label("here");
}

/// The parser lists every token that it would have taken; people need only what it did not expect.
fn plain_words(message: &str) -> String {
    if let Some(rest) = message.strip_prefix("token recognition error at: '") {
        return unknown_token(rest.strip_suffix('\'').unwrap_or(rest));
    }
    if message.starts_with("invalid string literal") {
        return "this string has an escape that stands for no character".to_owned();
    }
    if let Some(word) = message.strip_prefix("reserved identifier: ") {
        return format!("`{word}` is a word that CEL keeps to itself: it names nothing");
    }
    match message {
        "invalid int literal" => return "this number does not fit in 64 bits".to_owned(),
        "invalid double literal" => return "this number is too large for a decimal".to_owned(),
        _ => {}
    }
    let got = message.split('\'').nth(1);
    if let (Some(token), true) = (got, message.starts_with("missing")) {
        return format!("a `{token}` is missing here");
    }
    match got {
        Some(token) if message.contains("expecting") || message.contains("extraneous") => {
            format!("`{token}` is not expected here")
        }
        _ => message.to_owned(),
    }
}

fn unknown_token(token: &str) -> String {
    if token.starts_with(['"', '\'']) {
        return "this string is never closed".to_owned();
    }
    format!("`{token}` begins nothing that CEL knows")
}

/// Lines and columns (of characters) to bytes.
fn byte_of(text: &str, line: isize, column: isize) -> usize {
    let line = usize::try_from(line).unwrap_or(1).saturating_sub(1);
    let column = usize::try_from(column).unwrap_or(1).saturating_sub(1);
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = text.get(start..).unwrap_or("");
    start + rest.char_indices().nth(column).map_or(rest.trim_end().len(), |(at, _)| at)
}
