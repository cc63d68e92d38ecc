//! The layout of format version 1.

use crate::memory::card::checkpoint::bytes::{ByteReader, InvalidBytes, Stored, stored_fields};
use crate::memory::card::checkpoint::format::Mark;
use crate::memory::card::checkpoint::state::Head;
use crate::memory::card::message::entry::AdjustmentKind;
use crate::memory::card::message::identity::{CardKey, MessageId};
use crate::memory::card::partition::partition_state::{State, Usage};
use crate::transaction::{Country, Time};
use std::collections::VecDeque;

/// A card as version 1 kept it.
#[derive(Debug)]
pub struct CardV1 {
    pub key: CardKey,
    pub known: KnownV1,
    /// The charges that were not taken back in full, oldest first, with the amount that was left.
    pub charges: VecDeque<Event>,
    pub ledger: Option<Ledger>,
    pub cut_countries: Vec<(Country, Time)>,
}

#[derive(Debug)]
pub struct KnownV1 {
    pub newest: Time,
    pub cut: Option<Time>,
    pub unknown_until: Option<Time>,
    /// The time of the newest published alert, and its severity rank.
    pub alert: Option<(Time, u8)>,
}

#[derive(Debug, Default)]
pub struct Ledger {
    pub refunds: VecDeque<Event>,
    pub adjustments: VecDeque<Adjustment>,
    /// Charges that were taken back in full.
    pub reversed: VecDeque<Event>,
    pub notes: VecDeque<NoteV1>,
}

/// A charge or refund. Ids other than those of messages and merchants are 32-bit hashes.
#[derive(Debug, Clone, Copy)]
pub struct Event {
    pub time: Time,
    pub id: MessageId,
    /// `i64::MIN` without a rate.
    pub amount: i64,
    pub merchant: u64,
    pub terminal: u32,
    pub device: u32,
    pub ip: u32,
    pub ship_to: u32,
    pub country: u16,
    pub ship_to_country: u16,
    /// `u16::MAX` when absent.
    pub mcc: u16,
    pub flags: u16,
    /// `i32::MIN` when absent.
    pub latitude_e7: i32,
    pub longitude_e7: i32,
}

/// A clearing of a remembered charge, or a reversal.
#[derive(Debug, Clone, Copy)]
pub struct Adjustment {
    pub id: MessageId,
    pub target: TargetV1,
    pub time: Time,
    pub amount: Option<i64>,
    pub change: AdjustmentKind,
}

#[derive(Debug, Clone, Copy)]
pub enum TargetV1 {
    Nothing,
    /// The charge that it changed, no matter which message it referred to.
    Charge(MessageId),
    /// An `original_id`, hashed as that of an authorization and as that of a clearing.
    Awaited {
        authorization: MessageId,
        clearing: MessageId,
    },
}

#[derive(Debug, Clone, Copy)]
pub struct NoteV1 {
    pub charge: MessageId,
    pub balance: Balance,
    /// The authorization that a clearing refers to.
    pub settles: Option<MessageId>,
}

/// The balance of a charge before the adjustments that are still kept.
#[derive(Debug, Clone, Copy)]
pub struct Balance {
    pub amount: Option<i64>,
    /// Whether the amount is that of clearings.
    pub cleared: bool,
    /// False once nothing was left of the charge.
    pub stands: bool,
}

stored_fields!(CardV1 { key, known, charges, ledger, cut_countries });
stored_fields!(KnownV1 { newest, cut, unknown_until, alert });
stored_fields!(Ledger { refunds, adjustments, reversed, notes });
stored_fields!(Adjustment { id, target, time, amount, change });
stored_fields!(NoteV1 { charge, balance, settles });
stored_fields!(Balance { amount, cleared, stands });

stored_fields!(Event {
    time,
    id,
    amount,
    merchant,
    terminal,
    device,
    ip,
    ship_to,
    country,
    ship_to_country,
    mcc,
    flags,
    latitude_e7,
    longitude_e7
});

impl Stored for TargetV1 {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Nothing => 0_u8.put(out),
            Self::Charge(charge) => (1_u8, *charge).put(out),
            Self::Awaited { authorization, clearing } => {
                (2_u8, (*authorization, *clearing)).put(out);
            }
        }
    }

    fn take(input: &mut ByteReader<'_>) -> Result<Self, InvalidBytes> {
        match u8::take(input)? {
            0 => Ok(Self::Nothing),
            1 => Stored::take(input).map(Self::Charge),
            2 => {
                let (authorization, clearing) = Stored::take(input)?;
                Ok(Self::Awaited { authorization, clearing })
            }
            _ => Err(InvalidBytes),
        }
    }
}

impl CardV1 {
    /// How many charges and refunds version 1 counted.
    pub fn events(&self) -> usize {
        self.charges.len() + self.ledger.as_ref().map_or(0, |ledger| ledger.refunds.len())
    }
}

/// The first block. Version 1 did not count the messages that were evicted while they waited.
pub fn take_head(input: &mut ByteReader<'_>) -> Result<Head, InvalidBytes> {
    let mark = Mark {
        partition: Stored::take(input)?,
        origin: Stored::take(input)?,
        base_currency: Stored::take(input)?,
        next_offset: Stored::take(input)?,
        next_label: None,
        history_offset: Stored::take(input)?,
        history_hash: Stored::take(input)?,
    };
    let limits = Stored::take(input)?;
    let (clock, forgotten, gap) =
        (Stored::take(input)?, Stored::take(input)?, Stored::take(input)?);
    let usage = Usage {
        cards: Stored::take(input)?,
        events: Stored::take(input)?,
        bytes: Stored::take(input)?,
        evicted_cards: Stored::take(input)?,
        expired_cards: Stored::take(input)?,
        too_old: Stored::take(input)?,
        evicted_waiting: 0,
    };
    let recorded = Stored::take(input)?;
    let state = State { clock, forgotten, gap, usage, recorded, recorded_labels: 0 };
    Ok(Head { mark, limits, state })
}
