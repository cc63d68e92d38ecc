//! Performs one run: instances start, stop, pause and crash over a model of the brokers. Then the
//! faults end, and what was committed is compared with the expected results.

use super::checkpoints::ModelCheckpoints;
use super::cluster::{ModelCluster, PARTITIONS, State};
use super::initial_state::InitialState;
use super::ports::{
    HISTORY, LABELS, Model, ModelClock, ModelHistory, ModelInput, ModelLabels, ModelPublisher,
    OUTCOMES, Shared, TRANSACTIONS,
};
use super::reference::{Coverage, Expected, ListsAt, expected};
use super::rules;
use super::sabotage::Sabotage;
use super::traffic::{self, Log, input, labels};
use crate::clock::monotonic_now;
use crate::fixtures;
use crate::history::{FormatVersion, Record};
use crate::kafka::settings::{CheckpointSettings, DeadLetterPayload, Guarantee, Settings};
use crate::kafka::shard::ports::PortSet;
use crate::kafka::shard::{Shard, Stop};
use crate::memory::Limits;
use crate::metrics::Metrics;
use crate::precision::MeasureSettings;
use crate::reload::ActiveRuleset;
use crate::rules::TopicLists;
use crate::status::Status;
use crate::topics::Topics;
use crate::transaction::{Currency, MINUTE_MS};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(super) const INSTANCES: usize = 3;
/// The maximum number of turns until everything is processed, once the faults have ended.
const FAULT_FREE_TURNS: usize = 60_000;
/// The maximum timeout of transactions once the faults have ended.
const TIMEOUT_MAX_AT_LAST: Duration = Duration::from_secs(40);
/// The parameters of a run.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub seed: u64,
    pub guarantee: Guarantee,
    pub sabotage: Sabotage,
    pub records: usize,
}

/// Counts of what happened, so that a test can check whether every case occurred.
#[derive(Debug, Default, Clone, Copy)]
pub struct Summary {
    pub runs: usize,
    pub crashes: usize,
    pub pauses: usize,
    /// Runs in which every record was counted exactly once.
    pub counted: usize,
    pub alerts: usize,
    pub restored: u64,
    pub aborted: usize,
    pub checkpoints_used: f64,
    pub checkpoints_ignored: f64,
    pub warmed_up: f64,
    /// Partitions that began with committed offsets but without history.
    pub gaps: usize,
    /// Partitions that lost records before they were read.
    pub cuts: usize,
    /// Partitions among these that lost them while instances were running.
    pub cuts_under_reader: usize,
    /// Labels that were written while instances were running.
    pub late_labels: usize,
    /// Changes of the lists while instances were running.
    pub list_changes: usize,
    pub coverage: Coverage,
}

impl Summary {
    pub fn add(&mut self, other: &Self) {
        self.runs += 1;
        self.crashes += other.crashes;
        self.pauses += other.pauses;
        self.counted += other.counted;
        self.alerts += other.alerts;
        self.restored += other.restored;
        self.aborted += other.aborted;
        self.checkpoints_used += other.checkpoints_used;
        self.checkpoints_ignored += other.checkpoints_ignored;
        self.warmed_up += other.warmed_up;
        self.gaps += other.gaps;
        self.cuts += other.cuts;
        self.late_labels += other.late_labels;
        self.list_changes += other.list_changes;
        self.cuts_under_reader += other.cuts_under_reader;
        self.coverage.add(&other.coverage);
    }

    pub fn is_eventful(&self) -> bool {
        self.crashes > 0
            && self.pauses > 0
            && self.counted > 0
            && self.alerts > 0
            && self.restored > 0
            && self.aborted > 0
            && self.checkpoints_used > 0.0
            && self.checkpoints_ignored > 0.0
            && self.warmed_up > 0.0
            && self.gaps > 0
            && self.late_labels > 0
            && self.list_changes > 0
            && self.cuts > self.cuts_under_reader
            && self.cuts_under_reader > 0
            && self.coverage.has_all()
    }
}

pub(super) struct Simulation {
    pub(super) plan: Plan,
    pub(super) rng: ChaCha8Rng,
    pub(super) cluster: Shared,
    pub(super) origin: Instant,
    pub(super) settings: Arc<Settings>,
    /// Every version of the lists that was active.
    pub(super) lists: BTreeMap<String, Arc<TopicLists>>,
    pub(super) instances: Vec<Slot>,
    pub(super) starts: usize,
    /// Offsets of each partition that were deleted before any instance read them.
    pub(super) missing: Vec<Range<i64>>,
    pub(super) was_reset: bool,
    pub(super) summary: Summary,
}

/// A slot for an instance: its shard if one runs, and until when it is paused.
#[derive(Default)]
pub(super) struct Slot {
    pub(super) shard: Option<Shard<Model>>,
    pub(super) paused_until: Duration,
}

