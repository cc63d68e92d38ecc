//! Plans frauds with a stolen card number, without the card itself.

use super::story::Story;
use crate::generate::draft::{Draft, Opaque, ShipTo};
use crate::generate::spending::{declined, from_file};
use crate::generate::world::{CityIndex, CountryIndex, category};
use crate::transaction::{
    Check, Checks, DeclineReason, HOUR_MS, MINUTE_MS, SECOND_MS, ThreeDSecure,
};

/// The values at which gift cards are sold.
const GIFT_CARD_DOLLARS: [f64; 4] = [50.0, 100.0, 200.0, 250.0];

impl Story<'_> {
    pub fn probe_then_spend(&mut self) {
        let clinic = self.site(category::SITE_MEDICAL);
        self.online(clinic, 1.0);
        let shop = self.site(category::SITE_RETAIL);
        for _ in 0..3 {
            self.wait(3 * MINUTE_MS..=15 * MINUTE_MS);
            let dollars = self.dollars(90.0..=420.0);
            self.online(shop, dollars);
        }
    }

    /// Verifications for zero at several merchants, and an order the next day.
    pub fn account_checks(&mut self) {
        let sites = [category::SITE_DIGITAL, category::SITE_DONATIONS, category::SITE_MEDICAL];
        for _ in 0..self.times(3..=6) {
            let of = *self.holder.dice.one_of(&sites);
            let site = self.site(of);
            let check = Draft { amount: 0, ..self.ordered(site, 1.0) };
            let refused = self.holder.dice.chance(0.25);
            self.happen(if refused { declined(check, DeclineReason::CvvMismatch) } else { check });
            self.wait(MINUTE_MS..=6 * MINUTE_MS);
        }
        self.wait(HOUR_MS..=16 * HOUR_MS);
        for _ in 0..self.times(1..=2) {
            let shop = self.site(category::SITE_ELECTRONICS);
            let dollars = self.dollars(180.0..=650.0);
            self.online(shop, dollars);
            self.wait(3 * MINUTE_MS..=20 * MINUTE_MS);
        }
    }

    pub fn small_amounts(&mut self) {
        for _ in 0..self.times(5..=9) {
            let of = *self.holder.dice.one_of(&[category::SITE_DONATIONS, category::SITE_DIGITAL]);
            let shop = self.site(of);
            let dollars = self.exactly(0.5..=1.9);
            self.online(shop, dollars);
            self.wait(MINUTE_MS..=5 * MINUTE_MS);
        }
    }

    pub fn declines_then_approval(&mut self) {
        let shop = self.site(category::SITE_GIFT_CARDS);
        for _ in 0..self.times(5..=9) {
            let dollars = self.dollars(150.0..=500.0);
            let draft = self.ordered(shop, dollars);
            self.happen(declined(draft, DeclineReason::CvvMismatch));
            self.wait(15 * SECOND_MS..=50 * SECOND_MS);
        }
        let dollars = self.dollars(150.0..=500.0);
        self.online(shop, dollars);
    }

    pub fn foreign_web_shop(&mut self, country: CountryIndex) {
        let shop = self.site_in(country, category::SITE_ELECTRONICS);
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

    /// Orders in several countries in turn, all of moderate amounts.
    pub fn country_hopping(&mut self, first: CountryIndex) {
        let mut country = first;
        for _ in 0..self.times(3..=5) {
            let of = *self.holder.dice.one_of(&[category::SITE_RETAIL, category::SITE_ELECTRONICS]);
            let shop = self.site_in(country, of);
            let dollars = self.dollars(50.0..=280.0);
            let draft = self.ordered(shop, dollars);
            let ship_to = Some(ShipTo { key: Opaque(self.holder.dice.bits()), country });
            self.happen(Draft { ship_to, ..draft });
            self.wait(4 * MINUTE_MS..=18 * MINUTE_MS);
            country = CityIndex::any(&mut self.holder.dice).get().country;
        }
    }

    pub fn stored_card_new_address(&mut self) {
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

    /// The thief is logged in to the owner's account: vouchers and downloads, nothing is shipped.
    pub fn account_takeover(&mut self) {
        let sites = [category::SITE_GIFT_CARDS, category::SITE_DIGITAL, category::SITE_TRAVEL];
        let of = *self.holder.dice.one_of(&sites);
        let shop = self.world.site(self.holder.country(), of, self.holder.favourite(of));
        for _ in 0..self.times(1..=3) {
            let dollars = self.dollars(280.0..=900.0);
            let draft = self.ordered(shop, dollars);
            self.happen(from_file(draft));
            self.wait(4 * MINUTE_MS..=30 * MINUTE_MS);
        }
    }

    pub fn velocity_burst(&mut self) {
        for _ in 0..self.times(10..=16) {
            let of = *self.holder.dice.one_of(&[category::SITE_DIGITAL, category::SITE_GIFT_CARDS]);
            let shop = self.site(of);
            let dollars = self.dollars(25.0..=120.0);
            self.online(shop, dollars);
            self.wait(20 * SECOND_MS..=100 * SECOND_MS);
        }
    }

    /// Gift cards of round amounts, with pauses between them.
    pub fn gift_cards(&mut self) {
        let shop = self.site(category::SITE_GIFT_CARDS);
        for _ in 0..self.times(3..=6) {
            let dollars = *self.holder.dice.one_of(&GIFT_CARD_DOLLARS);
            self.online(shop, dollars);
            self.wait(6 * MINUTE_MS..=35 * MINUTE_MS);
        }
    }

    /// One large order, with nothing before or after it.
    pub fn off_habit(&mut self) {
        let shop = self.site(category::SITE_ELECTRONICS);
        let dollars = self.dollars(700.0..=2_200.0);
        let draft = self.ordered(shop, dollars);
        self.happen(Draft { ship_to: None, ..draft });
    }

    /// A card that has not been used for weeks.
    pub fn dormant_card(&mut self) {
        let abroad = self.holder.dice.chance(0.4);
        let country = match abroad {
            true => CityIndex::any(&mut self.holder.dice).get().country,
            false => self.holder.country(),
        };
        for _ in 0..self.times(1..=3) {
            let shop = self.site_in(country, category::SITE_ELECTRONICS);
            let dollars = self.dollars(250.0..=900.0);
            let draft = self.ordered(shop, dollars);
            self.happen(Draft { ship_to: None, ..draft });
            self.wait(5 * MINUTE_MS..=40 * MINUTE_MS);
        }
    }
}
