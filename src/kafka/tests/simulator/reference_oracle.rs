//! Compares the expected results of an input, which the product's engine and memory compute, with
//! what the naive oracles of memory and of the rule language give for the same input.

use super::initial_state::InitialState;
use super::ports::WALL;
use super::reference::{Coverage, Expected, expected};
use super::traffic::{self, Log, input};
use crate::kafka::tests::support::velocity_ruleset;
use crate::memory::{CardKey, Limits, Message, Oracle, PastOfCard, Recognised, Role, past_with};
use crate::rules::{Interpreter, InterpreterAnswer, Severity};
use crate::transaction::{MINUTE_MS, Time};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use std::collections::BTreeSet;

const SEEDS: u64 = 60;
const RECORDS: usize = 240;

#[test]
fn the_expected_results_agree_with_the_oracles() {
    let rules = Rules::new();
    let (mut coverage, mut compared) = (Coverage::default(), Compared::default());
    for seed in 0..SEEDS {
        println!("seed {seed}");
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let logs = input(&mut rng, RECORDS);
        let limits = Limits {
            retention_ms: 40 * MINUTE_MS,
            events_per_card: rng.random_range(3..12),
            cards: rng.random_range(2..5),
            bytes: usize::MAX,
        };
        let (initial, missing) =
            (vec![InitialState::default(); logs.len()], vec![0..0; logs.len()]);
        let no_labels = vec![Vec::new(); logs.len()];
        let ruleset = velocity_ruleset();
        let mut expected = expected(
            (&logs, &no_labels, &initial, &missing),
            &traffic::decoder(),
            (&ruleset, &|_| None),
            limits,
        );
        coverage.add(&expected.coverage);
        for (log, partition) in logs.iter().zip(0..) {
            let naive =
                Naive { oracle: Oracle::new(limits), rules: &rules, cards: BTreeSet::new() };
            naive.compare(partition, log, &mut expected, &mut compared);
        }
    }
    assert!(coverage.has_all_transactions(), "{coverage:?}");
    assert!(compared.is_eventful(), "{compared:?}");
}

/// How much was compared.
#[derive(Debug, Default)]
struct Compared {
    scores: usize,
    fired: usize,
    alerts: usize,
    suppressed: usize,
    charges: usize,
    refunds: usize,
}

impl Compared {
    fn is_eventful(&self) -> bool {
        let Self { scores, fired, alerts, suppressed, charges, refunds } = *self;
        [scores, fired, alerts, suppressed, charges, refunds].iter().all(|count| *count > 100)
    }
}

/// One partition, decided by the oracles.
struct Naive<'r> {
    oracle: Oracle,
    rules: &'r Rules,
    cards: BTreeSet<CardKey>,
}

