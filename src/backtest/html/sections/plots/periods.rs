//! Puts days together for a plot, if there are more than it can show.

use super::super::super::numbers::short_day;
use crate::backtest::report::Day;

/// A plot shows weeks if there are more days than this.
const DAYS_MAX: usize = 100;
const WEEK: usize = 7;

/// One or several days.
#[derive(Debug, Clone, Copy)]
pub struct Period<'d> {
    pub days: &'d [Day],
}

/// The periods of a plot, and what each of them is: `day` or `week`. A last week that is not complete is
/// one too.
pub fn periods(days: &[Day]) -> (Vec<Period<'_>>, &'static str) {
    let (length, unit) = if days.len() > DAYS_MAX { (WEEK, "week") } else { (1, "day") };
    (days.chunks(length).map(|days| Period { days }).collect(), unit)
}

impl Period<'_> {
    /// For an axis.
    pub fn short_name(&self) -> String {
        self.days.first().map(|day| short_day(&day.day)).unwrap_or_default()
    }

    pub fn name(&self) -> String {
        match self.days {
            [] => String::new(),
            [day] => day.day.clone(),
            [first, .., last] => format!("{} to {}", first.day, last.day),
        }
    }

    pub fn sum(&self, number: impl Fn(&Day) -> u64) -> u64 {
        self.days.iter().map(number).sum()
    }
}
