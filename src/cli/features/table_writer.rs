//! What a table is written with, whatever its format.

use super::cell::Cell;
use std::io::{self, Write};

/// A table being written.
pub(super) trait TableWriter {
    /// Writes a row with a cell for each column.
    fn row(&mut self, cells: &[Option<Cell>]) -> io::Result<()>;

    /// Writes what belongs after the last row.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// What a CSV file is written to.
pub(super) trait Sink: Write {
    fn close(self) -> io::Result<()>;
}

impl<W: Write> Sink for &mut W {
    fn close(self) -> io::Result<()> {
        Ok(())
    }
}
