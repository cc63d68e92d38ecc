//! Determines which cell of a row is which field of a message, before any row is read.

use super::column_field::ColumnField;
use super::mapping_error::{MappingError, MappingErrors};
use super::mapping_file::{CellSource, MappingFile};
use crate::rules::nearest;
use crate::transaction::FieldType;
use std::collections::HashMap;

/// Where the value of a field is.
#[derive(Debug, PartialEq)]
pub(in super::super) struct Assignment {
    /// The path of the field, such as `card.token`.
    pub path: &'static str,
    pub ty: FieldType,
    pub cell: Cell,
}

#[derive(Debug, Clone, PartialEq)]
pub(in super::super) enum Cell {
    /// The column's index, and what some of its texts mean.
    Column {
        index: usize,
        values: HashMap<String, String>,
    },
    Constant(String),
}

/// The columns of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct TableColumns<'t> {
    /// The name of the table in error messages.
    pub table: &'t str,
    pub names: &'t [String],
}

/// The fields in the order of a message, those of an object one after the other. Without a mapping, a
/// column whose name is the path of a field has that field.
pub(super) fn resolve<F: ColumnField>(
    columns: TableColumns<'_>,
    file: Option<&MappingFile>,
    has_default_currency: bool,
) -> Result<Vec<Assignment>, MappingErrors> {
    let mut errors = MappingErrors::default();
    let mapped = match file.and_then(|file| Some((file, file.columns.as_ref()?))) {
        Some((file, listed)) => columns.listed::<F>(file, listed, &mut errors),
        None => columns.by_name::<F>(&mut errors),
    };
    columns.check_required::<F>(&mapped, has_default_currency, &mut errors);
    let ordered = F::FIELDS.iter().filter_map(|field| {
        let (_, cell) = mapped.iter().find(|(mapped, _)| mapped == field)?;
        let cell = cell.as_ref()?.clone();
        Some(Assignment { path: field.path(), ty: field.ty(), cell })
    });
    errors.unless_empty(ordered.collect())
}

/// Columns that are spelled almost like a field, with that field. Without a mapping they are not read.
pub(super) fn almost_fields<F: ColumnField>(
    names: &[String],
) -> impl Iterator<Item = (&str, &'static str)> {
    let others = names.iter().filter(|name| F::with_value(name).is_none());
    others.filter_map(|name| Some((name.as_str(), F::paths().find(|path| are_alike(path, name))?)))
}

/// Fields, each with its cell; `None` if the mapping has an error there, which has been reported.
type Mapped<F> = Vec<(F, Option<Cell>)>;

impl TableColumns<'_> {
    fn listed<F: ColumnField>(
        &self,
        file: &MappingFile,
        listed: &[(String, CellSource)],
        errors: &mut MappingErrors,
    ) -> Mapped<F> {
        let mut mapped: Mapped<F> = Vec::new();
        for (path, source) in listed {
            match F::with_value(path) {
                Some(field) if mapped.iter().any(|(earlier, _)| *earlier == field) => {
                    errors.push(&file.name, MappingError::Twice { field: field.path() });
                }
                Some(field) => {
                    let cell = self.cell(field, source);
                    let cell = cell.map_err(|error| errors.push(&file.name, error)).ok();
                    mapped.push((field, cell));
                }
                None => {
                    let near = nearest(path, F::paths()).map(str::to_owned);
                    let (field, message) = (path.clone(), F::MESSAGE);
                    let error = MappingError::UnknownField { field, message, near };
                    errors.push(&file.name, error);
                }
            }
        }
        mapped
    }

    fn by_name<F: ColumnField>(&self, errors: &mut MappingErrors) -> Mapped<F> {
        let mut mapped = Vec::new();
        for name in self.names {
            let Some(field) = F::with_value(name) else { continue };
            let source = CellSource::Column { name: name.clone(), values: HashMap::new() };
            let cell = self.cell(field, &source);
            mapped.push((field, cell.map_err(|error| errors.push(self.table, error)).ok()));
        }
        mapped
    }

    fn cell(&self, field: impl ColumnField, source: &CellSource) -> Result<Cell, MappingError> {
        let (column, values) = match source {
            CellSource::Constant(text) => return Ok(Cell::Constant(text.clone())),
            CellSource::Column { name, values } => (name, values.clone()),
        };
        let mut found = self.names.iter().enumerate().filter(|(_, name)| *name == column);
        match (found.next(), found.next()) {
            (Some((index, _)), None) => Ok(Cell::Column { index, values }),
            (Some(_), Some(_)) => Err(MappingError::SameName { column: column.clone() }),
            (None, _) => Err(MappingError::NoColumn {
                field: field.path(),
                column: column.clone(),
                table: self.table.to_owned(),
                near: nearest(column, self.names.iter().map(String::as_str)).map(str::to_owned),
            }),
        }
    }

    fn check_required<F: ColumnField>(
        &self,
        mapped: &Mapped<F>,
        has_default_currency: bool,
        errors: &mut MappingErrors,
    ) {
        let has_type = |ty| mapped.iter().any(|(field, _)| field.ty() == ty);
        for field in F::FIELDS.iter().filter(|field| field.is_required()) {
            let is_there = mapped.iter().any(|(mapped, _)| mapped == field)
                || (field.ty() == FieldType::CardToken && has_type(FieldType::CardNumber))
                || (field.ty() == FieldType::Currency && has_default_currency);
            if !is_there {
                let near = self.near(field.path(), mapped);
                let error = MappingError::Required { field: field.path(), near };
                errors.push(self.table, error);
            }
        }
    }

    /// The unused column whose name is closest to a field's.
    fn near<F>(&self, path: &str, mapped: &Mapped<F>) -> Option<String> {
        let used = |at: usize| {
            mapped
                .iter()
                .any(|(_, cell)| matches!(cell, Some(Cell::Column { index, .. }) if *index == at))
        };
        let unused = || {
            let names = self.names.iter().enumerate().filter(|(at, _)| !used(*at));
            names.map(|(_, name)| name.as_str())
        };
        let alike = unused().find(|name| are_alike(path, name));
        alike.or_else(|| nearest(path, unused())).map(str::to_owned)
    }
}

/// Whether two names differ only in capital letters and in the characters between words.
fn are_alike(path: &str, name: &str) -> bool {
    let letters = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    letters(path) == letters(name)
}
