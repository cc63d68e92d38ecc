//! Generates random records, with both realistic and extreme values.

use super::{Content, start};
use crate::history::{FormatVersion, Gap, Start};
use crate::memory::*;
use crate::transaction::{
    Country, Currency, DeclineReason, Kind, LabelValue, Money, Response, Time, WireName,
};
use rand::{Rng, RngExt};

/// Tokens of many lengths, some with multi-byte characters. The last but one is the longest that is
/// written.
fn tokens() -> &'static [&'static str] {
    static TOKENS: std::sync::LazyLock<Vec<&'static str>> = std::sync::LazyLock::new(|| {
        let long = |length| &*String::leak("x".repeat(length));
        vec![
            "c_1",
            "c_2",
            "c",
            "kort nr. 77 ø",
            "v1_0123456789abcdef",
            long(127),
            long(128),
            long(1_024),
        ]
    });
    &TOKENS
}

pub fn random_content(random: &mut impl Rng) -> Content<'static> {
    let mut entries: Vec<_> = (0..random.random_range(0..40)).map(|_| entry(random)).collect();
    entries.sort_by_key(|entry| !entry.is_label());
    let first_offset = random.random_range(0..i64::MAX / 2);
    let more = random.random_range(0..100);
    let gap = match random.random_range(0..10) {
        0 => Gap::Open,
        1 | 2 => Gap::Closed(Time(random.random())),
        _ => Gap::None,
    };
    let warm_up_until = random.random_bool(0.2).then(|| random.random());
    let partition = random.random_range(0..=i32::MAX);
    let labels = random.random_bool(0.5).then(|| {
        let first = random.random_range(0..i64::MAX / 2);
        (first, first + random.random_range(0..3))
    });
    let (first_label, next_label) = labels.unzip();
    let labels = if first_label.is_some() { random.random() } else { 0 };
    let progress = Progress { recorded: random.random(), labels, reached: Time(random.random()) };
    Content {
        version: FormatVersion::V2,
        start: Start {
            partition,
            first_offset,
            first_label,
            progress,
            gap,
            warm_up_until,
            ..start()
        },
        next_offset: first_offset + entries.len() as i64 + more,
        next_label,
        entries,
    }
}

fn entry(random: &mut impl Rng) -> Entry<'static> {
    let (time, id) = (time(random), MessageId(random.random()));
    let effect = match random.random_range(0..6) {
        0 | 1 => charge(random, time, id),
        2 => Effect::Refund { event: event(random, time, id, false) },
        3 => Effect::Adjustment(adjusts(random, time, id)),
        4 => Effect::Label(label(random, time, id)),
        _ => separate_response(random, time, id),
    };
    let (card, token) = card(random);
    let has_alert = !matches!(effect, Effect::Label(_)) && random.random_bool(0.3);
    Entry { card, token, effect, alert: has_alert.then(|| alert(random)) }
}

/// With no rules, a few, or as many as possible.
fn alert(random: &mut impl Rng) -> AlertEntry<'static> {
    static BYTES: [u8; RuleHashes::BYTES_MAX] = [7; RuleHashes::BYTES_MAX];
    let rules = [0, 1, 2, 3, RuleHashes::MAX][random.random_range(0..5)];
    let rules = RuleHashes::from_bytes(&BYTES[..RuleHashes::bytes_of(rules)]);
    AlertEntry { severity: random.random(), rules }
}

fn label(random: &mut impl Rng, known_at: Time, id: MessageId) -> LabelEntry {
    LabelEntry {
        of: OriginalId(random.random()),
        value: LabelValue::NAMES[random.random_range(0..LabelValue::NAMES.len())].0,
        known_at,
        merchant: if random.random() { random.random() } else { 0 },
        time: random.random_bool(0.5).then(|| Time(random.random())),
        is_from_cardholder: random.random(),
        content: id.0,
    }
}

