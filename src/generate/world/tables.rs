//! The tables that define the world. Coordinates are approximate, exchange rates are rounded
//! figures that keep amounts plausible, and weights and medians are guesses about everyday
//! spending.

use crate::generate::rng::Dice;

/// A country with its currency.
#[derive(Debug)]
pub struct Country {
    /// ISO 3166-1 alpha-2.
    pub code: &'static str,
    /// ISO 4217.
    pub currency: &'static str,
    /// Minor units of the currency that are worth about one US dollar.
    pub minor_per_dollar: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountryIndex(pub(super) usize);

#[derive(Debug)]
pub struct City {
    pub name: &'static str,
    pub country: CountryIndex,
    pub latitude: f64,
    pub longitude: f64,
    /// Standard time; there is no daylight saving time here.
    pub utc_offset_hours: i64,
    /// The relative number of cardholders who live there; 0 for a city that is only travelled to.
    pub homes: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CityIndex(pub(super) usize);

/// Where a category is sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SalesVenue {
    /// In a street shop, to residents and visitors.
    Street,
    /// In a street shop, to visitors only.
    Visitors,
    CashMachine,
    /// On a website, with goods to ship.
    SiteWithGoods,
    /// On a website, with nothing to ship.
    Site,
    /// On a website, as a recurring charge.
    Subscription,
    /// By mail or telephone.
    MailOrder,
}

impl SalesVenue {
    pub fn is_physical(self) -> bool {
        matches!(self, SalesVenue::Street | SalesVenue::Visitors | SalesVenue::CashMachine)
    }
}

/// What a merchant trades in.
#[derive(Debug)]
pub struct Category {
    /// Merchant category code, ISO 18245.
    pub mcc: &'static str,
    pub venue: SalesVenue,
    /// What a merchant's name ends with.
    pub trades: &'static [&'static str],
    /// In US dollars.
    pub median_dollars: f64,
    /// Standard deviation of the amount's logarithm.
    pub spread: f64,
    /// How often people buy there, relative to other categories with the same venue.
    pub visits: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CategoryIndex(pub(super) usize);

impl CountryIndex {
    #[expect(clippy::indexing_slicing, reason = "created only from indexes into the table")]
    pub fn get(self) -> &'static Country {
        &COUNTRIES[self.0]
    }
}

impl CityIndex {
    #[expect(clippy::indexing_slicing, reason = "created only from indexes into the table")]
    pub fn get(self) -> &'static City {
        &CITIES[self.0]
    }

    /// A cardholder's home.
    pub fn home(dice: &mut Dice) -> Self {
        Self(dice.by_weight(&CITIES, |city| city.homes))
    }

    /// Any city, all equally likely.
    pub fn any(dice: &mut Dice) -> Self {
        Self(dice.by_weight(&CITIES, |_| 1))
    }
}

impl CategoryIndex {
    #[expect(clippy::indexing_slicing, reason = "created only from indexes into the table")]
    pub fn get(self) -> &'static Category {
        &CATEGORIES[self.0]
    }

    pub fn position(self) -> usize {
        self.0
    }

    /// A category of everyday spending in street shops, including cash machines.
    pub fn street(dice: &mut Dice) -> Self {
        Self(dice.by_weight(&CATEGORIES, |c| {
            if matches!(c.venue, SalesVenue::Street | SalesVenue::CashMachine) {
                c.visits
            } else {
                0
            }
        }))
    }

    /// The same for a person away from home.
    pub fn visiting(dice: &mut Dice) -> Self {
        Self(dice.by_weight(&CATEGORIES, |c| match c.venue {
            SalesVenue::Street | SalesVenue::CashMachine | SalesVenue::Visitors => c.visits,
            _ => 0,
        }))
    }

    /// A category that is bought online, by mail or telephone.
    pub fn remote(dice: &mut Dice) -> Self {
        Self(dice.by_weight(&CATEGORIES, |c| match c.venue {
            SalesVenue::SiteWithGoods | SalesVenue::Site | SalesVenue::MailOrder => c.visits,
            _ => 0,
        }))
    }

    pub fn subscription(dice: &mut Dice) -> Self {
        Self(dice.by_weight(&CATEGORIES, |c| {
            if c.venue == SalesVenue::Subscription { c.visits } else { 0 }
        }))
    }
}

const fn country(code: &'static str, currency: &'static str, minor_per_dollar: f64) -> Country {
    Country { code, currency, minor_per_dollar }
}

