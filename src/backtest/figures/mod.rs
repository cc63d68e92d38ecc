//! Computes figures from counts: pure functions, without files, clocks or rules.

mod bootstrap;
mod budget;
mod card_precision;
mod histogram;
mod interval;
mod quantile;
mod ranking;
mod score_row;
#[cfg(test)]
mod tests;

pub use bootstrap::{REPLICATES, interval, resample, weights};
pub use budget::{Selection, budget_of_share, select, select_per_day, share_of_score_0};
pub use card_precision::{CardPrecisionFigures, card_precision};
pub use histogram::{CardScores, DayScores, SCORES, ScoreCell, ScoreHistogram};
pub use interval::{Interval, wilson};
pub use quantile::{counted_quantile, interpolated_quantile};
pub use ranking::{Threshold, average_precision, roc_area, share, share_of_value, thresholds};
pub use score_row::ScoreRow;