impl Naive<'_> {
    fn compare(
        mut self,
        partition: i32,
        log: &Log,
        expected: &mut Expected,
        compared: &mut Compared,
    ) {
        let decoder = traffic::decoder();
        let (mut ids, mut merchants) = (BTreeSet::new(), BTreeSet::new());
        let mut newest = i64::MIN;
        for (value, offset) in log.iter().zip(0..) {
            let value: &'static [u8] = Vec::leak(value.clone().unwrap_or_default());
            let Ok((mut tx, _)) = decoder.decode(value, Some(WALL)) else { continue };
            tx.card.resolve_token(|former| self.oracle.knows(CardKey::of(former)));
            let card = CardKey::of(&tx.card.token);
            self.cards.insert(card);
            ids.insert(tx.id.to_string());
            merchants.insert(tx.merchant.id.to_string());
            newest = newest.max(tx.time.millis());
            self.decide(&Message { tx, card }, (partition, offset), expected, compared);
        }
        let (ids, merchants): (Vec<_>, Vec<_>) = (
            ids.iter().map(String::as_str).collect(),
            merchants.iter().map(String::as_str).collect(),
        );
        let memory = &mut expected.memories[usize::try_from(partition).unwrap()];
        for card in &self.cards {
            for now_ms in [newest, newest - 5 * MINUTE_MS] {
                let actual = past_with(&memory.open(*card).recall(Time(now_ms)), &ids, &merchants);
                let naive = self.oracle.recall(*card, now_ms);
                assert_eq!(actual, naive, "{card:?} of partition {partition} at {now_ms}");
                compared.charges += naive.charges.len();
                compared.refunds += naive.refunds.len();
            }
        }
    }

    fn decide(
        &mut self,
        message: &Message,
        place: (i32, i64),
        expected: &Expected,
        compared: &mut Compared,
    ) {
        let find = |all: &[super::reference::Published]| -> Option<Value> {
            let (_, bytes) = all.iter().find(|(at, _)| *at == place)?;
            Some(serde_json::from_slice(bytes).unwrap())
        };
        let (decision, is_alert) = (find(&expected.decisions), find(&expected.alerts).is_some());
        let role = match self.oracle.recognise(message) {
            Recognised::Duplicate { .. } => return assert_eq!(decision, None, "{place:?}"),
            Recognised::Response { .. } => Role::Response,
            Recognised::New { .. } => self.oracle.role(message),
        };
        let decision = decision.unwrap_or_else(|| panic!("no decision on {place:?}"));
        let (card, now) = (message.card, message.tx.time.millis());
        let past = self.oracle.recall(card, now);
        let naive = match role.runs_rules() {
            true => self.rules.decide(message, &past, &self.oracle),
            false => Some(Naively { score: 0, severity: None }),
        };
        // Where a window is cut, memory gives bounds, which the interpreter does not know.
        if let Some(naive) = naive {
            assert_eq!(decision["score"], naive.score, "{place:?} {decision}");
            let severity = naive.severity.map_or(0, |severity| severity as u8);
            let near = self.oracle.alert_near(card, now, severity, 3 * MINUTE_MS);
            let wants_alert = naive.score >= 100;
            assert_eq!(is_alert, wants_alert && near.is_none(), "{place:?} {decision}");
            compared.scores += 1;
            compared.fired += usize::from(naive.score > 0);
            compared.alerts += usize::from(is_alert);
            compared.suppressed += usize::from(wants_alert && !is_alert);
        }
        let highest = decision["rules"].as_array().unwrap().iter().map(severity_of).max();
        let alert = is_alert.then(|| highest.flatten().map_or(0, |severity| severity as u8));
        self.oracle.record(message, role, alert);
    }
}

fn severity_of(rule: &Value) -> Option<Severity> {
    [Severity::Low, Severity::Medium, Severity::High, Severity::Critical]
        .into_iter()
        .find(|severity| rule["severity"] == severity.name())
}

/// The rules of [`velocity_ruleset`], for the interpreter.
struct Rules {
    interpreter: Interpreter,
}

/// A decision by the interpreter.
struct Naively {
    score: i64,
    severity: Option<Severity>,
}

impl Rules {
    fn new() -> Self {
        Self { interpreter: Interpreter::new() }
    }

    /// `None` if a window may lack charges.
    fn decide(&self, message: &Message, past: &PastOfCard, oracle: &Oracle) -> Option<Naively> {
        let tx = &message.tx;
        if past.cut.is_some_and(|cut| cut > tx.time.millis() - 30 * MINUTE_MS) {
            return None;
        }
        let charges = oracle.charges(message.card, tx.time.millis());
        let answer = |text: &str| self.interpreter.answer(text, tx, &charges);
        let size = match answer("card.last(duration(\"10m\")).size()") {
            InterpreterAnswer::Int(size) => size,
            other => panic!("{other:?}"),
        };
        let elsewhere = "card.last(duration(\"30m\"))\
                         .exists(t, t.merchant.country != tx.merchant.country)";
        let (many, countries) = (size >= 3, answer(elsewhere) == InterpreterAnswer::Bool(true));
        let points = if many { 40 * size } else { 0 } + if countries { 110 } else { 0 };
        let severity = match (many, countries) {
            (_, true) => Some(Severity::High),
            (true, false) => Some(Severity::Medium),
            (false, false) => None,
        };
        Some(Naively { score: points.min(1_000), severity })
    }
}
