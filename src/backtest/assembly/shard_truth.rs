//! What one shard adds once the truth about its cards is known.

use super::card_hit_lists::CardHitLists;
use super::card_scores::{add_cells, add_logged, append};
use super::fraud_examples::{FraudExample, FraudExamples};
use super::settled_card::SettledCard;
use crate::backtest::examples::{Candidate, EXAMPLES_MAX};
use crate::backtest::figures::{CardScores, ScoreCell};
use crate::backtest::labels::KnownAt;
use crate::backtest::run::{BacktestSettings, RunTotals, ShardCards};
use crate::backtest::tally::{
    CaseClass, CasePlace, CountedCase, DayCards, HitCount, Maturity, day_of,
};
use crate::backtest::truth::{
    CaseRow, CaseTruth, FraudScope, FraudTally, KIND_NAMES, LabelledCard, RowVerdict, kind_index,
    resolve,
};
use crate::memory::CardKey;
use crate::pipeline::Pipeline;
use crate::rules::Ruleset;
use crate::transaction::Time;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// What one shard adds.
#[derive(Debug)]
pub struct ShardTruth {
    pub totals: RunTotals,
    pub frauds: Vec<FraudTally>,
    pub card_scores: Vec<CardScores>,
    pub fraud_day_cards: Vec<DayCards>,
    pub candidates: Vec<Candidate>,
    pub fraud_examples: Vec<FraudExamples>,
    pub hits: Vec<CardHitLists>,
    pub fraud_cards_by_side: [[u64; 2]; 2],
    pub cards: u64,
    pub matched: Vec<usize>,
    pub thresholds: Vec<FraudScope>,
}

/// What is the same for all shards.
pub struct SettleContext<'c> {
    pub settings: &'c BacktestSettings,
    pub known_at: &'c HashMap<usize, Time>,
    pub as_of: Time,
    pub maturity: Maturity,
    /// Thresholds of a review of the first ruleset.
    pub thresholds: &'c [i32],
}

impl SettleContext<'_> {
    /// When a label became known; `None` if its transaction was not found.
    pub fn time_of(&self, label: usize) -> Option<Time> {
        match self.settings.labels.labels().get(label)?.known_at {
            KnownAt::At(time) => Some(time),
            KnownAt::AfterTransaction(_) => self.known_at.get(&label).copied(),
        }
    }
}

impl ShardTruth {
    pub fn empty(context: &SettleContext<'_>) -> Self {
        let settings = context.settings;
        let reported = settings.reported_count();
        let rules = |ruleset: &Arc<Ruleset>| ruleset.rules().len();
        let hits =
            |ruleset| CardHitLists { alerts: Vec::new(), rules: vec![Vec::new(); rules(ruleset)] };
        Self {
            totals: RunTotals::new(&settings.rulesets, reported),
            frauds: settings.rulesets.iter().map(|one| FraudTally::new(rules(one))).collect(),
            card_scores: vec![CardScores::default(); reported],
            fraud_day_cards: vec![DayCards::default(); reported],
            candidates: Vec::new(),
            fraud_examples: vec![FraudExamples::default(); reported],
            hits: settings.rulesets.iter().take(reported).map(hits).collect(),
            fraud_cards_by_side: [[0; 2]; 2],
            cards: 0,
            matched: Vec::new(),
            thresholds: vec![FraudScope::default(); context.thresholds.len()],
        }
    }

