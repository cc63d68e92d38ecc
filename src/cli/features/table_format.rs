//! Chooses how the table is written: by the name of the output.

use super::column::Column;
use super::csv_writer::CsvWriter;
use super::parquet_writer::ParquetWriter;
use super::table_writer::{Sink, TableWriter};
use crate::cli::feature_error::FeatureError;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{self, Write};
use std::path::Path;

/// The level of the `zstd` program's default.
const ZSTD_LEVEL: i32 = 3;

/// The format of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TableFormat {
    Parquet,
    Csv,
    CsvGzip,
    CsvZstd,
}

impl TableFormat {
    const SUFFIXES: [(&str, Self); 4] = [
        (".parquet", Self::Parquet),
        (".csv", Self::Csv),
        (".csv.gz", Self::CsvGzip),
        (".csv.zst", Self::CsvZstd),
    ];

    pub fn of(path: &Path) -> Result<Self, FeatureError> {
        let name = path.to_string_lossy().to_ascii_lowercase();
        let found = Self::SUFFIXES.into_iter().find(|(suffix, _)| name.ends_with(suffix));
        found.map(|(_, format)| format).ok_or(FeatureError::Format)
    }

    /// Begins a table with these columns.
    pub fn writer<'o>(
        self,
        columns: &[Column],
        out: &'o mut (impl Write + Send),
    ) -> io::Result<Box<dyn TableWriter + 'o>> {
        Ok(match self {
            Self::Parquet => Box::new(ParquetWriter::new(columns, out)?),
            Self::Csv => Box::new(CsvWriter::new(columns, out)?),
            Self::CsvGzip => {
                let packed = GzEncoder::new(out, Compression::default());
                Box::new(CsvWriter::new(columns, Packed::Gzip(packed))?)
            }
            Self::CsvZstd => {
                let packed = zstd::Encoder::new(out, ZSTD_LEVEL)?;
                Box::new(CsvWriter::new(columns, Packed::Zstd(packed))?)
            }
        })
    }
}

/// A compressed output.
enum Packed<W: Write> {
    Gzip(GzEncoder<W>),
    Zstd(zstd::Encoder<'static, W>),
}

impl<W: Write> Write for Packed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Gzip(packed) => packed.write(bytes),
            Self::Zstd(packed) => packed.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Gzip(packed) => packed.flush(),
            Self::Zstd(packed) => packed.flush(),
        }
    }
}

impl<W: Write> Sink for Packed<W> {
    fn close(self) -> io::Result<()> {
        match self {
            Self::Gzip(packed) => packed.finish().map(drop),
            Self::Zstd(packed) => packed.finish().map(drop),
        }
    }
}
