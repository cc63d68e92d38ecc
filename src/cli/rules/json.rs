//! Serializes diagnostics as JSON, one per line; docs/reference/command-line.md describes the fields.

use super::ruleset::RulesetSources;
use crate::cli::format::Format;
use crate::cli::output;
use crate::cli::settings::RulesError;
use crate::rules::{Diagnostic, Diagnostics, Grade, Place, ReadError, SourceFile, Span};
use serde::Serialize;

#[derive(Serialize)]
struct DiagnosticLine<'d> {
    severity: &'static str,
    code: Option<&'static str>,
    message: &'d str,
    #[serde(flatten)]
    place: Region<'d>,
    label: &'d str,
    help: Option<&'d str>,
    related: Vec<Related<'d>>,
}

#[derive(Serialize)]
struct Region<'d> {
    file: &'d str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    byte_start: usize,
    byte_end: usize,
}

#[derive(Serialize)]
struct Related<'d> {
    label: &'d str,
    #[serde(flatten)]
    place: Region<'d>,
}

/// In JSON output, unreadable rules are a result; other errors are not about the rules.
pub fn or_unreadable(
    read: anyhow::Result<RulesetSources>,
    format: Format,
) -> anyhow::Result<RulesetSources> {
    if let (Err(error), Format::Json) = (&read, format)
        && let Some(RulesError::Unreadable(unreadable)) = error.downcast_ref()
    {
        output::json(&self::unreadable(unreadable)?)?;
    }
    read
}

/// An error at the start of the file that should contain the rules.
fn unreadable(error: &ReadError) -> serde_json::Result<String> {
    let nothing = SourceFile { name: error.path.clone(), text: String::new() };
    let mut found = Diagnostics::over(&[nothing]);
    found.error(Span::default(), error.to_string());
    lines(&found)
}

/// All diagnostics.
pub fn lines(found: &Diagnostics) -> serde_json::Result<String> {
    found.entries().iter().map(|entry| Ok(line(entry)? + "\n")).collect()
}

/// One diagnostic, without a line end.
fn line(entry: &Diagnostic) -> serde_json::Result<String> {
    let related = entry.related.iter();
    serde_json::to_string(&DiagnosticLine {
        severity: match entry.grade {
            Grade::Error => "error",
            Grade::Warning => "warning",
        },
        code: entry.code,
        message: &entry.message,
        place: region(&entry.place),
        label: &entry.label,
        help: entry.help.as_deref(),
        related: related.map(|(place, label)| Related { label, place: region(place) }).collect(),
    })
}

fn region(place: &Place) -> Region<'_> {
    Region {
        file: &place.file,
        line: place.line,
        column: place.column,
        end_line: place.end_line,
        end_column: place.end_column,
        byte_start: place.span.start,
        byte_end: place.span.end,
    }
}
