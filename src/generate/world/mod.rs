//! Models where money is spent: countries, cities and the merchants in them.
//!
//! Cities are real places at approximate coordinates; every merchant is invented. Merchants are
//! ordered by country, city and category, so "the third grocery in this city" is arithmetic, not a
//! search. This folder knows nothing of cards.

mod merchant;
mod registry;
pub(super) mod tables;

pub use merchant::{Merchant, MerchantIndex};
pub use registry::{MERCHANTS_PER_CATEGORY, World};
pub use tables::{CategoryIndex, City, CityIndex, CountryIndex, SalesVenue, category};
