//! Entries and records to try.

use crate::history::*;
use crate::memory::*;
use crate::transaction::{Country, Currency, Kind, Time};
use rand::{Rng, RngExt};
use xxhash_rust::xxh3::xxh3_64;

/// What is needed of a record to write it again.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    pub start: Start,
    pub next_offset: i64,
    pub entries: Vec<Entry>,
}

impl Content {
    pub fn write(&self) -> Vec<u8> {
        let mut writer = Writer::new(usize::MAX);
        writer.begin(&self.start);
        self.entries.iter().for_each(|entry| writer.push(entry));
        writer.finish(self.next_offset).to_vec()
    }

    pub fn read(bytes: &[u8]) -> Result<Self, HistoryError> {
        let record = Record::parse(bytes)?;
        let entries = record.entries().collect::<Result<_, _>>()?;
        let Header { start, next_offset, .. } = record.header;
        Ok(Self { start, next_offset, entries })
    }
}

/// The bytes with a checksum that is right.
pub fn with_checksum(mut bytes: Vec<u8>) -> Vec<u8> {
    let end = bytes.len() - 8;
    let checksum = xxh3_64(&bytes[..end]);
    bytes[end..].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

pub fn start() -> Start {
    Start {
        partition: 3,
        base_currency: Currency::parse("USD").unwrap(),
        first_offset: 1_000,
        progress: Progress { recorded: 950, reached: Time(1_767_608_100_000) },
        gap: Gap::None,
        warm_up_until: None,
    }
}

/// Entries of each kind, with values that are easy to find in a dump of the bytes.
pub fn sample() -> Content {
    let time = 1_767_608_130_123;
    let charge = EventParts {
        time: Time(time),
        id: MessageId::of(Kind::Authorization, "01JH8Z5Q7T"),
        amount: Some(260_000),
        merchant: id_hash64("m_5531"),
        terminal: id_hash32("t_1"),
        device: 0,
        ip: 0,
        ship_to: 0,
        country: Country::parse("DK").unwrap().code(),
        ship_to_country: 0,
        mcc: Some(5651),
        flags: 0b0100_0001_0010,
        place_e7: Some((556_800_000, 125_700_000)),
    };
    let refund = EventParts {
        time: Time(time + 7),
        id: MessageId::of(Kind::Refund, "01JH8Z5Q7V"),
        amount: None,
        country: 0,
        mcc: None,
        flags: 0,
        terminal: 0,
        place_e7: None,
        ..charge
    };
    let full = EventParts {
        time: Time(time + 1),
        id: MessageId::of(Kind::Clearing, "01JH8Z5Q7Y"),
        device: id_hash32("d_4"),
        ip: id_hash32("203.0.113.9"),
        ship_to: id_hash32("s_77"),
        ship_to_country: Country::parse("US").unwrap().code(),
        ..charge
    };
    let card = CardKey::of("c_9f21");
    let entry = |effect, alert| Entry { card, effect, alert };
    let alert = LastAlert { time: Time(time), severity: 3 };
    let event = |parts| Event::from_parts(parts).unwrap();
    let entries = vec![
        entry(Effect::Charge { event: event(charge), settles: None }, Some(alert)),
        entry(Effect::Refund { event: event(refund) }, None),
        entry(
            Effect::Settles {
                id: MessageId::of(Kind::Clearing, "01JH8Z5Q7W"),
                time: Time(time - 1_000),
                amount: Some(250_000),
                authorization: Some(MessageId(charge.id.0)),
            },
            None,
        ),
        entry(
            Effect::Reverses {
                id: MessageId::of(Kind::Reversal, "01JH8Z5Q7X"),
                time: Time(time + 60_000),
                amount: None,
                original: Some(Original {
                    authorization: charge.id,
                    clearing: MessageId::of(Kind::Clearing, "01JH8Z5Q7T"),
                }),
            },
            None,
        ),
        Entry {
            card: CardKey::of("c_77"),
            effect: Effect::Charge {
                event: event(full),
                settles: Some(MessageId::of(Kind::Authorization, "01JH8Z5Q80")),
            },
            alert: Some(LastAlert { time: Time(time - 64), severity: 1 }),
        },
    ];
    Content { start: start(), next_offset: 1_007, entries }
}

/// A record that has only a header, with all that one can have.
pub fn empty() -> Content {
    let start = Start { gap: Gap::Closed(Time(1_767_608_129_999)), ..start() };
    Content { start, entries: vec![], ..sample() }
}

pub fn random_content(random: &mut impl Rng) -> Content {
    let entries: Vec<_> = (0..random.random_range(0..40)).map(|_| entry(random)).collect();
    let first_offset = random.random_range(0..i64::MAX / 2);
    let more = random.random_range(0..100);
    let progress = Progress { recorded: random.random(), reached: Time(random.random()) };
    let gap = match random.random_range(0..10) {
        0 => Gap::Open,
        1 | 2 => Gap::Closed(Time(random.random())),
        _ => Gap::None,
    };
    let warm_up_until = random.random_bool(0.2).then(|| random.random());
    let partition = random.random_range(0..=i32::MAX);
    Content {
        start: Start { partition, first_offset, progress, gap, warm_up_until, ..start() },
        next_offset: first_offset + entries.len() as i64 + more,
        entries,
    }
}

fn entry(random: &mut impl Rng) -> Entry {
    let time = time(random);
    let id = MessageId(random.random());
    let amount = random.random_bool(0.9).then(|| amount(random));
    let linked = random.random_bool(0.5);
    let effect = match random.random_range(0..4) {
        0 => Effect::Charge {
            event: event(random, time, id),
            settles: linked.then(|| MessageId(random.random())),
        },
        1 => Effect::Refund { event: event(random, time, id) },
        2 => Effect::Settles {
            id,
            time,
            amount,
            authorization: linked.then(|| MessageId(random.random())),
        },
        _ => Effect::Reverses {
            id,
            time,
            amount,
            original: linked.then(|| Original {
                authorization: MessageId(random.random()),
                clearing: MessageId(random.random()),
            }),
        },
    };
    let alert = random.random_bool(0.3).then(|| LastAlert {
        time: if random.random_bool(0.7) { time } else { self::time(random) },
        severity: random.random(),
    });
    Entry { card: CardKey(random.random()), effect, alert }
}

/// Near each other for the most part, and sometimes as far apart as can be.
fn time(random: &mut impl Rng) -> Time {
    match random.random_range(0..20) {
        0 => Time(random.random()),
        1 => Time(i64::MIN),
        2 => Time(i64::MAX),
        _ => Time(1_767_608_100_000 + random.random_range(-10_000..10_000)),
    }
}

fn amount(random: &mut impl Rng) -> i64 {
    match random.random_range(0..20) {
        0 => i64::MAX,
        1 => -i64::MAX,
        _ => random.random_range(0..10_000_000),
    }
}

fn event(random: &mut impl Rng, time: Time, id: MessageId) -> Event {
    let country = |random: &mut dyn Rng| {
        let code = *[0, 0, 1].get(random.random_range(0..3)).unwrap();
        if code == 0 { 0 } else { Country::parse("NO").unwrap().code() }
    };
    let (channel, reason) = (random.random_range(0..=7), random.random_range(0..=10));
    let states: [u16; 4] = std::array::from_fn(|at| random.random_range(0..3) << (3 + 2 * at));
    let flags = channel | reason << 11 | states.iter().sum::<u16>();
    let parts = EventParts {
        time,
        id,
        amount: random.random_bool(0.9).then(|| amount(random)),
        merchant: random.random_range(1..=u64::MAX),
        terminal: random.random_range(0..3) * 0x1234_5678,
        device: random.random_range(0..3),
        ip: random.random_range(0..2) * u32::MAX,
        ship_to: random.random_range(0..3),
        country: country(random),
        ship_to_country: country(random),
        mcc: random.random_bool(0.8).then(|| random.random_range(0..=9_999)),
        flags: if random.random_bool(0.2) { 0 } else { flags },
        place_e7: random.random_bool(0.5).then(|| {
            let latitude = random.random_range(-900_000_000..=900_000_000);
            (latitude, random.random_range(-1_800_000_000..=1_800_000_000))
        }),
    };
    Event::from_parts(parts).unwrap()
}
