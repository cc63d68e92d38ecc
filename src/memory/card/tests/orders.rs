//! Applies related messages in every order: the result must not depend on it.

use super::oracle::{Oracle, Past, name};
use super::random::past_of;
use super::support::*;
use super::traffic::{IDS, MERCHANTS, NAMES, Traffic, for_each_seed, pick, priced};
use crate::memory::*;
use crate::transaction::{Kind, LabelValue, Response, Time};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Range;

/// To run one case alone, set this to `seed..seed + 1`.
const SEEDS: Range<u64> = 0..300;
/// Up to this many messages, all orders are tried; beyond that, `ORDERS_MAX` random ones.
const ALL_ORDERS_OF: usize = 5;
const ORDERS_MAX: usize = 120;

/// Every order of `len` items.
pub fn permutations(len: usize) -> Vec<Vec<usize>> {
    if len == 0 {
        return vec![vec![]];
    }
    let shorter = permutations(len - 1);
    let put_last = |order: &Vec<usize>, at: usize| {
        let mut order = order.clone();
        order.insert(at, len - 1);
        order
    };
    shorter.iter().flat_map(|order| (0..len).map(move |at| put_last(order, at))).collect()
}

#[test]
fn what_is_remembered_of_messages_does_not_depend_on_their_order() {
    for_each_seed(SEEDS, |random| Related::new(random).check());
}

#[test]
fn what_a_charge_adds_up_to_does_not_depend_on_the_cap_or_the_order() {
    for_each_seed(SEEDS, |random| Settled::new(random).check());
}

#[test]
fn a_cap_that_what_is_listed_never_exceeds_changes_nothing() {
    for_each_seed(SEEDS, |random| Related::new(random).check_cap());
}

#[test]
fn to_name_an_increment_is_to_name_the_charge_that_it_raised() {
    let tried: Cell<usize> = Cell::new(0);
    for_each_seed(SEEDS, |random| tried.set(tried.get() + Chains::new(random).check()));
    assert!(
        tried.get() > 100 || SEEDS.end - SEEDS.start < 100,
        "{} of charges that were cut",
        tried.get()
    );
}

/// The authorizations of one card, and far more clearings and reversals than the cap on charges.
#[derive(Debug)]
struct Settled {
    authorizations: Vec<Message>,
    others: Vec<Message>,
}

impl Settled {
    fn new(random: ChaCha8Rng) -> Self {
        let mut traffic = Traffic::new(random);
        let time = |n: usize| 1_000_000 + 1_300 * n as i64;
        let count = traffic.random.random_range(1..=4);
        let has_rates = traffic.random.random_bool(0.7);
        let priced = |random: &mut ChaCha8Rng, message| match has_rates {
            true => priced(random, message),
            false => Message::foreign(message, "CHF", 10 * random.random_range(0..=5), None),
        };
        let authorizations: Vec<_> = IDS[..count]
            .iter()
            .enumerate()
            .map(|(n, id)| priced(&mut traffic.random, charge(id, time(n))).at("m"))
            .collect();
        let mut clearings: Vec<String> = Vec::new();
        let mut others = Vec::new();
        for n in 0..traffic.random.random_range(0..=8 * count) {
            let (time, id) = (time(count + n), format!("o{n}"));
            let random = &mut traffic.random;
            let authorization = pick(random, &IDS[..count]);
            let is_clearing = random.random_bool(0.5);
            let message = match clearings.len() {
                _ if is_clearing => clearing(&id, time, 0).original(authorization),
                0 => reversal(&id, time, 0).original(authorization),
                len => reversal(&id, time, 0).original(&clearings[random.random_range(0..len)]),
            };
            if is_clearing {
                clearings.push(id);
            }
            others.push(priced(random, message).at("m"));
        }
        Self { authorizations, others }
    }

    /// Under a cap that keeps all authorizations, the rest in any order gives what it gives without
    /// a cap, and all of it is recognised.
    fn check(mut self) {
        let expected = self.past_under(LIMITS);
        let capped = Limits { events_per_card: self.authorizations.len(), ..LIMITS };
        let mut random = ChaCha8Rng::seed_from_u64(self.others.len() as u64);
        for _ in 0..10 {
            assert_eq!(self.past_under(capped), expected, "{self:#?}");
            self.authorizations.shuffle(&mut random);
            self.others.shuffle(&mut random);
        }
    }

