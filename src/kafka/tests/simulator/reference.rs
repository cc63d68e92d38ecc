//! What has to come of an input, by the plainest of readers: one record after the other, no batch,
//! no failure, nothing remembered elsewhere.

use super::beginnings::Beginning;
use super::ports::{TRANSACTIONS, WALL};
use super::traffic::Log;
use crate::decision::Position;
use crate::decode::Decoder;
use crate::engine::{Engine, Outcome};
use crate::memory::{Limits, Memory};
use crate::rules::Ruleset;
use std::ops::Range;
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

/// `missing`: offsets of each partition that were gone before they were read.
pub fn expected(
    (input, beginnings, missing): (&[Log], &[Beginning], &[Range<i64>]),
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
    let partitions = input.iter().zip(beginnings).zip(missing);
    for (((log, beginning), missing), partition) in partitions.zip(0..) {
        let mut memory = Memory::new(limits);
        let log_end = i64::try_from(log.len()).unwrap();
        let decided_from = beginning.decided_from(log_end);
        let mut gap = beginning.has_gap();
        let mut is_before_gap = true;
        let mut end = 0;
        for (value, offset) in log.iter().zip(0..) {
            let Some(value) = value else { continue };
            end = offset + 1;
            if offset < beginning.remembered_from(log_end) || missing.contains(&offset) {
                continue;
            }
            gap |= !missing.is_empty() && is_before_gap && offset >= missing.end;
            is_before_gap &= offset < missing.end;
            if value.is_empty() {
                continue;
            }
            let place = (partition, offset);
            let is_decided = offset >= decided_from;
            let Ok((mut tx, _)) = decoder.decode(value, Some(WALL)) else {
                if is_decided {
                    expected.dead_letters.push(place);
                }
                continue;
            };
            if std::mem::take(&mut gap) {
                memory.note_gap(tx.time);
            }
            let mut engine = Engine::new(Arc::clone(ruleset));
            if !is_decided {
                engine.remember(&mut memory, &mut tx);
                continue;
            }
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
        expected.ends.push(end);
    }
    expected
}
