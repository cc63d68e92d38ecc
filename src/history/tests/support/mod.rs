//! Provides sample entries and records.

mod random;
mod reduced;

pub use random::random_content;
pub use reduced::reduced;

use crate::history::*;
use crate::memory::*;
use crate::transaction::{Country, Currency, DeclineReason, Kind, Money, Response, Time};
use xxhash_rust::xxh3::xxh3_64;

/// What is needed to write a record again.
#[derive(Debug, Clone, PartialEq)]
pub struct Content<'b> {
    pub version: FormatVersion,
    pub start: Start,
    pub next_offset: i64,
    pub next_label: Option<i64>,
    pub entries: Vec<Entry<'b>>,
}

impl<'b> Content<'b> {
    pub fn write(&self) -> Vec<u8> {
        let mut writer = Writer::new(self.version, usize::MAX);
        writer.begin(&self.start);
        self.entries.iter().for_each(|entry| writer.push(entry));
        writer.finish(self.next_offset, self.next_label).to_vec()
    }

    pub fn read(bytes: &'b [u8]) -> Result<Self, HistoryError> {
        let Record { header, entries, .. } = Record::parse(bytes)?;
        let Header { version, start, next_offset, next_label, .. } = header;
        assert_eq!(header.entries as usize, entries.len());
        Ok(Self { version, start, next_offset, next_label, entries })
    }
}

/// The bytes with a correct checksum.
pub fn with_checksum(mut bytes: Vec<u8>) -> Vec<u8> {
    let end = bytes.len() - 8;
    let checksum = xxh3_64(&bytes[..end]);
    bytes[end..].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

pub fn start() -> Start {
    Start {
        partition: 3,
        base_currency: currency("USD"),
        first_offset: 1_000,
        first_label: None,
        progress: Progress { recorded: 950, labels: 0, reached: Time(1_767_608_100_000) },
        gap: Gap::None,
        warm_up_until: None,
    }
}

pub fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

/// Records that version 1 wrote: for [`sample_of_version_1`], and without entries.
pub const VERSION_1_SAMPLE: &[u8] =
    include_bytes!("../../../../tests/golden/history-v1-sample.bin");
pub const VERSION_1_EMPTY: &[u8] = include_bytes!("../../../../tests/golden/history-v1-empty.bin");

const TIME: i64 = 1_767_608_130_123;

/// A charge with values that are easy to find in a dump of the bytes.
fn charge() -> EventParts {
    EventParts {
        time: Time(TIME),
        id: MessageId::of(Kind::Authorization, "01JH8Z5Q7T"),
        amount: Some(260_000),
        ids: EventIds {
            merchant: id_hash64("m_5531"),
            terminal: id_hash64("t_1"),
            ..EventIds::default()
        },
        countries: EventCountries { merchant: Country::parse("DK").unwrap().code(), ship_to: 0 },
        mcc: Some(5651),
        flags: 0b0100_0001_0010,
        place_e7: Some((556_800_000, 125_700_000)),
    }
}

fn refund() -> EventParts {
    EventParts {
        time: Time(TIME + 7),
        id: MessageId::of(Kind::Refund, "01JH8Z5Q7V"),
        amount: None,
        ids: EventIds { terminal: 0, ..charge().ids },
        countries: EventCountries::default(),
        mcc: None,
        flags: 0,
        place_e7: None,
    }
}

/// A clearing that counts as a charge, with every field.
fn full() -> EventParts {
    EventParts {
        time: Time(TIME + 1),
        id: MessageId::of(Kind::Clearing, "01JH8Z5Q7Y"),
        ids: EventIds {
            device: id_hash64("d_4"),
            ip: id_hash64("203.0.113.9"),
            ship_to: id_hash64("s_77"),
            account: id_hash64("a_88"),
            ..charge().ids
        },
        countries: EventCountries {
            ship_to: Country::parse("US").unwrap().code(),
            ..charge().countries
        },
        flags: charge().flags | 1 << 15,
        ..charge()
    }
}

fn captures() -> AdjustmentEntry {
    AdjustmentEntry {
        change: AdjustmentKind::Capture,
        id: MessageId::of(Kind::Clearing, "01JH8Z5Q7W"),
        merchant: id_hash64("m_5531"),
        time: Time(TIME - 1_000),
        amount: Some(250_000),
        original: Some(OriginalId::of("01JH8Z5Q7T")),
        charged: None,
    }
}

fn takes_back() -> AdjustmentEntry {
    AdjustmentEntry {
        change: AdjustmentKind::Reversal,
        id: MessageId::of(Kind::Reversal, "01JH8Z5Q7X"),
        time: Time(TIME + 60_000),
        amount: None,
        ..captures()
    }
}

fn separate_response() -> Effect {
    let (id, time) = (MessageId::of(Kind::Authorization, "01JH8Z5Q7T"), Time(TIME + 2));
    Effect::Response {
        of: Identity::new(id, id_hash64("m_5531"), time),
        time,
        kind: Kind::Authorization,
        response: Response { approved: Some(false), reason: Some(DeclineReason::DoNotHonor) },
    }
}

fn event(parts: EventParts) -> Event {
    Event::from_parts(parts).unwrap()
}

/// The alert of this severity, with the hashes of the rules behind it.
fn alert(severity: u8, rules: &'static [u8]) -> AlertEntry<'static> {
    AlertEntry { severity, rules: RuleHashes::from_bytes(rules) }
}

/// Entries of every kind.
pub fn sample() -> Content<'static> {
    let charge_of = |parts, original: Option<&str>, charged| Effect::Charge {
        event: event(parts),
        original: original.map(OriginalId::of),
        charged,
    };
    let crowns = Money { minor: 165_000, currency: currency("DKK") };
    let entry = |token: &'static str, effect, alert| Entry {
        card: CardKey::of(token),
        token: Some(token),
        effect,
        alert,
    };
    let first = "c_9f21";
    let entries = vec![
        entry(first, charge_of(charge(), None, None), Some(alert(3, b"rule"))),
        entry(first, Effect::Refund { event: event(refund()) }, None),
        entry(first, Effect::Adjustment(captures()), None),
        entry(first, Effect::Adjustment(takes_back()), None),
        entry(first, separate_response(), None),
        entry("c_77", charge_of(full(), Some("01JH8Z5Q80"), Some(crowns)), Some(alert(1, b""))),
        Entry { token: None, ..entry("c_78", Effect::Refund { event: event(refund()) }, None) },
    ];
    let version = FormatVersion::V2;
    Content { version, start: start(), next_offset: 1_009, next_label: None, entries }
}

