//! The control share: declines that are let through so that their outcome becomes known.
//!
//! A declined transaction never turns out to be fraud or not, so labels cannot measure the rules that
//! decline. A small random share that is approved instead can.

use super::decimal::{AmongIntegers, Decimal};
use super::diagnostics::Diagnostics;
use super::ir::{Id, Op, Tree, Walk};
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
    // Each part of the condition, with the truth value with which it helps the rule to fire.
    let parts = |(id, wanted): (Id, bool)| match tree.op(id) {
        Op::Not(a) => [Some((a, !wanted)), None],
        Op::And(a, b) | Op::Or(a, b) => [Some((a, wanted)), Some((b, wanted))],
        _ => [None; 2],
    };
    let walk = Walk::new([(condition, true)], move |part, out: &mut Vec<(Id, bool)>| {
        out.extend(parts(part).into_iter().flatten());
    });
    let mut others: Vec<Id> = points.into_iter().collect();
    for (id, wanted) in walk.filter(|part| parts(*part) == [None; 2]) {
        match tree.op(id) {
            Op::TextInList(..) | Op::IdInList(..) | Op::InListValues(..) if wanted => return false,
            Op::TextInList(..) | Op::IdInList(..) | Op::InListValues(..) => {}
            _ => others.push(id),
        }
    }
    !states_a_decision(tree, others)
}

/// Whether a list or the card's status is anywhere below.
fn states_a_decision(tree: &Tree, roots: Vec<Id>) -> bool {
    tree.all_below(roots).any(|id| match tree.op(id) {
        Op::TextInList(..) | Op::IdInList(..) | Op::InListValues(..) => true,
        _ => tree.ty(id) == Type::Code(Code::Status),
    })
}

#[cfg(test)]
mod tests {
    use crate::fixtures;
    use crate::rules::Action;

    /// Features that each name the one before twice: 2^60 parts if each were visited again.
    #[test]
    fn a_condition_with_many_shared_parts_is_looked_at_once() {
        let mut features = String::from("f0 = 'amount > 1.00 && !(channel == \"atm\")'\n");
        for at in 1..60 {
            let before = at - 1;
            features += &format!(
                "f{at} = '(f{before} || amount > {at}.50) && (amount < {at}9.00 || f{before})'\n"
            );
        }
        let text = fixtures::HIGH_AMOUNT_RULES.replace("amount >= 100.00", "f59")
            + "\n[features]\n"
            + &features;
        let ruleset = fixtures::ruleset_of(&text);
        assert!(ruleset.allows_control(0));
        assert_eq!(ruleset.rules()[0].action, None::<Action>);
    }
}
