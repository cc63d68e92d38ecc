//! Determines what is known about a value that a text is compared with.

use super::super::ir::{COLUMNS, Column, FIELDS, Id, Op, Tree};
use super::super::types::{Code, Type};
use crate::transaction::{Field, FieldType};

/// Where a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueOrigin {
    ListEntry,
    Literal,
}

/// The kind of value that a text is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// A text about which nothing is known.
    Text,
    /// An id or a key.
    Id,
    Ip,
    /// A human-readable name, which may contain any punctuation.
    Name,
    Last4,
    /// The keyed hash of a month.
    Expiry,
    Currency,
    Code(Code),
    /// `string(…)` of a number.
    Number(Type),
}

impl ValueKind {
    /// The kind of a node's value.
    pub fn of(tree: &Tree, id: Id) -> Self {
        match (tree.op(id), tree.ty(id)) {
            (_, Type::Code(code)) | (Op::CodeText(code, _), _) => Self::Code(code),
            (Op::Field(at), _) => {
                FIELDS.get(usize::from(at)).map_or(Self::Text, |field| Self::of_field(field.path))
            }
            (Op::Column(_, Column::Ip) | Op::PickedColumn(_, Column::Ip), _) => Self::Ip,
            (Op::Column(..) | Op::PickedColumn(..), Type::Id(_)) => Self::Id,
            (Op::NumberText(ty, _), _) => Self::Number(ty),
            (Op::OrElse(a, b) | Op::Choose(_, a, b), _) => match (tree.op(a), tree.op(b)) {
                // A literal branch need not have the form that values of the other branch have.
                (Op::Literal(_), _) | (_, Op::Literal(_)) => Self::Text,
                _ => Self::of(tree, a).or(Self::of(tree, b)),
            },
            _ => Self::Text,
        }
    }

    fn of_field(path: &str) -> Self {
        match Field::from_path(path).map(|field| field.row().ty) {
            Some(FieldType::Currency) => Self::Currency,
            Some(FieldType::LastFour) => Self::Last4,
            Some(FieldType::Expiry) => Self::Expiry,
            Some(FieldType::Text) => Self::Name,
            Some(FieldType::Address) => Self::Ip,
            _ => Self::Id,
        }
    }

    /// The kind of a choice between two values.
    fn or(self, other: Self) -> Self {
        if self == other { self } else { Self::Text }
    }

    /// Whether a comma, a quote or a `#` is normal in such a value.
    pub fn is_human_readable(self) -> bool {
        matches!(self, Self::Name | Self::Text)
    }
}

/// The path of the field that a node reads, as rules write it.
pub fn field_name(tree: &Tree, id: Id) -> Option<&'static str> {
    match tree.op(id) {
        Op::CodeText(_, code) => field_name(tree, code),
        Op::Field(at) => FIELDS.get(usize::from(at)).map(|field| field.path),
        Op::Column(_, column) | Op::PickedColumn(_, column) => {
            COLUMNS.iter().find(|(_, known, _)| *known == column).map(|(path, ..)| *path)
        }
        _ => None,
    }
}
