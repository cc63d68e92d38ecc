//! Collects the errors and lints of a ruleset, each with its place, and renders them as text.
//!
//! It knows nothing about rules: a [`Diagnostic`] is a place in a file, what is wrong, and what to
//! do. Card numbers in a file, such as in a `[[test]]`, are never quoted. Invisible characters are
//! made visible.

use super::ruleset_files::SourceFile;
use crate::decode::{blank_card_numbers, mask_card_numbers};
use crate::printable::{self, Printable, PrintableLines};
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};
use std::fmt;
use std::ops::Range;

/// A range of bytes in one of the ruleset's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Span {
    /// Index into [`super::ruleset_files::Sources::files`].
    pub file: usize,
    /// In bytes from the start of the file.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
}

impl Span {
    /// The smallest span that covers both.
    pub(super) fn to(self, other: Span) -> Span {
        Span { end: self.end.max(other.end), start: self.start.min(other.start), ..self }
    }
}

/// How grave a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grade {
    /// The ruleset does not compile.
    Error,
    /// A lint: the ruleset compiles, but a part of it probably does not do what its author meant.
    Warning,
}

/// A place in a file, with the lines and columns that people and editors use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The [`SourceFile::name`].
    pub file: String,
    /// In bytes.
    pub span: Range<usize>,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// The line of the last character, from 1.
    pub end_line: usize,
    /// The column of the first character after the place.
    pub end_column: usize,
}

/// One error or lint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether the ruleset compiles in spite of it.
    pub grade: Grade,
    /// The name of a lint; errors have none.
    pub code: Option<&'static str>,
    /// The faulty text, which the caret is under.
    pub place: Place,
    /// What is wrong, in one line.
    pub message: String,
    /// Shown at the caret.
    pub label: String,
    /// What to write instead, or to do; `None` if that is evident.
    pub help: Option<String>,
    /// Other places that it refers to, each with the label at its caret.
    pub related: Vec<(Place, String)>,
}

/// All errors and lints of a ruleset, rendered in the style of rustc.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics {
    entries: Vec<Diagnostic>,
    files: Vec<SourceFile>,
}

impl Diagnostics {
    pub(crate) fn over(files: &[SourceFile]) -> Self {
        let shown = |file: &SourceFile| SourceFile {
            name: Printable(&file.name).into_cow().into_owned(),
            text: printable::marked(&blanked(&file.text)).into_owned(),
        };
        Self { entries: Vec::new(), files: files.iter().map(shown).collect() }
    }

    /// The index of another file, which is added if it is not known yet.
    pub(super) fn file(&mut self, name: &str, text: &str) -> usize {
        self.files.iter().position(|file| file.name == name).unwrap_or_else(|| {
            self.files.push(SourceFile { name: name.to_owned(), text: blanked(text) });
            self.files.len() - 1
        })
    }

    /// Whether there is neither an error nor a lint.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// By file and place, once compiling has sorted them.
    pub fn entries(&self) -> &[Diagnostic] {
        &self.entries
    }

