//! The files of a ruleset as read, not yet parsed.

/// The files of a ruleset as read, not yet parsed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sources {
    /// Rules files, sorted by name.
    pub files: Vec<SourceFile>,
    /// The files that the ruleset names: one for each list, then those of its test cases.
    pub lists: Vec<ListFile>,
}

/// A rules file: TOML, not checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// The path to show to people, such as `config/rules/travel.toml`.
    pub name: String,
    /// The whole content. Spans of diagnostics count its bytes.
    pub text: String,
}

/// A text file that a ruleset names: a list under `[lists]`, with one entry per line, or labels or
/// entries of lists that a test case names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListFile {
    /// The path as written in the ruleset.
    pub name: String,
    /// The path to show to people, such as `config/rules/merchants.txt`.
    pub path: String,
    /// The content. A read error is reported at the place where the ruleset names the file.
    pub text: Result<String, ListError>,
}

/// Why a file cannot be read, in the operating system's words. Unlike `io::Error` it can be
/// compared, so two reads of the same files compare equal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ListError(pub(in crate::rules) String);

/// A ruleset path that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {path}: {source}")]
pub struct ReadError {
    /// The path to show to people, of the file or folder that cannot be read.
    pub path: String,
    /// What the operating system reports, or that a folder has no rules file.
    pub source: std::io::Error,
}
