//! Decides the messages of the cards of one shard, in order, under every ruleset.

use super::contender::{Contender, VerdictColumn};
use super::decoding::QueuedMessage;
use super::schedule::{BlockPlan, PlannedStep, StepAction};
use super::settings::BacktestSettings;
use super::shard_cards::{Counting, DecidedMessage, ShardCards};
use super::totals::RunTotals;
use crate::backtest::examples::{Candidate, Shortlists, example_of};
use crate::backtest::labels::{KnownAt, LabelBook};
use crate::backtest::tally::{CaseClass, Maturity, day_of};
use crate::backtest::verdict::Verdict;
use crate::decision::Decision;
use crate::engine::{Outcome, Rendering};
use crate::memory::{CardKey, Effect, Memory, OriginalId};
use crate::pipeline::{DecodedMessage, MESSAGES_MAX, Pipeline};
use crate::transaction::{Kind, Time, Transaction};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::ops::Range;
use std::sync::Arc;

/// One shard: some of the cards, always the same ones.
#[derive(Debug)]
pub struct BacktestShard {
    shard: usize,
    contenders: Vec<Contender>,
    pub cards: ShardCards,
    /// Labels that become known some time after a transaction that was not read yet.
    waiting: HashMap<(CardKey, OriginalId), Vec<usize>>,
    /// Such labels, once their transaction was read.
    pending: BinaryHeap<Reverse<(Time, usize)>>,
    /// When such labels became known.
    pub known_at: HashMap<usize, Time>,
    /// One per ruleset.
    columns: Vec<VerdictColumn>,
    /// What each message of the block does to memory, and what it counts as; `None` for a duplicate.
    effects: Vec<Option<(Effect, Counting)>>,
}

/// What a shard needs to know about the backtest and the block.
#[derive(Debug, Clone, Copy)]
pub struct ShardContext<'c> {
    pub settings: &'c BacktestSettings,
    pub plan: &'c BlockPlan,
    /// As they were before the block.
    pub shortlists: &'c Shortlists,
    pub first_record: u64,
    /// The days that cards can settle by now.
    pub by_now: Maturity,
}

/// What a shard found in a block.
#[derive(Debug, Default)]
pub struct ShardFindings {
    /// By the index of the message, where its decision is in `json`.
    pub decisions: Vec<(usize, Range<usize>)>,
    pub json: Vec<u8>,
    pub candidates: Vec<Candidate>,
}

impl AsMut<Self> for DecodedMessage<'_> {
    fn as_mut(&mut self) -> &mut Self {
        self
    }
}

impl<'b> AsMut<DecodedMessage<'b>> for QueuedMessage<'b> {
    fn as_mut(&mut self) -> &mut DecodedMessage<'b> {
        &mut self.message
    }
}

impl BacktestShard {
    pub fn new(settings: &BacktestSettings, shard: usize, shards: usize) -> Self {
        let contender = |ruleset: &Arc<_>| Contender {
            pipeline: Pipeline::new(Arc::clone(&settings.decoder), Arc::clone(ruleset)),
            memory: Memory::new(settings.limits),
        };
        let contenders: Vec<_> = settings.rulesets.iter().map(contender).collect();
        let columns = contenders.iter().map(|_| VerdictColumn::default()).collect();
        let reported = settings.reported_count();
        Self {
            shard,
            contenders,
            cards: ShardCards::new(&settings.labels, (shard, shards), reported),
            waiting: HashMap::new(),
            pending: BinaryHeap::new(),
            known_at: HashMap::new(),
            columns,
            effects: Vec::new(),
        }
        .with_waiting(&settings.labels)
    }

    fn with_waiting(mut self, book: &LabelBook) -> Self {
        for (key, card) in &self.cards.labelled {
            for label in &card.labels {
                if let Some(booked) = book.labels().get(*label)
                    && matches!(booked.known_at, KnownAt::AfterTransaction(_))
                {
                    self.waiting.entry((*key, booked.of)).or_default().push(*label);
                }
            }
        }
        self
    }

