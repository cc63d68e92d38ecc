//! Models when people spend: the hours of their day and the days of their week.

use super::rng::Dice;
use crate::number::{NearestDouble, i64_toward_zero};
use crate::transaction::{DAY_MS, HOUR_MS, MINUTE_MS, Time};

/// The relative number of charges in each hour of the day.
const HOURS: [u32; 24] =
    [2, 1, 1, 1, 1, 3, 9, 20, 27, 30, 38, 50, 62, 58, 48, 47, 52, 66, 78, 70, 50, 34, 18, 7];
/// The same for night workers.
const NIGHT_HOURS: [u32; 24] =
    [30, 26, 24, 22, 20, 26, 38, 52, 30, 8, 3, 2, 2, 2, 4, 10, 28, 50, 62, 60, 50, 44, 36, 32];
/// The relative number of charges on each day of the week, Monday first.
const DAYS: [u32; 7] = [88, 90, 92, 96, 112, 124, 98];
const HOUR_MAX: u32 = 78;
const DAY_MAX: u32 = 124;

/// The minimum time between two charges in different shops.
const APART_MS_MIN: i64 = 4 * MINUTE_MS;

/// A person's daily and weekly pattern.
#[derive(Debug, Clone, Copy)]
pub struct Rhythm {
    pub charges_per_day: f64,
    pub at_night: bool,
    pub utc_offset_hours: i64,
}

impl Rhythm {
    /// When the next charge is made: a Poisson process thinned by hour and day.
    pub fn next(&self, after: Time, dice: &mut Dice) -> Time {
        let mut at = after.millis() + APART_MS_MIN;
        loop {
            at += i64_toward_zero(dice.gap() * self.busiest_gap_ms());
            if dice.between(1..=HOUR_MAX * DAY_MAX) <= self.weight(at) {
                return Time(at);
            }
        }
    }

    /// The mean gap between charges if every hour were the busiest.
    fn busiest_gap_ms(&self) -> f64 {
        let mean_hour = f64::from(self.hours().iter().sum::<u32>()) / 24.0;
        let mean_day = f64::from(DAYS.iter().sum::<u32>()) / 7.0;
        let accepted = mean_hour * mean_day / f64::from(HOUR_MAX * DAY_MAX);
        DAY_MS.nearest_double() / self.charges_per_day * accepted
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::indexing_slicing,
        reason = "both remainders are within their tables"
    )]
    fn weight(&self, at_ms: i64) -> u32 {
        let local = at_ms + self.utc_offset_hours * HOUR_MS;
        // 1970-01-01 was a Thursday.
        let day = (local.div_euclid(DAY_MS) + 3).rem_euclid(7) as usize;
        let hour = (local.rem_euclid(DAY_MS) / HOUR_MS) as usize;
        self.hours()[hour] * DAYS[day]
    }

    fn hours(&self) -> &'static [u32; 24] {
        if self.at_night { &NIGHT_HOURS } else { &HOURS }
    }
}

/// Hour of the day, 0 to 23, at this offset from UTC.
pub fn local_hour(at: Time, utc_offset_hours: i64) -> i64 {
    (at.millis() + utc_offset_hours * HOUR_MS).rem_euclid(DAY_MS) / HOUR_MS
}

/// Whether it is December, when people buy presents.
pub fn is_december(at: Time) -> bool {
    at.to_string().get(5..7) == Some("12")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charges(rhythm: Rhythm, days: i64) -> Vec<Time> {
        let mut dice = Dice::new(7, 1);
        let mut at = Time(0);
        let mut all = Vec::new();
        while at.millis() < days * DAY_MS {
            at = rhythm.next(at, &mut dice);
            all.push(at);
        }
        all
    }

    #[test]
    fn people_spend_as_often_as_they_are_said_to_and_rarely_at_night() {
        let rhythm = Rhythm { charges_per_day: 3.0, at_night: false, utc_offset_hours: 0 };
        let all = charges(rhythm, 2_000);
        let per_day = all.len() as f64 / 2_000.0;
        assert!((2.7..3.1).contains(&per_day), "{per_day} a day");
        let small_hours = all.iter().filter(|at| at.millis().rem_euclid(DAY_MS) < 5 * HOUR_MS);
        assert!(small_hours.count() * 50 < all.len());
    }
}
