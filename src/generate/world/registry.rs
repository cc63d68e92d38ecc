//! Every merchant, by place and category.

use super::merchant::{Merchant, MerchantIndex, MerchantLocation};
use super::tables::{CATEGORIES, CITIES, COUNTRIES, CategoryIndex, CityIndex, CountryIndex};
use crate::generate::rng::Dice;

/// Merchants of one category per city, and per country for those that sell online.
pub const MERCHANTS_PER_CATEGORY: usize = 4;

/// Every merchant.
#[derive(Debug)]
pub struct World {
    merchants: Vec<Merchant>,
}

impl World {
    /// The same dice give the same world.
    pub fn new(dice: &mut Dice) -> Self {
        let shops =
            (0..CITIES.len()).flat_map(|city| lots(MerchantLocation::City(CityIndex(city))));
        let sites = (0..COUNTRIES.len())
            .flat_map(|country| lots(MerchantLocation::Country(CountryIndex(country))));
        let merchants = shops
            .chain(sites)
            .enumerate()
            .map(|(index, (location, category))| Merchant::invent(index, location, category, dice))
            .collect();
        Self { merchants }
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "only `shop` and `site` create an index, and their arithmetic stays within the list"
    )]
    pub fn merchant(&self, index: MerchantIndex) -> &Merchant {
        &self.merchants[index.0]
    }

    /// The n-th merchant of a category in a city.
    pub fn shop(&self, city: CityIndex, category: CategoryIndex, n: usize) -> MerchantIndex {
        MerchantIndex(lot(city.0, category, n))
    }

    /// The n-th merchant of a category that sells online from a country.
    pub fn site(&self, country: CountryIndex, category: CategoryIndex, n: usize) -> MerchantIndex {
        MerchantIndex(lot(CITIES.len() + country.0, category, n))
    }
}

fn lots(location: MerchantLocation) -> impl Iterator<Item = (MerchantLocation, CategoryIndex)> {
    let each = (0..CATEGORIES.len()).map(CategoryIndex);
    each.flat_map(move |category| std::iter::repeat_n((location, category), MERCHANTS_PER_CATEGORY))
}

fn lot(location: usize, category: CategoryIndex, n: usize) -> usize {
    (location * CATEGORIES.len() + category.0) * MERCHANTS_PER_CATEGORY + n % MERCHANTS_PER_CATEGORY
}
