//! Describes populations: how their people live, how their thieves act, and how many fields their
//! acquirers send. Rules are tuned on some populations and reported on others.

/// Shares are from 0 to 1; factors are around 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Population {
    pub name: &'static str,
    /// Charges per day of the median person.
    pub charges_per_day: f64,
    /// What everything costs, relative to the medians of the categories.
    pub spending: f64,
    /// Share of charges made online, by the person who does so least and by the one who does so
    /// most.
    pub online: (f64, f64),
    /// Share of people who travel now and then.
    pub travellers: f64,
    /// Share of people who regularly use a web shop abroad.
    pub used_to_a_foreign_site: f64,
    pub night_workers: f64,
    /// Share of people whose card is unused for weeks at a time.
    pub drawer_cards: f64,
    /// Share of remote charges at an arbitrary site abroad.
    pub foreign_orders: f64,
    /// Share of orders that are a present, sent to another person.
    pub presents: f64,
    /// Share of online orders from a device not used before: another person's, or a new one.
    pub new_devices: f64,
    /// Share of charges that begin a burst: rounds at a bar, rides, a few presents in a row.
    pub bursts: f64,
    /// Share of charges that are a sofa, a repair, a month's rent.
    pub big_tickets: f64,
    /// Share of charges in person that a faulty terminal makes twice.
    pub charged_twice: f64,
    /// Share of chip payments that fall back to the stripe because the chip cannot be read.
    pub worn_chips: f64,
    /// What thieves take, relative to the amounts in the stories.
    pub fraud_amounts: f64,
    /// How long thieves wait between charges, relative to the stories.
    pub fraud_patience: f64,
    /// Share of frauds by number that appear to a shop to come from the owner's own device.
    pub stolen_sessions: f64,
    /// Share of the optional fields that a merchant's acquirer omits, always the same ones.
    pub missing_fields: f64,
}

pub const ORDINARY: Population = Population {
    name: "ordinary",
    charges_per_day: 1.8,
    spending: 1.0,
    online: (0.08, 0.45),
    travellers: 0.12,
    used_to_a_foreign_site: 0.08,
    night_workers: 0.05,
    drawer_cards: 0.05,
    foreign_orders: 0.012,
    presents: 0.02,
    new_devices: 0.03,
    bursts: 0.01,
    big_tickets: 0.003,
    charged_twice: 0.002,
    worn_chips: 0.002,
    fraud_amounts: 1.0,
    stolen_sessions: 0.15,
    fraud_patience: 1.0,
    missing_fields: 0.0,
};

/// Buys little, and at home; its thieves take small amounts and wait longer.
pub const FRUGAL: Population = Population {
    name: "frugal",
    charges_per_day: 1.1,
    spending: 0.6,
    online: (0.03, 0.3),
    travellers: 0.05,
    foreign_orders: 0.006,
    bursts: 0.006,
    big_tickets: 0.002,
    fraud_amounts: 0.65,
    fraud_patience: 1.8,
    ..ORDINARY
};

/// Travels, works at night, orders abroad and sends presents: the hardest to tell from a thief.
pub const RESTLESS: Population = Population {
    name: "restless",
    charges_per_day: 2.6,
    spending: 1.5,
    online: (0.2, 0.65),
    travellers: 0.3,
    used_to_a_foreign_site: 0.18,
    night_workers: 0.12,
    drawer_cards: 0.08,
    foreign_orders: 0.03,
    presents: 0.05,
    new_devices: 0.06,
    bursts: 0.02,
    big_tickets: 0.006,
    charged_twice: 0.004,
    worn_chips: 0.005,
    fraud_amounts: 1.2,
    fraud_patience: 0.8,
    ..ORDINARY
};

/// Between the others; its thieves take less than they could, slowly.
pub const STALKED: Population = Population {
    name: "stalked",
    charges_per_day: 2.1,
    spending: 0.85,
    online: (0.12, 0.55),
    travellers: 0.18,
    used_to_a_foreign_site: 0.05,
    presents: 0.03,
    bursts: 0.014,
    big_tickets: 0.004,
    fraud_amounts: 0.7,
    stolen_sessions: 0.35,
    fraud_patience: 1.5,
    ..ORDINARY
};

/// As `stalked`, with half of the optional fields missing.
pub const TERSE: Population = Population { name: "terse", missing_fields: 0.5, ..STALKED };

/// As `stalked`, with only the required fields of a message, the brand and the last digits.
pub const BARE: Population = Population { name: "bare", missing_fields: 1.0, ..STALKED };

impl Population {
    pub const ALL: &'static [Population] = &[ORDINARY, FRUGAL, RESTLESS, STALKED, TERSE, BARE];

    pub fn named(name: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|population| population.name == name)
    }
}

impl Default for Population {
    fn default() -> Self {
        ORDINARY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn populations_are_found_by_names_of_their_own() {
        for population in Population::ALL {
            assert_eq!(Population::named(population.name), Some(population));
        }
        assert_eq!(Population::named("none"), None);
    }
}
