//! The control share: declines that are let through so that their outcome becomes known.
//!
//! A declined transaction never turns out to be fraud or not, so labels cannot measure the rules that
//! decline. A small random share that is approved instead can.

use super::decimal::{AmongIntegers, Decimal};
use super::diagnostics::Diagnostics;
use super::ir::{Id, Op, Tree};
use super::source::{ControlTable, Placed};
use super::types::{Code, Type};
use crate::number::{NearestDouble, u64_toward_zero};
use crate::transaction::{Time, Transaction};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The seed of the hash that chooses. It makes the choice independent of rollouts.
const SEED: u64 = 0x7265_6463_6f6e_7472;

/// The share of declines that are let through, and their limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Control {
    /// More than 0 and at most 0.5. The propensity of a decline to be let through.
    pub share: f64,
    /// The largest amount that is let through, in minor units of the base currency.
    pub max_amount: i64,
    /// Hashes below this are chosen.
    below: u64,
}

impl Control {
    /// `None` if the table is invalid, which is then reported.
    pub(super) fn of(table: &ControlTable, exponent: u8, out: &mut Diagnostics) -> Option<Self> {
        let Placed { value, span } = &table.max_amount;
        let max_amount = match Decimal::parse(value).map(|amount| amount.place(exponent)) {
            Some(AmongIntegers::At(minor)) if minor > 0 => minor,
            _ => {
                let message = format!("`max_amount` cannot be `{value}`");
                out.error(*span, message).help(format!(
                    "write an amount of the base currency above 0 with at most {exponent} decimal places"
                ));
                return None;
            }
        };
        let below = u64_toward_zero(table.share * u64::MAX.nearest_double());
        Some(Self { share: table.share, max_amount, below })
    }

    /// Whether the transaction's amount is known and within the limit.
    pub fn is_within(&self, tx: &Transaction<'_>) -> bool {
        tx.base_amount.is_some_and(|amount| amount <= self.max_amount)
    }

    /// Whether a card is chosen in the calendar week of this time. Whichever instance asks, and however
    /// often, the answer is the same.
    pub fn chooses(&self, card: &str, time: Time) -> bool {
        let seed = SEED ^ time.week().cast_unsigned();
        xxh3_64_with_seed(card.as_bytes(), seed) < self.below
    }
}

/// Whether a decline by this rule's points may be let through. A rule that demands an action, that
/// fires because something is in a list, or that looks at the card's status, states what a person
/// or the issuer decided; letting it through would override them. That something is *not* in a list
/// is an exception to a rule, and does not count.
pub(super) fn allows_control(tree: &Tree, condition: Id, points: Option<Id>) -> bool {
    let forbids = points.is_some_and(|points| states_a_decision(tree, points))
        || forbids_control(tree, condition, true);
    !forbids
}

/// `wanted` is the truth value with which the node helps the rule to fire.
fn forbids_control(tree: &Tree, id: Id, wanted: bool) -> bool {
    match tree.op(id) {
        Op::Not(a) => forbids_control(tree, a, !wanted),
        Op::And(a, b) | Op::Or(a, b) => {
            forbids_control(tree, a, wanted) || forbids_control(tree, b, wanted)
        }
        Op::TextInList(..) | Op::IdInList(..) | Op::InListValues(..) => wanted,
        _ => states_a_decision(tree, id),
    }
}

/// Whether a list or the card's status is anywhere below.
fn states_a_decision(tree: &Tree, id: Id) -> bool {
    tree.all_below([id]).any(|id| match tree.op(id) {
        Op::TextInList(..) | Op::IdInList(..) | Op::InListValues(..) => true,
        _ => tree.ty(id) == Type::Code(Code::Status),
    })
}
