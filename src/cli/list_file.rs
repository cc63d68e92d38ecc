//! Reads entries of lists from JSON Lines in the format of the lists topic. A first signal ends that.

use super::transactions::LineInput;
use crate::decode::{DecodeSettings, ListDecoder, ListEntry, ListFault};
use crate::rules::{ScheduledLists, TooManyEntries};
use std::fmt::Write;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The most lines that are reported one by one.
const FAULTS_SHOWN_MAX: usize = 20;
/// Some editors write it at the start of a file.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Why a file of entries cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ListFileError {
    #[error("{0}")]
    Unopened(#[from] anyhow::Error),
    #[error("cannot read {name}: {source}")]
    Unreadable { name: String, source: io::Error },
    #[error("interrupted")]
    Interrupted,
    /// Has a line for each line that is wrong.
    #[error("{0}")]
    Invalid(String),
    #[error("{name}: {source}")]
    TooLarge { name: String, source: TooManyEntries },
}

/// The text of a file, without a byte order mark.
pub struct FileText {
    /// The name of the file in messages.
    pub name: String,
    pub text: String,
}

/// The entries of a file, each at its time; none without a file. Reading it ends soon after
/// `interrupted` is set.
pub fn scheduled(
    path: Option<&Path>,
    settings: &DecodeSettings,
    interrupted: &Arc<AtomicBool>,
) -> Result<ScheduledLists, ListFileError> {
    let Some(path) = path else { return Ok(ScheduledLists::default()) };
    let decoder = ListDecoder::new(settings);
    let file = FileText::read(path, interrupted)?;
    let entries = file.entries(|line| decoder.entry(line))?;
    ScheduledLists::new(entries)
        .map_err(|source| ListFileError::TooLarge { name: file.name, source })
}

impl FileText {
    /// Reads a file, which may be compressed; `-` is standard input.
    pub fn read(path: &Path, interrupted: &Arc<AtomicBool>) -> Result<Self, ListFileError> {
        let mut input = LineInput::open(path, Arc::clone(interrupted))?;
        let (name, mut text) = (input.name(), String::new());
        let read = input.reader().read_to_string(&mut text);
        if input.is_interrupted() {
            return Err(ListFileError::Interrupted);
        }
        match read {
            Err(source) => Err(ListFileError::Unreadable { name, source }),
            Ok(_) => {
                let text = text.strip_prefix(BYTE_ORDER_MARK).map(str::to_owned).unwrap_or(text);
                Ok(Self { name, text })
            }
        }
    }

    /// The entries of its lines, or every line that is wrong.
    pub fn entries(
        &self,
        entry_of: impl Fn(&[u8]) -> Result<ListEntry, ListFault>,
    ) -> Result<Vec<ListEntry>, ListFileError> {
        let lines = (1..).zip(self.text.lines()).filter(|(_, line)| !line.trim().is_empty());
        let read =
            lines.map(|(number, line)| entry_of(line.as_bytes()).map_err(|fault| (number, fault)));
        all(&self.name, read)
    }
}

/// All entries, or all faults, each with the number of its line.
pub fn all(
    name: &str,
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
    let lines = faults.iter().take(FAULTS_SHOWN_MAX);
    let mut text = lines
        .map(|(number, fault)| format!("{name}:{number}: {fault}"))
        .collect::<Vec<_>>()
        .join("\n");
    let more = faults.len().saturating_sub(FAULTS_SHOWN_MAX);
    if more > 0 {
        // Writing to a String cannot fail.
        let _ = write!(text, "\nand {more} more lines are wrong");
    }
    Err(ListFileError::Invalid(text))
}
