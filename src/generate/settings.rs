//! Defines what is generated.

use super::population::Population;
use crate::transaction::Time;

/// As many as message ids can distinguish.
pub const CARDS_MAX: u32 = 1 << 26;

/// What is generated.
#[derive(Debug, Clone)]
pub struct GeneratorSettings {
    pub seed: u64,
    pub population: Population,
    /// How many people, each with a card: 1 to [`CARDS_MAX`].
    pub cards: u32,
    /// Probability that a genuine charge is followed by a fraud on the same card, 0 to 1.
    pub fraud_rate: f64,
    /// When the stream starts.
    pub start: Time,
    /// No fraud begins before this.
    pub fraud_from: Time,
    /// Whether messages have test card numbers instead of tokens.
    pub card_numbers: bool,
}
