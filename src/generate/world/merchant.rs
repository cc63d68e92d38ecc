//! Invents merchants.

use super::tables::{
    ADJECTIVES, CITIES, Category, CategoryIndex, City, CityIndex, Country, CountryIndex, NOUNS,
};
use crate::generate::rng::Dice;
use crate::transaction::Place;

/// How far from its city's centre a merchant may be, in degrees.
const SUBURB_DEGREES: f64 = 0.04;
const TERMINALS_MAX: u8 = 6;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MerchantIndex(pub(super) usize);

impl MerchantIndex {
    /// Its index among all merchants.
    #[expect(clippy::cast_possible_truncation, reason = "there are fewer than 10,000 merchants")]
    pub fn position(self) -> u32 {
        self.0 as u32
    }
}

/// Where a merchant is located.
#[derive(Debug, Clone, Copy)]
pub(super) enum MerchantLocation {
    City(CityIndex),
    /// In the country's first city in the table.
    Country(CountryIndex),
}

#[derive(Debug)]
pub struct Merchant {
    pub id: String,
    pub name: String,
    pub category: &'static Category,
    pub country: &'static Country,
    pub city: &'static City,
    pub place: Place,
    /// The number of terminals, which are numbered from 1.
    pub terminals: u8,
}

impl Merchant {
    pub(super) fn invent(
        index: usize,
        location: MerchantLocation,
        category: CategoryIndex,
        dice: &mut Dice,
    ) -> Self {
        let city = match location {
            MerchantLocation::City(city) => city.get(),
            MerchantLocation::Country(country) => location_of_sites(country.0),
        };
        let category = category.get();
        #[expect(clippy::indexing_slicing, reason = "every category has at least one trade")]
        let trade = category.trades[index % category.trades.len()];
        Self {
            id: format!("m_{index:04x}"),
            name: format!("{} {} {trade}", dice.one_of(&ADJECTIVES), dice.one_of(&NOUNS)),
            category,
            country: city.country.get(),
            city,
            place: near(city, dice),
            terminals: dice.between(1..=TERMINALS_MAX),
        }
    }
}

/// The city of the merchants that sell online from a country.
fn location_of_sites(country: usize) -> &'static City {
    CITIES.iter().find(|city| city.country.0 == country).unwrap_or(CityIndex(0).get())
}

fn near(city: &City, dice: &mut Dice) -> Place {
    let mut off = |degrees: f64| {
        let moved = degrees + SUBURB_DEGREES * (2.0 * dice.between(0.0..=1.0) - 1.0);
        (moved * 1e4).round() / 1e4
    };
    Place::from_degrees(off(city.latitude), off(city.longitude)).unwrap_or(Place::from_e7(0, 0))
}
