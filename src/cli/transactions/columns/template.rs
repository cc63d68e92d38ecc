//! Writes the message of a row.

use super::mapping::{Assignment, Cell};
use super::mapping_file::MappingFile;
use super::value::write_value;
use crate::transaction::FieldType;

/// The form of a table's messages.
#[derive(Debug)]
pub(super) struct Template {
    fields: Vec<TemplateField>,
    missing: Vec<String>,
    offset: Option<String>,
}

#[derive(Debug)]
struct TemplateField {
    /// The name of the object that it is in; empty for the message itself.
    object: &'static str,
    /// Its name in the object.
    name: &'static str,
    ty: FieldType,
    cell: Cell,
}

impl Template {
    /// The assignments are in the order of a message, those of an object one after the other.
    pub fn new(assignments: Vec<Assignment>, file: Option<&MappingFile>) -> Self {
        let field = |Assignment { path, ty, cell }| {
            let (object, name) = path.rsplit_once('.').unwrap_or(("", path));
            TemplateField { object, name, ty, cell }
        };
        Self {
            fields: assignments.into_iter().map(field).collect(),
            missing: file.map(|file| file.missing.clone()).unwrap_or_default(),
            offset: file.and_then(|file| file.offset.clone()),
        }
    }

    /// Appends the message of the row whose cells `cell` returns, by the index of the column. A cell
    /// without a value, or with a blank one, leaves its field out.
    pub fn write<'c>(&self, cell: impl Fn(usize) -> Option<&'c [u8]>, out: &mut Vec<u8>) {
        let mut writer = Writer { out, object: "", needs_comma: false };
        writer.out.push(b'{');
        for field in &self.fields {
            let text = match &field.cell {
                Cell::Constant(text) => text.as_bytes(),
                Cell::Column { index, values } => {
                    let Some(text) = cell(*index).map(<[u8]>::trim_ascii) else { continue };
                    let means = |(known, _): &(&String, &String)| known.as_bytes() == text;
                    let found = if values.is_empty() { None } else { values.iter().find(means) };
                    match found {
                        Some((_, meaning)) => meaning.as_bytes(),
                        None if self.is_missing(text) => continue,
                        None => text,
                    }
                }
            };
            if text.is_empty() {
                continue;
            }
            writer.name(field.object, field.name);
            write_value(field.ty, text, self.offset.as_deref(), writer.out);
        }
        writer.close();
    }

    fn is_missing(&self, text: &[u8]) -> bool {
        text.is_empty() || self.missing.iter().any(|missing| missing.as_bytes() == text)
    }
}

/// A message being written.
struct Writer<'o> {
    out: &'o mut Vec<u8>,
    /// The object that is open; empty for the message itself.
    object: &'static str,
    needs_comma: bool,
}

impl Writer<'_> {
    /// Opens and closes objects as needed, and writes the name of a value.
    fn name(&mut self, object: &'static str, name: &str) {
        if self.object != object {
            self.close_object();
        }
        if self.object != object {
            self.key(object);
            self.out.push(b'{');
            (self.object, self.needs_comma) = (object, false);
        }
        self.key(name);
        self.needs_comma = true;
    }

    /// Names of fields need no escapes.
    fn key(&mut self, name: &str) {
        if self.needs_comma {
            self.out.push(b',');
        }
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    fn close_object(&mut self) {
        if !self.object.is_empty() {
            self.out.push(b'}');
            (self.object, self.needs_comma) = ("", true);
        }
    }

    fn close(mut self) {
        self.close_object();
        self.out.push(b'}');
    }
}
