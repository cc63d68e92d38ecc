//! The cards of a shard: messages of those with labels, and counts of the others.

use super::contender::VerdictColumn;
use super::settings::BacktestSettings;
use super::totals::RunTotals;
use crate::backtest::card_map::CardMap;
use crate::backtest::labels::LabelBook;
use crate::backtest::run::decoding::shard_of_card;
use crate::backtest::tally::{
    CardCells, CardHits, CardLog, CaseClass, CasePlace, CountedCase, DayCards, Maturity, day_of,
};
use crate::backtest::truth::{CaseRow, LabelledCard, MessageRow, RowVerdict};
use crate::memory::{CardKey, Effect, OriginalId};
use crate::transaction::{Kind, LabelValue, Transaction};

/// The cards of one shard.
#[derive(Debug)]
pub struct ShardCards {
    pub labelled: CardMap<LabelledCard>,
    /// The other cards, one log per reported ruleset.
    pub logs: Vec<CardLog>,
    /// The same.
    pub hits: Vec<CardHits>,
}

/// A card without labels, in the end.
pub type LoggedCard = (CardKey, CardCells);

/// A message that all rulesets have scored.
#[derive(Debug, Clone, Copy)]
pub struct DecidedMessage<'m, 'a> {
    pub tx: &'m Transaction<'a>,
    pub record: u64,
    /// Its place in the queue.
    pub at: usize,
    pub effect: Effect,
    pub counting: Counting,
}

/// What a message counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    Case,
    /// It would be a case, but its time is not counted.
    Outside,
    WithoutRules,
}

impl ShardCards {
    pub fn new(book: &LabelBook, (shard, shards): (usize, usize), reported: usize) -> Self {
        let mut labelled: CardMap<LabelledCard> = CardMap::default();
        for (index, label) in book.labels().iter().enumerate() {
            for card in [Some(label.card), label.former_card].into_iter().flatten() {
                if shard_of_card(card, shards) == shard {
                    let card = labelled.entry(card).or_default();
                    card.labels.push(index);
                    // A history may have a label for every transaction. Only fraud is rare enough
                    // that each case keeps an example.
                    if label.value == LabelValue::Fraud {
                        card.named.push(label.of);
                    }
                }
            }
        }
        Self {
            labelled,
            logs: (0..reported).map(|_| CardLog::default()).collect(),
            hits: (0..reported).map(|_| CardHits::default()).collect(),
        }
    }

    /// The labels of a message's card; `None` if there are none.
    pub fn labels_of(&self, tx: &Transaction<'_>) -> Option<&LabelledCard> {
        if self.labelled.is_empty() {
            return None;
        }
        let former = tx.card.former_token.as_deref().map(CardKey::of);
        let card = former.and_then(|card| self.labelled.get(&card));
        card.or_else(|| self.labelled.get(&CardKey::of(&tx.card.token)))
    }

    /// Keeps a message of a card with labels; counts a case of any other card.
    pub fn add(
        &mut self,
        message: &DecidedMessage<'_, '_>,
        columns: &[VerdictColumn],
        totals: &mut RunTotals,
        by_now: Maturity,
    ) {
        let tx = message.tx;
        match message.counting {
            Counting::Case => totals.input.note(tx.time),
            Counting::Outside => totals.input.outside += 1,
            Counting::WithoutRules => totals.input.without_rules += 1,
        }
        let is_case = message.counting == Counting::Case;
        let key = CardKey::of(&tx.card.token);
        match self.labelled.get_mut(&key) {
            Some(card) => keep(card, message, columns),
            None if is_case => self.count(key, message, columns, totals, by_now),
            None => {}
        }
    }

    fn count(
        &mut self,
        key: CardKey,
        message: &DecidedMessage<'_, '_>,
        columns: &[VerdictColumn],
        totals: &mut RunTotals,
        by_now: Maturity,
    ) {
        let tx = message.tx;
        let case = CountedCase {
            day: day_of(tx.time),
            class: CaseClass::without_label(tx.response.approved),
            value: i128::from(tx.base_amount.unwrap_or(0)),
        };
        for (tally, column) in totals.tallies.iter_mut().zip(columns) {
            if let Some((verdict, rules)) = column.get(message.at) {
                tally.count(case, verdict, rules);
            }
        }
        let place = CasePlace { card: key, week: tx.time.week(), day: case.day };
        for (control, column) in totals.controls.iter_mut().zip(columns) {
            if let Some(verdict) = column.get(message.at) {
                control.count(place, case.class, verdict);
            }
        }
        let has_outcome = case.class == CaseClass::Unlabelled;
        let reported = self.logs.iter_mut().zip(&mut self.hits).zip(&mut totals.day_cards);
        for (((log, hits), day_cards), column) in reported.zip(columns) {
            if let Some((verdict, rules)) = column.get(message.at) {
                let outcome = has_outcome.then_some((case.day, verdict.score));
                log.count(key, outcome, by_now, day_cards);
                hits.count(key, &tx.card.token, verdict, rules);
            }
        }
        if let [first, second, ..] = columns
            && totals.day_cards.len() > 1
            && let (Some((first, _)), Some((second, _))) =
                (first.get(message.at), second.get(message.at))
        {
            totals.comparison.count(case, first.action, second.action);
        }
    }

    /// The cards without labels, by their keys; one list per reported ruleset.
    pub fn finish_logs(
        logs: Vec<CardLog>,
        maturity: Maturity,
        day_cards: &mut [DayCards],
    ) -> Vec<Vec<LoggedCard>> {
        let each = logs.into_iter().zip(day_cards);
        each.map(|(log, day_cards)| log.finish(maturity, day_cards)).collect()
    }
}

impl BacktestSettings {
    /// How many rulesets there are in a comparison or alone.
    pub fn reported_count(&self) -> usize {
        self.reported.min(self.rulesets.len())
    }
}

fn keep(card: &mut LabelledCard, message: &DecidedMessage<'_, '_>, columns: &[VerdictColumn]) {
    let tx = message.tx;
    if card.token.is_none() {
        card.token = Some((*tx.card.token).into());
    }
    let verdict = |column: &VerdictColumn| {
        let (verdict, rules) = column.get(message.at)?;
        Some(RowVerdict { verdict: *verdict, rules: rules.into() })
    };
    let is_case = message.counting == Counting::Case;
    let case = is_case.then(|| CaseRow {
        record: message.record,
        time: tx.time,
        value: tx.base_amount,
        approved: tx.response.approved,
        refund: (tx.kind == Kind::Refund).then(|| OriginalId::of(&tx.id)),
        verdicts: columns.iter().filter_map(verdict).collect(),
        examples: columns
            .iter()
            .enumerate()
            .filter_map(|(at, column)| Some((at, column.example(message.at)?.clone())))
            .collect(),
        is_named: card.names(&tx.id),
    });
    card.push(MessageRow { effect: message.effect, case });
}
