//! Entries of a list that match nothing, and entries that hardly mean what they say: a CSV line, a
//! comment behind an entry, quotes, spaces where a tab should be.

use super::super::ListFile;
use super::super::diagnostics::{Diagnostics, Span};
use super::ListUse;
use super::entry_kind::EntryKind;
use super::list_file::ListText;
use crate::decode::contains_card_number;
use crate::transaction::Time;

/// How many entries of a list are warned of one by one.
const WARNINGS_MAX: usize = 100;
/// Characters of an entry in a message.
const SHOWN_MAX: usize = 60;

/// What an entry looks like that is hardly meant as it stands.
struct Oddity {
    label: &'static str,
    help: &'static str,
}

const CSV: Oddity = Oddity {
    label: "the whole line is one entry",
    help: "write one entry per line, and nothing else; a tab and the time until which it is valid \
         may follow",
};
const COMMENT: Oddity = Oddity {
    label: "the comment is a part of the entry",
    help: "put the comment on a separate line that begins with `#`",
};
const QUOTES: Oddity =
    Oddity { label: "the quotes are a part of the entry", help: "leave the quotes out" };
const SPACES_BEFORE_TIME: Oddity = Oddity {
    label: "the time is a part of the entry",
    help: "put a tab, not spaces, between the entry and the time until which it is valid",
};
const WHITE_SPACE: Oddity = Oddity {
    label: "the white space is a part of the entry",
    help: "write one entry a line; ids with white space in them are rare",
};
const INVISIBLE: Oddity = Oddity {
    label: "there is an invisible character in this entry",
    help: "type the entry again: such characters come with a copy from a web page or a document",
};

const CARD_NUMBER: Oddity = Oddity {
    label: "this reads as a card number",
    help: "in messages, card numbers are replaced by tokens, unless `card_numbers.trusted_fields` \
           lists the field: list the token",
};

/// Warns of each entry that has no effect in this use, or hardly the one that is meant.
pub fn report(of: &ListUse, file: &ListFile, text: &ListText<'_>, out: &mut Diagnostics) {
    let mut found = 0;
    let mut last = None;
    for entry in text.entries() {
        let (never, odd) = (of.kind.form(entry.text).err(), oddity(entry.text, of.kind));
        if never.is_none() && odd.is_none() {
            continue;
        }
        found += 1;
        last = Some(entry.range.clone());
        if found > WARNINGS_MAX {
            continue;
        }
        let file = out.file(&file.path, text.text());
        let span = Span { file, start: entry.range.start, end: entry.range.end };
        let (field, shown) = (&of.field, shown(entry.text));
        let (code, message) = match never {
            Some(_) => ("dead-entry", format!("`{field}` is never `{shown}`")),
            None => ("odd-entry", format!("`{field}` is hardly ever `{shown}`")),
        };
        let (label, help) = match (odd, never) {
            (Some(odd), _) => (odd.label, odd.help.into()),
            (None, never) => {
                ("this entry matches nothing", never.map_or_else(Default::default, |it| it.help))
            }
        };
        out.warning(code, span, message).label(label).help(help);
    }
    if let Some(last) = last.filter(|_| found > WARNINGS_MAX) {
        let more = found - WARNINGS_MAX;
        let file = out.file(&file.path, text.text());
        let span = Span { file, start: last.start, end: last.end };
        out.warning("dead-entry", span, format!("{more} more entries of this list are like those"))
            .label("the last of them");
    }
}

fn shown(entry: &str) -> String {
    let mut shown: String = entry.chars().take(SHOWN_MAX).collect();
    if shown.len() < entry.len() {
        shown.push('…');
    }
    shown
}

fn oddity(entry: &str, kind: EntryKind) -> Option<Oddity> {
    let is_for_people = kind.is_for_people();
    let words = || entry.split_whitespace();
    if matches!(kind, EntryKind::Id | EntryKind::Name) && contains_card_number(entry.as_bytes()) {
        return Some(CARD_NUMBER);
    }
    if entry.chars().any(is_invisible) {
        return Some(INVISIBLE);
    }
    if words().count() > 1 && words().next_back().is_some_and(is_time) {
        return Some(SPACES_BEFORE_TIME);
    }
    if words().skip(1).any(|word| word == "#" || word.starts_with('#') && !is_for_people) {
        return Some(COMMENT);
    }
    if words().skip(1).any(|word| word == "//" || word == "--" && !is_for_people) {
        return Some(COMMENT);
    }
    let is_quote = |c: char| matches!(c, '"' | '\'' | '`' | '“' | '”');
    let quotes = (entry.starts_with(is_quote), entry.ends_with(is_quote));
    if quotes == (true, true) || (quotes.0 || quotes.1) && !is_for_people {
        return Some(QUOTES);
    }
    if is_csv(entry, is_for_people) {
        return Some(CSV);
    }
    (words().count() > 1 && !is_for_people).then_some(WHITE_SPACE)
}

/// A date as well: whoever writes one means a time until which the entry holds.
fn is_time(word: &str) -> bool {
    let is_date = |word: &str| {
        let parts: Vec<&str> = word.split('-').collect();
        let digits = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
        let [year, month, day] = parts[..] else { return false };
        [year, month, day].iter().all(digits) && (year.len(), month.len(), day.len()) == (4, 2, 2)
    };
    Time::parse_rfc3339(word).is_some() || is_date(word.split('T').next().unwrap_or(word))
}

/// In prose a space follows a comma.
fn is_csv(entry: &str, is_for_people: bool) -> bool {
    if !is_for_people {
        return entry.contains([',', ';']);
    }
    let after = |separator| entry.split(separator).skip(1);
    after(',').chain(after(';')).any(|rest| !rest.is_empty() && !rest.starts_with(' '))
}

/// Control characters, and those without a width or with one of a space that is none.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        )
}
