//! What has to come of an input, by the plainest of readers: one record after the other, no batch,
//! no failure, nothing remembered elsewhere.

use super::ports::{TRANSACTIONS, WALL};
use crate::decision::Position;
use crate::decode::Decoder;
use crate::engine::{Engine, Outcome};
use crate::memory::{Limits, Memory};
use crate::rules::Ruleset;
use std::sync::Arc;

/// An output: the input record that it came of, and its bytes.
pub type Published = ((i32, i64), Vec<u8>);

pub struct Expected {
    pub alerts: Vec<Published>,
    pub decisions: Vec<Published>,
    /// Places of records that are no transactions.
    pub dead_letters: Vec<(i32, i64)>,
    pub memories: Vec<Memory>,
    /// The offset after the last record of each partition.
    pub ends: Vec<i64>,
}

pub fn expected(
    input: &[Vec<Option<Vec<u8>>>],
    decoder: &Decoder,
    ruleset: &Arc<Ruleset>,
    limits: Limits,
) -> Expected {
    let mut expected = Expected {
        alerts: Vec::new(),
        decisions: Vec::new(),
        dead_letters: Vec::new(),
        memories: Vec::new(),
        ends: Vec::new(),
    };
    for (partition, log) in input.iter().enumerate() {
        let partition = i32::try_from(partition).unwrap();
        let mut memory = Memory::new(limits);
        for (offset, value) in log.iter().enumerate() {
            let Some(value) = value.as_ref().filter(|value| !value.is_empty()) else { continue };
            let place = (partition, i64::try_from(offset).unwrap());
            let Ok((mut tx, _)) = decoder.decode(value, Some(WALL)) else {
                expected.dead_letters.push(place);
                continue;
            };
            let mut engine = Engine::new(Arc::clone(ruleset));
            let Outcome::Decided { decision, .. } = engine.decide(&mut memory, &mut tx) else {
                continue;
            };
            let mut bytes = Vec::new();
            decision.write_json(&mut bytes);
            expected.decisions.push((place, bytes));
            if decision.alert {
                let (partition, offset) = place;
                let source = Position { topic: TRANSACTIONS, partition, offset };
                let mut bytes = Vec::new();
                decision.write_alert(Some(WALL), Some(source), &mut bytes);
                expected.alerts.push((place, bytes));
            }
        }
        expected.memories.push(memory);
        expected.ends.push(i64::try_from(log.len()).unwrap());
    }
    expected
}
