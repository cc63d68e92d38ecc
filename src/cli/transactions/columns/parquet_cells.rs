//! Reads a column of a row group in batches, and holds the cells of the current batch as text.

use super::parquet_format::{Format, write_time};
use crate::decode::Times;
use crate::transaction::Time;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{DataType, Int96};
use parquet::errors::ParquetError;
use std::io::Write;

/// The cells of a column for some rows in a row.
pub(super) struct ColumnCells {
    reader: ColumnReader,
    format: Format,
    cells: Cells,
}

/// Texts, one after the other.
#[derive(Default)]
struct Cells {
    /// The definition level of each row: the highest if there is a value.
    levels: Vec<i16>,
    max_level: i16,
    text: Vec<u8>,
    /// Where each cell is in `text`; `None` without a value.
    places: Vec<Option<(usize, usize)>>,
}

impl ColumnCells {
    /// A value has the definition level `max_level`.
    pub fn new(reader: ColumnReader, format: Format, max_level: i16) -> Self {
        Self { reader, format, cells: Cells { max_level, ..Cells::default() } }
    }

    /// Reads the next rows, up to `max`; returns how many.
    pub fn read(&mut self, max: usize) -> Result<usize, ParquetError> {
        let Self { reader, format, cells } = self;
        let format = *format;
        match reader {
            ColumnReader::BoolColumnReader(reader) => cells.fill(reader, max, |value, out| {
                out.extend_from_slice(if *value { b"true" } else { b"false" });
            }),
            ColumnReader::Int32ColumnReader(reader) => cells.fill(reader, max, |value, out| {
                let value = match format {
                    Format::Unsigned => value.cast_unsigned().into(),
                    _ => (*value).into(),
                };
                format.write_integer(value, out);
            }),
            ColumnReader::Int64ColumnReader(reader) => {
                cells.fill(reader, max, |value, out| format.write_integer(*value, out))
            }
            ColumnReader::Int96ColumnReader(reader) => {
                cells.fill(reader, max, |value, out| write_int96(value, format, out))
            }
            // Rust and Python write the same digits; NaN is how pandas writes that there is no value.
            ColumnReader::FloatColumnReader(reader) => cells.fill(reader, max, |value, out| {
                let _ = if value.is_nan() { Ok(()) } else { write!(out, "{value:?}") };
            }),
            ColumnReader::DoubleColumnReader(reader) => cells.fill(reader, max, |value, out| {
                let _ = if value.is_nan() { Ok(()) } else { write!(out, "{value:?}") };
            }),
            ColumnReader::ByteArrayColumnReader(reader) => {
                cells.fill(reader, max, |value, out| format.write_bytes(value.data(), out))
            }
            ColumnReader::FixedLenByteArrayColumnReader(reader) => {
                cells.fill(reader, max, |value, out| format.write_bytes(value.data(), out))
            }
        }
    }

    /// A cell of the current batch.
    pub fn cell(&self, row: usize) -> Option<&[u8]> {
        let (start, end) = (*self.cells.places.get(row)?)?;
        self.cells.text.get(start..end)
    }
}

/// A day and the nanoseconds of that day.
fn write_int96(value: &Int96, format: Format, out: &mut Vec<u8>) {
    let times = match format {
        Format::Timestamp { times, .. } => times,
        _ => Times::Rfc3339,
    };
    write_time(Time(value.to_millis()), times, out);
}

impl Cells {
    fn fill<T: DataType>(
        &mut self,
        reader: &mut ColumnReaderImpl<T>,
        max: usize,
        write: impl Fn(&T::T, &mut Vec<u8>),
    ) -> Result<usize, ParquetError> {
        self.levels.clear();
        self.text.clear();
        self.places.clear();
        let mut values = Vec::with_capacity(max);
        let (rows, ..) = reader.read_records(max, Some(&mut self.levels), None, &mut values)?;
        let mut values = values.iter();
        for row in 0..rows {
            // A column in which every row has a value has no levels.
            let level = self.levels.get(row).copied().unwrap_or(self.max_level);
            let value = if level == self.max_level { values.next() } else { None };
            self.places.push(value.map(|value| {
                let start = self.text.len();
                write(value, &mut self.text);
                (start, self.text.len())
            }));
        }
        Ok(rows)
    }
}
