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

#[cfg(test)]
mod tests {
    use super::*;

    fn days(count: usize) -> Vec<Day> {
        let day = |at: usize| Day {
            day: format!("2026-01-{at:02}"),
            cases: 1,
            fraud: 0,
            approved_fraud_value: 0.0,
            alerts: 0,
            true_alerts: 0,
            false_alerts: 0,
            not_yet_known: 0,
            declined: 0,
            published: 0,
            value_saved: 0.0,
        };
        (1..=count).map(day).collect()
    }

    #[test]
    fn many_days_become_weeks() {
        for (count, expected, unit) in
            [(0, 0, "day"), (1, 1, "day"), (100, 100, "day"), (101, 15, "week")]
        {
            let days = days(count);
            let (periods, found) = periods(&days);
            assert_eq!((periods.len(), found), (expected, unit), "{count}");
            let sum: u64 = periods.iter().map(|period| period.sum(|day| day.cases)).sum();
            assert_eq!(sum, count as u64, "no day is left out");
        }
        let days = days(101);
        let (weeks, _) = periods(&days);
        assert_eq!(
            (weeks[0].short_name(), weeks[0].name()),
            ("1 Jan".to_owned(), "2026-01-01 to 2026-01-07".to_owned())
        );
        assert_eq!(weeks[14].days.len(), 3);
    }
}
