//! Writes the message of a row.

use super::mapping::{Assignment, Cell};
use super::mapping_file::MappingFile;
use super::value::write_value;
use crate::transaction::FieldType;

/// The form of a table's messages.
#[derive(Debug)]
pub(super) struct Template {
    /// The names of objects, as keys; the first, which is empty, is for the message itself.
    objects: Vec<String>,
    fields: Vec<TemplateField>,
    missing: Vec<String>,
    offset: Option<String>,
}

#[derive(Debug)]
struct TemplateField {
    /// The object that it is in: an index in `objects`; 0 for the message itself.
    object: usize,
    /// Its name in the object, as a key: `"token":`.
    key: String,
    ty: FieldType,
    cell: Cell,
}

impl Template {
    /// The assignments are in the order of a message, those of an object one after the other.
    pub fn new(assignments: Vec<Assignment>, file: Option<&MappingFile>) -> Self {
        let mut objects = vec![String::new()];
        let field = |Assignment { path, ty, cell }| {
            let (object, name) = path.rsplit_once('.').unwrap_or(("", path));
            let object = if object.is_empty() { String::new() } else { key(object) };
            let known = objects.iter().position(|known| *known == object);
            let object = known.unwrap_or_else(|| {
                objects.push(object);
                objects.len() - 1
            });
            TemplateField { object, key: key(name), ty, cell }
        };
        let fields = assignments.into_iter().map(field).collect();
        Self {
            objects,
            fields,
            missing: file.map(|file| file.missing.clone()).unwrap_or_default(),
            offset: file.and_then(|file| file.offset.clone()),
        }
    }

    /// Appends the message of the row whose cells `cell` returns, by the index of the column. A cell
    /// without a value, or with a blank one, leaves its field out.
    pub fn write<'c>(&self, cell: impl Fn(usize) -> Option<&'c [u8]>, out: &mut Vec<u8>) {
        let mut writer = Writer { objects: &self.objects, out, object: 0, needs_comma: false };
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
            writer.name(field.object, &field.key);
            write_value(field.ty, text, self.offset.as_deref(), writer.out);
        }
        writer.close();
    }

    fn is_missing(&self, text: &[u8]) -> bool {
        text.is_empty() || self.missing.iter().any(|missing| missing.as_bytes() == text)
    }
}

/// The name of a field or an object before its value. Such names need no escapes.
fn key(name: &str) -> String {
    format!("\"{name}\":")
}

/// A message being written.
struct Writer<'o> {
    objects: &'o [String],
    out: &'o mut Vec<u8>,
    /// The object that is open; 0 for the message itself.
    object: usize,
    needs_comma: bool,
}

impl Writer<'_> {
    /// Opens and closes objects as needed, and writes the name of a value.
    fn name(&mut self, object: usize, key: &str) {
        if self.object != object {
            self.close_object();
        }
        if self.object != object {
            let objects = self.objects;
            self.key(objects.get(object).map_or("", String::as_str));
            self.out.push(b'{');
            (self.object, self.needs_comma) = (object, false);
        }
        self.key(key);
        self.needs_comma = true;
    }

    fn key(&mut self, key: &str) {
        if self.needs_comma {
            self.out.push(b',');
        }
        self.out.extend_from_slice(key.as_bytes());
    }

    fn close_object(&mut self) {
        if self.object != 0 {
            self.out.push(b'}');
            (self.object, self.needs_comma) = (0, true);
        }
    }

    fn close(mut self) {
        self.close_object();
        self.out.push(b'}');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The message of a row with these cells, under fields with these paths.
    #[track_caller]
    fn check(fields: &[(&'static str, &str)], expected: &str) {
        let assign = |(index, (path, _)): (usize, &(&'static str, &str))| Assignment {
            path,
            ty: FieldType::Id,
            cell: Cell::Column { index, values: Default::default() },
        };
        let template = Template::new(fields.iter().enumerate().map(assign).collect(), None);
        let mut out = Vec::new();
        template.write(|index| Some(fields[index].1.as_bytes()), &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn objects_are_opened_and_closed_where_they_have_values() {
        check(&[], "{}");
        check(&[("id", "a")], r#"{"id":"a"}"#);
        let fields = |token, last4, amount, id| {
            [("card.token", token), ("card.last4", last4), ("amount", amount), ("merchant.id", id)]
        };
        check(
            &fields("t", "4", "5", "m"),
            r#"{"card":{"token":"t","last4":"4"},"amount":"5","merchant":{"id":"m"}}"#,
        );
        check(&fields("", "4", "", "m"), r#"{"card":{"last4":"4"},"merchant":{"id":"m"}}"#);
        check(&fields("", " ", "5", ""), r#"{"amount":"5"}"#);
        check(&fields("", "", "", ""), "{}");
    }
}
