//! The cards that the bootstrap resamples.

use crate::backtest::figures::{CardScores, ScoreCell};
use crate::backtest::run::LoggedCard;

pub fn add_logged(scores: &mut CardScores, cards: &[LoggedCard]) {
    for (_, card) in cards {
        add_cells(scores, &card.cells());
    }
}

/// Adds a card to those that the bootstrap resamples.
pub fn add_cells(scores: &mut CardScores, cells: &[ScoreCell]) {
    match cells {
        [] => {}
        [ScoreCell { score: 0, fraud: 0, genuine }] => {
            *scores.quiet.entry(*genuine).or_default() += 1;
        }
        cells => {
            scores.cells.extend(cells);
            scores.ends.push(scores.cells.len());
        }
    }
}

/// Adds the cards of another shard after those of this one.
pub fn append(scores: &mut CardScores, others: &CardScores) {
    let start = scores.cells.len();
    scores.cells.extend(&others.cells);
    scores.ends.extend(others.ends.iter().map(|end| start + end));
    for (cases, cards) in &others.quiet {
        *scores.quiet.entry(*cases).or_default() += cards;
    }
}
