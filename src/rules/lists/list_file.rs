//! Splits the text of a list file into its entries, each with its place.
//!
//! A line has one entry, optionally followed by a tab and the time until which it is valid. Empty lines
//! and lines that begin with `#` are skipped. This module does not know what an entry means: that
//! depends on the values that the list is compared with.

use super::super::diagnostics::{Diagnostics, Span};
use super::super::ruleset_files::ListFile;
use crate::transaction::{Time, TimeError};
use std::ops::Range;

const FOREVER: Time = Time(i64::MAX);

/// A parsed list file.
#[derive(Debug)]
pub struct ListText<'t> {
    text: &'t str,
    entries: Vec<(Range<usize>, Time)>,
}

/// An entry of a list file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'t> {
    /// Without surrounding white space.
    pub text: &'t str,
    /// Its bytes in the file.
    pub range: Range<usize>,
    /// The time until which it is valid.
    pub until: Time,
}

/// An entry of a list file that is not part of a ruleset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEntry {
    /// From 1.
    pub line: usize,
    /// Without surrounding white space.
    pub text: String,
    /// `None` if it has no end.
    pub until: Option<Time>,
}

impl<'t> ListText<'t> {
    /// Parses a list file, and reports invalid lines as errors.
    pub fn read(file: &ListFile, text: &'t str, out: &mut Diagnostics) -> Self {
        let mut list = Self { text, entries: Vec::new() };
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let after_tab = line.find('\t').map(|tab| tab + 1);
            let (entry, until) = line.split_once('\t').unwrap_or((line, ""));
            let (entry, until) =
                (trimmed(entry, start), trimmed(until, start + after_tab.unwrap_or(0)));
            start += line.len();
            let (is_blank, text_of) = (line.trim().is_empty(), |range: &Range<usize>| {
                text.get(range.clone()).unwrap_or("")
            });
            if is_blank || text_of(&entry).starts_with('#') {
                continue;
            }
            let time = text_of(&until);
            match end_time(time) {
                _ if entry.is_empty() => {
                    wrong(file, text, until, "there is no entry before this tab", out);
                }
                None if commented(time).is_some() => {
                    let (at, rest) = commented(time).unwrap_or((FOREVER, ""));
                    let file = out.file(&file.path, text);
                    let span = Span { file, start: until.end - rest.len(), end: until.end };
                    out.warning("odd-entry", span, "there is a comment after the time")
                        .label("this is ignored")
                        .help("put the comment on a separate line that begins with `#`");
                    list.entries.push((entry, at));
                }
                None if !time.is_empty() => {
                    let message = format!("`{time}` after the tab is not a time");
                    wrong(file, text, until, &message, out);
                }
                until => list.entries.push((entry, until.unwrap_or(FOREVER))),
            }
        }
        list
    }

    pub fn entries(&self) -> impl Iterator<Item = Entry<'t>> {
        self.entries.iter().map(|(range, until)| Entry {
            text: self.text.get(range.clone()).unwrap_or(""),
            range: range.clone(),
            until: *until,
        })
    }

    pub fn text(&self) -> &'t str {
        self.text
    }
}

/// The entries of a list file, or the errors of its lines.
pub fn entries_of_file(path: &str, text: &str) -> Result<Vec<FileEntry>, Diagnostics> {
    let mut out = Diagnostics::over(&[]);
    let (name, path) = (path.to_owned(), path.to_owned());
    let file = ListFile { name, path, text: Ok(String::new()) };
    let list = ListText::read(&file, text, &mut out);
    if out.has_errors() {
        return Err(out);
    }
    let (mut line, mut counted) = (1, 0);
    let entry = |entry: Entry<'_>| {
        let between = text.get(counted..entry.range.start).unwrap_or_default();
        line += between.matches('\n').count();
        counted = entry.range.start;
        let until = Some(entry.until).filter(|until| *until < FOREVER);
        FileEntry { line, text: entry.text.to_owned(), until }
    };
    Ok(list.entries().map(entry).collect())
}

/// Splits a time from the comment that follows it.
fn commented(text: &str) -> Option<(Time, &str)> {
    let (time, rest) = text.split_once([' ', '\t'])?;
    let rest = rest.trim_start();
    let is_comment = ["#", "//", "--"].iter().any(|mark| rest.starts_with(mark));
    Some((end_time(time).filter(|_| is_comment)?, rest))
}

/// The last year of transactions. Later end times, such as the usual 9999-12-31T23:59:59Z, never come.
const LAST_YEAR: &str = "2199";

/// Reads the time until which an entry is valid.
fn end_time(text: &str) -> Option<Time> {
    match Time::parse(text) {
        Ok(time) => Some(time),
        Err(TimeError::OutOfRange) => {
            text.get(..LAST_YEAR.len()).filter(|year| *year >= LAST_YEAR).map(|_| FOREVER)
        }
        Err(_) => None,
    }
}

fn trimmed(part: &str, start: usize) -> Range<usize> {
    let before = part.len() - part.trim_start().len();
    let text = part.trim();
    start + before..start + before + text.len()
}

fn wrong(file: &ListFile, text: &str, range: Range<usize>, message: &str, out: &mut Diagnostics) {
    let file = out.file(&file.path, text);
    out.error(Span { file, start: range.start, end: range.end }, message)
        .label("in this list")
        .help(
            "an entry, a tab, and the time until which it is valid, as in \
             `2026-01-05T10:00:00Z` (RFC 3339)",
        );
}
