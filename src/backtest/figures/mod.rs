//! Computes figures from counts: pure functions, without files, clocks or rules.

mod histogram;

pub use histogram::{CardScores, DayScores, SCORES, ScoreCell, ScoreHistogram};
