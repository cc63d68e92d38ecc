//! Fraud: stories that strike a card now and then, each told with its own charges.

use super::aftermath;
use super::draft::{Address, Device, Draft, EpisodeRef, Opaque, ShipTo};
use super::holder::Holder;
use super::label::FraudKind;
use super::purchase::Purchase;
use super::spending::{declined, from_file};
use super::world::{CategoryIndex, City, CityIndex, CountryIndex, MerchantIndex, World, category};
use crate::transaction::{
    CardStatus, Channel, Check, Checks, DAY_MS, DeclineReason, Funding, HOUR_MS, MINUTE_MS,
    SECOND_MS, ThreeDSecure, Time, distance_km,
};
use std::ops::RangeInclusive;

/// How long a person is spared after a fraud.
const SPARED_MS: i64 = 4 * DAY_MS;
/// A stripe is not cloned next door: where it is used lies at least this far away.
const FAR_KM: f64 = 3_000.0;
/// How many places are looked at for one that fits a story.
const TRIES_MAX: usize = 16;
/// What holders have of their own lies below this, thieves' things above.
const THIEVES: u32 = 1_000;

/// Begins a fraud on the card that has just been charged.
pub fn strike(holder: &mut Holder, world: &World, charge: &Draft, plan: &mut Vec<Draft>) {
    let Some((kind, target)) = opportunity(holder, world, charge) else { return };
    holder.episodes = holder.episodes.wrapping_add(1);
    let start = begin(holder, kind, charge.time);
    holder.spared_until = Time(start.millis() + SPARED_MS);
    let episode = EpisodeRef { kind, count: holder.episodes };
    let device = Device {
        id: Opaque::of(holder.card.holder, THIEVES + u32::from(holder.episodes)),
        address: Address(holder.dice.bits() as u32),
    };
    let mut story = Story { holder, world, plan, at: start, episode, device };
    story.tell(target);
}

const KINDS: [FraudKind; 8] = [
    FraudKind::ProbeThenSpend,
    FraudKind::ForeignWebShop,
    FraudKind::StoredCardNewAddress,
    FraudKind::ImpossibleTravel,
    FraudKind::DeclinesThenApproval,
    FraudKind::VelocityBurst,
    FraudKind::LostOrStolen,
    FraudKind::SmallAmounts,
];

/// Where a story plays.
#[derive(Debug, Clone, Copy)]
enum Target {
    Home,
    Site(CountryIndex),
    City(CityIndex),
}

/// A kind of fraud that this card lends itself to now.
fn opportunity(holder: &mut Holder, world: &World, charge: &Draft) -> Option<(FraudKind, Target)> {
    (0..TRIES_MAX).find_map(|_| {
        let kind = *holder.dice.one_of(&KINDS);
        Some((kind, target(holder, world, charge, kind)?))
    })
}

/// Where this kind of fraud could strike this card now; `None` where it makes no sense.
fn target(holder: &mut Holder, world: &World, charge: &Draft, kind: FraudKind) -> Option<Target> {
    match kind {
        FraudKind::ForeignWebShop if holder.funding == Funding::Debit => foreign_site(holder),
        FraudKind::ForeignWebShop => None,
        FraudKind::ImpossibleTravel => {
            let here = charge.card_present() && charge.approved();
            if here { far_city(holder, world.merchant(charge.merchant).city) } else { None }
        }
        _ => Some(Target::Home),
    }
}

/// A country that the card has nothing to do with.
fn foreign_site(holder: &mut Holder) -> Option<Target> {
    let trip = holder.trip.map(|trip| trip.city.get().country);
    let known = [Some(holder.country()), holder.foreign_site, trip];
    (0..TRIES_MAX)
        .map(|_| CityIndex::any(&mut holder.dice).get().country)
        .find(|country| !known.contains(&Some(*country)))
        .map(Target::Site)
}

fn far_city(holder: &mut Holder, from: &City) -> Option<Target> {
    (0..TRIES_MAX)
        .map(|_| CityIndex::any(&mut holder.dice))
        .find(|city| {
            let to = city.get();
            distance_km(from.latitude, from.longitude, to.latitude, to.longitude) > FAR_KM
        })
        .map(Target::City)
}

fn begin(holder: &mut Holder, kind: FraudKind, now: Time) -> Time {
    let after = match kind {
        FraudKind::ImpossibleTravel => 20 * MINUTE_MS..=90 * MINUTE_MS,
        FraudKind::LostOrStolen => 10 * MINUTE_MS..=3 * HOUR_MS,
        _ => 10 * MINUTE_MS..=5 * HOUR_MS,
    };
    holder.dice.later(now, after)
}

/// One fraud as it is told, charge by charge.
struct Story<'s> {
    holder: &'s mut Holder,
    world: &'s World,
    plan: &'s mut Vec<Draft>,
    at: Time,
    episode: EpisodeRef,
    device: Device,
}

