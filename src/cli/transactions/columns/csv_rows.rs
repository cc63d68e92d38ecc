//! Reads the rows of a CSV file, plain or compressed. The first line has the names of the columns.

use super::super::input::LineInput;
use super::super::source::{Progress, ReadStep};
use super::csv_record::CsvRecord;
use super::mapping_error::{MappingError, MappingErrors};
use super::mapping_file::MappingFile;
use super::table::Rows;
use crate::kafka::LookupError;
use anyhow::{Context, bail};

const BYTE_ORDER_MARK: &str = "\u{feff}";
/// What separates columns where `delimiter` does not say so, if the name of the file ends in this.
const TAB_SUFFIX: &str = ".tsv";
/// Separators that a header without any delimiter is searched for.
const OTHER_DELIMITERS: [char; 4] = [';', ',', '\t', '|'];

/// An open CSV file.
pub(in super::super) struct CsvRows {
    input: LineInput,
    record: CsvRecord,
    names: Vec<String>,
    /// The number of the current row, for errors.
    row: u64,
}

impl CsvRows {
    /// Reads the header.
    pub fn open(mut input: LineInput, file: Option<&MappingFile>) -> anyhow::Result<Self> {
        let name = input.name();
        let is_tabbed = [".gz", ".zst"]
            .iter()
            .fold(name.as_str(), |name, suffix| name.strip_suffix(suffix).unwrap_or(name));
        let default = if is_tabbed.ends_with(TAB_SUFFIX) { b'\t' } else { b',' };
        let delimiter = file.and_then(|file| file.delimiter).unwrap_or(default);
        let mut record = CsvRecord::new(delimiter);
        let read = record.read(input.reader());
        if input.is_interrupted() {
            return Err(LookupError::Interrupted.into());
        }
        let has_header = read.with_context(|| format!("cannot read the first line of {name}"))?;
        let names: Vec<String> = (0..if has_header { record.cells() } else { 0 })
            .map(|at| String::from_utf8_lossy(record.cell(at).unwrap_or_default()))
            .map(|name| name.trim_start_matches(BYTE_ORDER_MARK).trim().to_owned())
            .collect();
        check_header(&names).map_err(|error| MappingErrors::one(&name, error))?;
        Ok(Self { input, record, names, row: 0 })
    }
}

fn check_header(names: &[String]) -> Result<(), MappingError> {
    match names {
        [] => Err(MappingError::NoHeader),
        [first, ..] if first.starts_with('{') => Err(MappingError::Json),
        [only] => match OTHER_DELIMITERS.into_iter().find(|other| only.contains(*other)) {
            Some(other) => Err(MappingError::WrongDelimiter(other)),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

impl Rows for CsvRows {
    fn name(&self) -> String {
        self.input.name()
    }

    fn columns(&self) -> &[String] {
        &self.names
    }

    fn advance(&mut self) -> anyhow::Result<ReadStep> {
        let read = self.record.read(self.input.reader());
        if self.input.is_interrupted() {
            return Ok(ReadStep::Interrupted);
        }
        let row = self.row + 1;
        if !read.with_context(|| format!("cannot read row {row} of {}", self.input.name()))? {
            return Ok(ReadStep::End);
        }
        self.row = row;
        let (cells, columns) = (self.record.cells(), self.names.len());
        if cells != columns {
            bail!(
                "row {row} of {} has {cells} cells, and the header has {columns}: a quote or a delimiter is \
                 wrong there, or the file is cut off",
                self.input.name()
            );
        }
        Ok(ReadStep::Record)
    }

    fn cell(&self, column: usize) -> Option<&[u8]> {
        self.record.cell(column)
    }

    fn may_wait(&mut self) -> bool {
        self.input.may_wait()
    }

    fn progress(&self) -> Progress {
        self.input.progress()
    }
}
