//! Recognises numbers with separators, currencies or units: `1,000.00`, `1_000`, `$20`.

use super::suggestion::Suggestion;
use super::words::Cursor;
use crate::transaction::Currency;

/// What is wrong with the number that begins at this word.
pub(super) fn find(here: Cursor<'_>) -> Option<Suggestion> {
    if here.word(0) == "$" && here.word(1).starts_with(|c: char| c.is_ascii_digit()) {
        let help = "leave the `$` out: `amount` is in the base currency";
        return Some(Suggestion::new(1, "an amount has no currency sign", help));
    }
    if !here.word(0).starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    separated(here).or_else(|| pointed(here)).or_else(|| with_unit(here))
}

/// `1,000.00`, `1.000,00`, `1_000`, `1 000`.
fn separated(here: Cursor<'_>) -> Option<Suggestion> {
    let is_list = here.is_among_items();
    let start = here.range(0).start;
    let belongs = |c: char| c.is_ascii_digit() || c == '_' || c == '.' || c == ',' && !is_list;
    let rest = here.text.get(start..)?;
    let run = rest.get(..rest.find(|c| !belongs(c)).unwrap_or(rest.len()))?;
    let run = run.trim_end_matches(['.', ',', '_']);
    let follows = |offset: isize| {
        let word = here.word(offset);
        word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_digit())
    };
    let (written, length) = if run.contains([',', '_']) {
        let end = start + run.len();
        (run.to_owned(), (0..).take_while(|offset| here.range(*offset).start < end).count())
    } else if run == here.word(0) && follows(1) {
        (format!("{run}_{}", here.word(1)), 2)
    } else {
        return None;
    };
    let help = format!("write `{}`", plain(&written));
    Some(Suggestion::new(length, "a number has no separators between its digits", &help))
}

/// Removes separators from a number, and puts a point before its decimals.
fn plain(written: &str) -> String {
    let decimals = written.rfind(['.', ',']).filter(|at| {
        let (before, after) = written.split_at(*at);
        let separator = &after[..1];
        let is_last_of_two = before.contains([',', '.']) && !before.contains(separator);
        is_last_of_two || (after.len() != 4 || separator == ".") && !before.contains(separator)
    });
    let digits = |part: &str| part.chars().filter(char::is_ascii_digit).collect::<String>();
    match decimals {
        Some(at) => format!("{}.{}", digits(&written[..at]), digits(&written[at..])),
        None => digits(written),
    }
}

/// `1000.`
fn pointed(here: Cursor<'_>) -> Option<Suggestion> {
    let is_digit = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    let next = here.word(2);
    let goes_on =
        next.starts_with(char::is_alphanumeric) && here.range(1).end == here.range(2).start;
    let ends = is_digit(here.word(0)) && here.is_next_to(".") && !goes_on && here.word(-1) != ".";
    ends.then(|| {
        let help = format!("write `{}.0`", here.word(0));
        Suggestion::new(2, "a decimal has digits after its point", &help)
    })
}

/// `20 USD`, `20k`.
fn with_unit(here: Cursor<'_>) -> Option<Suggestion> {
    let word = here.word(0);
    let unit = word.trim_start_matches(|c: char| c.is_ascii_digit());
    let next = here.word(1);
    if next.bytes().all(|byte| byte.is_ascii_uppercase()) && Currency::parse(next).is_some() {
        let help = "leave the currency out: `amount` is in the base currency";
        return Some(Suggestion::new(2, "an amount has no currency", help));
    }
    let thousands = match unit {
        "k" | "K" => "000",
        "M" | "mn" | "mio" => "000000",
        _ => return None,
    };
    let help = format!("write `{}{thousands}`", word.trim_end_matches(unit));
    Some(Suggestion::new(1, "a number has no unit", &help))
}
