//! Restores from records that follow each other, and from records that do not.

use super::support::*;
use crate::history::*;
use crate::memory::*;
use crate::transaction::{Country, DAY_MS, Kind, MINUTE_MS, Time};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::ops::Range;

/// To run one history alone, set this to `seed..seed + 1`.
const SEEDS: Range<u64> = 0..100;
const LIMITS: Limits =
    Limits { retention_ms: DAY_MS, events_per_card: 8, cards: 100_000, bytes: usize::MAX };
const CARDS: [&str; 5] = ["c_0", "c_1", "c_2", "c_3", "c_4"];
const NEVER: Time = Time(i64::MIN);

/// Entries of a few days in several commits, and the memory that applied them.
struct RandomMemory {
    memory: Memory,
    records: Vec<Vec<u8>>,
}

impl RandomMemory {
    fn new(seed: u64) -> Self {
        let mut traffic = Traffic::new(ChaCha8Rng::seed_from_u64(seed));
        let mut memory = Memory::new(LIMITS);
        let (mut records, mut offset) = (Vec::new(), 0);
        let mut writer = Writer::new(FormatVersion::V2, RECORD_BYTES_DEFAULT);
        for _ in 0..60 {
            let (first_offset, progress) = (offset, memory.progress());
            writer.begin(&Start { first_offset, progress, ..start() });
            for _ in 0..traffic.random.random_range(0..30) {
                let entry = traffic.entry();
                memory.apply(&entry);
                writer.push(&entry);
                offset += traffic.random.random_range(1..3);
            }
            records.push(writer.finish(offset, None).to_vec());
        }
        Self { memory, records }
    }

    /// Restores from the records starting at `from`. Messages up to `missing_until` may be missing.
    fn restored(
        &self,
        mut restore: Restore,
        from: usize,
        missing_until: Time,
    ) -> (Memory, Vec<Continuity>) {
        let mut memory = Memory::new(LIMITS);
        let follows = self.records[from..]
            .iter()
            .map(|bytes| restore.take(&Record::parse(bytes).unwrap(), missing_until, &mut memory));
        let follows = follows.collect();
        (memory, follows)
    }

    /// Anything at or before this time is out of retention at the end.
    fn retention_floor(&self) -> Time {
        Time(self.memory.progress().reached.millis() - LIMITS.retention_ms)
    }

    /// How many records hold nothing that is still in retention, and the newest time in them.
    fn out_of_retention(&self) -> (usize, Time) {
        let newest = |bytes: &Vec<u8>| {
            let entries = Content::read(bytes).unwrap().entries;
            entries.iter().map(Entry::time).max().unwrap_or(NEVER)
        };
        let retention_floor = self.retention_floor();
        let old = self.records.iter().map(newest).take_while(|time| *time <= retention_floor);
        old.fold((0, NEVER), |(count, newest), time| (count + 1, newest.max(time)))
    }
}

/// Messages about a few cards, including clearings and reversals of earlier messages.
struct Traffic {
    random: ChaCha8Rng,
    time: i64,
    count: u64,
}

impl Traffic {
    fn new(random: ChaCha8Rng) -> Self {
        Self { random, time: 0, count: 100 }
    }