    fn past_under(&self, limits: Limits) -> (Past, Past) {
        let (mut memory, mut oracle) = (Memory::new(limits), Oracle::new(limits));
        let card = CardKey(0);
        let all = || self.authorizations.iter().chain(&self.others);
        for message in all() {
            let role = oracle.role(message);
            record(&mut memory, message, None).unwrap();
            oracle.record(message, role, None);
        }
        for message in all() {
            let again = memory.open(card).recognise(&message.tx);
            assert!(matches!(again, Recognised::Duplicate { differs: false }), "{self:#?}");
        }
        let now = 2_000_000;
        let past = (past_of(&memory.open(card).recall(Time(now))), oracle.recall(card, now));
        assert_eq!(past.0, past.1, "{self:#?}");
        past
    }
}

/// Messages of one card that refer to each other, all at different times.
struct Related {
    random: ChaCha8Rng,
    messages: Vec<(Message, Option<u8>)>,
    /// In orders, these follow the messages. No two became known at the same time.
    labels: Vec<LabelMessage>,
}

impl Related {
    fn new(random: ChaCha8Rng) -> Self {
        let mut traffic = Traffic::new(random);
        traffic.cards = 1;
        let len = traffic.random.random_range(2..=7);
        let mut messages = Vec::new();
        for n in 0..len {
            let message = related(&mut traffic).time(1_000_000 + 1_300 * n);
            let alert = match message.tx.kind {
                // Whether rules run on a clearing depends on what came before it.
                Kind::Clearing => None,
                _ => traffic.alert(),
            };
            messages.push((message, alert));
        }
        let mut random = traffic.random;
        if random.random_bool(0.4) {
            let at = random.random_range(0..messages.len());
            let (message, alert) = messages[at].clone();
            let response = message.clone();
            let response =
                if random.random_bool(0.5) { response.approved() } else { response.declined() };
            messages[at].0 = message.response(Response::default());
            messages.push((response, alert));
        }
        messages.shuffle(&mut random);
        let labels = random.random_range(0..=2);
        let labels = (0..labels).map(|n| random_label(&mut random, 1_010_000 + n)).collect();
        Self { random, messages, labels }
    }

    fn orders(&mut self) -> Vec<Vec<usize>> {
        let len = self.messages.len() + self.labels.len();
        if len <= ALL_ORDERS_OF {
            return permutations(len);
        }
        let mut order: Vec<_> = (0..len).collect();
        let mut shuffled = || {
            order.shuffle(&mut self.random);
            order.clone()
        };
        (0..ORDERS_MAX).map(|_| shuffled()).collect()
    }

    fn check(&mut self) {
        let orders = self.orders();
        let expected = self.past_after(&orders[0]);
        for order in &orders[1..] {
            let past = self.past_after(order);
            assert_eq!(
                past, expected,
                "{:#?}\n{:#?}\nin the orders {order:?} and {:?}",
                self.messages, self.labels, orders[0]
            );
        }
    }

    /// Under a cap that the charges in memory reach but never exceed, the result is that without a
    /// cap, in any order. What is merged must therefore be merged before the cap applies.
    fn check_cap(&mut self) {
        for order in self.orders() {
            let listed = |len| self.past_under(LIMITS, &order[..len]).0.charges.len();
            let events_per_card = (1..=order.len()).map(listed).max().unwrap().max(1);
            let capped = self.past_under(Limits { events_per_card, ..LIMITS }, &order);
            let expected = self.past_under(LIMITS, &order);
            // Refunds have the same cap, and may exceed it.
            let (capped, expected) =
                ((capped.0.charges, capped.1.charges), (expected.0.charges, expected.1.charges));
            assert_eq!(
                capped, expected,
                "cap {events_per_card}, {order:?} of {:#?}",
                self.messages
            );
        }
    }

    /// What memory and its oracle remember of the messages in this order.
    fn past_after(&self, order: &[usize]) -> (Past, Past) {
        self.past_under(LIMITS, order)
    }

    fn past_under(&self, limits: Limits, order: &[usize]) -> (Past, Past) {
        let (mut memory, mut oracle) = (Memory::new(limits), Oracle::new(limits));
        for at in order {
            let Some((message, alert)) = self.messages.get(*at) else {
                let label = &self.labels[*at - self.messages.len()];
                record_label(&mut memory, label);
                oracle.label(label.card, &label.label);
                continue;
            };
            let role = match oracle.recognise(message) {
                Recognised::Duplicate { .. } => continue,
                Recognised::Response { .. } => Role::Response,
                Recognised::New { .. } => oracle.role(message),
            };
            record(&mut memory, message, *alert);
            oracle.record(message, role, alert_for(role, *alert));
        }
        let now = 2_000_000;
        let card = CardKey(0);
        (past_of(&memory.open(card).recall(Time(now))), oracle.recall(card, now))
    }
}