    /// Why the ruleset does not compile; none if it does.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.entries.iter().filter(|entry| entry.grade == Grade::Error)
    }

    /// The lints. A ruleset with errors may have some too.
    pub fn warnings(&self) -> impl Iterator<Item = &Diagnostic> {
        self.entries.iter().filter(|entry| entry.grade == Grade::Warning)
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.errors().next().is_some()
    }

    /// Whether an error begins within a span.
    pub(super) fn has_error_in(&self, span: Span) -> bool {
        let Some(file) = self.files.get(span.file) else { return false };
        let places = self.errors().map(|error| &error.place);
        places
            .filter(|place| place.file == file.name)
            .any(|place| (span.start..span.end).contains(&place.span.start))
    }

    /// Whether a condition around a span is already reported as always or never true, with this
    /// help.
    pub(super) fn has_certain_condition(&self, span: Span, help: &str) -> bool {
        let (place, help) = (self.place(span), quotable(help));
        self.warnings().any(|warning| {
            matches!(warning.code, Some("never-true" | "always-true"))
                && warning.help.as_ref() == Some(&help)
                && warning.place.file == place.file
                && warning.place.span.start <= place.span.start
                && place.span.end <= warning.place.span.end
        })
    }

    pub(crate) fn error(&mut self, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        self.push(Grade::Error, None, span, message.into())
    }

    /// Adds a lint; `code` is its name.
    pub(super) fn warning(
        &mut self,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.push(Grade::Warning, Some(code), span, message.into())
    }

    fn push(
        &mut self,
        grade: Grade,
        code: Option<&'static str>,
        span: Span,
        message: String,
    ) -> &mut Diagnostic {
        let place = self.place(span);
        let (label, help, related) = (String::new(), None, Vec::new());
        let message = quotable(message);
        self.entries.push_mut(Diagnostic { grade, code, place, message, label, help, related })
    }

    /// Widens a span to whole characters: the parser counts bytes, so an end may be inside a
    /// character.
    fn whole_characters(&self, span: Span) -> Range<usize> {
        let (start, end) = (span.start, span.end.max(span.start));
        match self.files.get(span.file) {
            Some(file) => file.text.floor_char_boundary(start)..file.text.ceil_char_boundary(end),
            None => start..end,
        }
    }

    pub(super) fn place(&self, span: Span) -> Place {
        let file = self.files.get(span.file);
        let text = file.map_or("", |file| file.text.as_str());
        let span = self.whole_characters(span);
        let ((line, column), (end_line, end_column)) =
            (line_and_column(text, span.start), line_and_column(text, span.end));
        let file = file.map_or_else(String::new, |file| file.name.clone());
        Place { file, span, line, column, end_line, end_column }
    }

    /// Adds what another check found in the same files.
    pub(crate) fn join(&mut self, other: Self) {
        if self.files.is_empty() {
            self.files = other.files;
        }
        self.entries.extend(other.entries);
        self.sort();
    }

    /// Sorts by place, so that they read from top to bottom, and removes repeated ones.
    pub(crate) fn sort(&mut self) {
        let order = |name: &str| self.files.iter().position(|file| file.name == name);
        let mut entries = std::mem::take(&mut self.entries);
        entries.sort_by_key(|entry| (order(&entry.place.file), entry.place.span.start));
        entries.dedup();
        self.entries = entries;
    }

    /// Renders for a terminal (`color`) or as plain text; empty if there are no diagnostics.
    pub fn render(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.decor_style(DecorStyle::Ascii);
        let mut out = String::new();
        for entry in &self.entries {
            out.push_str(&renderer.render(&self.report(entry)));
            out.push_str("\n\n");
        }
        out
    }

    fn report<'d>(&'d self, entry: &'d Diagnostic) -> Vec<Group<'d>> {
        let level = match entry.grade {
            Grade::Error => Level::ERROR,
            Grade::Warning => Level::WARNING,
        };
        let title = level.primary_title(entry.message.as_str());
        let title = match entry.code {
            Some(code) => title.id(code),
            None => title,
        };
        let mut group = Group::with_title(title);
        for snippet in self.snippets(entry) {
            group = group.element(snippet);
        }
        if let Some(help) = &entry.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        vec![group]
    }

    /// A snippet of each file that the entry refers to, its own file first.
    fn snippets<'d>(&'d self, entry: &'d Diagnostic) -> Vec<Snippet<'d, Annotation<'d>>> {
        let own = AnnotationKind::Primary.span(entry.place.span.clone()).label(&entry.label);
        let mut marks = vec![(entry.place.file.as_str(), own)];
        for (place, label) in &entry.related {
            let mark = AnnotationKind::Context.span(place.span.clone()).label(label);
            marks.push((&place.file, mark));
        }
        let own_first = |file: &&SourceFile| file.name != entry.place.file;
        let mut files: Vec<&SourceFile> = self.files.iter().collect();
        files.sort_by_key(own_first);
        let snippets = files.into_iter().filter_map(|file| {
            let mut of_file = marks.iter().filter(|(name, _)| *name == file.name).peekable();
            of_file.peek()?;
            let snippet = Snippet::source(file.text.as_str()).path(file.name.as_str());
            Some(snippet.annotations(of_file.map(|(_, mark)| mark.clone())))
        });
        snippets.collect()
    }
}

/// A file with its card numbers blanked. This works line by line, so that lines keep their places
/// and a column of short numbers is not mistaken for a card number.
fn blanked(text: &str) -> String {
    text.split_inclusive('\n').map(blank_card_numbers).collect()
}

/// Masks card numbers and escapes invisible characters in a text that may quote a file.
fn quotable(text: impl Into<String>) -> String {
    PrintableLines(&mask_card_numbers(&text.into())).to_string()
}

/// Both count from 1; the column is in characters.
fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Diagnostics {}

impl Diagnostic {
    pub(crate) fn label(&mut self, label: impl Into<String>) -> &mut Self {
        self.label = quotable(label);
        self
    }

    pub(crate) fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(quotable(help));
        self
    }

    pub(super) fn related(&mut self, place: Place, label: impl Into<String>) -> &mut Self {
        self.related.push((place, quotable(label)));
        self
    }
}

/// The known name that an unknown one was most likely meant to be, if any is similar enough.
pub fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    const ALIKE: f64 = 0.75;
    let scored = known.into_iter().map(|known| (strsim::jaro_winkler(name, known), known));
    scored.filter(|(score, _)| *score >= ALIKE).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, k)| k)
}
