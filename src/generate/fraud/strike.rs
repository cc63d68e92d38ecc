//! Chooses which kind of fraud strikes a card, where and when.

use super::place::FraudPlace;
use super::story::Story;
use crate::generate::draft::Draft;
use crate::generate::fraud_kind::FraudKind;
use crate::generate::holder::Holder;
use crate::generate::population::Population;
use crate::generate::rhythm;
use crate::generate::world::{City, CityIndex, CountryIndex, World};
use crate::transaction::{DAY_MS, Funding, HOUR_MS, MINUTE_MS, Time, distance_km};

/// How long a person is spared after a fraud.
const SPARED_MS: i64 = 4 * DAY_MS;
/// A cloned stripe is used at least this far away.
const FAR_KM: f64 = 3_000.0;
/// How many kinds or places are tried to find one that fits.
const TRIES_MAX: usize = 16;
/// Share of frauds with a stolen number that wait until the owner is asleep.
const WHILE_ASLEEP: f64 = 0.35;
const ASLEEP_HOUR: i64 = 2;

/// Begins a fraud on the card that has just been charged.
pub fn strike(
    holder: &mut Holder,
    world: &World,
    people: &Population,
    charge: &Draft,
    plan: &mut Vec<Draft>,
) {
    let Some((kind, target)) = opportunity(holder, world, charge) else { return };
    holder.episodes = holder.episodes.wrapping_add(1);
    let start = begin(holder, kind, charge.time);
    holder.no_fraud_until = Time(start.millis() + SPARED_MS);
    if kind == FraudKind::DormantCard {
        holder.idle_until = Time(start.millis() + DAY_MS);
    }
    Story::new(holder, world, people, plan, start, kind).generate(target);
}

/// A kind of fraud that is plausible for this card now.
fn opportunity(
    holder: &mut Holder,
    world: &World,
    charge: &Draft,
) -> Option<(FraudKind, FraudPlace)> {
    if holder.is_rarely_used {
        return Some((FraudKind::DormantCard, FraudPlace::Home));
    }
    (0..TRIES_MAX).find_map(|_| {
        let kind = *FraudKind::ALL.get(holder.dice.between(0..=FraudKind::ALL.len() - 1))?;
        Some((kind, target(holder, world, charge, kind)?))
    })
}

/// Where this kind of fraud could strike this card now; `None` if it is implausible.
fn target(
    holder: &mut Holder,
    world: &World,
    charge: &Draft,
    kind: FraudKind,
) -> Option<FraudPlace> {
    match kind {
        FraudKind::ForeignWebShop if holder.funding == Funding::Debit => {
            foreign_country(holder).map(FraudPlace::Site)
        }
        FraudKind::ForeignWebShop | FraudKind::DormantCard => None,
        FraudKind::CountryHopping => foreign_country(holder).map(FraudPlace::Site),
        FraudKind::ImpossibleTravel => {
            let here = charge.card_present() && charge.approved();
            if here { far_city(holder, world.merchant(charge.merchant).city) } else { None }
        }
        _ => Some(FraudPlace::Home),
    }
}

/// A country that the card has no connection with.
fn foreign_country(holder: &mut Holder) -> Option<CountryIndex> {
    let trip = holder.trip.map(|trip| trip.city.get().country);
    let known = [Some(holder.country()), holder.foreign_site, trip];
    (0..TRIES_MAX)
        .map(|_| CityIndex::any(&mut holder.dice).get().country)
        .find(|country| !known.contains(&Some(*country)))
}

fn far_city(holder: &mut Holder, from: &City) -> Option<FraudPlace> {
    (0..TRIES_MAX)
        .map(|_| CityIndex::any(&mut holder.dice))
        .find(|city| {
            let to = city.get();
            distance_km(from.latitude, from.longitude, to.latitude, to.longitude) > FAR_KM
        })
        .map(FraudPlace::City)
}

fn begin(holder: &mut Holder, kind: FraudKind, now: Time) -> Time {
    let after = match kind {
        FraudKind::ImpossibleTravel => 20 * MINUTE_MS..=90 * MINUTE_MS,
        FraudKind::LostOrStolen | FraudKind::ContactlessRun => 10 * MINUTE_MS..=3 * HOUR_MS,
        FraudKind::DormantCard => 15 * DAY_MS..=26 * DAY_MS,
        _ => 10 * MINUTE_MS..=5 * HOUR_MS,
    };
    let start = holder.dice.later(now, after);
    if kind.needs_the_card() || !holder.dice.chance(WHILE_ASLEEP) {
        return start;
    }
    let hour = rhythm::local_hour(start, holder.rhythm.utc_offset_hours);
    Time(start.millis() + (ASLEEP_HOUR - hour).rem_euclid(24) * HOUR_MS)
}
