//! Intervals by the bootstrap over cards: how much a figure would differ if other cards had been
//! seen.
//!
//! The cases of one card are alike, so whole cards are resampled. In each replicate, every card gets a
//! weight drawn from a Poisson distribution with mean 1, which is how often it would be drawn from very
//! many cards; the figure is computed from the weighted cases, and the interval is between the 2.5 %
//! and the 97.5 % quantile of the replicates (the percentile method). Cards without fraud whose
//! scores are all 0 are so many that only their sum matters: of n cards alike, the weights add up to a
//! Poisson number with mean n.
//!
//! The generator is ChaCha with a constant seed, one stream per replicate and one number per card. The
//! same cards in the same order therefore give the same interval, whichever thread computes it.

use super::histogram::{CardScores, ScoreHistogram};
use super::interval::Interval;
use super::quantile::interpolated_quantile;
use crate::number::{NearestDouble, u64_toward_zero};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_distr::{Distribution, Poisson};

/// How many replicates an interval comes from, unless the caller has a reason for another number.
pub const REPLICATES: u64 = 1_000;

const SEED: u64 = 0x72ed_ca2d;
/// The quiet cards draw from separate streams, above those of the replicates.
const QUIET_STREAM: u64 = 1 << 63;
/// An interval needs the figure to exist in this share of the replicates. With three cards that have
/// fraud, one replicate in twenty has none of them.
const DEFINED_SHARE_MIN: f64 = 0.95;

/// The weights of the cards in a replicate, without end.
pub fn weights(replicate: u64) -> impl Iterator<Item = u32> {
    let mut random = generator(replicate);
    std::iter::repeat_with(move || poisson_of_mean_1(random.next_u32()))
}

/// The cases of a replicate. `fraud_value` is not filled.
pub fn resample(cards: &CardScores, replicate: u64) -> ScoreHistogram {
    let mut sum = ScoreHistogram::default();
    for (card, weight) in cards.cards().zip(weights(replicate)).filter(|(_, weight)| *weight > 0) {
        let weight = u64::from(weight);
        for cell in card {
            sum.add(cell.score, weight * u64::from(cell.fraud), weight * u64::from(cell.genuine));
        }
    }
    let mut random = generator(QUIET_STREAM | replicate);
    for (genuine, cards) in &cards.quiet {
        let weight = poisson_of_mean(*cards, &mut random);
        sum.add(0, 0, weight * u64::from(*genuine));
    }
    sum
}

/// The interval that the figures of replicates show; `None` if the figure does not exist in many of
/// them, or if there are none.
pub fn interval(figures: impl IntoIterator<Item = Option<f64>>) -> Option<Interval> {
    let (mut replicates, mut defined) = (0_usize, Vec::new());
    for figure in figures {
        replicates += 1;
        defined.extend(figure);
    }
    let share = defined.len().nearest_double() / replicates.nearest_double();
    if replicates == 0 || share < DEFINED_SHARE_MIN {
        return None;
    }
    defined.sort_by(f64::total_cmp);
    let low = interpolated_quantile(&defined, 0.025)?;
    Some(Interval { low, high: interpolated_quantile(&defined, 0.975)? })
}

fn generator(stream: u64) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    random.set_stream(stream);
    random
}

/// By the inverse of the distribution: `CUMULATIVE[n]` is the probability of n or less, of 2^32.
fn poisson_of_mean_1(uniform: u32) -> u32 {
    const CUMULATIVE: [u32; 12] = [
        1_580_030_169,
        3_160_060_337,
        3_950_075_422,
        4_213_413_783,
        4_279_248_374,
        4_292_415_291,
        4_294_609_778,
        4_294_923_276,
        4_294_962_463,
        4_294_966_817,
        4_294_967_253,
        4_294_967_292,
    ];
    let larger = CUMULATIVE.iter().take_while(|probability| uniform >= **probability).count();
    u32::try_from(larger).unwrap_or(u32::MAX)
}

fn poisson_of_mean(mean: u64, random: &mut ChaCha8Rng) -> u64 {
    // Only a mean of 0 is not valid, and its number is 0.
    Poisson::new(mean.nearest_double()).map_or(0, |poisson| u64_toward_zero(poisson.sample(random)))
}
