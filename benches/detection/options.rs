//! Parses the arguments into the populations to measure.

use redcard::generate::Population;
use redcard::rules::Sources;
use std::path::{Path, PathBuf};

/// A population, with the random seed that generates it.
pub struct Trial {
    pub population: Population,
    pub seed: u64,
    pub cards: u32,
    pub fraud_rate: f64,
    /// The number of days that are counted.
    pub days: u32,
}

/// The populations that the shipped rules were tuned on, and those that results are reported on.
/// The two sets share no seed and no parameters.
const TUNING: [(&str, u64); 2] = [("ordinary", 101), ("frugal", 102)];
const REPORTED: [(&str, u64); 4] =
    [("restless", 9_001), ("stalked", 9_002), ("terse", 9_003), ("bare", 9_004)];

const CARDS: u32 = 8_000;
const DAYS: u32 = 30;
/// The chance that a fraud follows a genuine charge; it makes about one charge in 700 fraudulent.
const FRAUD_RATE: f64 = 0.0004;

pub struct Options {
    smoke: bool,
    rules: Option<PathBuf>,
    /// The selected populations, each with its seed.
    wanted: Vec<(Population, u64)>,
}

impl Options {
    /// `[tuning | POPULATION…] [--rules PATH] [--seed N]`
    pub fn from_arguments() -> Self {
        let mut options = Self { smoke: true, rules: None, wanted: Vec::new() };
        let mut seed = None;
        let mut names = Vec::new();
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--bench" => options.smoke = false,
                "--test" => {
                    options.smoke = true;
                    break;
                }
                "--rules" => options.rules = arguments.next().map(PathBuf::from),
                "--seed" => seed = arguments.next().and_then(|text| text.parse().ok()),
                "tuning" => names.extend(TUNING),
                name => names.push((name.to_owned().leak(), 9_100)),
            }
        }
        if names.is_empty() {
            names.extend(REPORTED);
        }
        let named = |(name, own): (&str, u64)| {
            let population = *Population::named(name).unwrap_or_else(|| panic!("no `{name}`"));
            (population, seed.unwrap_or(own))
        };
        options.wanted = names.into_iter().map(named).collect();
        options
    }

    pub fn sources(&self) -> Sources {
        let read = |path: &Path| Sources::read(path).unwrap_or_else(|error| panic!("{error}"));
        self.rules.as_deref().map_or_else(Sources::shipped, read)
    }

    pub fn trials(&self) -> Vec<Trial> {
        let (cards, days) = if self.smoke { (50, 1) } else { (CARDS, DAYS) };
        let trial = |&(population, seed): &(Population, u64)| Trial {
            population,
            seed,
            cards,
            fraud_rate: FRAUD_RATE,
            days,
        };
        self.wanted.iter().map(trial).collect()
    }
}