pub fn run(plan: Plan) -> Result<Summary, String> {
    let mut simulation = Simulation::new(plan);
    simulation.inject_faults()?;
    let expected = simulation.run_without_faults()?;
    simulation.summary.coverage = expected.coverage;
    simulation.compare(&expected)?;
    Ok(simulation.summary)
}

/// One instance without faults, to be driven step by step, and the origin of its time.
pub fn one_shard(status: Arc<Status>) -> (Shard<Model>, Shared, Arc<Settings>, Instant) {
    let guarantee = Guarantee::ExactlyOnce;
    let plan = Plan { seed: 1, guarantee, sabotage: Sabotage::None, records: 5_000 };
    let mut simulation = Simulation::new(plan);
    let mut shard = simulation.shard(0, status);
    shard.subscribe().unwrap();
    let Simulation { cluster, settings, origin, .. } = simulation;
    (shard, cluster, settings, origin)
}

fn settings(
    rng: &mut ChaCha8Rng,
    guarantee: Guarantee,
    initial_states: &[InitialState],
    has_labels: bool,
) -> Settings {
    // Usually small, so that charges are cut, evicted and expired.
    let is_roomy = rng.random_range(0..4) == 0;
    let limits = Limits {
        retention_ms: if is_roomy { 400 } else { 40 } * MINUTE_MS,
        events_per_card: if is_roomy { 100 } else { rng.random_range(1..12) },
        cards: if is_roomy { 10 } else { rng.random_range(2..5) },
        bytes: 1 << 20,
    };
    let warms_up = initial_states.iter().any(|initial| initial.warm_up.is_some());
    let ruleset = rules::ruleset();
    Settings {
        brokers: String::new(),
        group_id: "redcard".into(),
        client_id: "redcard".into(),
        properties: BTreeMap::new(),
        topics: Topics {
            transactions: TRANSACTIONS.into(),
            labels: has_labels.then(|| LABELS.into()),
            outcomes: has_labels.then(|| OUTCOMES.into()),
            alerts: "alerts".into(),
            dead_letters: "dead_letters".into(),
            decisions: Some("decisions".into()),
            history: Some(HISTORY.into()),
            lists: Some("lists".into()),
            create: false,
            partitions: PARTITIONS,
            replication_factor: 1,
        },
        guarantee,
        instance: None,
        start_name: String::new(),
        history_version: FormatVersion::V2,
        measured: MeasureSettings::new(fixtures::dollar()),
        warm_up: warms_up.then_some(Duration::from_hours(24)),
        checkpoints: Some(CheckpointSettings {
            folder: PathBuf::new(),
            interval: Duration::from_millis([0, 20, 200][rng.random_range(0..3)]),
        }),
        shards: 1,
        commit_interval: Duration::from_millis(rng.random_range(2..60)),
        payload: DeadLetterPayload::None,
        feed_watch: Arc::default(),
        lists: Arc::default(),
        decoder: Arc::new(traffic::decoder()),
        base_currency: Currency::parse("USD").unwrap(),
        limits,
        metrics: Arc::new(Metrics::new(&ruleset)),
        ruleset: ActiveRuleset::new(ruleset),
    }
}

