//! Writes the table as CSV (RFC 4180, with line feeds). A cell without a value is empty; an empty text
//! is `""`. Decimals are exact, and times are RFC 3339.

use super::cell::Cell;
use super::column::Column;
use super::table_writer::{Sink, TableWriter};
use crate::rules::decimal;
use std::io::{self, Write};

pub(super) struct CsvWriter<S> {
    out: S,
    /// The row being written.
    line: Vec<u8>,
}

impl<S: Sink> CsvWriter<S> {
    pub fn new(columns: &[Column], mut out: S) -> io::Result<Self> {
        let mut line = Vec::new();
        for column in columns {
            push_text(&column.name, &mut line);
            line.push(b',');
        }
        end_line(&mut line);
        out.write_all(&line)?;
        Ok(Self { out, line })
    }
}

impl<S: Sink> TableWriter for CsvWriter<S> {
    fn row(&mut self, cells: &[Option<Cell>]) -> io::Result<()> {
        self.line.clear();
        for cell in cells {
            match cell {
                None => {}
                Some(Cell::Bool(flag)) => write!(self.line, "{flag}")?,
                Some(Cell::Int(number)) => write!(self.line, "{number}")?,
                Some(Cell::Double(number)) => write!(self.line, "{number:?}")?,
                Some(Cell::Decimal(money)) => {
                    self.line.extend_from_slice(decimal(*money).as_bytes())
                }
                Some(Cell::Text(text)) => push_text(text, &mut self.line),
                Some(Cell::Time(time)) => time.write_rfc3339(&mut self.line),
            }
            self.line.push(b',');
        }
        end_line(&mut self.line);
        self.out.write_all(&self.line)
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        self.out.close()
    }
}

/// The last comma becomes a line feed.
fn end_line(line: &mut Vec<u8>) {
    line.pop();
    line.push(b'\n');
}

fn push_text(text: &str, line: &mut Vec<u8>) {
    let needs_quotes = text.is_empty() || text.contains([',', '"', '\n', '\r']);
    if !needs_quotes {
        return line.extend_from_slice(text.as_bytes());
    }
    line.push(b'"');
    line.extend_from_slice(text.replace('"', "\"\"").as_bytes());
    line.push(b'"');
}