    /// Decides the messages of a block.
    pub fn decide(
        &mut self,
        queue: &mut [QueuedMessage<'_>],
        totals: &mut RunTotals,
        context: &ShardContext<'_>,
    ) -> ShardFindings {
        let mut findings = ShardFindings::default();
        let steps = self.steps(queue, context);
        self.effects.clear();
        for ruleset in 0..self.contenders.len() {
            self.decide_under(ruleset, queue, &steps, totals, context, &mut findings);
        }
        for (at, queued) in queue.iter().enumerate() {
            let Some(Some((effect, counting))) = self.effects.get(at).copied() else {
                totals.input.duplicates += 1;
                continue;
            };
            let tx = queued.message.transaction();
            let record = context.first_record + queued.index as u64;
            let message = DecidedMessage { tx, record, at, effect, counting };
            self.cards.add(&message, &self.columns, totals, context.by_now);
            self.add_candidates(at, tx, &mut findings);
        }
        findings
    }

    /// Everything that must be done before messages of this shard.
    fn steps(
        &mut self,
        queue: &[QueuedMessage<'_>],
        context: &ShardContext<'_>,
    ) -> Vec<PlannedStep> {
        let plan = context.plan;
        let own = plan.own.get(self.shard).map(Vec::as_slice).unwrap_or_default();
        let mut steps = [&plan.common, own].concat();
        if !self.waiting.is_empty() || !self.pending.is_empty() {
            self.give_waiting(queue, &context.settings.labels, &mut steps);
        }
        // Stable: those of all shards come first.
        steps.sort_by_key(|step| step.before);
        steps
    }

    /// Labels whose transaction was read become known some time after it.
    fn give_waiting(
        &mut self,
        queue: &[QueuedMessage<'_>],
        book: &LabelBook,
        steps: &mut Vec<PlannedStep>,
    ) {
        for queued in queue {
            let tx = queued.message.transaction();
            while let Some(Reverse((known_at, label))) = self.pending.peek().copied()
                && known_at <= tx.time
            {
                self.pending.pop();
                let action = StepAction::Label(label, known_at);
                steps.push(PlannedStep { before: queued.index, action });
            }
            if matches!(tx.kind, Kind::Authorization | Kind::Clearing) {
                self.find_waiting(tx, book);
            }
        }
    }

    fn find_waiting(&mut self, tx: &Transaction<'_>, book: &LabelBook) {
        let tokens = [Some(&tx.card.token), tx.card.former_token.as_ref()];
        for token in tokens.into_iter().flatten() {
            let found = self.waiting.remove(&(CardKey::of(token), OriginalId::of(&tx.id)));
            for label in found.into_iter().flatten() {
                let delay = book.labels().get(label).map(|label| label.known_at);
                let Some(KnownAt::AfterTransaction(delay_ms)) = delay else { continue };
                let known_at = Time(tx.time.millis().saturating_add(delay_ms));
                if self.known_at.insert(label, known_at).is_none() {
                    self.pending.push(Reverse((known_at, label)));
                }
            }
        }
    }

    fn decide_under(
        &mut self,
        ruleset: usize,
        queue: &mut [QueuedMessage<'_>],
        mut steps: &[PlannedStep],
        totals: &mut RunTotals,
        context: &ShardContext<'_>,
        findings: &mut ShardFindings,
    ) {
        let Self { contenders, columns, cards, effects, .. } = self;
        let (Some(contender), Some(column)) =
            (contenders.get_mut(ruleset), columns.get_mut(ruleset))
        else {
            return;
        };
        let Some(tally) = totals.tallies.get_mut(ruleset) else { return };
        let settings = context.settings;
        let (is_first, is_reported) = (ruleset == 0, ruleset < settings.reported_count());
        column.clear();
        for (batch, messages) in queue.chunks_mut(MESSAGES_MAX).enumerate() {
            contender.prepare(messages);
            for (within, queued) in messages.iter_mut().enumerate() {
                steps = contender.advance(steps, queued.index, &settings.labels);
                let tx = queued.message.transaction();
                let labelled = cards.labels_of(tx).filter(|_| is_reported);
                let is_named = labelled.is_some_and(|card| card.names(&tx.id));
                let writes = is_first && settings.writes_decisions;
                contender.pipeline.use_rendering(match is_reported {
                    _ if writes || is_named => Rendering::EveryDecision,
                    true => Rendering::Flagged,
                    false => Rendering::Never,
                });
                let outcome = contender.pipeline.decide(&mut contender.memory, &mut queued.message);
                let Outcome::Decided { decision, entry, role, .. } = outcome else {
                    if is_first {
                        effects.push(None);
                    }
                    column.push(|_| None);
                    continue;
                };
                let counting = match role.runs_rules() {
                    false => Counting::WithoutRules,
                    true if settings.counts(decision.transaction.time) => Counting::Case,
                    true => Counting::Outside,
                };
                if is_first {
                    effects.push(Some((entry.effect, counting)));
                }
                if writes {
                    findings.write(queued.index, &decision);
                }
                if counting != Counting::Case {
                    column.push(|_| None);
                    continue;
                }
                let undecided = &decision.evaluation.undecided;
                let undecided = undecided.iter().chain(&decision.evaluation.shadow_undecided);
                undecided.for_each(|rule| tally.count_undecided(*rule));
                column.push(|rules| Some(Verdict::of(&decision, rules)));
                let wants = match labelled {
                    _ if !is_reported => false,
                    Some(_) => is_named || decision.assessment.wants_alert(),
                    None => column
                        .last()
                        .is_some_and(|last| context.shortlists.want(ruleset, &decision, last)),
                };
                let record = context.first_record + queued.index as u64;
                if let Some(example) = wants.then(|| example_of(&decision, record)).flatten() {
                    let at = batch * MESSAGES_MAX + within;
                    column.examples.push((at, Arc::new(example)));
                }
            }
        }
        contender.advance(steps, usize::MAX, &settings.labels);
    }

    /// The examples of a case of a card without labels.
    fn add_candidates(&self, at: usize, tx: &Transaction<'_>, findings: &mut ShardFindings) {
        if self.columns.iter().all(|column| column.example(at).is_none())
            || self.cards.labelled.contains_key(&CardKey::of(&tx.card.token))
        {
            return;
        }
        let is_alerted = |ruleset: usize| {
            let verdict = self.columns.get(ruleset).and_then(|column| column.get(at));
            verdict.is_some_and(|(verdict, _)| verdict.is_alerted())
        };
        for (ruleset, column) in self.columns.iter().enumerate() {
            let (Some(example), Some((verdict, rules))) = (column.example(at), column.get(at))
            else {
                continue;
            };
            findings.candidates.push(Candidate {
                ruleset,
                value: i128::from(tx.base_amount.unwrap_or(0)),
                day: day_of(tx.time),
                class: CaseClass::without_label(tx.response.approved),
                is_alerted: verdict.is_alerted(),
                is_alone: verdict.is_alerted() && ruleset < 2 && !is_alerted(1 - ruleset),
                rules: rules.iter().filter(|rule| rule.alerts).map(|rule| rule.rule).collect(),
                example: Arc::clone(example),
            });
        }
    }
}

impl ShardFindings {
    fn write(&mut self, index: usize, decision: &Decision<'_>) {
        let start = self.json.len();
        decision.write_json(&mut self.json);
        self.json.push(b'\n');
        self.decisions.push((index, start..self.json.len()));
    }
}