fn random_label(random: &mut ChaCha8Rng, known_at: i64) -> LabelMessage {
    let values = [LabelValue::Fraud, LabelValue::Fraud, LabelValue::Genuine, LabelValue::Unknown];
    let value = values[random.random_range(0..values.len())];
    let label = label(pick(random, &IDS[..3]), value, known_at);
    match random.random_bool(0.5) {
        true => label.at(MERCHANTS[usize::from(random.random_bool(0.5))]),
        false => label,
    }
}

/// A message that usually refers to another one.
fn related(traffic: &mut Traffic) -> Message {
    let message = traffic.fresh();
    let random = &mut traffic.random;
    let message = message.at(MERCHANTS[usize::from(random.random_bool(0.2))]);
    let message =
        if random.random_bool(0.5) { message.amount(50) } else { priced(random, message) };
    message.original(pick(random, &IDS[..3]))
}

/// Charges of one card with increments of increments, clearings and reversals, in time order, and
/// more of them than the cap keeps.
#[derive(Debug)]
struct Chains {
    random: ChaCha8Rng,
    memory: [Memory; 2],
    oracle: Oracle,
    /// The charge that each authorization raised when it arrived, or is; by id.
    roots: BTreeMap<&'static str, &'static str>,
    messages: Vec<Message>,
}

impl Chains {
    fn new(mut random: ChaCha8Rng) -> Self {
        // No increment is forgotten before its charge is cut.
        let limits = Limits { events_per_card: random.random_range(2..=3), ..LIMITS };
        let memory = [Memory::new(limits), Memory::new(limits)];
        let (oracle, roots) = (Oracle::new(limits), BTreeMap::new());
        Self { random, memory, oracle, roots, messages: Vec::new() }
    }

    /// Gives one memory references to increments, and the other the charges that these raised.
    /// Returns how many increments named one of a charge that was cut.
    fn check(mut self) -> usize {
        let mut of_cut = 0;
        for (n, id) in (0..).zip(NAMES) {
            let time = 1_000_000 + 1_300 * n;
            let named = self.named();
            let root = named.map(|named| self.roots[named]);
            let message = charge(id, time).amount(50);
            let was_kept = root.is_some_and(|root| self.lists(root));
            self.record(message, named);
            let is_listed = self.lists(id);
            of_cut += usize::from(named != root && !was_kept);
            self.roots.insert(id, root.filter(|_| !is_listed).unwrap_or(id));
            if self.random.random_bool(0.3) {
                let message = match self.random.random_bool(0.4) {
                    true => clearing(id, time + 100, 30),
                    false => reversal(id, time + 100, 20),
                };
                let named = self.named();
                self.record(message, named);
            }
        }
        of_cut
    }

    fn named(&mut self) -> Option<&'static str> {
        let known: Vec<_> = self.roots.keys().copied().collect();
        let refers = !known.is_empty() && self.random.random_bool(0.75);
        refers.then(|| known[self.random.random_range(0..known.len())])
    }

    fn past(&mut self) -> Past {
        past_of(&self.memory[0].open(CardKey(0)).recall(Time(2_000_000)))
    }

    fn lists(&mut self, id: &str) -> bool {
        let name = name(Kind::Authorization, id, "m");
        self.past().charges.iter().any(|charge| charge.name == name)
    }

    fn record(&mut self, message: Message, named: Option<&str>) {
        let root = named.map(|named| self.roots[named]);
        let refer = |original: Option<&str>| match original {
            Some(original) => message.clone().original(original),
            None => message.clone(),
        };
        let [own, other] = [refer(named), refer(root)];
        let role = self.oracle.role(&own);
        record(&mut self.memory[0], &own, None).unwrap();
        record(&mut self.memory[1], &other, None).unwrap();
        self.oracle.record(&own, role, None);
        self.messages.push(own);
        let (card, now) = (CardKey(0), 2_000_000);
        let past = self.past();
        assert_eq!(past, self.oracle.recall(card, now), "{:#?}", self.messages);
        let other = past_of(&self.memory[1].open(card).recall(Time(now)));
        assert_eq!(past.charges, other.charges, "{:#?}", self.messages);
    }
}
