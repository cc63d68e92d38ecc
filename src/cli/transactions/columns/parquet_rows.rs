//! Reads the rows of a Parquet file: only the columns that are mapped, a batch of rows at a time.

use super::super::source::{Progress, ReadStep};
use super::mapping::{Assignment, Cell};
use super::mapping_error::{MappingError, MappingErrors};
use super::parquet_cells::ColumnCells;
use super::parquet_format::Format;
use super::table::Rows;
use crate::decode::Times;
use crate::printable::Printable;
use crate::transaction::FieldType;
use anyhow::{Context, anyhow, bail};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use std::fs::File;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How many rows are read at once.
const BATCH_ROWS: usize = 1024;
const MAGIC: &[u8; 4] = b"PAR1";

/// An open Parquet file.
pub(in super::super) struct ParquetRows {
    name: String,
    reader: SerializedFileReader<File>,
    /// How times are written for the decoder.
    times: Times,
    names: Vec<String>,
    /// The columns that are read, each with its index.
    selected: Vec<(usize, Format)>,
    /// The selected columns of the current row group, at their indices.
    columns: Vec<Option<ColumnCells>>,
    /// The next row group.
    group: usize,
    /// How many rows of the group are not read yet.
    group_left: usize,
    batch_rows: usize,
    /// The current row in the batch.
    row: usize,
    rows_read: u64,
    rows: u64,
    interrupted: Arc<AtomicBool>,
}

/// Whether a regular file begins as Parquet does.
pub(in super::super) fn is_parquet(path: &Path) -> bool {
    let mut magic = [0; MAGIC.len()];
    let is_regular = std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    let mut read = || File::open(path).and_then(|mut file| file.read_exact(&mut magic));
    is_regular && read().is_ok() && magic == *MAGIC
}

/// Reads with the library, which panics on some damaged files. What it leaves behind is not used again:
/// after an error, nothing more is read.
fn guarded<T>(read: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let damaged = |_| Err(anyhow!("the file is damaged"));
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(damaged)
}

impl ParquetRows {
    /// Reads the description of the file, which is at its end.
    pub fn open(path: &Path, times: Times, interrupted: Arc<AtomicBool>) -> anyhow::Result<Self> {
        let name = Printable(&path.display().to_string()).to_string();
        let file = File::open(path).with_context(|| format!("cannot open {name}"))?;
        let reader = guarded(|| Ok(SerializedFileReader::new(file)?))
            .with_context(|| format!("cannot read {name}: it is not a complete Parquet file"))?;
        let metadata = reader.metadata().file_metadata();
        let columns = metadata.schema_descr().columns();
        let names = columns.iter().map(|column| column.path().parts().join(".")).collect();
        let rows = u64::try_from(metadata.num_rows()).unwrap_or(0);
        Ok(Self {
            name,
            times,
            names,
            selected: Vec::new(),
            columns: Vec::new(),
            group: 0,
            group_left: 0,
            batch_rows: 0,
            row: 0,
            rows_read: 0,
            rows,
            interrupted,
            reader,
        })
    }

    /// The formats of the columns with cells, in their order.
    fn formats(&self, assignments: &[Assignment]) -> Result<Vec<(usize, Format)>, MappingErrors> {
        let schema = self.reader.metadata().file_metadata().schema_descr();
        let mut errors = MappingErrors::default();
        let mut selected: Vec<(usize, Format)> = Vec::new();
        for (at, column) in schema.columns().iter().enumerate() {
            let has = |field: &Assignment| matches!(field.cell, Cell::Column { index, .. } if index == at);
            let mut fields = assignments.iter().filter(|field| has(field)).peekable();
            if fields.peek().is_none() {
                continue;
            }
            let is_time = fields.any(|field| field.ty == FieldType::Time);
            let times = if is_time { self.times } else { Times::default() };
            match Format::of(column, times) {
                // A day as a time is its first moment.
                Ok(Format::Date) if is_time => selected.push((at, Format::midnight(times))),
                Ok(format) => selected.push((at, format)),
                Err(found) => {
                    let column = column.path().parts().join(".");
                    errors.push(&self.name, MappingError::Type { column, found });
                }
            }
        }
        errors.unless_empty(selected)
    }

