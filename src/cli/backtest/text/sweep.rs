//! The curve of a sweep.

use super::figures::{amount, budget, count, percent};
use super::tables::section;
use crate::backtest::report::Sweep;
use crate::cli::table::Table;

/// One row per value, and the best value for each budget.
pub fn curve(sweep: &Sweep, currency: &str) -> String {
    let saved = format!("SAVED {currency}");
    let mut table = Table::new(&[
        "VALUE",
        "ALERTS",
        "A DAY",
        "TRUE",
        "FALSE",
        "PRECISION",
        "RECALL",
        "BY VALUE",
        "BY CARD",
        &saved,
    ]);
    for point in &sweep.points {
        let is_current = point.value.total_cmp(&sweep.current).is_eq();
        table.row(vec![
            format!("{}{}", point.value, if is_current { " (now)" } else { "" }),
            count(point.alerts),
            format!("{:.1}", point.alerts_per_day),
            count(point.true_alerts),
            count(point.false_alerts),
            percent(point.precision.map(|share| share.value)),
            percent(point.recall.map(|share| share.value)),
            percent(point.recall_by_value),
            percent(point.recall_by_card),
            amount(point.value_saved),
        ]);
    }
    let mut text = section(&format!("Sweep over {}", sweep.target), &table);
    for best in &sweep.best {
        let point = best.point.and_then(|at| sweep.points.get(at));
        let value = point.map_or("no value fits".to_owned(), |point| {
            format!("{} is best ({} alerts)", point.value, count(point.alerts))
        });
        text.push_str(&format!(
            "budget {} (at most {} alerts): {value}\n",
            budget(best.share, best.per_day),
            count(best.alerts_max)
        ));
    }
    text
}
