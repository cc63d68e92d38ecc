//! Plans one fraud charge by charge, with the steps that all stories share.

use super::place::FraudPlace;
use crate::generate::draft::{Address, Device, Draft, EpisodeRef, Opaque};
use crate::generate::fraud_kind::FraudKind;
use crate::generate::holder::Holder;
use crate::generate::population::Population;
use crate::generate::post_authorization;
use crate::generate::purchase::Purchase;
use crate::generate::world::{CategoryIndex, CountryIndex, MerchantIndex, World};
use crate::number::{NearestDouble, i64_toward_zero};
use crate::transaction::{Channel, Time};
use std::ops::RangeInclusive;

/// Opaque numbers below this belong to holders, those above to thieves.
const THIEVES: u32 = 1_000;

pub struct Story<'s> {
    pub holder: &'s mut Holder,
    pub world: &'s World,
    people: &'s Population,
    plan: &'s mut Vec<Draft>,
    pub at: Time,
    episode: EpisodeRef,
    device: Device,
}

impl<'s> Story<'s> {
    pub fn new(
        holder: &'s mut Holder,
        world: &'s World,
        people: &'s Population,
        plan: &'s mut Vec<Draft>,
        at: Time,
        kind: FraudKind,
    ) -> Self {
        let episode = EpisodeRef { kind, count: holder.episodes };
        let own = Device {
            id: Opaque::of(holder.card.holder, THIEVES + u32::from(holder.episodes)),
            address: Address((holder.dice.bits() & 0xffff_ffff) as u32),
        };
        let stolen = holder.dice.chance(people.stolen_sessions);
        let device = if stolen { holder.device(0) } else { own };
        Self { holder, world, people, plan, at, episode, device }
    }

    pub fn generate(&mut self, target: FraudPlace) {
        match (self.episode.kind, target) {
            (FraudKind::ForeignWebShop, FraudPlace::Site(country)) => {
                self.foreign_web_shop(country)
            }
            (FraudKind::CountryHopping, FraudPlace::Site(country)) => self.country_hopping(country),
            (FraudKind::ImpossibleTravel, FraudPlace::City(city)) => self.impossible_travel(city),
            (FraudKind::StoredCardNewAddress, _) => self.stored_card_new_address(),
            (FraudKind::AccountTakeover, _) => self.account_takeover(),
            (FraudKind::DeclinesThenApproval, _) => self.declines_then_approval(),
            (FraudKind::AccountChecks, _) => self.account_checks(),
            (FraudKind::VelocityBurst, _) => self.velocity_burst(),
            (FraudKind::GiftCards, _) => self.gift_cards(),
            (FraudKind::OffHabit, _) => self.off_habit(),
            (FraudKind::DormantCard, _) => self.dormant_card(),
            (FraudKind::SmallAmounts, _) => self.small_amounts(),
            (FraudKind::LostOrStolen, _) => self.lost_or_stolen(),
            (FraudKind::ContactlessRun, _) => self.contactless_run(),
            (FraudKind::CashOut, _) => self.cash_out(),
            (FraudKind::StripeFallback, _) => self.stripe_fallback(),
            (FraudKind::RefundsWithoutSale, _) => self.refunds_without_sale(),
            _ => self.probe_then_spend(),
        }
    }

    /// A site in the cardholder's country.
    pub fn site(&mut self, of: CategoryIndex) -> MerchantIndex {
        let country = self.holder.country();
        self.site_in(country, of)
    }

    pub fn site_in(&mut self, country: CountryIndex, of: CategoryIndex) -> MerchantIndex {
        let n = self.holder.dice.between(0..=9);
        self.world.site(country, of, n)
    }

    /// A shop in the cardholder's city.
    pub fn shop(&mut self, of: CategoryIndex) -> MerchantIndex {
        let n = self.holder.dice.between(0..=9);
        self.world.shop(self.holder.home, of, n)
    }

    /// An amount, scaled by what this population's thieves take.
    pub fn dollars(&mut self, range: RangeInclusive<f64>) -> f64 {
        self.holder.dice.between(range) * self.people.fraud_amounts
    }

    /// An amount that does not depend on the population.
    pub fn exactly(&mut self, range: RangeInclusive<f64>) -> f64 {
        self.holder.dice.between(range)
    }

    pub fn times(&mut self, range: RangeInclusive<usize>) -> usize {
        self.holder.dice.between(range)
    }

    pub fn wait(&mut self, ms: RangeInclusive<i64>) {
        let patient = |ms: i64| i64_toward_zero(ms.nearest_double() * self.people.fraud_patience);
        let range = patient(*ms.start())..=patient(*ms.end());
        self.at = self.holder.dice.later(self.at, range);
    }

    pub fn online(&mut self, shop: MerchantIndex, dollars: f64) {
        let draft = self.ordered(shop, dollars);
        self.happen(draft);
    }

    /// An order from the thief's device, or from one that looks like the owner's.
    pub fn ordered(&mut self, merchant: MerchantIndex, dollars: f64) -> Draft {
        let draft = self.paid(merchant, dollars, Channel::Ecommerce);
        Draft { device: Some(self.device), ..draft }
    }

    pub fn paid(&mut self, merchant: MerchantIndex, dollars: f64, channel: Channel) -> Draft {
        Purchase { merchant, dollars, channel }.authorize(self.holder, self.world, self.at)
    }

    pub fn happen(&mut self, draft: Draft) {
        if draft.approved() {
            post_authorization::follow(self.holder, self.world, &draft, self.plan);
        }
        self.plan.push(Draft { fraud: Some(self.episode), ..draft });
    }
}
