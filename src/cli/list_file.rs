//! Reads entries of lists from JSON Lines in the format of the lists topic.

use super::transactions::unpack;
use crate::decode::{DecodeSettings, ListDecoder, ListEntry, ListFault};
use crate::printable::Printable;
use crate::rules::{ScheduledLists, TooManyEntries};
use std::fmt::Write;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The most lines that are reported one by one.
const FAULTS_SHOWN_MAX: usize = 20;
/// Some editors write it at the start of a file.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Why a file of entries cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ListFileError {
    #[error("cannot read {path}: {source}")]
    Unreadable { path: String, source: io::Error },
    /// Has a line for each line that is wrong.
    #[error("{0}")]
    Invalid(String),
    #[error("{path}: {source}")]
    TooLarge { path: String, source: TooManyEntries },
}

/// The entries of a file, each at its time; none without a file.
pub fn scheduled(
    path: Option<&Path>,
    settings: &DecodeSettings,
) -> Result<ScheduledLists, ListFileError> {
    let Some(path) = path else { return Ok(ScheduledLists::default()) };
    let decoder = ListDecoder::new(settings);
    let entries = entries(path, |line| decoder.entry(line))?;
    let path = path.display().to_string();
    ScheduledLists::new(entries).map_err(|source| ListFileError::TooLarge { path, source })
}

/// The entries of a file, or every line that is wrong.
pub fn entries(
    path: &Path,
    entry_of: impl Fn(&[u8]) -> Result<ListEntry, ListFault>,
) -> Result<Vec<ListEntry>, ListFileError> {
    let text = text(path)?;
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let read =
        lines.map(|(number, line)| entry_of(line.as_bytes()).map_err(|fault| (number, fault)));
    all(path, read)
}

/// The text of a file, which may be compressed, without a byte order mark.
pub fn text(path: &Path) -> Result<String, ListFileError> {
    let read = || {
        let mut text = String::new();
        unpack(File::open(path)?)?.read_to_string(&mut text)?;
        Ok(text.strip_prefix(BYTE_ORDER_MARK).map(str::to_owned).unwrap_or(text))
    };
    let unreadable = |source| {
        let path = path.display().to_string();
        ListFileError::Unreadable { path, source }
    };
    read().map_err(unreadable)
}

/// All entries, or all faults, each with the number of its line.
pub fn all(
    path: &Path,
    read: impl Iterator<Item = Result<ListEntry, (usize, ListFault)>>,
) -> Result<Vec<ListEntry>, ListFileError> {
    let (mut entries, mut faults) = (Vec::new(), Vec::new());
    for one in read {
        match one {
            Ok(entry) => entries.push(entry),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() {
        return Ok(entries);
    }
    let path = path.display().to_string();
    let lines = faults.iter().take(FAULTS_SHOWN_MAX);
    let mut text = lines
        .map(|(number, fault)| format!("{}:{number}: {fault}", Printable(&path)))
        .collect::<Vec<_>>()
        .join("\n");
    let more = faults.len().saturating_sub(FAULTS_SHOWN_MAX);
    if more > 0 {
        // Writing to a String cannot fail.
        let _ = write!(text, "\nand {more} more lines are wrong");
    }
    Err(ListFileError::Invalid(text))
}
