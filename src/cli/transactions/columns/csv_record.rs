//! Reads one CSV record after another, with bounded memory.
//!
//! The parser of the `csv` crate is used without its reader, which has no limit: a quote that is never
//! closed would make the rest of a file one cell.

use csv_core::ReadRecordResult;
use std::io::{self, BufRead};

/// The most bytes of all cells of a record.
const RECORD_MAX_BYTES: usize = 1024 * 1024;
const CELLS_MAX: usize = 10_000;

/// The cells of the current record.
pub(super) struct CsvRecord {
    parser: csv_core::Reader,
    bytes: Vec<u8>,
    /// Where each cell ends in `bytes`.
    ends: Vec<usize>,
    cells: usize,
}

impl CsvRecord {
    pub fn new(delimiter: u8) -> Self {
        let parser = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
        Self { parser, bytes: vec![0; 1024], ends: vec![0; 64], cells: 0 }
    }

    /// Reads the next record; false at the end of the input. Blank lines are skipped.
    pub fn read(&mut self, input: &mut impl BufRead) -> io::Result<bool> {
        let (mut length, mut cells) = (0, 0);
        loop {
            let available = input.fill_buf()?;
            let bytes = self.bytes.get_mut(length..).unwrap_or_default();
            let ends = self.ends.get_mut(cells..).unwrap_or_default();
            let (result, used, written, ended) = self.parser.read_record(available, bytes, ends);
            input.consume(used);
            length += written;
            cells += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => grow(&mut self.bytes, RECORD_MAX_BYTES)?,
                ReadRecordResult::OutputEndsFull => grow(&mut self.ends, CELLS_MAX)?,
                ReadRecordResult::Record => {
                    self.cells = cells;
                    return Ok(true);
                }
                ReadRecordResult::End => return Ok(false),
            }
        }
    }

    /// How many cells the record has.
    pub fn cells(&self) -> usize {
        self.cells
    }

    pub fn cell(&self, index: usize) -> Option<&[u8]> {
        if index >= self.cells {
            return None;
        }
        let start =
            index.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.bytes.get(start..*self.ends.get(index)?)
    }
}

fn grow<T: Clone + Default>(buffer: &mut Vec<T>, max: usize) -> io::Result<()> {
    if buffer.len() >= max {
        let text = format!("it has more than {max} bytes or cells; is a quote not closed?");
        return Err(io::Error::new(io::ErrorKind::InvalidData, text));
    }
    buffer.resize((buffer.len() * 2).min(max), T::default());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    fn records(text: &str, capacity: usize) -> io::Result<Vec<Vec<String>>> {
        let mut input = BufReader::with_capacity(capacity, text.as_bytes());
        let (mut record, mut records) = (CsvRecord::new(b','), Vec::new());
        while record.read(&mut input)? {
            let cell = |index| String::from_utf8(record.cell(index).unwrap().to_vec()).unwrap();
            records.push((0..record.cells()).map(cell).collect());
        }
        Ok(records)
    }

    #[track_caller]
    fn check(text: &str, expected: &[&[&str]]) {
        for capacity in [1, 2, 3, 7, 1024] {
            assert_eq!(records(text, capacity).unwrap(), expected, "{text:?} by {capacity}");
        }
    }

    #[test]
    fn records_end_at_line_ends_outside_quotes() {
        check("", &[]);
        check("a,b", &[&["a", "b"]]);
        check("a,b\r\n\r\n,\n", &[&["a", "b"], &["", ""]]);
        check("\"a\n1\",\"b\"\"c\"\nd", &[&["a\n1", "b\"c"], &["d"]]);
    }

    #[test]
    fn a_quote_that_is_not_closed_is_an_error() {
        let text = format!("a\n\"{}", "x,\n".repeat(RECORD_MAX_BYTES));
        assert!(records(&text, 4096).unwrap_err().to_string().contains("is a quote not closed?"));
        let many = ",".repeat(2 * CELLS_MAX);
        assert!(records(&many, 4096).is_err());
    }
}