    fn entry(&mut self) -> Entry<'static> {
        self.count += 1;
        self.time += self.random.random_range(0..10) * MINUTE_MS;
        let time = Time(self.time - self.random.random_range(0..3) * MINUTE_MS);
        let amount = Some(self.random.random_range(1..4) * 10);
        let original = self.count - self.random.random_range(1..100);
        let original = Some(OriginalId(original));
        let effect = match self.random.random_range(0..10) {
            0..5 => self.charge(Kind::Authorization, time, amount, None),
            5 => self.charge(Kind::Authorization, time, amount, original),
            6 => self.charge(Kind::Clearing, time, amount, original),
            7 => Effect::Refund { event: self.event(Kind::Refund, time, amount) },
            8 => self.adjusts(AdjustmentKind::Capture, time, amount, original),
            _ => self.adjusts(AdjustmentKind::Reversal, time, amount, original),
        };
        let alert = self.random.random_bool(0.1).then_some(2);
        let token = CARDS[self.random.random_range(0..CARDS.len())];
        Entry { card: CardKey::of(token), token: Some(token), effect, alert }
    }

    fn charge(
        &mut self,
        kind: Kind,
        time: Time,
        amount: Option<i64>,
        original: Option<OriginalId>,
    ) -> Effect {
        Effect::Charge { event: self.event(kind, time, amount), original, charged: None }
    }

    fn adjusts(
        &mut self,
        change: AdjustmentKind,
        time: Time,
        amount: Option<i64>,
        original: Option<OriginalId>,
    ) -> Effect {
        let kind = if change == AdjustmentKind::Capture { Kind::Clearing } else { Kind::Reversal };
        let (id, merchant) = (OriginalId(self.count).as_kind(kind), 7);
        Effect::Adjustment(AdjustmentEntry {
            change,
            id,
            merchant,
            time,
            amount,
            original,
            charged: None,
        })
    }

    fn event(&mut self, kind: Kind, time: Time, amount: Option<i64>) -> Event {
        let country = ["DK", "NO", "US"][self.random.random_range(0..3)];
        let parts = EventParts {
            time,
            id: OriginalId(self.count).as_kind(kind),
            amount,
            ids: EventIds { merchant: 7, ..EventIds::default() },
            countries: EventCountries {
                merchant: Country::parse(country).unwrap().code(),
                ship_to: 0,
            },
            mcc: None,
            flags: u16::from(kind == Kind::Clearing) << 15,
            place_e7: None,
        };
        Event::from_parts(parts).unwrap()
    }
}

/// Runs a test for each seed. A failure reports its seed.
fn for_each_seed(test: impl Fn(RandomMemory)) {
    for seed in SEEDS {
        println!("to run this one alone: SEEDS = {seed}..{}", seed + 1);
        test(RandomMemory::new(seed));
    }
}

/// Compares two memories in what must be equal even if one knows nothing before `retention_floor`.
fn assert_same_answers(retention_floor: Time, one: &mut Memory, other: &mut Memory) {
    assert_eq!(one.progress(), other.progress());
    for (card, later) in CARDS.iter().flat_map(|card| [0, 60].map(|minutes| (card, minutes))) {
        let now = Time(retention_floor.millis() + LIMITS.retention_ms + later * MINUTE_MS);
        let (one, other) = (one.open(CardKey::of(card)), other.open(CardKey::of(card)));
        let (one, other) = (one.recall(now), other.recall(now));
        assert!(one.charges.iter().eq(other.charges.iter()), "charges of {card}");
        assert!(one.refunds.iter().eq(other.refunds.iter()), "refunds of {card}");
        assert_eq!(
            countries(&one, retention_floor),
            countries(&other, retention_floor),
            "countries of {card}"
        );
        assert_eq!(one.knows_countries(), other.knows_countries());
        for window_ms in (0..=LIMITS.retention_ms).step_by(MINUTE_MS as usize * 7) {
            assert_eq!(one.is_cut(window_ms), other.is_cut(window_ms), "{card} over {window_ms}");
        }
    }
}

fn countries(recall: &Recall<'_>, retention_floor: Time) -> Vec<(String, Time)> {
    let all = recall.cut_countries.iter().map(|(country, time)| (country.to_string(), *time));
    let mut countries: Vec<_> = all.filter(|(_, time)| *time > retention_floor).collect();
    countries.sort();
    countries
}

#[test]
fn a_complete_history_restores_an_equal_memory() {
    for_each_seed(|original| {
        let (restored, follows) = original.restored(Restore::new(), 0, NEVER);
        assert!(restored == original.memory);
        assert!(follows.iter().all(|follows| *follows == Continuity::Contiguous));
    });
}

