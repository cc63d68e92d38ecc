//! Applies related messages in every order: the result must not depend on it.

use super::oracle::{Oracle, Past};
use super::random::past_of;
use super::support::*;
use super::traffic::{IDS, MERCHANTS, Traffic, for_each_seed, pick, priced};
use crate::memory::*;
use crate::transaction::{Kind, Response, Time};
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
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

/// Messages of one card that refer to each other, all at different times.
struct Related {
    random: ChaCha8Rng,
    messages: Vec<(Message, Option<u8>)>,
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
            let outcome = message.clone();
            let outcome =
                if random.random_bool(0.5) { outcome.approved() } else { outcome.declined() };
            messages[at].0 = message.response(Response::default());
            messages.push((outcome, alert));
        }
        messages.shuffle(&mut random);
        Self { random, messages }
    }

    fn orders(&mut self) -> Vec<Vec<usize>> {
        let len = self.messages.len();
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
                "{:#?}\nin the orders {order:?} and {:?}",
                self.messages, orders[0]
            );
        }
    }

    /// What memory and its oracle remember of the messages in this order.
    fn past_after(&self, order: &[usize]) -> (Past, Past) {
        let (mut memory, mut oracle) = (Memory::new(LIMITS), Oracle::new(LIMITS));
        for at in order {
            let (message, alert) = &self.messages[*at];
            let role = match oracle.recognise(message) {
                Recognised::Duplicate { .. } => continue,
                Recognised::Outcome { .. } => Role::Outcome,
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

/// A message that usually refers to another one.
fn related(traffic: &mut Traffic) -> Message {
    let message = traffic.fresh();
    let random = &mut traffic.random;
    let message = message.at(MERCHANTS[usize::from(random.random_bool(0.2))]);
    let message =
        if random.random_bool(0.5) { message.amount(50) } else { priced(random, message) };
    message.original(pick(random, &IDS[..3]))
}
