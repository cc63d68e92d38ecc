//! Writes the table as Parquet: a row group at a time, which is held until it is full.
//!
//! Decimals are doubles, the nearest to each amount: what tools for training read without conversion.
//! Times are timestamps in milliseconds, in UTC.

use super::cell::{Cell, nearest_double};
use super::column::{Column, ColumnType};
use super::table_writer::TableWriter;
use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};
use std::io::{self, Write};
use std::sync::Arc;

const GROUP_ROWS: usize = 64 * 1024;

pub(super) struct ParquetWriter<W: Write + Send> {
    file: SerializedFileWriter<W>,
    columns: Vec<ColumnBuffer>,
    rows: usize,
}

/// The values of a column in the current row group.
struct ColumnBuffer {
    values: Values,
    /// 1 for each row with a value, 0 for each without; empty for a required column.
    levels: Vec<i16>,
    is_required: bool,
}

enum Values {
    Bool(Vec<bool>),
    Int(Vec<i64>),
    Double(Vec<f64>),
    Text(Vec<ByteArray>),
}

impl<W: Write + Send> ParquetWriter<W> {
    pub fn new(columns: &[Column], out: W) -> io::Result<Self> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(format!("redcard {}", env!("CARGO_PKG_VERSION")))
            .build();
        let schema = schema(columns).map_err(io::Error::other)?;
        let file = SerializedFileWriter::new(out, schema, Arc::new(properties));
        let columns = columns.iter().map(ColumnBuffer::new).collect();
        Ok(Self { file: file.map_err(io::Error::other)?, columns, rows: 0 })
    }

    fn write_group(&mut self) -> Result<(), ParquetError> {
        let mut group = self.file.next_row_group()?;
        for column in &mut self.columns {
            if let Some(mut writer) = group.next_column()? {
                column.write(&mut writer)?;
                writer.close()?;
            }
        }
        group.close()?;
        self.rows = 0;
        Ok(())
    }
}

impl<W: Write + Send> TableWriter for ParquetWriter<W> {
    fn row(&mut self, cells: &[Option<Cell>]) -> io::Result<()> {
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.push(cell.as_ref());
        }
        self.rows += 1;
        if self.rows == GROUP_ROWS { self.write_group().map_err(io::Error::other) } else { Ok(()) }
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        if self.rows > 0 {
            self.write_group().map_err(io::Error::other)?;
        }
        self.file.finish().map_err(io::Error::other)?;
        Ok(())
    }
}

fn schema(columns: &[Column]) -> Result<TypePtr, ParquetError> {
    let fields = columns.iter().map(|column| {
        let (physical, logical) = match column.ty {
            ColumnType::Bool => (Physical::BOOLEAN, None),
            ColumnType::Int => (Physical::INT64, None),
            ColumnType::Double | ColumnType::Decimal => (Physical::DOUBLE, None),
            ColumnType::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            ColumnType::Time => {
                (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MILLIS)))
            }
        };
        let repetition =
            if column.is_required { Repetition::REQUIRED } else { Repetition::OPTIONAL };
        let field = Type::primitive_type_builder(&column.name, physical)
            .with_logical_type(logical)
            .with_repetition(repetition)
            .build()?;
        Ok(Arc::new(field))
    });
    let fields = fields.collect::<Result<_, ParquetError>>()?;
    Ok(Arc::new(Type::group_type_builder("schema").with_fields(fields).build()?))
}

impl ColumnBuffer {
    fn new(column: &Column) -> Self {
        let values = match column.ty {
            ColumnType::Bool => Values::Bool(Vec::new()),
            ColumnType::Int | ColumnType::Time => Values::Int(Vec::new()),
            ColumnType::Double | ColumnType::Decimal => Values::Double(Vec::new()),
            ColumnType::Text => Values::Text(Vec::new()),
        };
        Self { values, levels: Vec::new(), is_required: column.is_required }
    }

    fn push(&mut self, cell: Option<&Cell>) {
        let is_there = cell.is_some_and(|cell| self.values.push(cell));
        if !self.is_required {
            self.levels.push(i16::from(is_there));
        }
    }

    fn write(&mut self, writer: &mut SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        let levels = (!self.is_required).then_some(&*self.levels);
        match &mut self.values {
            Values::Bool(values) => {
                writer.typed::<BoolType>().write_batch(values, levels, None)?;
                values.clear();
            }
            Values::Int(values) => {
                writer.typed::<Int64Type>().write_batch(values, levels, None)?;
                values.clear();
            }
            Values::Double(values) => {
                writer.typed::<DoubleType>().write_batch(values, levels, None)?;
                values.clear();
            }
            Values::Text(values) => {
                writer.typed::<ByteArrayType>().write_batch(values, levels, None)?;
                values.clear();
            }
        }
        self.levels.clear();
        Ok(())
    }
}

impl Values {
    /// Adds a value of the column's type; false for any other.
    fn push(&mut self, cell: &Cell) -> bool {
        match (self, cell) {
            (Self::Bool(values), Cell::Bool(flag)) => values.push(*flag),
            (Self::Int(values), Cell::Int(number)) => values.push(*number),
            (Self::Int(values), Cell::Time(time)) => values.push(time.millis()),
            (Self::Double(values), Cell::Double(number)) => values.push(*number),
            (Self::Double(values), Cell::Decimal(money)) => values.push(nearest_double(*money)),
            (Self::Text(values), Cell::Text(text)) => values.push(ByteArray::from(text.as_str())),
            _ => return false,
        }
        true
    }
}
