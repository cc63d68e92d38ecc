//! A backtest, block by block.

use super::block::MessageBlock;
use super::decoding::{self, QueuedMessage};
use super::schedule::Schedule;
use super::settings::BacktestSettings;
use super::shard::{BacktestShard, ShardContext, ShardFindings};
use super::shard_cards::ShardCards;
use super::threads::{lock, share};
use super::totals::RunTotals;
use crate::backtest::examples::Shortlists;
use crate::decode::Rejection;
use crate::pipeline::Pipeline;
use crate::transaction::Time;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// How many shards there are, whatever the number of threads.
const SHARDS: usize = 64;

/// A running backtest.
#[derive(Debug)]
pub struct Backtest {
    settings: BacktestSettings,
    schedule: Schedule,
    shards: Vec<Mutex<BacktestShard>>,
    /// One per thread, to decode with.
    decoders: Vec<Pipeline>,
    /// One per thread.
    totals: Vec<RunTotals>,
    shortlists: Shortlists,
}

/// What a caller passes on from a block.
#[derive(Debug, Default)]
pub struct BlockResult {
    /// The malformed records, by their index in the block.
    pub rejections: Vec<(usize, Rejection)>,
    /// The first record whose time is accepted and doubtful, and why.
    pub doubt: Option<(usize, &'static str)>,
    /// The decisions as JSON Lines, in the order of the input, if they are wanted.
    pub decisions: Vec<u8>,
}

/// A backtest that has read everything.
#[derive(Debug)]
pub struct FinishedRun {
    pub settings: BacktestSettings,
    pub totals: RunTotals,
    pub cards: Vec<ShardCards>,
    pub shortlists: Shortlists,
    /// When labels became known that had to wait for their transaction.
    pub known_at: HashMap<usize, Time>,
    /// The newest transaction.
    pub newest: Option<Time>,
}

impl Backtest {
    pub fn new(mut settings: BacktestSettings) -> Self {
        // With two keys, the messages of one card may be dealt to two shards.
        let tokenizer = settings.decoder.settings().tokenizer.as_ref();
        let has_two_keys = tokenizer.is_some_and(|keys| keys.previous_version().is_some());
        let shards = if has_two_keys { 1 } else { SHARDS };
        let lists = std::mem::take(&mut settings.lists);
        let threads = settings.threads.max(1);
        let decoder = || {
            let ruleset = settings.rulesets.first()?;
            Some(Pipeline::new(Arc::clone(&settings.decoder), Arc::clone(ruleset)))
        };
        let totals = RunTotals::new(&settings.rulesets, settings.reported_count());
        let reported = settings.rulesets.iter().take(settings.reported_count());
        let rules: Vec<usize> = reported.map(|ruleset| ruleset.rules().len()).collect();
        Self {
            schedule: Schedule::new(&settings.labels, lists, shards),
            shards: (0..shards)
                .map(|shard| Mutex::new(BacktestShard::new(&settings, shard, shards)))
                .collect(),
            decoders: (0..threads).filter_map(|_| decoder()).collect(),
            totals: vec![totals; threads],
            shortlists: Shortlists::new(&rules),
            settings,
        }
    }

    /// Decides the messages of the next block. While other threads work, the calling thread first does
    /// `meanwhile`, such as reading the block after it.
    pub fn decide<R>(
        &mut self,
        block: &MessageBlock,
        meanwhile: impl FnOnce() -> R,
    ) -> (BlockResult, R) {
        let decoded = decoding::decode(block, &mut self.decoders, self.shards.len());
        let plan = self.schedule.plan(&decoded.arrivals);
        let jobs: Vec<_> = decoded.queues.into_iter().map(ShardJob::new).collect();
        let context = ShardContext {
            settings: &self.settings,
            plan: &plan,
            shortlists: &self.shortlists,
            first_record: block.first_record,
            by_now: self.settings.settled_days(self.schedule.newest()),
        };
        let shards = &self.shards;
        let work = |totals: &mut RunTotals, shard: usize| {
            if let (Some(job), Some(shard)) = (jobs.get(shard), shards.get(shard)) {
                let mut job = lock(job);
                let ShardJob { queue, findings } = &mut *job;
                *findings = lock(shard).decide(queue, totals, &context);
            }
        };
        let result = share(&mut self.totals, shards.len(), work, meanwhile);
        let findings: Vec<ShardFindings> =
            jobs.iter().map(|job| std::mem::take(&mut lock(job).findings)).collect();
        for candidate in findings.iter().flat_map(|findings| &findings.candidates) {
            self.shortlists.add(candidate);
        }
        let decisions = in_order(&findings);
        let (rejections, doubt) = (decoded.rejections, decoded.doubt);
        (BlockResult { rejections, doubt, decisions }, result)
    }

    /// Ends the run.
    pub fn finish(self) -> FinishedRun {
        let mut totals = RunTotals::new(&self.settings.rulesets, self.settings.reported_count());
        self.totals.iter().for_each(|of_thread| totals.add(of_thread));
        let (mut cards, mut known_at) = (Vec::new(), HashMap::new());
        for shard in self.shards {
            let shard = shard.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
            known_at.extend(shard.known_at);
            cards.push(shard.cards);
        }
        let newest = self.schedule.newest();
        let Self { settings, shortlists, .. } = Self { shards: Vec::new(), ..self };
        FinishedRun { settings, totals, cards, shortlists, known_at, newest }
    }
}

/// The messages of a shard, and what it found in them.
#[derive(Debug)]
struct ShardJob<'b> {
    queue: Vec<QueuedMessage<'b>>,
    findings: ShardFindings,
}

impl<'b> ShardJob<'b> {
    fn new(queue: Vec<QueuedMessage<'b>>) -> Mutex<Self> {
        Mutex::new(Self { queue, findings: ShardFindings::default() })
    }
}

/// The decisions of all shards, in the order of the input.
fn in_order(findings: &[ShardFindings]) -> Vec<u8> {
    let of_shard = |findings: &'_ ShardFindings| {
        let json = |(index, range): &(usize, std::ops::Range<usize>)| {
            (*index, findings.json.get(range.clone()).unwrap_or_default().to_vec())
        };
        findings.decisions.iter().map(json).collect::<Vec<_>>()
    };
    let mut decisions: Vec<(usize, Vec<u8>)> = findings.iter().flat_map(of_shard).collect();
    decisions.sort_unstable_by_key(|(index, _)| *index);
    decisions.into_iter().flat_map(|(_, json)| json).collect()
}
