//! Models a cardholder: where they live, what they habitually buy, and where they are.

use super::draft::{Address, CardRef, Device, MessageRef, Opaque, ShipTo};
use super::population::Population;
use super::rhythm::Rhythm;
use super::rng::Dice;
use super::world::{CategoryIndex, City, CityIndex, CountryIndex, MERCHANTS_PER_CATEGORY};
use crate::number::{NearestDouble, i64_toward_zero};
use crate::transaction::{DAY_MS, Funding, HOUR_MS, Time};

const SUBSCRIPTIONS_MAX: usize = 3;
/// Numbers from which a holder's opaque ids are derived. All are below those of thieves.
const ADDRESS: u32 = 8;
const HOME: u32 = 9;
const DEVICES: u32 = 16;
const RENEWALS_MAX: u32 = 400;
/// Charges per day on a rarely used card, one that is kept in a drawer.
const DRAWER_CHARGES_PER_DAY: f64 = 0.06;
/// What is charged to such a card, relative to other cards: it is used for large purchases.
const DRAWER_SCALE: f64 = 2.0;
/// The average speed of a flight, in kilometres per hour.
const FLIGHT_KMH: f64 = 750.0;
/// The time to and from the airports, in total.
const AIRPORTS_MS: i64 = 5 * HOUR_MS;

/// A cardholder, with the random stream that their behaviour is drawn from.
#[derive(Debug)]
pub struct Holder {
    pub card: CardRef,
    pub dice: Dice,
    pub home: CityIndex,
    pub funding: Funding,
    pub rhythm: Rhythm,
    /// What they spend, relative to the median of each category.
    pub scale: f64,
    /// Share of their charges that are made online.
    pub online: f64,
    pub travels: bool,
    /// The card is not used for weeks at a time.
    pub is_rarely_used: bool,
    /// Nothing is bought before this: the card rests while a thief uses its number.
    pub idle_until: Time,
    pub foreign_site: Option<CountryIndex>,
    pub subscriptions: [Option<Subscription>; SUBSCRIPTIONS_MAX],
    pub trip: Option<Trip>,
    /// No fraud before this: the same person is not struck day after day.
    pub no_fraud_until: Time,
    pub episodes: u16,
    favourites: usize,
    /// How often their devices were replaced.
    renewals: u32,
    messages: u32,
}

/// A recurring charge.
#[derive(Debug, Clone, Copy)]
pub struct Subscription {
    pub category: CategoryIndex,
    pub site: usize,
    pub dollars: f64,
    pub every_ms: i64,
}

/// A stay in another city.
#[derive(Debug, Clone, Copy)]
pub struct Trip {
    pub city: CityIndex,
    pub leaves: Time,
    pub arrives: Time,
    pub departs: Time,
    pub home: Time,
}

/// Where a holder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HolderLocation {
    Home,
    Away(CityIndex),
    /// Travelling, and in no shop.
    Between,
}

impl Holder {
    /// The n-th person of a population: the same for a seed, regardless of the population's size.
    pub fn new(seed: u64, n: u32, population: &Population) -> Self {
        let mut dice = Dice::new(seed, u64::from(n) + 1);
        let home = CityIndex::home(&mut dice);
        let is_rarely_used = dice.chance(population.drawer_cards);
        let charges_per_day = dice.log_normal(population.charges_per_day, 0.5).clamp(0.2, 8.0);
        let rhythm = Rhythm {
            charges_per_day: if is_rarely_used { DRAWER_CHARGES_PER_DAY } else { charges_per_day },
            at_night: dice.chance(population.night_workers),
            utc_offset_hours: home.get().utc_offset_hours,
        };
        let subscriptions = subscriptions(&mut dice);
        let drawer_scale = if is_rarely_used { DRAWER_SCALE } else { 1.0 };
        let funding = *dice.one_of(&FUNDING);
        Self {
            card: CardRef { seed, holder: n, replacement: 0 },
            home,
            funding,
            rhythm,
            scale: dice.log_normal(population.spending, 0.35) * drawer_scale,
            online: dice.between(population.online.0..=population.online.1),
            travels: dice.chance(population.travellers),
            is_rarely_used,
            idle_until: Time(i64::MIN),
            foreign_site: dice
                .chance(population.used_to_a_foreign_site)
                .then(|| CityIndex::any(&mut dice).get().country),
            subscriptions: if is_rarely_used { Default::default() } else { subscriptions },
            trip: None,
            no_fraud_until: Time(i64::MIN),
            episodes: 0,
            favourites: dice.between(0..=MERCHANTS_PER_CATEGORY - 1),
            renewals: 0,
            messages: 0,
            dice,
        }
    }

    pub fn next_id(&mut self) -> MessageRef {
        self.messages += 1;
        let CardRef { seed, holder, .. } = self.card;
        MessageRef { seed, holder, count: self.messages }
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

    /// One of the holder's devices, at home.
    pub fn device(&self, n: u32) -> Device {
        let id = self.opaque(DEVICES + 2 * self.renewals + n);
        Device { id, address: Address((self.opaque(ADDRESS).0 & 0xffff_ffff) as u32) }
    }

    /// Replaces their devices.
    pub fn renew_devices(&mut self) {
        self.renewals = (self.renewals + 1).min(RENEWALS_MAX);
    }

    pub fn home_address(&self) -> ShipTo {
        ShipTo { key: self.opaque(HOME), country: self.country() }
    }

    /// An id that belongs to this holder alone.
    fn opaque(&self, what: u32) -> Opaque {
        Opaque::of(self.card.holder, what)
    }

    pub fn location(&self, at: Time) -> HolderLocation {
        match self.trip {
            Some(trip) if trip.leaves <= at && at < trip.home => trip.location(at),
            _ => HolderLocation::Home,
        }
    }

    /// Plans a trip some days ahead, unless one is planned or in progress.
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

    /// Replaces their card with a new one.
    pub fn replace_card(&mut self) {
        self.card.replacement = self.card.replacement.wrapping_add(1);
    }
}

impl Trip {
    fn location(&self, at: Time) -> HolderLocation {
        if at < self.arrives || at >= self.departs {
            HolderLocation::Between
        } else {
            HolderLocation::Away(self.city)
        }
    }
}

/// The funding of twenty cards: mostly debit.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
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

/// The travel time from door to door.
fn flight_ms(from: &City, to: &City) -> i64 {
    let km =
        crate::transaction::distance_km(from.latitude, from.longitude, to.latitude, to.longitude);
    AIRPORTS_MS + i64_toward_zero(km / FLIGHT_KMH * HOUR_MS.nearest_double())
}
