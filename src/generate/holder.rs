//! A person with a card: where they live, what they are used to, and what they are up to.

use super::dice::Dice;
use super::draft::{Address, CardRef, Device, MessageRef, Opaque, ShipTo};
use super::rhythm::Rhythm;
use super::world::{CategoryIndex, City, CityIndex, CountryIndex, MERCHANTS_PER_CATEGORY};
use crate::transaction::{DAY_MS, Funding, HOUR_MS, Time};

const SUBSCRIPTIONS_MAX: usize = 3;
/// Share of people who travel now and then.
const TRAVELLERS: f64 = 0.12;
/// Share of people who are used to a web shop abroad.
const USED_TO_A_FOREIGN_SITE: f64 = 0.08;
const NIGHT_WORKERS: f64 = 0.05;
/// How far a plane takes one in an hour, kilometres.
const FLIGHT_KMH: f64 = 750.0;
/// Getting to and from the airport, both ends together.
const AIRPORTS_MS: i64 = 5 * HOUR_MS;

/// A person, with the stream of chance that their life is made of.
#[derive(Debug)]
pub struct Holder {
    pub card: CardRef,
    pub dice: Dice,
    pub home: CityIndex,
    pub funding: Funding,
    pub rhythm: Rhythm,
    /// What they spend against the median of each category.
    pub scale: f64,
    /// Share of their charges that are made online.
    pub online: f64,
    pub travels: bool,
    pub foreign_site: Option<CountryIndex>,
    pub subscriptions: [Option<Subscription>; SUBSCRIPTIONS_MAX],
    pub trip: Option<Trip>,
    /// No fraud before this: it does not strike the same person day after day.
    pub spared_until: Time,
    pub episodes: u16,
    favourites: usize,
    messages: u32,
}

/// Something that is charged again and again.
#[derive(Debug, Clone, Copy)]
pub struct Subscription {
    pub category: CategoryIndex,
    pub site: usize,
    pub dollars: f64,
    pub every_ms: i64,
}

/// Days in another city.
#[derive(Debug, Clone, Copy)]
pub struct Trip {
    pub city: CityIndex,
    pub leaves: Time,
    pub arrives: Time,
    pub departs: Time,
    pub home: Time,
}

/// Where somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whereabouts {
    Home,
    Away(CityIndex),
    /// On the way, in no shop.
    Between,
}

impl Holder {
    /// The n-th person of a population: the same for a seed, however many others there are.
    pub fn new(seed: u64, n: u32) -> Self {
        let mut dice = Dice::new(seed, u64::from(n) + 1);
        let home = CityIndex::home(&mut dice);
        let rhythm = Rhythm {
            charges_per_day: dice.log_normal(1.8, 0.5).clamp(0.2, 8.0),
            at_night: dice.chance(NIGHT_WORKERS),
            utc_offset_hours: home.get().utc_offset_hours,
        };
        let funding = *dice.one_of(&FUNDING);
        Self {
            card: CardRef { holder: n, replacement: 0 },
            home,
            funding,
            rhythm,
            scale: dice.log_normal(1.0, 0.35),
            online: dice.between(0.08..=0.45),
            travels: dice.chance(TRAVELLERS),
            foreign_site: dice
                .chance(USED_TO_A_FOREIGN_SITE)
                .then(|| CityIndex::any(&mut dice).get().country),
            subscriptions: subscriptions(&mut dice),
            trip: None,
            spared_until: Time(i64::MIN),
            episodes: 0,
            favourites: dice.between(0..=MERCHANTS_PER_CATEGORY - 1),
            messages: 0,
            dice,
        }
    }

    pub fn next_id(&mut self) -> MessageRef {
        self.messages += 1;
        MessageRef { holder: self.card.holder, count: self.messages }
    }

    /// Which of the merchants of a category they prefer.
    pub fn favourite(&self, category: CategoryIndex) -> usize {
        self.favourites + category.position()
    }

    pub fn home_city(&self) -> &'static City {
        self.home.get()
    }

    pub fn country(&self) -> CountryIndex {
        self.home.get().country
    }

    /// One of their own devices, at home.
    pub fn device(&self, n: u32) -> Device {
        Device { id: self.opaque(n), address: Address(self.opaque(8).0 as u32) }
    }

    pub fn home_address(&self) -> ShipTo {
        ShipTo { key: self.opaque(9), country: self.country() }
    }

    /// The holder's, and nobody else's.
    fn opaque(&self, what: u32) -> Opaque {
        Opaque::of(self.card.holder, what)
    }

    pub fn whereabouts(&self, at: Time) -> Whereabouts {
        match self.trip {
            Some(trip) if trip.leaves <= at && at < trip.home => trip.whereabouts(at),
            _ => Whereabouts::Home,
        }
    }

    /// Plans a trip some days ahead, unless one is planned or under way.
    pub fn plan_trip(&mut self, now: Time) -> bool {
        let free = self.trip.is_none_or(|trip| trip.home < now);
        let city = CityIndex::any(&mut self.dice);
        if !free || city == self.home {
            return false;
        }
        let leaves = self.dice.later(now, 3 * DAY_MS..=20 * DAY_MS);
        let departs = self.dice.later(leaves, 2 * DAY_MS..=9 * DAY_MS);
        let flight = flight_ms(self.home.get(), city.get());
        self.trip = Some(Trip {
            city,
            leaves,
            arrives: Time(leaves.millis() + flight),
            departs,
            home: Time(departs.millis() + flight),
        });
        true
    }

    /// Gives them a new card in place of the one they have.
    pub fn replace_card(&mut self) {
        self.card.replacement = self.card.replacement.wrapping_add(1);
    }
}

impl Trip {
    fn whereabouts(&self, at: Time) -> Whereabouts {
        if at < self.arrives || at >= self.departs {
            Whereabouts::Between
        } else {
            Whereabouts::Away(self.city)
        }
    }
}

/// Twenty cards' funding: mostly debit.
const FUNDING: [Funding; 20] = {
    let mut table = [Funding::Debit; 20];
    let mut n = 0;
    while n < 8 {
        table[n] = if n == 7 { Funding::Prepaid } else { Funding::Credit };
        n += 1;
    }
    table
};

fn subscriptions(dice: &mut Dice) -> [Option<Subscription>; SUBSCRIPTIONS_MAX] {
    std::array::from_fn(|_| {
        dice.chance(0.3).then(|| {
            let category = CategoryIndex::subscription(dice);
            let kind = category.get();
            Subscription {
                category,
                site: dice.between(0..=MERCHANTS_PER_CATEGORY - 1),
                dollars: dice.log_normal(kind.median_dollars, kind.spread),
                every_ms: if dice.chance(0.1) { 7 * DAY_MS } else { 30 * DAY_MS },
            }
        })
    })
}

/// From door to door.
fn flight_ms(from: &City, to: &City) -> i64 {
    let km =
        crate::transaction::distance_km(from.latitude, from.longitude, to.latitude, to.longitude);
    AIRPORTS_MS + (km / FLIGHT_KMH * HOUR_MS as f64) as i64
}
