//! What a table needs to know about the fields of a kind of message.

use crate::transaction::{Field, FieldType, LabelField, Need};

/// A field of a kind of message, which a column may hold.
pub(crate) trait ColumnField: Copy + PartialEq + 'static {
    /// Every field, with the fields of an object one after the other.
    const FIELDS: &'static [Self];
    /// What a message is called.
    const MESSAGE: &'static str;

    /// The path from the root of the message, such as `card.token`.
    fn path(self) -> &'static str;

    fn ty(self) -> FieldType;

    /// Whether a message without it is rejected, whatever the settings are.
    fn is_required(self) -> bool;

    /// The field with this path; `None` also for an object, which has no value itself.
    fn with_value(path: &str) -> Option<Self> {
        let mut fields = Self::FIELDS.iter().filter(|field| field.ty() != FieldType::Object);
        fields.find(|field| field.path() == path).copied()
    }

    /// The paths of all fields with a value.
    fn paths() -> impl Iterator<Item = &'static str> {
        let fields = Self::FIELDS.iter().filter(|field| field.ty() != FieldType::Object);
        fields.map(|field| field.path())
    }
}

impl ColumnField for Field {
    const FIELDS: &'static [Self] = Self::ALL;
    const MESSAGE: &'static str = "transaction";

    fn path(self) -> &'static str {
        self.row().path
    }

    fn ty(self) -> FieldType {
        self.row().ty
    }

    fn is_required(self) -> bool {
        self.row().need == Need::Required
    }
}

impl ColumnField for LabelField {
    const FIELDS: &'static [Self] = Self::ALL;
    const MESSAGE: &'static str = "label";

    fn path(self) -> &'static str {
        self.path()
    }

    fn ty(self) -> FieldType {
        self.of_transaction().row().ty
    }

    fn is_required(self) -> bool {
        self.need() == Need::Required
    }
}
