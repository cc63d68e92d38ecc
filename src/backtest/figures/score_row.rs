//! Walks a histogram from the highest score down, as all figures do.

use super::histogram::{SCORES, ScoreHistogram};

/// The cases with one score, or with any score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ScoreRow {
    pub score: u16,
    pub fraud: u64,
    pub genuine: u64,
    /// What the fraud amounts to, in minor units.
    pub fraud_value: i128,
}

impl ScoreRow {
    pub fn cases(&self) -> u64 {
        self.fraud + self.genuine
    }
}

impl ScoreHistogram {
    /// Every score from the highest to 0, whether or not a case has it.
    pub fn by_decreasing_score(&self) -> impl Iterator<Item = ScoreRow> {
        let last = u16::try_from(SCORES - 1).unwrap_or(u16::MAX);
        (0..=last).rev().map(|score| {
            let at = usize::from(score);
            let count = |counts: &[u64]| counts.get(at).copied().unwrap_or_default();
            ScoreRow {
                score,
                fraud: count(&self.fraud),
                genuine: count(&self.genuine),
                fraud_value: self.fraud_value.get(at).copied().unwrap_or_default(),
            }
        })
    }

    /// All cases; the score is 0.
    pub fn totals(&self) -> ScoreRow {
        ScoreRow {
            score: 0,
            fraud: self.fraud.iter().sum(),
            genuine: self.genuine.iter().sum(),
            fraud_value: self.fraud_value.iter().sum(),
        }
    }

    /// Adds cases with a score. Scores above the highest are ignored.
    pub fn add(&mut self, score: u16, fraud: u64, genuine: u64) {
        let at = usize::from(score);
        if let (Some(frauds), Some(genuines)) = (self.fraud.get_mut(at), self.genuine.get_mut(at)) {
            *frauds += fraud;
            *genuines += genuine;
        }
    }
}
