//! Plans frauds with a stolen card or a copy of it.

use super::story::Story;
use crate::generate::draft::Draft;
use crate::generate::purchase::Purchase;
use crate::generate::rhythm;
use crate::generate::spending::declined;
use crate::generate::world::{CategoryIndex, CityIndex, category};
use crate::transaction::{
    CardStatus, Channel, Checks, DeclineReason, HOUR_MS, Kind, MINUTE_MS, Response, Time,
};

/// Share of thieves with the PIN who wait for midnight, because each day has a separate limit.
const ACROSS_MIDNIGHT: f64 = 0.5;
const BEFORE_MIDNIGHT_HOUR: i64 = 23;

impl Story<'_> {
    pub fn impossible_travel(&mut self, city: CityIndex) {
        let channel = *self.holder.dice.one_of(&[Channel::Magstripe, Channel::Fallback]);
        for _ in 0..self.times(2..=3) {
            let n = self.holder.dice.between(0..=9);
            let merchant = self.world.shop(city, category::ELECTRONICS, n);
            let dollars = self.dollars(250.0..=900.0);
            let draft = self.paid(merchant, dollars, channel);
            self.happen(draft);
            self.wait(4 * MINUTE_MS..=15 * MINUTE_MS);
        }
    }

    pub fn lost_or_stolen(&mut self) {
        let status = *self.holder.dice.one_of(&[CardStatus::Lost, CardStatus::Stolen]);
        for n in 0..self.times(2..=4) {
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

    /// A stolen card that is not yet missed, used just below the amount that requires a PIN, in one
    /// shop after another.
    pub fn contactless_run(&mut self) {
        let street = [category::GROCERY, category::PHARMACY, category::FUEL, category::CLOTHING];
        for _ in 0..self.times(4..=8) {
            let of = *self.holder.dice.one_of(&street);
            let merchant = self.shop(of);
            let dollars = self.exactly(36.0..=49.9);
            let draft = self.paid(merchant, dollars, Channel::Contactless);
            self.happen(draft);
            self.wait(4 * MINUTE_MS..=18 * MINUTE_MS);
        }
    }

    /// Card and PIN: as much cash as the machines give, then goods that are as good as cash.
    pub fn cash_out(&mut self) {
        if self.holder.dice.chance(ACROSS_MIDNIGHT) {
            let hour = rhythm::local_hour(self.at, self.holder.rhythm.utc_offset_hours);
            let until = (BEFORE_MIDNIGHT_HOUR - hour).rem_euclid(24);
            self.at = Time(self.at.millis() + until * HOUR_MS);
        }
        for _ in 0..self.times(3..=6) {
            let machine = self.shop(category::CASH);
            let dollars = self.dollars(280.0..=500.0);
            let draft = self.paid(machine, dollars, Channel::Atm);
            self.happen(draft);
            self.wait(3 * MINUTE_MS..=25 * MINUTE_MS);
        }
        if self.holder.dice.chance(0.5) {
            let exchanges = [category::SITE_COINS, category::SITE_MONEY_TRANSFER];
            let of = *self.holder.dice.one_of(&exchanges);
            let exchange = self.site(of);
            let dollars = self.dollars(250.0..=800.0);
            self.online(exchange, dollars);
        }
    }

    /// A copied stripe on a card whose chip "cannot be read", near the cardholder's home.
    pub fn stripe_fallback(&mut self) {
        let street = [category::ELECTRONICS, category::CLOTHING, category::GROCERY];
        for _ in 0..self.times(1..=3) {
            let of = *self.holder.dice.one_of(&street);
            let merchant = self.shop(of);
            let dollars = self.dollars(120.0..=600.0);
            let draft = self.paid(merchant, dollars, Channel::Fallback);
            self.happen(draft);
            self.wait(8 * MINUTE_MS..=45 * MINUTE_MS);
        }
    }

    /// A dishonest cashier: refunds without a sale.
    pub fn refunds_without_sale(&mut self) {
        let shop = self.shop(category::CLOTHING);
        for _ in 0..self.times(2..=4) {
            let dollars = self.dollars(80.0..=400.0);
            let draft = self.paid(shop, dollars, Channel::Chip);
            let refund = Draft {
                kind: Kind::Refund,
                checks: Checks::default(),
                response: Response::default(),
                ..draft
            };
            self.happen(refund);
            self.wait(2 * HOUR_MS..=30 * HOUR_MS);
        }
    }
}
