//! What the parser says of a text that it cannot read, in words for people.

use super::super::diagnostics::Diagnostics;
use super::super::source_map::SourceText;
use super::{DEPTH_MAX, SHORTER};
use std::ops::Range;

/// Reports the first of the parser's complaints; the others come of it.
pub(super) fn report(
    text: &SourceText,
    first: Option<((isize, isize), &str)>,
    out: &mut Diagnostics,
) {
    let ((line, column), message) = first.unwrap_or(((1, 1), "this is not an expression"));
    if message.contains("Recursion limit") {
        out.error(text.whole(), format!("this expression nests deeper than {DEPTH_MAX} levels"))
            .help(SHORTER);
        return;
    }
    let at = byte_of(&text.value, line, column);
    if let Some(escape) = wrong_escape(text.value.get(at..).unwrap_or("")) {
        let escape = at + escape.start..at + escape.end;
        let written = text.value.get(escape.clone()).unwrap_or("");
        out.error(text.span(escape), format!("`{written}` is an invalid escape sequence"))
            .label("here")
            .help("a backslash itself is written `\\\\`");
        return;
    }
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
    if let Some(word) = message.strip_prefix("reserved identifier: ") {
        return format!("`{word}` is a reserved word in CEL");
    }
    if message.contains("_?_:_") {
        return "a choice is written `condition ? a : b`".to_owned();
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
    format!("unexpected token `{token}`")
}

/// Of a text that begins with a string: the first escape in it that CEL does not know.
fn wrong_escape(text: &str) -> Option<Range<usize>> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let mut at = quote.len_utf8();
    loop {
        let rest = text.get(at..)?;
        let first = rest.chars().next().filter(|c| *c != quote)?;
        if first != '\\' {
            at += first.len_utf8();
            continue;
        }
        let (length, is_known) = escape(&rest[1..])?;
        let end = at + 1 + length;
        if !is_known {
            return Some(at..end);
        }
        at = end;
    }
}

/// How long an escape is without its backslash, and whether it stands for a character.
fn escape(text: &str) -> Option<(usize, bool)> {
    let first = text.chars().next()?;
    let (start, length, base) = match first {
        'x' | 'X' => (1, 2, 16),
        'u' => (1, 4, 16),
        'U' => (1, 8, 16),
        '0'..='9' => (0, 3, 8),
        _ => return Some((first.len_utf8(), "abfnrtv\\?\"'`".contains(first))),
    };
    let digits = text[start..].chars().take(length).take_while(char::is_ascii_hexdigit).count();
    let code = u32::from_str_radix(&text[start..start + digits], base).ok();
    let is_known = digits == length && code.is_some_and(|code| fits(code, base));
    Some((start + digits, is_known))
}

/// Octal escapes end with `\377`.
fn fits(code: u32, base: u32) -> bool {
    if base == 8 { code <= 0o377 } else { char::from_u32(code).is_some() }
}

/// Lines and columns (of characters) to bytes.
fn byte_of(text: &str, line: isize, column: isize) -> usize {
    let line = usize::try_from(line).unwrap_or(1).saturating_sub(1);
    let column = usize::try_from(column).unwrap_or(1).saturating_sub(1);
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = text.get(start..).unwrap_or("");
    start + rest.char_indices().nth(column).map_or(rest.trim_end().len(), |(at, _)| at)
}
