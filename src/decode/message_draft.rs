//! How a format gives the values of a message to whatever collects them.

use super::message_field::MessageField;
use super::notes::Notes;
use super::raw_value::RawValue;
use super::reason::Fault;

/// Collects the values of a message.
pub(super) trait MessageDraft<'a> {
    type Field: MessageField;

    /// What was changed so far; a format adds the fields that it skips.
    fn notes(&mut self) -> &mut Notes<Self::Field>;

    /// Sets the value of a field, without anything in it that must not be kept.
    fn set(&mut self, field: Self::Field, value: RawValue<'a>) -> Result<(), Fault>;
}
