//! What a charge comes to after its clearings and reversals.
//!
//! A fold: the charge itself comes first, whatever the times say, then what refers to it by event
//! time, at equal times clearings before reversals. Steps of one kind commute, so the outcome does
//! not depend on the order of arrival.

use super::timeline::Timed;
use super::{Event, MessageId, Original};
use crate::transaction::Time;

/// How an adjustment changes what it refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Change {
    Clears,
    Reverses,
}

/// A clearing of a remembered charge, or a reversal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Adjustment {
    pub id: MessageId,
    pub target: Target,
    pub time: Time,
    /// Minor units of the base currency; `None` without a rate.
    pub amount: Option<i64>,
    pub change: Change,
}

/// What an adjustment refers to. An `original_id` names no type, so a reversal may mean an
/// authorization or a clearing: it is bound to the first that is met, of both the authorization.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Target {
    /// A message without `original_id`: kept so that it is recognised, and changes nothing.
    Nothing,
    /// The charge of this id, remembered or not.
    Charge(MessageId),
    /// Whichever comes.
    Awaited(Original),
}

impl Adjustment {
    pub(super) fn changes(&self, charge: MessageId) -> bool {
        self.target == Target::Charge(charge)
    }

    /// Whether it changes `charge` when that comes.
    pub(super) fn awaits(&self, charge: MessageId) -> bool {
        match self.target {
            Target::Nothing => false,
            Target::Charge(target) => target == charge,
            Target::Awaited(Original { authorization, clearing }) => {
                authorization == charge || clearing == charge
            }
        }
    }

    /// Binds it to `charge` if it waits for `original`.
    pub(super) fn bind(&mut self, original: MessageId, charge: MessageId) {
        if self.awaits(original) && matches!(self.target, Target::Awaited(_)) {
            self.target = Target::Charge(charge);
        }
    }
}

impl Timed for Adjustment {
    type Key = (Time, Change);

    fn key(&self) -> Self::Key {
        (self.time, self.change)
    }

    fn time(&self) -> Time {
        self.time
    }

    fn id(&self) -> MessageId {
        self.id
    }
}

/// The state of the fold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Balance {
    /// Minor units of the base currency; `None` where something in it has no rate.
    pub amount: Option<i64>,
    /// Whether a clearing has said what was really charged: the next one adds to it.
    pub cleared: bool,
    /// False once a reversal left nothing; a later clearing charges anew.
    pub stands: bool,
}

impl Balance {
    pub(super) fn of(charge: &Event) -> Self {
        Self { amount: charge.amount(), cleared: false, stands: true }
    }

    pub(super) fn after(self, adjustment: &Adjustment) -> Self {
        match adjustment.change {
            Change::Clears => self.cleared_by(adjustment.amount),
            Change::Reverses => self.reversed_by(adjustment.amount),
        }
    }

    fn cleared_by(self, amount: Option<i64>) -> Self {
        let before = if self.cleared { self.amount } else { Some(0) };
        let amount = before.zip(amount).map(|(before, more)| before.saturating_add(more));
        Self { amount, cleared: true, stands: true }
    }

    /// What cannot be compared, for want of a rate, is reversed in full.
    fn reversed_by(self, amount: Option<i64>) -> Self {
        let left = self.amount.zip(amount).map_or(0, |(before, less)| before.saturating_sub(less));
        Self { amount: Some(left.max(0)), stands: left > 0, ..self }
    }
}