/// Several entries share a card. Occasionally its token is unknown.
fn card(random: &mut impl Rng) -> (CardKey, Option<&'static str>) {
    let token = tokens()[random.random_range(0..tokens().len())];
    match random.random_range(0..20) {
        0 => (CardKey(random.random()), None),
        1 => (CardKey::of(token), None),
        _ => (CardKey::of(token), Some(token)),
    }
}

fn charge(random: &mut impl Rng, time: Time, id: MessageId) -> Effect {
    let is_clearing = random.random_bool(0.3);
    Effect::Charge {
        event: event(random, time, id, is_clearing),
        original: original(random),
        charged: charged(random),
    }
}

fn adjusts(random: &mut impl Rng, time: Time, id: MessageId) -> AdjustmentEntry {
    let change = [AdjustmentKind::Capture, AdjustmentKind::Reversal][random.random_range(0..2)];
    AdjustmentEntry {
        change,
        id,
        merchant: random.random(),
        time,
        amount: random.random_bool(0.9).then(|| amount(random)),
        original: original(random),
        charged: charged(random),
    }
}

fn separate_response(random: &mut impl Rng, time: Time, id: MessageId) -> Effect {
    let reasons = DeclineReason::NAMES;
    let reason = random.random_bool(0.5).then(|| reasons[random.random_range(0..reasons.len())].0);
    let approved = match random.random_range(0..3) {
        0 if reason.is_some() => None,
        approved => Some(approved == 1),
    };
    let kinds = [Kind::Authorization, Kind::Clearing, Kind::Refund];
    Effect::Response {
        of: Identity::new(id, random.random_range(1..=u64::MAX), time),
        time,
        kind: kinds[random.random_range(0..3)],
        response: Response { approved, reason },
    }
}

fn original(random: &mut impl Rng) -> Option<OriginalId> {
    random.random_bool(0.5).then(|| OriginalId(random.random()))
}

fn charged(random: &mut impl Rng) -> Option<Money> {
    let currency = ["EUR", "JPY", "KWD"][random.random_range(0..3)];
    let currency = Currency::parse(currency).unwrap();
    random.random_bool(0.2).then(|| Money { minor: amount(random), currency })
}

/// Mostly close to each other, sometimes as far apart as possible.
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
        1 => 0,
        _ => random.random_range(0..10_000_000),
    }
}

fn hash(random: &mut impl Rng) -> u64 {
    match random.random_range(0..8) {
        0..4 => 0,
        4 => 1,
        5 => u64::MAX,
        _ => random.random(),
    }
}

fn event(random: &mut impl Rng, time: Time, id: MessageId, is_clearing: bool) -> Event {
    let country = |random: &mut dyn Rng| {
        let country = ["", "NO", "XK"][random.random_range(0..3)];
        Country::parse(country).map_or(0, Country::code)
    };
    let reasons = DeclineReason::NAMES.len() as u16;
    let (channel, reason) = (random.random_range(0..=7), random.random_range(0..=reasons));
    let states: [u16; 4] = std::array::from_fn(|at| random.random_range(0..3) << (3 + 2 * at));
    let mask = if random.random_bool(0.2) { 0 } else { 1 };
    let flags = mask * (channel | reason << 11 | states.iter().sum::<u16>());
    let parts = EventParts {
        time,
        id,
        amount: random.random_bool(0.9).then(|| amount(random)),
        ids: EventIds {
            merchant: random.random_range(1..=u64::MAX),
            terminal: hash(random),
            device: hash(random),
            ip: hash(random),
            ship_to: hash(random),
            account: hash(random),
        },
        countries: EventCountries { merchant: country(random), ship_to: country(random) },
        mcc: random.random_bool(0.8).then(|| random.random_range(0..=9_999)),
        flags: flags | u16::from(is_clearing) << 15,
        place_e7: random.random_bool(0.5).then(|| {
            let latitude = random.random_range(-900_000_000..=900_000_000);
            (latitude, random.random_range(-1_800_000_000..=1_800_000_000))
        }),
    };
    Event::from_parts(parts).unwrap()
}