#[test]
fn a_history_that_begins_before_the_retention_gives_the_same_answers() {
    for_each_seed(|mut original| {
        let (from, missing_until) = original.out_of_retention();
        let (mut restored, follows) = original.restored(Restore::new(), from, missing_until);
        assert!(from > 5 && follows[0] == Continuity::AfterGap);
        assert_same_answers(original.retention_floor(), &mut original.memory, &mut restored);
    });
}

#[test]
fn what_was_written_twice_is_restored_once() {
    for_each_seed(|mut original| {
        let at = original.records.len() / 3;
        let repeated = original.records[at].clone();
        original.records.insert(2 * at, repeated);
        let (restored, follows) = original.restored(Restore::new(), 0, NEVER);
        assert!(restored == original.memory);
        assert!(!follows.contains(&Continuity::AfterGap));
    });
}

#[test]
fn a_commit_retried_with_other_record_boundaries_is_restored_once() {
    let all = &sample().entries[..5];
    let written = |entries: &[Entry<'static>], first_offset, recorded| {
        let progress = Progress { recorded, ..start().progress };
        let start = Start { first_offset, progress, ..start() };
        let next_offset = first_offset + entries.len() as i64;
        Content { start, next_offset, entries: entries.to_vec(), ..sample() }.write()
    };
    let records = [
        written(&all[..2], 1_000, 0),
        written(&all[..4], 1_000, 0),
        written(&all[1..3], 1_001, 1),
        written(&all[4..], 1_004, 4),
    ];
    let (mut restore, mut memory) = (Restore::new(), Memory::new(LIMITS));
    let follows =
        records.map(|bytes| restore.take(&Record::parse(&bytes).unwrap(), NEVER, &mut memory));
    assert_eq!(
        follows,
        [
            Continuity::Contiguous,
            Continuity::Overlaps,
            Continuity::Repeated,
            Continuity::Contiguous
        ]
    );
    let mut undisturbed = Memory::new(LIMITS);
    all.iter().for_each(|entry| {
        undisturbed.apply(entry);
    });
    assert!(memory == undisturbed);
    assert_eq!(restore.next_offset(), Some(1_005));
}

/// Restores a record that begins at this offset and after this many entries, when offset 1000 and
/// two entries are known.
#[track_caller]
fn check(first_offset: i64, recorded: u64, expected: Continuity) {
    let mut memory = Memory::new(LIMITS);
    sample().entries[..2].iter().for_each(|entry| {
        memory.apply(entry);
    });
    let progress = Progress { recorded, ..start().progress };
    let start = Start { first_offset, progress, ..start() };
    let bytes = Content { start, next_offset: 2_000, entries: vec![], ..sample() }.write();
    let record = Record::parse(&bytes).unwrap();
    let follows = Restore::after(1_000, None).take(&record, Time(77), &mut memory);
    assert_eq!(follows, expected);
    let gap = memory.open(CardKey(0)).recall(Time(100)).cut;
    assert_eq!(gap, (expected == Continuity::AfterGap).then_some(Time(77)));
}

#[test]
fn a_record_must_begin_where_the_previous_one_ended() {
    check(1_000, 2, Continuity::Contiguous);
    check(999, 2, Continuity::Overlaps);
    check(999, 1, Continuity::Overlaps);
    check(1_001, 2, Continuity::AfterGap);
    check(1_000, 3, Continuity::AfterGap);
    check(1_000, 1, Continuity::AfterGap);
    check(999, 3, Continuity::AfterGap);
}

#[test]
fn a_gap_reported_by_a_record_is_noted() {
    let mut memory = Memory::new(LIMITS);
    memory.resume_after_gap(start().progress);
    let bytes = empty().write();
    let record = Record::parse(&bytes).unwrap();
    let follows = Restore::after(1_000, None).take(&record, NEVER, &mut memory);
    assert_eq!(follows, Continuity::Contiguous);
    let cut = memory.open(CardKey(0)).recall(Time(i64::MAX)).cut;
    assert_eq!(cut.map(Gap::Closed), Some(empty().start.gap));
}