    pub fn of(cards: ShardCards, pipeline: &mut Pipeline, context: &SettleContext<'_>) -> Self {
        let mut truth = Self::empty(context);
        let ShardCards { labelled, logs, mut hits } = cards;
        let mut labelled: Vec<(CardKey, LabelledCard)> = labelled.into_iter().collect();
        labelled.sort_unstable_by_key(|(key, _)| *key);
        let book = &context.settings.labels;
        // How many cases of a card are not fraud.
        let mut others: HashMap<CardKey, u64> = HashMap::new();
        for (key, card) in &labelled {
            let labels = (book, context.known_at);
            let resolved = resolve((*key, card), labels, pipeline, context.as_of);
            truth.matched.extend(&resolved.matched);
            let settled = SettledCard::of(card, &resolved);
            truth.cards += u64::from(!settled.cases.is_empty());
            truth.count_card(*key, &settled, context);
            for (ruleset, hits) in hits.iter_mut().enumerate() {
                let token = card.token.as_deref().unwrap_or_default();
                for (case, _) in settled.others() {
                    if let Some(row) = case.verdicts.get(ruleset) {
                        hits.count(*key, token, &row.verdict, &row.rules);
                    }
                }
            }
            others.insert(*key, settled.others().count() as u64);
        }
        let logged = ShardCards::finish_logs(logs, context.maturity, &mut truth.totals.day_cards);
        truth.cards += logged.first().map_or(0, Vec::len) as u64;
        for (ruleset, cards) in logged.iter().enumerate() {
            let scores = truth.card_scores.get_mut(ruleset);
            scores.into_iter().for_each(|scores| add_logged(scores, cards));
        }
        let logged = logged.first().into_iter().flatten();
        others.extend(logged.map(|(key, cells)| (*key, u64::from(cells.cases))));
        let with_others = |hit: HitCount| {
            let all = others.get(&hit.key).copied().unwrap_or(hit.hits);
            (hit, all)
        };
        for (lists, hits) in truth.hits.iter_mut().zip(&hits) {
            let most = hits.most_alerted(EXAMPLES_MAX);
            lists.alerts = most.into_iter().map(with_others).collect();
            for (rule, list) in (0_u16..).zip(&mut lists.rules) {
                let most = hits.most_hit_by(rule, EXAMPLES_MAX);
                *list = most.into_iter().map(with_others).collect();
            }
        }
        truth
    }

    fn count_card(&mut self, key: CardKey, card: &SettledCard<'_>, context: &SettleContext<'_>) {
        for (case, truth) in &card.cases {
            let counted = CountedCase {
                day: day_of(case.time),
                class: truth.class,
                value: i128::from(case.value.unwrap_or(0)),
            };
            for (tally, row) in self.totals.tallies.iter_mut().zip(&case.verdicts) {
                tally.count(counted, &row.verdict, &row.rules);
            }
            let place = CasePlace { card: key, week: case.time.week(), day: counted.day };
            for (control, row) in self.totals.controls.iter_mut().zip(&case.verdicts) {
                control.count(place, truth.class, (&row.verdict, &row.rules));
            }
            if let [first, second, ..] = &*case.verdicts
                && context.settings.reported_count() > 1
            {
                let (first, second) = (first.verdict.action, second.verdict.action);
                self.totals.comparison.count(counted, first, second);
            }
            self.add_examples(case, *truth, counted);
        }
        for (ruleset, tally) in self.frauds.iter_mut().enumerate() {
            tally.add_card(&card.frauds(ruleset));
        }
        let frauds = card.frauds(0);
        let decline = context.settings.rulesets.first().map_or(0, |ruleset| ruleset.decline);
        for (threshold, scope) in context.thresholds.iter().zip(&mut self.thresholds) {
            let least = (*threshold).min(decline);
            scope.add_card(frauds.iter(), |case| {
                let verdict = case.verdict.verdict;
                verdict.is_demanded || i32::from(verdict.score) >= least
            });
        }
        self.count_sides(card);
        for ruleset in 0..context.settings.reported_count() {
            self.count_scores(card, ruleset, context.maturity);
        }
    }

    /// Counts a card with fraud once for each side on which it has a fraud case.
    fn count_sides(&mut self, card: &SettledCard<'_>) {
        let mut seen = [[false; 2]; 2];
        for (case, _) in card.cases.iter().filter(|(_, truth)| truth.class == CaseClass::Fraud) {
            if let [first, second, ..] = &*case.verdicts {
                let at = |row: &RowVerdict| usize::from(row.verdict.is_alerted());
                let side = seen.get_mut(at(first)).and_then(|row| row.get_mut(at(second)));
                side.into_iter().for_each(|seen| *seen = true);
            }
        }
        let counts = self.fraud_cards_by_side.as_flattened_mut().iter_mut();
        counts.zip(seen.as_flattened()).for_each(|(count, seen)| *count += u64::from(*seen));
    }

