//! The flags of an event that its newest label sets. The message itself does not have them.

use super::event::Event;
use super::event_flags::{Flags, put, tristate};
use crate::transaction::LabelValue;

impl Event {
    /// The same charge with what its newest label says.
    pub(crate) fn with_label(self, label: Option<LabelValue>) -> Self {
        let (fraud, genuine) = match label {
            Some(LabelValue::Fraud) => (Some(true), Some(false)),
            Some(LabelValue::Genuine) => (Some(false), Some(true)),
            Some(LabelValue::Suspected | LabelValue::Unknown) | None => (None, None),
        };
        let flags = put(self.flags & !Flags::LABEL, Flags::FRAUD, tristate(fraud));
        Self { flags: put(flags, Flags::GENUINE, tristate(genuine)), ..self }
    }

    /// Whether the charge was fraudulent; `None` while no label says so or denies it.
    pub fn fraud(&self) -> Option<bool> {
        self.tristate(Flags::FRAUD)
    }

    /// Whether the cardholder made the charge; `None` while no label says so or denies it.
    pub fn genuine(&self) -> Option<bool> {
        self.tristate(Flags::GENUINE)
    }
}
