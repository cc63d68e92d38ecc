//! Reads tables, CSV and Parquet: each row becomes one JSON message for the same decoder that reads
//! lines, so that every check and every reason is the same.
//!
//! ```text
//! mapping_file.rs: what --columns says ─┐
//! csv_rows.rs, parquet_rows.rs ─────────┴─▶ mapping.rs: which cell is which field
//!        │ a row's cells, as text                 │
//!        └─▶ table.rs ─▶ template.rs, value.rs ◀──┘  one JSON message
//! ```
//!
//! Cells are text, in Parquet as well: a decimal or a double is written as CSV would have it. Nothing
//! here knows what a field means; that is left to the decoder.

mod column_field;
mod csv_record;
mod csv_rows;
mod mapping;
mod mapping_error;
mod mapping_file;
mod parquet_cells;
mod parquet_format;
mod parquet_rows;
mod table;
mod template;
mod value;

pub(super) use column_field::ColumnField;
pub(super) use csv_rows::CsvRows;
pub(crate) use mapping_error::MappingErrors;
pub(crate) use mapping_file::MappingFile;
pub(super) use parquet_rows::{ParquetRows, is_parquet};
pub(super) use table::Table;