    /// Counts the card for the bootstrap, and each of its days for card precision.
    fn count_scores(&mut self, card: &SettledCard<'_>, ruleset: usize, maturity: Maturity) {
        let mut cells: BTreeMap<u16, ScoreCell> = BTreeMap::new();
        let mut days: BTreeMap<i32, (u16, bool)> = BTreeMap::new();
        for (case, truth) in &card.cases {
            let (day, is_fraud) = (day_of(case.time), truth.class == CaseClass::Fraud);
            let Some(row) = case.verdicts.get(ruleset) else { continue };
            if !maturity.is_known(truth.class, day) {
                continue;
            }
            let score = row.verdict.score;
            let cell = ScoreCell { score, fraud: 0, genuine: 0 };
            let cell = cells.entry(score).or_insert(cell);
            cell.fraud += u32::from(is_fraud);
            cell.genuine += u32::from(!is_fraud);
            let (highest, has_fraud) = days.entry(day).or_default();
            *highest = (*highest).max(score);
            *has_fraud |= is_fraud;
        }
        let cells: Vec<ScoreCell> = cells.into_values().collect();
        if let Some(scores) = self.card_scores.get_mut(ruleset) {
            add_cells(scores, &cells);
        }
        for (day, (score, has_fraud)) in days {
            let cards = match has_fraud {
                true => self.fraud_day_cards.get_mut(ruleset),
                false => self.totals.day_cards.get_mut(ruleset),
            };
            cards.into_iter().for_each(|cards| cards.count(day, score));
        }
    }

    fn add_examples(&mut self, case: &CaseRow, truth: CaseTruth, counted: CountedCase) {
        for (ruleset, example) in &case.examples {
            let Some(row) = case.verdicts.get(*ruleset) else { continue };
            let is_alerted = row.verdict.is_alerted();
            let other = 1_usize.checked_sub(*ruleset).and_then(|other| case.verdicts.get(other));
            let is_alone = is_alerted && other.is_some_and(|other| !other.verdict.is_alerted());
            if truth.class == CaseClass::Fraud {
                let fraud = FraudExample {
                    value: counted.value,
                    kind: truth.kind.map(|kind| {
                        KIND_NAMES.get(kind_index(Some(kind))).copied().unwrap_or_default()
                    }),
                    example: Arc::clone(example),
                };
                if let Some(lists) = self.fraud_examples.get_mut(*ruleset) {
                    lists.add(&fraud, is_alerted, is_alone);
                }
            } else {
                let alerting = row.rules.iter().filter(|rule| rule.alerts);
                self.candidates.push(Candidate {
                    ruleset: *ruleset,
                    value: counted.value,
                    day: counted.day,
                    class: truth.class,
                    is_alerted,
                    is_alone,
                    rules: alerting.map(|rule| rule.rule).collect(),
                    example: Arc::clone(example),
                });
            }
        }
    }

    pub fn add(&mut self, other: Self) {
        self.totals.add(&other.totals);
        self.frauds.iter_mut().zip(&other.frauds).for_each(|(sum, other)| sum.add(other));
        for (scores, others) in self.card_scores.iter_mut().zip(&other.card_scores) {
            append(scores, others);
        }
        let days = self.fraud_day_cards.iter_mut().zip(&other.fraud_day_cards);
        days.for_each(|(sum, other)| sum.add(other));
        for (lists, others) in self.fraud_examples.iter_mut().zip(other.fraud_examples) {
            lists.append(others);
        }
        for (lists, others) in self.hits.iter_mut().zip(other.hits) {
            lists.append(others);
        }
        let sides = self.fraud_cards_by_side.as_flattened_mut().iter_mut();
        let others = other.fraud_cards_by_side;
        sides.zip(others.as_flattened()).for_each(|(sum, other)| *sum += other);
        self.cards += other.cards;
        self.matched.extend(other.matched);
        self.thresholds.iter_mut().zip(&other.thresholds).for_each(|(sum, other)| sum.add(other));
    }
}