impl Simulation {
    fn new(plan: Plan) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(plan.seed);
        let input = input(&mut rng, plan.records);
        let initial_states = InitialState::random(&mut rng, &input);
        // In one run in three there is no topic of labels.
        let has_labels = rng.random_range(0..3) > 0;
        let labels = match has_labels {
            true => labels(&mut rng, &input),
            false => input.iter().map(|_| Vec::new()).collect(),
        };
        let settings = settings(&mut rng, plan.guarantee, &initial_states, has_labels);
        let settings = Arc::new(settings);
        let first = rules::random_lists(&mut rng, 0);
        let lists = BTreeMap::from([(first.version.to_string(), Arc::clone(&first.lists))]);
        settings.lists.replace(first);
        let missing = initial_states.iter().map(|_| 0..0).collect();
        let gaps = initial_states.iter().filter(|initial| initial.has_gap()).count();
        let cluster =
            Rc::new(RefCell::new(ModelCluster::new(plan.seed, (input, labels), initial_states)));
        Self {
            plan,
            rng,
            cluster,
            origin: monotonic_now(),
            settings,
            lists,
            instances: (0..INSTANCES).map(|_| Slot::default()).collect(),
            starts: 0,
            missing,
            was_reset: false,
            summary: Summary { gaps, ..Summary::default() },
        }
    }

    fn expected(&self) -> Expected {
        let cluster = self.cluster.borrow();
        let ModelCluster { input, labels, initial_states, .. } = &*cluster;
        let initial = (&input[..], &labels[..], &initial_states[..], &self.missing[..]);
        let decisions: BTreeMap<(i32, i64), &str> = (0..PARTITIONS)
            .flat_map(|partition| cluster.log("decisions", partition))
            .filter(|entry| entry.state == State::Committed)
            .filter_map(|entry| Some((entry.origin, entry.lists.as_deref()?)))
            .collect();
        let lists_at = |place| Some(Arc::clone(self.lists.get(*decisions.get(&place)?)?));
        let ruleset = rules::ruleset();
        let rules = (&ruleset, &lists_at as ListsAt<'_>);
        expected(initial, &self.settings.decoder, rules, self.settings.limits)
    }

    /// Runs all instances without faults until the input is scored.
    fn run_without_faults(&mut self) -> Result<Expected, String> {
        {
            let mut cluster = self.cluster.borrow_mut();
            cluster.fault_rate = 0;
            // An operator aborts what is open for longer.
            cluster.transaction_timeout = cluster.transaction_timeout.min(TIMEOUT_MAX_AT_LAST);
        }
        for turn in 0..FAULT_FREE_TURNS {
            let at = turn % INSTANCES;
            self.start(at)?;
            self.instances[at].paused_until = Duration::ZERO;
            self.turn(at)?;
            if self.is_done() {
                let expected = self.expected();
                self.compare_live(&expected)?;
                (0..INSTANCES).try_for_each(|at| self.stop(at))?;
                return Ok(expected);
            }
        }
        Err(format!("not done: {:?} of {:?}", self.cluster.borrow().offsets, self.ends()))
    }

    /// The offset after the last record of each partition.
    fn ends(&self) -> Vec<i64> {
        let cluster = self.cluster.borrow();
        let end = |log: &Log| log.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
        cluster.input.iter().map(|log| i64::try_from(end(log)).unwrap()).collect()
    }

    fn is_done(&self) -> bool {
        let cluster = self.cluster.borrow();
        let done = |(number, end): (usize, &i64)| {
            cluster.offsets.get(&i32::try_from(number).unwrap()) == Some(end)
        };
        // Without transactions, the history may be ahead of the group.
        let labelled = |(number, labels): (i32, &Vec<Vec<u8>>)| {
            let history = cluster.log(HISTORY, number).iter();
            let committed = history.filter(|entry| entry.state == State::Committed);
            let read =
                committed.filter_map(|entry| Record::parse(&entry.value).ok()?.header.next_label);
            read.max().unwrap_or_default() == i64::try_from(labels.len()).unwrap()
        };
        self.ends().iter().enumerate().all(done)
            && (0..).zip(&cluster.labels).all(labelled)
            && cluster.transactions.values().all(|t| t.open_since.is_none())
    }

    pub(super) fn start(&mut self, at: usize) -> Result<(), String> {
        if self.instances[at].shard.is_some() {
            return Ok(());
        }
        let mut shard = self.shard(at, Arc::new(Status::new()));
        shard.subscribe().map_err(|error| error.to_string())?;
        self.instances[at] = Slot { shard: Some(shard), paused_until: Duration::ZERO };
        Ok(())
    }

    fn shard(&mut self, at: usize, status: Arc<Status>) -> Shard<Model> {
        self.starts += 1;
        // Usually a stable name; sometimes a new one, as for an instance without a name.
        let name = match self.rng.random_range(0..4) {
            0 => format!("start-{}", self.starts),
            _ => format!("instance-{at}"),
        };
        let id = (self.plan.guarantee == Guarantee::ExactlyOnce).then_some(name);
        let (cluster, sabotage) = (&self.cluster, self.plan.sabotage);
        let ports = PortSet {
            clock: ModelClock { cluster: Rc::clone(cluster), origin: self.origin },
            input: ModelInput::new(cluster, sabotage),
            publisher: ModelPublisher::new(cluster, id, sabotage),
            log: ModelHistory::new(cluster, sabotage),
            labels: ModelLabels::new(cluster, sabotage),
            checkpoints: ModelCheckpoints {
                cluster: Rc::clone(cluster),
                settings: Arc::clone(&self.settings),
                sabotage,
                machine: at,
                sought: BTreeSet::new(),
            },
        };
        Shard::new(0, Arc::clone(&self.settings), status, Arc::new(Stop::new()), ports)
    }

    pub(super) fn turn(&mut self, at: usize) -> Result<(), String> {
        let now = self.cluster.borrow().now;
        let _span = tracing::debug_span!("instance", at, now = now.as_millis()).entered();
        let slot = &mut self.instances[at];
        let Some(shard) = slot.shard.as_mut().filter(|_| slot.paused_until <= now) else {
            self.cluster.borrow_mut().pass(Duration::from_micros(200));
            return Ok(());
        };
        if let Err(error) = shard.step() {
            self.crashed(at, &error)?;
        } else if self.plan.sabotage == Sabotage::KeepsMemoryOfAborted {
            shard.tamper_with_memory();
        }
        if std::mem::take(&mut self.cluster.borrow_mut().is_stopped) {
            self.pause_instance(at);
        }
        Ok(())
    }
}
