//! What a message is to memory, and the result of recording it.

use crate::transaction::Time;

/// How a message relates to what is remembered of its card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recognised {
    /// Not remembered.
    New {
        /// Whether a message with the same type and id, but another merchant or time, is
        /// remembered.
        reused_id: bool,
    },
    /// The response to a remembered message that came without one.
    Response {
        /// Whether anything but the response differs from the remembered message, including the
        /// milliseconds of its time.
        differs: bool,
    },
    /// The same message as a remembered one, by type, id, merchant and time to the second.
    Duplicate {
        /// Whether its content differs from the remembered message, including the milliseconds of
        /// its time.
        differs: bool,
    },
}

/// What a message does to memory. It is determined before the rules run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// An authorization, or a clearing whose original is not remembered. Rules run.
    Charge,
    /// Remembered separately from spending. Rules run.
    Refund,
    /// A clearing of a remembered charge. No rules.
    Settles,
    /// A clearing whose original the cap may have cut. Rules run, but it does not become a charge.
    Unlisted,
    /// A reversal, including one that waits for its original. No rules.
    Reverses,
    /// The response to a message that came without one. No rules.
    Response,
}

impl Role {
    /// Whether rules run on the message.
    pub fn runs_rules(self) -> bool {
        match self {
            Self::Charge | Self::Refund | Self::Unlisted => true,
            Self::Settles | Self::Reverses | Self::Response => false,
        }
    }
}

/// The result of recording a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// Kept, and the newest message of its card.
    Kept,
    /// Kept, and inserted before newer messages.
    KeptLate,
    /// Kept, but older than the newest message of its card by at least the retention. Only messages
    /// that are equally late see it, until the partition's clock has passed it.
    KeptOutdated,
    /// Decided but not kept: older than the partition's clock (which includes this message) by at
    /// least the retention, or older than what the cap left.
    TooOld,
}

/// What a label did to memory. The names are in metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Labelled {
    /// It belongs to a remembered charge.
    Bound,
    /// Its card is remembered, but not its transaction. It waits for the transaction.
    Waits,
    /// Not even its card is remembered. It waits for the transaction.
    UnknownCard,
    /// Not kept: its transaction is not remembered, and older than the retention.
    TooOld,
    /// Not kept: it repeats an earlier label in everything that it says.
    Repeated,
}

impl Labelled {
    /// Every result.
    pub const ALL: [Self; 5] =
        [Self::Bound, Self::Waits, Self::UnknownCard, Self::TooOld, Self::Repeated];

    /// The name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bound => "bound",
            Self::Waits => "waits",
            Self::UnknownCard => "unknown_card",
            Self::TooOld => "too_old",
            Self::Repeated => "repeated",
        }
    }

    /// Whether it changed memory, so that it is an entry of the history.
    pub fn is_kept(self) -> bool {
        match self {
            Self::Bound | Self::Waits | Self::UnknownCard => true,
            Self::TooOld | Self::Repeated => false,
        }
    }
}

/// A published alert about a message of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublishedAlert {
    /// The time of the message.
    pub time: Time,
    /// The rank of its severity; higher is more severe.
    pub severity: u8,
}
