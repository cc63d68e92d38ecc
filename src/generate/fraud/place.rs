//! Where a fraud takes place.

use crate::generate::world::{CityIndex, CountryIndex};

/// Where a fraud takes place.
#[derive(Debug, Clone, Copy)]
pub(super) enum FraudPlace {
    Home,
    Site(CountryIndex),
    City(CityIndex),
}