/// The expected content of [`VERSION_1_SAMPLE`].
pub fn sample_of_version_1() -> Content<'static> {
    let entry =
        |card: &str, effect, alert| Entry { card: CardKey::of(card), token: None, effect, alert };
    let upper = |parts: EventParts| EventParts {
        ids: EventIds {
            merchant: parts.ids.merchant,
            terminal: parts.ids.terminal >> 32 << 32,
            device: parts.ids.device >> 32 << 32,
            ip: parts.ids.ip >> 32 << 32,
            ship_to: parts.ids.ship_to >> 32 << 32,
            account: 0,
        },
        ..parts
    };
    let charge_of = |parts, original: Option<&str>| Effect::Charge {
        event: event(upper(parts)),
        original: original.map(OriginalId::of),
        charged: None,
    };
    let entries = vec![
        entry("c_9f21", charge_of(charge(), None), Some(alert(3, b""))),
        entry("c_9f21", Effect::Refund { event: event(refund()) }, None),
        entry("c_9f21", Effect::Adjustment(AdjustmentEntry { merchant: 0, ..captures() }), None),
        entry("c_9f21", Effect::Adjustment(AdjustmentEntry { merchant: 0, ..takes_back() }), None),
        // Its alert was a late one.
        entry("c_77", charge_of(full(), Some("01JH8Z5Q80")), Some(alert(0, b""))),
    ];
    let version = FormatVersion::V1;
    Content { version, start: start(), next_offset: 1_007, next_label: None, entries }
}

/// A record without entries, and with every optional header field.
pub fn empty() -> Content<'static> {
    let gap = Gap::Closed(Time(1_767_608_129_999));
    let start = Start { gap, warm_up_until: Some(1_200), ..start() };
    Content { start, entries: vec![], next_offset: 1_007, ..sample() }
}

/// The expected content of [`VERSION_1_EMPTY`].
pub fn empty_of_version_1() -> Content<'static> {
    let start = Start { warm_up_until: None, ..empty().start };
    Content { version: FormatVersion::V1, start, ..empty() }
}
