//! Generates what cardholders buy, and what can go wrong with it.

use super::draft::{Device, Draft, Opaque, ShipTo};
use super::holder::{Holder, HolderLocation};
use super::population::Population;
use super::purchase::Purchase;
use super::rng::Dice;
use super::world::{
    CategoryIndex, CityIndex, CountryIndex, MERCHANTS_PER_CATEGORY, MerchantIndex, SalesVenue,
    World, category,
};
use crate::transaction::{
    Channel, Check, Checks, DeclineReason, Funding, Response, SECOND_MS, Time,
};

/// Share of charges at the merchant that a person prefers.
const LOYALTY: f64 = 0.7;
/// Share of remote charges at the foreign site that a person regularly uses, if any.
const FOREIGN_SITE: f64 = 0.3;
/// Share of a traveller's charges that book a trip.
const BOOKINGS: f64 = 0.03;
/// Share of orders from a new device after which the person keeps using it.
const NEW_DEVICE_STAYS: f64 = 0.2;
/// Share of charges at sites without goods that verify a card for zero before it is stored there.
const ZERO_CHECKS: f64 = 0.03;
/// How many times its category's usual amount a big ticket costs, at least and at most.
const BIG_TICKET: (f64, f64) = (3.0, 14.0);
/// The maximum for cash: machines have a limit.
const CASH_TIMES_MAX: f64 = 5.0;

/// The charge that a holder makes at that time.
pub fn charge(holder: &mut Holder, world: &World, people: &Population, at: Time) -> Draft {
    if holder.dice.chance(people.big_tickets) {
        return big_ticket(holder, world, at);
    }
    let draft = everyday(holder, world, people, at);
    worn_chip(holder, people, draft)
}

/// A repetition of the charge seconds later: a faulty terminal, or an impatient cashier.
pub fn charged_twice(holder: &mut Holder, people: &Population, draft: &Draft) -> Option<Draft> {
    let twice =
        draft.card_present() && draft.approved() && holder.dice.chance(people.charged_twice);
    twice.then(|| Draft {
        id: holder.next_id(),
        time: holder.dice.later(draft.time, 4 * SECOND_MS..=90 * SECOND_MS),
        ..*draft
    })
}

fn everyday(holder: &mut Holder, world: &World, people: &Population, at: Time) -> Draft {
    if holder.travels && holder.dice.chance(BOOKINGS) && holder.plan_trip(at) {
        return ordered(holder, world, holder.country(), category::SITE_TRAVEL, at);
    }
    let place = holder.location(at);
    match place {
        _ if holder.dice.chance(holder.online) => order(holder, world, people, at),
        HolderLocation::Between => order(holder, world, people, at),
        HolderLocation::Home => {
            let category = CategoryIndex::street(&mut holder.dice);
            bought(holder, world, holder.home, category, at)
        }
        HolderLocation::Away(city) => {
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

/// The second attempt after a decline: some pay a smaller amount, most enter the correct numbers.
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

/// A sofa, a car repair, a laptop: many times the usual amount, and genuine.
fn big_ticket(holder: &mut Holder, world: &World, at: Time) -> Draft {
    let (least, most) = BIG_TICKET;
    let times = holder.dice.between(least..=most);
    let street = [category::FURNITURE, category::ELECTRONICS, category::JEWELLERY, category::CASH];
    let (of, merchant) = match holder.location(at) {
        HolderLocation::Home if !holder.dice.chance(holder.online) => {
            let of = *holder.dice.one_of(&street);
            (of, world.shop(holder.home, of, preferred(holder, of)))
        }
        _ => {
            let of = *holder.dice.one_of(&[category::SITE_ELECTRONICS, category::SITE_TRAVEL]);
            (of, world.site(holder.country(), of, preferred(holder, of)))
        }
    };
    let most_times = if of == category::CASH { CASH_TIMES_MAX } else { most };
    let dollars = of.get().median_dollars * times.min(most_times);
    let purchase = Purchase::usual(holder, world, merchant, dollars);
    let draft = purchase.authorize(holder, world, at);
    answered(holder, draft)
}

fn worn_chip(holder: &mut Holder, people: &Population, draft: Draft) -> Draft {
    if draft.channel == Channel::Chip && holder.dice.chance(people.worn_chips) {
        let checks = Checks { pin: Some(Check::Absent), ..draft.checks };
        Draft { channel: Channel::Fallback, checks, ..draft }
    } else {
        draft
    }
}

fn order(holder: &mut Holder, world: &World, people: &Population, at: Time) -> Draft {
    let of = CategoryIndex::remote(&mut holder.dice);
    let country = match holder.foreign_site {
        Some(abroad) if holder.dice.chance(FOREIGN_SITE) => abroad,
        _ if holder.dice.chance(people.foreign_orders) => {
            CityIndex::any(&mut holder.dice).get().country
        }
        _ => holder.country(),
    };
    let draft = ordered(holder, world, country, of, at);
    let draft = present(holder, people, draft);
    let draft = elsewhere(holder, people, draft);
    if of.get().venue == SalesVenue::Site && draft.approved() && holder.dice.chance(ZERO_CHECKS) {
        Draft { amount: 0, ..draft }
    } else {
        draft
    }
}

/// From a device not used before: another person's, or a new one that is used from now on.
fn elsewhere(holder: &mut Holder, people: &Population, draft: Draft) -> Draft {
    let Some(own) = draft.device else { return draft };
    if !holder.dice.chance(people.new_devices) {
        return draft;
    }
    let device = if holder.dice.chance(NEW_DEVICE_STAYS) {
        holder.renew_devices();
        holder.device(0)
    } else {
        Device { id: Opaque(holder.dice.bits()), ..own }
    };
    Draft { device: Some(device), ..draft }
}

fn present(holder: &mut Holder, people: &Population, draft: Draft) -> Draft {
    match draft.ship_to {
        Some(home) if holder.dice.chance(people.presents) => {
            let key = Opaque(holder.dice.bits());
            Draft { ship_to: Some(ShipTo { key, ..home }), ..draft }
        }
        _ => draft,
    }
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
    answered(holder, if stored { from_file(draft) } else { draft })
}

/// A charge on a card that the merchant has stored: nothing is typed, and little is checked.
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

/// The issuer's response: almost always approval.
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

/// The same charge, declined for this reason.
pub fn declined(draft: Draft, reason: DeclineReason) -> Draft {
    let cvv = match reason {
        DeclineReason::CvvMismatch => Some(Check::Mismatch),
        _ => draft.checks.cvv,
    };
    let response = Response { approved: Some(false), reason: Some(reason) };
    Draft { checks: Checks { cvv, ..draft.checks }, response, ..draft }
}