pub static COUNTRIES: [Country; 20] = [
    country("US", "USD", 100.0),
    country("GB", "GBP", 78.0),
    country("DE", "EUR", 92.0),
    country("FR", "EUR", 92.0),
    country("ES", "EUR", 92.0),
    country("IT", "EUR", 92.0),
    country("NL", "EUR", 92.0),
    country("DK", "DKK", 690.0),
    country("SE", "SEK", 1040.0),
    country("NO", "NOK", 1060.0),
    country("PL", "PLN", 400.0),
    country("CH", "CHF", 88.0),
    country("CA", "CAD", 136.0),
    country("MX", "MXN", 1800.0),
    country("BR", "BRL", 540.0),
    country("JP", "JPY", 150.0),
    country("SG", "SGD", 134.0),
    country("AU", "AUD", 152.0),
    country("TH", "THB", 3500.0),
    country("ZA", "ZAR", 1850.0),
];

const fn city(
    name: &'static str,
    country: usize,
    (latitude, longitude): (f64, f64),
    utc_offset_hours: i64,
    homes: u32,
) -> City {
    City { name, country: CountryIndex(country), latitude, longitude, utc_offset_hours, homes }
}

pub static CITIES: [City; 32] = [
    city("New York", 0, (40.71, -74.01), -5, 14),
    city("Chicago", 0, (41.88, -87.63), -6, 9),
    city("Denver", 0, (39.74, -104.99), -7, 6),
    city("Atlanta", 0, (33.75, -84.39), -5, 8),
    city("Seattle", 0, (47.61, -122.33), -8, 6),
    city("Austin", 0, (30.27, -97.74), -6, 6),
    city("London", 1, (51.51, -0.13), 0, 9),
    city("Leeds", 1, (53.80, -1.55), 0, 4),
    city("Hamburg", 2, (53.55, 9.99), 1, 5),
    city("München", 2, (48.14, 11.58), 1, 5),
    city("Lyon", 3, (45.76, 4.84), 1, 4),
    city("Paris", 3, (48.86, 2.35), 1, 5),
    city("Málaga", 4, (36.72, -4.42), 1, 3),
    city("Torino", 5, (45.07, 7.69), 1, 3),
    city("Roma", 5, (41.90, 12.50), 1, 2),
    city("Utrecht", 6, (52.09, 5.12), 1, 3),
    city("København", 7, (55.68, 12.57), 1, 4),
    city("Aarhus", 7, (56.16, 10.20), 1, 2),
    city("Göteborg", 8, (57.71, 11.97), 1, 3),
    city("Bergen", 9, (60.39, 5.32), 1, 2),
    city("Kraków", 10, (50.06, 19.94), 1, 3),
    city("Zürich", 11, (47.38, 8.54), 1, 2),
    city("Toronto", 12, (43.65, -79.38), -5, 5),
    city("Cancún", 13, (21.16, -86.85), -5, 0),
    city("Puebla", 13, (19.04, -98.21), -6, 2),
    city("São Paulo", 14, (-23.55, -46.63), -3, 3),
    city("Osaka", 15, (34.69, 135.50), 9, 3),
    city("Singapore", 16, (1.29, 103.85), 8, 2),
    city("Melbourne", 17, (-37.81, 144.96), 10, 3),
    city("Phuket", 18, (7.88, 98.39), 7, 0),
    city("Cape Town", 19, (-33.92, 18.42), 2, 1),
    city("Durban", 19, (-29.86, 31.02), 2, 1),
];

const fn kind(
    mcc: &'static str,
    venue: SalesVenue,
    trades: &'static [&'static str],
    (median_dollars, spread): (f64, f64),
    visits: u32,
) -> Category {
    Category { mcc, venue, trades, median_dollars, spread, visits }
}

/// Indexes in [`CATEGORIES`] that stories refer to by name.
pub mod category {
    use super::CategoryIndex;

    pub const GROCERY: CategoryIndex = CategoryIndex(0);
    pub const RESTAURANT: CategoryIndex = CategoryIndex(1);
    pub const CAFE: CategoryIndex = CategoryIndex(2);
    pub const FUEL: CategoryIndex = CategoryIndex(3);
    pub const PHARMACY: CategoryIndex = CategoryIndex(4);
    pub const CLOTHING: CategoryIndex = CategoryIndex(5);
    pub const ELECTRONICS: CategoryIndex = CategoryIndex(6);
    pub const TRANSIT: CategoryIndex = CategoryIndex(7);
    pub const CASH: CategoryIndex = CategoryIndex(9);
    pub const SITE_RETAIL: CategoryIndex = CategoryIndex(11);
    pub const SITE_ELECTRONICS: CategoryIndex = CategoryIndex(13);
    pub const SITE_DIGITAL: CategoryIndex = CategoryIndex(14);
    pub const SITE_TRAVEL: CategoryIndex = CategoryIndex(15);
    pub const SITE_GIFT_CARDS: CategoryIndex = CategoryIndex(16);
    pub const SITE_MEDICAL: CategoryIndex = CategoryIndex(17);
    pub const SITE_DONATIONS: CategoryIndex = CategoryIndex(18);
    pub const JEWELLERY: CategoryIndex = CategoryIndex(24);
    pub const FURNITURE: CategoryIndex = CategoryIndex(25);
    pub const SITE_COINS: CategoryIndex = CategoryIndex(27);
    pub const SITE_MONEY_TRANSFER: CategoryIndex = CategoryIndex(28);
}

