//! Plans what follows an approved authorization: its clearing hours later, sometimes in parts or
//! with a tip; sometimes a reversal instead, or a refund days later.

use super::draft::Draft;
use super::holder::Holder;
use super::world::{Merchant, SalesVenue, World};
use crate::transaction::{Channel, Checks, DAY_MS, HOUR_MS, Kind, MINUTE_MS, Response, Time};

/// Share of approved authorizations that are reversed.
const REVERSED: f64 = 0.01;
/// Share of those that is reversed in part.
const REVERSED_IN_PART: f64 = 0.25;
/// Share that is never cleared: deposits, tests, forgotten authorizations.
const NEVER_CLEARED: f64 = 0.02;
/// Share of orders that ship in two parcels, each with a separate clearing.
const TWO_PARCELS: f64 = 0.04;
/// Share of goods that are returned.
const SENT_BACK: f64 = 0.03;
/// Share of returned goods that are returned late.
const SENT_BACK_LATE: f64 = 0.12;
const RESTAURANT_MCC: &str = "5812";

/// Plans what follows an approved authorization.
pub fn follow(holder: &mut Holder, world: &World, authorized: &Draft, plan: &mut Vec<Draft>) {
    let merchant = world.merchant(authorized.merchant);
    if authorized.amount == 0 {
        return;
    }
    if holder.dice.chance(REVERSED) {
        let part = holder.dice.chance(REVERSED_IN_PART) && authorized.amount > 1;
        let amount = if part { authorized.amount / 2 } else { authorized.amount };
        let at = holder.dice.later(authorized.time, MINUTE_MS..=30 * MINUTE_MS);
        plan.push(after(holder, authorized, Kind::Reversal, amount, at));
        if part {
            clear(holder, authorized, authorized.amount - amount, plan);
        }
    } else if authorized.channel != Channel::Atm && !holder.dice.chance(NEVER_CLEARED) {
        settle(holder, authorized, merchant, plan);
    }
}

/// Reverses the second of two charges that were made by mistake, within a day.
pub fn take_back(holder: &mut Holder, authorized: &Draft, plan: &mut Vec<Draft>) {
    let at = holder.dice.later(authorized.time, 2 * MINUTE_MS..=20 * HOUR_MS);
    plan.push(after(holder, authorized, Kind::Reversal, authorized.amount, at));
}

fn settle(holder: &mut Holder, authorized: &Draft, merchant: &Merchant, plan: &mut Vec<Draft>) {
    let goods = merchant.category.venue == SalesVenue::SiteWithGoods;
    let amount = authorized.amount;
    if goods && amount > 1 && holder.dice.chance(TWO_PARCELS) {
        clear(holder, authorized, amount / 3, plan);
        clear(holder, authorized, amount - amount / 3, plan);
    } else {
        let tip = if tipped(holder, merchant) { amount * 18 / 100 } else { 0 };
        clear(holder, authorized, amount + tip, plan);
    }
    if goods && holder.dice.chance(SENT_BACK) {
        let late = holder.dice.chance(SENT_BACK_LATE);
        let days = if late { 25 * DAY_MS..=50 * DAY_MS } else { 4 * DAY_MS..=18 * DAY_MS };
        let at = holder.dice.later(authorized.time, days);
        plan.push(after(holder, authorized, Kind::Refund, amount, at));
    }
}

fn tipped(holder: &mut Holder, merchant: &Merchant) -> bool {
    merchant.country.code == "US"
        && merchant.category.mcc == RESTAURANT_MCC
        && holder.dice.chance(0.6)
}

fn clear(holder: &mut Holder, authorized: &Draft, amount: i64, plan: &mut Vec<Draft>) {
    let at = holder.dice.later(authorized.time, 3 * HOUR_MS..=60 * HOUR_MS);
    plan.push(after(holder, authorized, Kind::Clearing, amount.max(1), at));
}

/// A message about an earlier one, for the same card.
fn after(holder: &mut Holder, authorized: &Draft, kind: Kind, amount: i64, time: Time) -> Draft {
    Draft {
        id: holder.next_id(),
        kind,
        time,
        amount,
        original: Some(authorized.id),
        checks: Checks::default(),
        response: Response::default(),
        device: None,
        ship_to: None,
        fraud: None,
        ..*authorized
    }
}
