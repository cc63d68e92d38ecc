//! Holds which rules fired on an alerted message, for as long as its card remembers them.

use super::tagged_list::Tagged;
use super::timeline::Timed;
use crate::memory::card::message::alert::AlertEntry;
use crate::memory::card::message::entry::{AdjustmentKind, Effect};
use crate::memory::card::message::identity::{Identity, MessageId};
use crate::transaction::Time;

/// The rules that fired on an alerted message and that its cardholder can snooze.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::memory) struct AlertedRules {
    pub of: Identity,
    pub time: Time,
    /// What the message asked for, in minor units of the base currency.
    pub amount: i64,
    /// Hashes of the rules' ids.
    pub rules: Box<[u32]>,
}

impl AlertedRules {
    /// `None` if no label can snooze anything: no label means such a message, its amount is not known,
    /// or there are no rules.
    pub(in crate::memory) fn of(effect: &Effect, alert: &AlertEntry<'_>) -> Option<Self> {
        let (of, time, amount) = match effect {
            Effect::Charge { event, .. } => (event.identity(), event.time(), event.attempted()),
            Effect::Adjustment(message) if message.change == AdjustmentKind::Capture => {
                let of = Identity::new(message.id, message.merchant, message.time);
                (of, message.time, message.amount)
            }
            _ => return None,
        };
        let rules: Box<[u32]> = alert.rules.iter().collect();
        (!rules.is_empty()).then_some(Self { of, time, amount: amount?, rules })
    }
}

impl Tagged for AlertedRules {
    /// A card has few of them, and nothing searches for one.
    type Tag = ();

    fn tag(&self) {}

    fn boxed_bytes(&self) -> usize {
        size_of_val(&*self.rules)
    }
}

impl Timed for AlertedRules {
    type Key = Time;

    fn key(&self) -> Time {
        self.time
    }

    fn time(&self) -> Time {
        self.time
    }

    fn id(&self) -> MessageId {
        self.of.id
    }

    fn identity(&self) -> Identity {
        self.of
    }
}
