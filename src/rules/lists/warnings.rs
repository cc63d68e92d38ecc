//! Warns about list entries that match nothing, and about entries that are probably mistakes.
//!
//! A list may have several names, and may be compared with several fields. An entry is reported only
//! if it is doubtful for all of them.

use super::super::diagnostics::{Diagnostics, Span};
use super::super::ruleset_files::ListFile;
use super::super::values::{Suspicion, ValueKind, ValueOrigin, message, suspicion};
use super::list_file::{Entry, ListText};
use super::list_use::ListUse;

/// How many entries of a list are reported one by one. One more warning counts the rest.
const WARNINGS_MAX: usize = 100;

/// The lists of a ruleset, in its order; `None` for a list that cannot be read.
pub type Lists<'s> = [Option<(&'s ListFile, ListText<'s>)>];

/// What a list is compared with: each kind of value, with the first field of that kind.
type Compared<'u> = Vec<(ValueKind, Option<&'u str>)>;

/// Reports the entries of all lists that have no effect, or probably not the intended one.
pub fn report(uses: &[ListUse], lists: &Lists<'_>, out: &mut Diagnostics) {
    let path = |list: usize| lists.get(list)?.as_ref().map(|(file, _)| &file.path);
    for (at, (file, text)) in
        lists.iter().enumerate().filter_map(|(at, list)| Some((at, list.as_ref()?)))
    {
        let is_repeated = lists.iter().take(at).flatten().any(|(other, _)| other.path == file.path);
        if is_repeated {
            continue;
        }
        let mut compared = Compared::new();
        let uses = uses.iter().filter(|of| of.entry.is_none());
        for of in uses.filter(|of| path(of.list) == Some(&file.path)) {
            if !compared.iter().any(|(kind, _)| *kind == of.kind) {
                compared.push((of.kind, of.field));
            }
        }
        if !compared.is_empty() {
            report_list(&compared, file, text, out);
        }
    }
}

fn report_list(
    compared: &Compared<'_>,
    file: &ListFile,
    text: &ListText<'_>,
    out: &mut Diagnostics,
) {
    let mut found = 0;
    let mut last = None;
    for entry in text.entries() {
        let Some(suspicions) = suspicions(compared, &entry) else { continue };
        found += 1;
        last = Some(entry.range.clone());
        if found <= WARNINGS_MAX {
            let file = out.file(&file.path, text.text());
            let span = Span { file, start: entry.range.start, end: entry.range.end };
            report_entry(compared, &entry, &suspicions, span, out);
        }
    }
    if let Some(last) = last.filter(|_| found > WARNINGS_MAX) {
        let more = found - WARNINGS_MAX;
        let file = out.file(&file.path, text.text());
        let span = Span { file, start: last.start, end: last.end };
        out.warning("dead-entry", span, format!("{more} more entries of this list are like those"))
            .label("the last of them");
    }
}

/// Why an entry is doubtful for each kind of value; `None` if it is fine for at least one.
fn suspicions(compared: &Compared<'_>, entry: &Entry<'_>) -> Option<Vec<Suspicion>> {
    compared.iter().map(|(kind, _)| suspicion(*kind, entry.text, ValueOrigin::ListEntry)).collect()
}

fn report_entry(
    compared: &Compared<'_>,
    entry: &Entry<'_>,
    suspicions: &[Suspicion],
    span: Span,
    out: &mut Diagnostics,
) {
    let is_certain = suspicions.iter().all(|suspicion| suspicion.is_certain);
    let alike: Vec<(&Suspicion, Option<&str>)> = suspicions
        .iter()
        .zip(compared)
        .filter(|(suspicion, _)| suspicion.is_certain == is_certain)
        .map(|(suspicion, (_, field))| (suspicion, *field))
        .collect();
    let Some((first, _)) = alike.first() else { return };
    let is_shared = alike.iter().all(|(suspicion, _)| suspicion.help == first.help);
    let help = match is_shared {
        true => first.help.to_string(),
        false => {
            let of = |(suspicion, field): &(&Suspicion, Option<&str>)| {
                format!("`{}`: {}", field.unwrap_or("…"), suspicion.help)
            };
            alike.iter().map(of).collect::<Vec<_>>().join("; ")
        }
    };
    let fields: Vec<&str> = alike.iter().filter_map(|(_, field)| *field).collect();
    let code = if is_certain { "dead-entry" } else { "odd-entry" };
    out.warning(code, span, message(&fields, entry.text, is_certain)).label(first.label).help(help);
}
