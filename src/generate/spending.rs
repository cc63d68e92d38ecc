//! What honest people buy, and what can go wrong with it.

use super::dice::Dice;
use super::draft::{Draft, Opaque, ShipTo};
use super::holder::{Holder, Whereabouts};
use super::purchase::Purchase;
use super::world::{
    CategoryIndex, CityIndex, CountryIndex, MERCHANTS_PER_CATEGORY, MerchantIndex, World, category,
};
use crate::transaction::{Check, Checks, DeclineReason, Funding, Response, SECOND_MS, Time};

/// Share of charges that go to the merchant a person prefers.
const LOYALTY: f64 = 0.7;
/// Share of remote charges at the foreign site a person is used to, if any.
const FOREIGN_SITE: f64 = 0.3;
/// Share of remote charges at some site abroad.
const SOME_FOREIGN_SITE: f64 = 0.012;
/// Share of orders that are a present, sent to somebody else.
const PRESENTS: f64 = 0.02;
/// Share of a traveller's charges that book a trip.
const BOOKINGS: f64 = 0.03;

/// The charge that somebody makes at that time.
pub fn charge(holder: &mut Holder, world: &World, at: Time) -> Draft {
    if holder.travels && holder.dice.chance(BOOKINGS) && holder.plan_trip(at) {
        return ordered(holder, world, holder.country(), category::SITE_TRAVEL, at);
    }
    let place = holder.whereabouts(at);
    match place {
        _ if holder.dice.chance(holder.online) => order(holder, world, at),
        Whereabouts::Between => order(holder, world, at),
        Whereabouts::Home => {
            let category = CategoryIndex::street(&mut holder.dice);
            bought(holder, world, holder.home, category, at)
        }
        Whereabouts::Away(city) => {
            let category = CategoryIndex::visiting(&mut holder.dice);
            bought(holder, world, city, category, at)
        }
    }
}

/// The next charge of a subscription.
pub fn subscription(holder: &mut Holder, world: &World, slot: usize, at: Time) -> Option<Draft> {
    let subscription = (*holder.subscriptions.get(slot)?)?;
    let merchant = world.site(holder.country(), subscription.category, subscription.site);
    let purchase = Purchase::usual(holder, world, merchant, subscription.dollars);
    let stored = Checks { cvv: Some(Check::Absent), ..Checks::default() };
    let draft = purchase.authorize(holder, world, at);
    Some(Draft { card_on_file: true, recurring: true, checks: stored, device: None, ..draft })
}

/// The second attempt after a decline: some pay with less, most find the right numbers.
pub fn retry(holder: &mut Holder, declined: &Draft) -> Option<Draft> {
    let amount = match declined.response.reason? {
        DeclineReason::CvvMismatch => declined.amount,
        DeclineReason::InsufficientFunds if holder.dice.chance(0.4) => declined.amount / 2,
        _ => return None,
    };
    Some(Draft {
        id: holder.next_id(),
        time: holder.dice.later(declined.time, 30 * SECOND_MS..=150 * SECOND_MS),
        amount: amount.max(1),
        checks: Checks { cvv: declined.checks.cvv.and(Some(Check::Match)), ..declined.checks },
        response: Response { approved: Some(true), reason: None },
        ..*declined
    })
}

fn bought(
    holder: &mut Holder,
    world: &World,
    city: CityIndex,
    of: CategoryIndex,
    at: Time,
) -> Draft {
    let n = preferred(holder, of);
    let draft = spend(holder, world, world.shop(city, of, n), of, at);
    answered(holder, draft)
}

fn order(holder: &mut Holder, world: &World, at: Time) -> Draft {
    let of = CategoryIndex::remote(&mut holder.dice);
    let country = match holder.foreign_site {
        Some(abroad) if holder.dice.chance(FOREIGN_SITE) => abroad,
        _ if holder.dice.chance(SOME_FOREIGN_SITE) => {
            CityIndex::any(&mut holder.dice).get().country
        }
        _ => holder.country(),
    };
    ordered(holder, world, country, of, at)
}

fn ordered(
    holder: &mut Holder,
    world: &World,
    country: CountryIndex,
    of: CategoryIndex,
    at: Time,
) -> Draft {
    let n = preferred(holder, of);
    let stored = n == holder.favourite(of) && holder.dice.chance(0.8);
    let draft = spend(holder, world, world.site(country, of, n), of, at);
    let ship_to = draft.ship_to.map(|home| destination(holder, home));
    let draft = Draft { ship_to, ..draft };
    answered(holder, if stored { from_file(draft) } else { draft })
}

/// A charge on a card that the merchant has stored: nothing is typed in, and little is checked.
pub fn from_file(draft: Draft) -> Draft {
    let checks = Checks { cvv: Some(Check::Absent), ..draft.checks };
    Draft { card_on_file: true, checks, ..draft }
}

fn spend(
    holder: &mut Holder,
    world: &World,
    merchant: MerchantIndex,
    of: CategoryIndex,
    at: Time,
) -> Draft {
    let median = of.get().median_dollars * holder.scale;
    let dollars = holder.dice.log_normal(median, of.get().spread);
    Purchase::usual(holder, world, merchant, dollars).authorize(holder, world, at)
}

fn preferred(holder: &mut Holder, of: CategoryIndex) -> usize {
    if holder.dice.chance(LOYALTY) {
        holder.favourite(of)
    } else {
        holder.dice.between(0..=MERCHANTS_PER_CATEGORY - 1)
    }
}

fn destination(holder: &mut Holder, home: ShipTo) -> ShipTo {
    if holder.dice.chance(PRESENTS) {
        ShipTo { key: Opaque(holder.dice.bits()), ..home }
    } else {
        home
    }
}

/// The issuer's answer: nearly always yes.
fn answered(holder: &mut Holder, draft: Draft) -> Draft {
    let own_money = holder.funding != Funding::Credit;
    let typed = draft.checks.cvv == Some(Check::Match);
    match mishap(&mut holder.dice, own_money, typed) {
        None => draft,
        Some(reason) => declined(draft, reason),
    }
}

fn mishap(dice: &mut Dice, own_money: bool, typed: bool) -> Option<DeclineReason> {
    if own_money && dice.chance(0.012) {
        Some(DeclineReason::InsufficientFunds)
    } else if typed && dice.chance(0.008) {
        Some(DeclineReason::CvvMismatch)
    } else {
        dice.chance(0.002).then_some(DeclineReason::DoNotHonor)
    }
}

/// The same charge, declined for that reason.
pub fn declined(draft: Draft, reason: DeclineReason) -> Draft {
    let cvv = match reason {
        DeclineReason::CvvMismatch => Some(Check::Mismatch),
        _ => draft.checks.cvv,
    };
    let response = Response { approved: Some(false), reason: Some(reason) };
    Draft { checks: Checks { cvv, ..draft.checks }, response, ..draft }
}
