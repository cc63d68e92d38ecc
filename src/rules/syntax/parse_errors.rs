//! Rewrites the parser's errors in plain words.

use super::super::diagnostics::Diagnostics;
use super::super::source::SourceText;
use std::ops::Range;

/// How deeply expressions may nest.
pub(super) const DEPTH_MAX: u16 = 64;

pub(super) const SHORTER: &str =
    "give parts of it a name under [features], and long lists a file under [lists]";

/// Reports the parser's first error. The others usually follow from it.
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

/// Shortens a message: the parser lists every token that it expected, but only the one that it did not
/// expect helps the reader.
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

/// The first escape sequence that is invalid in CEL, in the string at the start of a text.
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

/// The length of an escape sequence without its backslash, and whether it is valid.
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

/// Whether a code is that of a character. Octal escapes go up to `\377`.
fn fits(code: u32, base: u32) -> bool {
    if base == 8 { code <= 0o377 } else { char::from_u32(code).is_some() }
}

/// Converts a line and a column, counted in characters, to a byte offset.
fn byte_of(text: &str, line: isize, column: isize) -> usize {
    let line = usize::try_from(line).unwrap_or(1).saturating_sub(1);
    let column = usize::try_from(column).unwrap_or(1).saturating_sub(1);
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = text.get(start..).unwrap_or("");
    start + rest.char_indices().nth(column).map_or(rest.trim_end().len(), |(at, _)| at)
}
