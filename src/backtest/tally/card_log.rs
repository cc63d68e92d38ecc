//! Keeps what is known of each card without labels: how many cases it has with each score. Cases of
//! days that are not yet mature are kept apart, because they may never have an outcome.
//!
//! Memory is bounded by the cards: of mature days only sums are kept.

use super::outcome::Maturity;
use crate::backtest::card_map::CardMap;
use crate::backtest::figures::{SCORES, ScoreCell};
use crate::memory::CardKey;
use std::collections::BTreeMap;

/// More cells than this are settled, if they are mature. If most are not, the next look is at twice as
/// many.
const RECENT_MAX: usize = 24;

/// The cards of one shard.
#[derive(Debug, Default)]
pub struct CardLog {
    cards: CardMap<CardCells>,
}

/// Cases of a card without labels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CardCells {
    /// Cases of days that were not mature when they were last looked at.
    recent: Vec<RecentCell>,
    /// With how many of them it was looked at last.
    recent_kept: usize,
    /// Mature cases with a score above 0.
    settled: Vec<(u16, u32)>,
    /// Mature cases with score 0.
    quiet: u32,
    /// All cases, whether or not they have an outcome.
    pub cases: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct RecentCell {
    day: i32,
    score: u16,
    cases: u32,
}

/// By day, how many cards have each score as their highest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DayCards {
    pub days: BTreeMap<i32, Vec<u64>>,
}

impl CardLog {
    /// Counts a case, which has a day and a score if it may have an outcome. Cards settle the days that
    /// are mature by now.
    pub fn count(
        &mut self,
        card: CardKey,
        outcome: Option<(i32, u16)>,
        by_now: Maturity,
        day_cards: &mut DayCards,
    ) {
        let card = self.cards.entry(card).or_default();
        card.cases += 1;
        let Some((day, score)) = outcome else { return };
        card.count(day, score);
        if card.recent.len() > RECENT_MAX.max(2 * card.recent_kept) {
            card.settle(by_now, day_cards);
        }
    }

    pub fn len(&self) -> usize {
        self.cards.len()
    }

    pub fn is_empty(&self) -> bool {
        self.cards.is_empty()
    }

    /// The cards in the order of their keys, with their mature cases.
    pub fn finish(self, maturity: Maturity, day_cards: &mut DayCards) -> Vec<(CardKey, CardCells)> {
        let mut cards: Vec<_> = self.cards.into_iter().collect();
        cards.sort_unstable_by_key(|(key, _)| *key);
        cards.iter_mut().for_each(|(_, card)| card.settle(maturity, day_cards));
        cards
    }
}

impl CardCells {
    fn count(&mut self, day: i32, score: u16) {
        // Nearly always the last one. Another cell of the same day and score changes no sum.
        match self.recent.last_mut() {
            Some(last) if last.day == day && last.score == score => last.cases += 1,
            _ => self.recent.push(RecentCell { day, score, cases: 1 }),
        }
    }

    /// Moves cases of mature days to the sums.
    fn settle(&mut self, maturity: Maturity, day_cards: &mut DayCards) {
        self.recent.sort_unstable_by_key(|cell| (cell.day, cell.score));
        let mature = self.recent.partition_point(|cell| maturity.is_mature(cell.day));
        let cells: Vec<RecentCell> = self.recent.drain(..mature).collect();
        for day in cells.chunk_by(|one, other| one.day == other.day) {
            if let Some(highest) = day.last() {
                day_cards.count(highest.day, highest.score);
            }
            day.iter().for_each(|cell| self.add_settled(cell.score, cell.cases));
        }
        self.recent.dedup_by(|later, kept| {
            let is_same = (later.day, later.score) == (kept.day, kept.score);
            kept.cases += if is_same { later.cases } else { 0 };
            is_same
        });
        self.recent_kept = self.recent.len();
    }

    fn add_settled(&mut self, score: u16, cases: u32) {
        if score == 0 {
            self.quiet += cases;
            return;
        }
        match self.settled.iter_mut().find(|(settled, _)| *settled == score) {
            Some((_, sum)) => *sum += cases,
            None => self.settled.push((score, cases)),
        }
    }

    /// The mature cases by score, ascending.
    pub fn cells(&self) -> Vec<ScoreCell> {
        let quiet = (self.quiet > 0).then_some((0, self.quiet));
        let mut cells: Vec<(u16, u32)> = quiet.into_iter().chain(self.settled.clone()).collect();
        cells.sort_unstable();
        let cell = |(score, genuine)| ScoreCell { score, fraud: 0, genuine };
        cells.into_iter().map(cell).collect()
    }
}

impl DayCards {
    pub fn count(&mut self, day: i32, score: u16) {
        let scores = self.days.entry(day).or_insert_with(|| vec![0; SCORES]);
        if let Some(cards) = scores.get_mut(usize::from(score)) {
            *cards += 1;
        }
    }

    pub fn add(&mut self, other: &Self) {
        for (day, others) in &other.days {
            let sums = self.days.entry(*day).or_insert_with(|| vec![0; SCORES]);
            sums.iter_mut().zip(others).for_each(|(sum, other)| *sum += other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_mature_days_count_and_each_day_has_a_highest_score() {
        let (mut log, mut days) = (CardLog::default(), DayCards::default());
        let card = CardKey(1);
        for (day, score) in [(1, 0), (1, 300), (1, 20), (2, 0), (2, 0), (3, 900)] {
            log.count(card, Some((day, score)), Maturity { until_day: 0 }, &mut days);
        }
        let cards = log.finish(Maturity { until_day: 3 }, &mut days);
        let cell = |score, genuine| ScoreCell { score, fraud: 0, genuine };
        assert_eq!(cards[0].1.cells(), [cell(0, 3), cell(20, 1), cell(300, 1)]);
        let highest = |day: i32| days.days[&day].iter().position(|cards| *cards > 0);
        assert_eq!((highest(1), highest(2), days.days.len()), (Some(300), Some(0), 2));
    }

    #[test]
    fn settling_early_changes_nothing_for_cases_in_order() {
        let finished = |early: Maturity| {
            let (mut log, mut days) = (CardLog::default(), DayCards::default());
            for n in 0..2_000_u16 {
                let day = i32::from(n / 20);
                let by_now = Maturity { until_day: early.until_day.min(day - 10) };
                let (card, outcome) = (CardKey(u128::from(n % 7)), Some((day, n * 7 % 50)));
                log.count(card, outcome, by_now, &mut days);
            }
            let cards = log.finish(Maturity { until_day: 90 }, &mut days);
            (cards.into_iter().map(|(_, card)| card.cells()).collect::<Vec<_>>(), days)
        };
        assert_eq!(finished(Maturity { until_day: i32::MAX }), finished(Maturity::NEVER));
    }
}