    /// Opens the columns of the next row group; false after the last one.
    fn open_group(&mut self) -> Result<bool, ParquetError> {
        if self.group >= self.reader.num_row_groups() {
            return Ok(false);
        }
        let group = self.reader.get_row_group(self.group)?;
        let schema = group.metadata().schema_descr_ptr();
        self.columns = self.names.iter().map(|_| None).collect();
        for (at, format) in &self.selected {
            let reader = group.get_column_reader(*at)?;
            let cells = ColumnCells::new(reader, *format, schema.column(*at).max_def_level());
            if let Some(column) = self.columns.get_mut(*at) {
                *column = Some(cells);
            }
        }
        self.group_left = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
        self.group += 1;
        Ok(true)
    }

    /// Reads the next rows of the group.
    fn read_batch(&mut self) -> anyhow::Result<()> {
        let wanted = self.group_left.min(BATCH_ROWS);
        for (at, column) in self.columns.iter_mut().enumerate() {
            let Some(column) = column else { continue };
            let name = self.names.get(at).map_or("", String::as_str);
            let read = column.read(wanted);
            let rows = read.with_context(|| format!("cannot read column `{}`", Printable(name)))?;
            if rows != wanted {
                bail!("column `{}` has fewer rows than the others", Printable(name));
            }
        }
        self.group_left -= wanted;
        (self.batch_rows, self.row) = (wanted, 0);
        Ok(())
    }

    fn next_row(&mut self) -> anyhow::Result<bool> {
        self.row += 1;
        let has_row = self.row < self.batch_rows || guarded(|| self.next_batch())?;
        self.rows_read += u64::from(has_row);
        Ok(has_row)
    }

    /// Reads the next batch that has a row; false at the end.
    fn next_batch(&mut self) -> anyhow::Result<bool> {
        while self.row >= self.batch_rows {
            if self.group_left == 0 && !self.open_group()? {
                return Ok(false);
            }
            self.read_batch()?;
        }
        Ok(true)
    }
}

impl Rows for ParquetRows {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn columns(&self) -> &[String] {
        &self.names
    }

    fn select(&mut self, assignments: &[Assignment]) -> Result<(), MappingErrors> {
        self.selected = self.formats(assignments)?;
        Ok(())
    }

    fn advance(&mut self) -> anyhow::Result<ReadStep> {
        if self.interrupted.load(Ordering::Relaxed) {
            return Ok(ReadStep::Interrupted);
        }
        let has_row = self
            .next_row()
            .with_context(|| format!("cannot read {} after row {}", self.name, self.rows_read))?;
        Ok(if has_row { ReadStep::Record } else { ReadStep::End })
    }

    fn cell(&self, column: usize) -> Option<&[u8]> {
        self.columns.get(column)?.as_ref()?.cell(self.row)
    }

    fn progress(&self) -> Progress {
        Progress::rows(self.rows_read, self.rows)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::source::TransactionSource;
    use super::super::table::Table;
    use super::*;
    use crate::transaction::Field;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// How many rows can be read of a file, or an error.
    fn read(path: &Path) -> anyhow::Result<u64> {
        let rows = ParquetRows::open(path, Times::default(), Arc::default())?;
        let mut table = Table::new::<Field>(rows, None, false)?;
        while table.advance()? == ReadStep::Record {}
        Ok(table.number())
    }

    #[test]
    fn a_damaged_file_is_an_error_or_other_values_and_never_a_panic() {
        let folder = tempfile::tempdir().unwrap();
        let damaged = folder.path().join("damaged.parquet");
        let tables = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables");
        for (name, rows) in [("nested.parquet", 120), ("old.parquet", 120), ("paths.parquet", 120)]
        {
            assert_eq!(read(&tables.join(name)).unwrap(), rows);
            let whole = std::fs::read(tables.join(name)).unwrap();
            for seed in 0..200 {
                let mut random = ChaCha8Rng::seed_from_u64(seed);
                let mut bytes = whole.clone();
                for _ in 0..random.random_range(1..8) {
                    let at = random.random_range(MAGIC.len()..bytes.len());
                    bytes[at] = random.random();
                }
                std::fs::write(&damaged, bytes).unwrap();
                // Printed if the reading panics.
                println!("{name}, seed {seed}");
                let _ = read(&damaged);
            }
        }
    }
}