impl Story<'_> {
    fn tell(&mut self, target: Target) {
        match (self.episode.kind, target) {
            (FraudKind::ForeignWebShop, Target::Site(country)) => self.foreign_web_shop(country),
            (FraudKind::ImpossibleTravel, Target::City(city)) => self.impossible_travel(city),
            (FraudKind::StoredCardNewAddress, _) => self.stored_card_new_address(),
            (FraudKind::DeclinesThenApproval, _) => self.declines_then_approval(),
            (FraudKind::VelocityBurst, _) => self.velocity_burst(),
            (FraudKind::LostOrStolen, _) => self.lost_or_stolen(),
            (FraudKind::SmallAmounts, _) => self.small_amounts(),
            _ => self.probe_then_spend(),
        }
    }

    fn probe_then_spend(&mut self) {
        let clinic = self.site(category::SITE_MEDICAL);
        self.online(clinic, 1.0);
        let shop = self.site(category::SITE_RETAIL);
        for _ in 0..3 {
            self.wait(3 * MINUTE_MS..=15 * MINUTE_MS);
            let dollars = self.dollars(90.0..=420.0);
            self.online(shop, dollars);
        }
    }

    fn foreign_web_shop(&mut self, country: CountryIndex) {
        let n = self.holder.dice.between(0..=9);
        let shop = self.world.site(country, category::SITE_ELECTRONICS, n);
        let dollars = self.dollars(2_400.0..=2_800.0);
        let draft = self.ordered(shop, dollars);
        let checks = Checks {
            address: Some(Check::Mismatch),
            three_d_secure: Some(ThreeDSecure::None),
            ..draft.checks
        };
        let ship_to = Some(ShipTo { key: Opaque(self.holder.dice.bits()), country });
        self.happen(Draft { checks, ship_to, ..draft });
    }

    fn stored_card_new_address(&mut self) {
        let of = *self.holder.dice.one_of(&[category::SITE_RETAIL, category::SITE_ELECTRONICS]);
        let shop = self.world.site(self.holder.country(), of, self.holder.favourite(of));
        let dollars = self.dollars(1_050.0..=1_400.0);
        let draft = self.ordered(shop, dollars);
        let country = match self.holder.dice.chance(0.5) {
            true => CityIndex::any(&mut self.holder.dice).get().country,
            false => self.holder.country(),
        };
        let ship_to = Some(ShipTo { key: Opaque(self.holder.dice.bits()), country });
        self.happen(from_file(Draft { ship_to, ..draft }));
    }

    fn impossible_travel(&mut self, city: CityIndex) {
        let channel = *self.holder.dice.one_of(&[Channel::Magstripe, Channel::Fallback]);
        for _ in 0..self.holder.dice.between(2..=3) {
            let n = self.holder.dice.between(0..=9);
            let merchant = self.world.shop(city, category::ELECTRONICS, n);
            let dollars = self.dollars(250.0..=900.0);
            let draft = Purchase { merchant, dollars, channel };
            let draft = draft.authorize(self.holder, self.world, self.at);
            self.happen(draft);
            self.wait(4 * MINUTE_MS..=15 * MINUTE_MS);
        }
    }

    fn declines_then_approval(&mut self) {
        let shop = self.site(category::SITE_GIFT_CARDS);
        for _ in 0..self.holder.dice.between(5..=9) {
            let dollars = self.dollars(150.0..=500.0);
            let draft = self.ordered(shop, dollars);
            self.happen(declined(draft, DeclineReason::CvvMismatch));
            self.wait(15 * SECOND_MS..=50 * SECOND_MS);
        }
        let dollars = self.dollars(150.0..=500.0);
        self.online(shop, dollars);
    }

    fn velocity_burst(&mut self) {
        for _ in 0..self.holder.dice.between(10..=16) {
            let of = *self.holder.dice.one_of(&[category::SITE_DIGITAL, category::SITE_GIFT_CARDS]);
            let shop = self.site(of);
            let dollars = self.dollars(25.0..=120.0);
            self.online(shop, dollars);
            self.wait(20 * SECOND_MS..=100 * SECOND_MS);
        }
    }

    fn lost_or_stolen(&mut self) {
        let status = *self.holder.dice.one_of(&[CardStatus::Lost, CardStatus::Stolen]);
        for n in 0..self.holder.dice.between(2..=4) {
            let of = CategoryIndex::street(&mut self.holder.dice);
            let merchant = self.world.shop(self.holder.home, of, n);
            let dollars = self.dollars(12.0..=48.0);
            let purchase = Purchase::usual(self.holder, self.world, merchant, dollars);
            let draft = purchase.authorize(self.holder, self.world, self.at);
            let draft = Draft { status, ..draft };
            let noticed = self.holder.dice.chance(0.6);
            self.happen(if noticed {
                declined(draft, DeclineReason::CardNotActive)
            } else {
                draft
            });
            self.wait(5 * MINUTE_MS..=20 * MINUTE_MS);
        }
        self.holder.replace_card();
    }

    fn small_amounts(&mut self) {
        for _ in 0..self.holder.dice.between(5..=9) {
            let of = *self.holder.dice.one_of(&[category::SITE_DONATIONS, category::SITE_DIGITAL]);
            let shop = self.site(of);
            let dollars = self.dollars(0.5..=1.9);
            self.online(shop, dollars);
            self.wait(MINUTE_MS..=5 * MINUTE_MS);
        }
    }

    /// Some site in the cardholder's country.
    fn site(&mut self, of: CategoryIndex) -> MerchantIndex {
        let n = self.holder.dice.between(0..=9);
        self.world.site(self.holder.country(), of, n)
    }

    fn dollars(&mut self, range: RangeInclusive<f64>) -> f64 {
        self.holder.dice.between(range)
    }

    fn wait(&mut self, ms: RangeInclusive<i64>) {
        self.at = self.holder.dice.later(self.at, ms);
    }

    fn online(&mut self, shop: MerchantIndex, dollars: f64) {
        let draft = self.ordered(shop, dollars);
        self.happen(draft);
    }

    /// An order from the thief's own device.
    fn ordered(&mut self, merchant: MerchantIndex, dollars: f64) -> Draft {
        let purchase = Purchase { merchant, dollars, channel: Channel::Ecommerce };
        let draft = purchase.authorize(self.holder, self.world, self.at);
        Draft { device: Some(self.device), ..draft }
    }

    fn happen(&mut self, draft: Draft) {
        if draft.approved() {
            aftermath::follow(self.holder, self.world, &draft, self.plan);
        }
        self.plan.push(Draft { fraud: Some(self.episode), ..draft });
    }
}
