//! Tests a partition whose history cannot be read, in virtual time: its restore is abandoned, and
//! the other partitions continue.

use super::cluster::{Entry, PARTITIONS, State};
use super::ports::HISTORY;
use super::run::one_shard;
use crate::history::{FormatVersion, Gap, HistoryError, RECORD_BYTES_DEFAULT, Start, Writer};
use crate::memory::Progress;
use crate::status::{MemoryState, Status};
use crate::transaction::{Currency, Time};
use std::sync::Arc;

const UNREADABLE: i32 = 1;
const STEPS_MAX: usize = 20_000;

/// A history record that covers input offset 0, before it is damaged.
fn record() -> Vec<u8> {
    let mut writer = Writer::new(FormatVersion::V2, RECORD_BYTES_DEFAULT);
    writer.begin(&Start {
        partition: UNREADABLE,
        base_currency: Currency::parse("USD").unwrap(),
        first_offset: 0,
        first_label: None,
        progress: Progress { recorded: 0, labels: 0, reached: Time(i64::MIN) },
        gap: Gap::None,
        warm_up_until: None,
    });
    writer.finish(1, None).to_vec()
}

/// Checks a shard with a partition whose history has a valid record, followed by `value`.
#[track_caller]
fn check(value: Vec<u8>, expected: HistoryError) {
    let status = Arc::new(Status::new());
    status.started(1);
    let (mut shard, cluster, _, _) = one_shard(Arc::clone(&status));
    let entry = |value| Entry {
        what: "history",
        origin: (UNREADABLE, 0),
        value,
        lists: None,
        state: State::Committed,
    };
    let log = vec![entry(record()), entry(value)];
    cluster.borrow_mut().logs.insert((HISTORY.into(), UNREADABLE), log);
    let before = cluster.borrow().offsets.clone();
    let has_gone_on = |number: &i32| cluster.borrow().offsets.get(number) > before.get(number);
    let steps = (0..STEPS_MAX).take_while(|_| {
        shard.step().unwrap();
        let memory = status.partitions().get(&UNREADABLE).map(|state| state.memory);
        let is_given_up = matches!(memory, Some(MemoryState::Unreadable { .. }));
        !is_given_up || (0..PARTITIONS).filter(has_gone_on).count() < 3
    });
    assert!(steps.count() < STEPS_MAX, "the other partitions do not go on");
    let state = status.partitions()[&UNREADABLE].memory;
    assert_eq!(state, MemoryState::Unreadable { offset: 1, error: expected });
    assert!(!has_gone_on(&UNREADABLE), "no record of it is processed");
    assert!(status.alive().ok);
    let readiness = status.ready();
    let reason = format!("its history cannot be read, record at offset 1: {expected}");
    assert!(!readiness.ok && readiness.reasons["partition 1"] == reason, "{readiness:?}");
    let states = status.partition_states();
    assert!(states.contains(&("unreadable", 1)), "{states:?}");
}

#[test]
fn a_partition_with_a_history_of_an_unknown_version_is_not_processed_and_the_others_continue() {
    let mut later = record();
    later[4] = 3;
    check(later, HistoryError::UnknownVersion { found: 3 });
}

#[test]
fn a_partition_with_a_damaged_history_is_not_processed_and_the_others_continue() {
    let mut damaged = record();
    damaged[40] ^= 1;
    let offset = damaged.len() - 8;
    check(damaged, HistoryError::Damaged { offset });
    check(b"{}".to_vec(), HistoryError::NotHistory);
}
