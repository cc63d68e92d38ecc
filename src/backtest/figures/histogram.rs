//! What the figures are computed from: how many cases have each score, by outcome. Only integers, so
//! that sums are the same in any order.

/// One more than the highest score.
pub const SCORES: usize = 1001;

/// Cases with an outcome, by score. Each list is indexed by score and has [`SCORES`] items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoreHistogram {
    pub fraud: Vec<u64>,
    /// Labelled or assumed.
    pub genuine: Vec<u64>,
    /// What the fraud amounts to, in minor units of the base currency, as asked for.
    pub fraud_value: Vec<i128>,
}

impl Default for ScoreHistogram {
    fn default() -> Self {
        Self { fraud: vec![0; SCORES], genuine: vec![0; SCORES], fraud_value: vec![0; SCORES] }
    }
}

/// The cases with an outcome of one day (UTC).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DayScores {
    /// Days since 1970-01-01.
    pub day: i64,
    pub cases: ScoreHistogram,
    /// Cards by their highest score of the day; `fraud` counts cards with a fraud case on that day.
    /// `fraud_value` is not used.
    pub cards: ScoreHistogram,
}

/// Some cases of one card: those with the same score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScoreCell {
    /// From 0 to 1000.
    pub score: u16,
    pub fraud: u32,
    pub genuine: u32,
}

/// The cases with an outcome of each card, for the bootstrap by card. Cards are in a fixed order
/// that does not depend on the number of threads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CardScores {
    /// Where each card's cells end in `cells`; they begin where those of the card before end.
    pub ends: Vec<usize>,
    pub cells: Vec<ScoreCell>,
    /// Cards that have only genuine cases of score 0, by how many they have: their number. They are
    /// left out of `ends`.
    pub quiet: std::collections::BTreeMap<u32, u64>,
}

impl CardScores {
    /// The cells of each card.
    pub fn cards(&self) -> impl Iterator<Item = &[ScoreCell]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(from, to)| self.cells.get(from..*to).unwrap_or_default())
    }
}
