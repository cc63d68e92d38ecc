//! A table as a source of messages: each row becomes one.

use super::super::source::{Progress, ReadStep, TransactionSource};
use super::column_field::ColumnField;
use super::mapping::{Assignment, TableColumns, almost_fields, resolve};
use super::mapping_error::MappingErrors;
use super::mapping_file::MappingFile;
use super::template::Template;
use crate::cli::terminal;
use crate::decode::{Medium, Reason};
use crate::pipeline::Incoming;
use crate::printable::Printable;

/// A table whose rows are read one after the other.
pub(in super::super) trait Rows {
    /// The name of the table in messages.
    fn name(&self) -> String;

    /// The names of its columns.
    fn columns(&self) -> &[String];

    /// Prepares for reading these cells, and no others.
    fn select(&mut self, _assignments: &[Assignment]) -> Result<(), MappingErrors> {
        Ok(())
    }

    /// Advances to the next row.
    fn advance(&mut self) -> anyhow::Result<ReadStep>;

    /// The text of a cell of the current row; `None` without a value.
    fn cell(&self, column: usize) -> Option<&[u8]>;

    /// Whether advancing may have to wait for more input.
    fn may_wait(&mut self) -> bool {
        false
    }

    fn progress(&self) -> Progress;
}

/// An open table, positioned at one of its rows.
pub(in super::super) struct Table<R> {
    rows: R,
    template: Template,
    row: u64,
    /// The message of the current row.
    message: Vec<u8>,
}

impl<R: Rows> Table<R> {
    /// `F` is the kind of its messages. Without `file`, columns have the names of fields.
    pub fn new<F: ColumnField>(
        mut rows: R,
        file: Option<&MappingFile>,
        has_default_currency: bool,
    ) -> Result<Self, MappingErrors> {
        let table = rows.name();
        let columns = TableColumns { table: &table, names: rows.columns() };
        let assignments = resolve::<F>(columns, file, has_default_currency)?;
        if file.is_none_or(|file| file.columns.is_none()) {
            for (column, field) in almost_fields::<F>(rows.columns()) {
                let column = Printable(column);
                terminal::warning(format_args!(
                    "{table}: column `{column}` is not read; did you mean `{field}`?"
                ));
            }
        }
        rows.select(&assignments)?;
        let template = Template::new(assignments, file);
        Ok(Self { rows, template, row: 0, message: Vec::new() })
    }
}

impl<R: Rows> TransactionSource for Table<R> {
    fn advance(&mut self) -> anyhow::Result<ReadStep> {
        let step = self.rows.advance()?;
        if step == ReadStep::Record {
            self.row += 1;
            self.message.clear();
            self.template.write(|column| self.rows.cell(column), &mut self.message);
        }
        Ok(step)
    }

    fn incoming(&self) -> Incoming<'_> {
        Incoming::line(&self.message)
    }

    fn name(&self) -> String {
        self.rows.name()
    }

    /// Counts the rows after the header, from 1.
    fn place_of(&self, number: u64) -> String {
        format!("{}, row {number}", self.rows.name())
    }

    fn medium(&self) -> Option<Medium> {
        None
    }

    /// A table is no other format.
    fn hint(&self, _: Reason) -> Option<String> {
        None
    }

    fn number(&self) -> u64 {
        self.row
    }

    fn may_wait(&mut self) -> bool {
        self.rows.may_wait()
    }

    fn progress(&self) -> Progress {
        self.rows.progress()
    }

    /// The message is made from the row, so a position in it means nothing to a person.
    fn shows_positions(&self) -> bool {
        false
    }
}