pub static CATEGORIES: [Category; 29] = [
    kind("5411", SalesVenue::Street, &["Grocery", "Market", "Foods"], (32.0, 0.7), 30),
    kind("5812", SalesVenue::Street, &["Kitchen", "Table", "Bistro"], (38.0, 0.6), 15),
    kind("5814", SalesVenue::Street, &["Café", "Noodles", "Bakery"], (9.0, 0.5), 18),
    kind("5541", SalesVenue::Street, &["Fuel", "Service Station"], (44.0, 0.4), 10),
    kind("5912", SalesVenue::Street, &["Pharmacy", "Apothecary"], (18.0, 0.7), 6),
    kind("5651", SalesVenue::Street, &["Clothing", "Mode", "Outfitters"], (62.0, 0.7), 5),
    kind("5732", SalesVenue::Street, &["Electronics", "Audio"], (140.0, 0.8), 1),
    kind("4111", SalesVenue::Street, &["Transit", "Tramways"], (4.5, 0.5), 12),
    kind("7230", SalesVenue::Street, &["Barbers", "Salon"], (34.0, 0.4), 2),
    kind("6011", SalesVenue::CashMachine, &["Savings Bank ATM"], (90.0, 0.6), 4),
    kind("7011", SalesVenue::Visitors, &["Hotel", "Guest House"], (160.0, 0.5), 14),
    kind("5311", SalesVenue::SiteWithGoods, &["Online", "Warehouse"], (46.0, 0.8), 26),
    kind("5651", SalesVenue::SiteWithGoods, &["Wardrobe", "Threads"], (64.0, 0.6), 14),
    kind("5732", SalesVenue::SiteWithGoods, &["Gadgets", "Components"], (120.0, 0.8), 7),
    kind("5816", SalesVenue::Site, &["Games", "Downloads"], (12.0, 0.7), 16),
    kind("4722", SalesVenue::Site, &["Journeys", "Travel"], (260.0, 0.8), 4),
    kind("5947", SalesVenue::Site, &["Gift Cards"], (40.0, 0.5), 3),
    kind("8099", SalesVenue::Site, &["Medical Service", "Clinic"], (55.0, 0.7), 3),
    kind("8398", SalesVenue::Site, &["Relief Fund", "Foundation"], (15.0, 0.8), 3),
    kind("4899", SalesVenue::Subscription, &["Streaming", "Television"], (12.0, 0.3), 5),
    kind("4814", SalesVenue::Subscription, &["Mobile", "Telecom"], (38.0, 0.4), 4),
    kind("7997", SalesVenue::Subscription, &["Gym", "Climbing Hall"], (34.0, 0.3), 2),
    kind("6300", SalesVenue::Subscription, &["Insurance"], (70.0, 0.5), 2),
    kind("5964", SalesVenue::MailOrder, &["Catalogue", "Seeds by Post"], (42.0, 0.6), 3),
    kind("5944", SalesVenue::Street, &["Jewellers", "Watches"], (150.0, 0.8), 1),
    kind("5712", SalesVenue::Street, &["Furniture", "Beds"], (260.0, 0.8), 1),
    kind("7995", SalesVenue::Site, &["Bets", "Lottery"], (22.0, 0.8), 2),
    kind("6051", SalesVenue::Site, &["Coins", "Exchange"], (90.0, 0.8), 1),
    kind("4829", SalesVenue::Site, &["Transfers", "Remittances"], (140.0, 0.6), 1),
];

pub static ADJECTIVES: [&str; 36] = [
    "Amber", "Blåbær", "Brass", "Bright", "Cedar", "Clear", "Copper", "Corner", "Crooked", "Early",
    "Élan", "Fern", "Foggy", "Giddy", "Golden", "Granite", "Grün", "Hazel", "Hollow", "Ivory",
    "Juniper", "Late", "Linden", "Little", "Lucky", "Maple", "Mellow", "Midnight", "Northern",
    "Pebble", "Quiet", "Saffron", "Seventh", "Silver", "Velvet", "Willow",
];

pub static NOUNS: [&str; 36] = [
    "Anchor", "Badger", "Barrel", "Bell", "Bridge", "Canal", "Compass", "Corner", "Crane", "Dune",
    "Feather", "Fjord", "Garden", "Harbour", "Heron", "Hollow", "Jolly", "Kettle", "Lantern",
    "Meadow", "Mill", "Orchard", "Otter", "Owl", "Parade", "Peña", "Pier", "Plough", "Quay",
    "Raven", "Spire", "Sparrow", "Tower", "Valley", "Wagon", "Yard",
];
