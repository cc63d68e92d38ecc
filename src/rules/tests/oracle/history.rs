//! Generates random card histories: a transaction, with the charges and refunds before it.
//!
//! Each field has few values, so that comparisons are true about half of the time. Some times are on
//! the edge of a window, and some are equal. Some histories are short, as those of most cards are;
//! others fill several blocks.

use super::super::support::{NOW, missing_fields, transaction};
use crate::transaction::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;

pub const MERCHANTS: &[&str] = &["shop", "clinic", "ACME 24"];
pub const DEVICES: &[&str] = &["d1", "d2", "shop"];
pub const COUNTRIES: &[&str] = &["US", "DK", "NO"];
pub const MCCS: &[u16] = &[742, 5411, 6011, 7995];
/// The entries of the named list, each with the milliseconds from now until which it is valid.
pub const LISTED: &[(&str, Option<i64>)] = &[
    ("shop", None),
    ("clinic", Some(1)),
    ("ACME 24", Some(0)),
    ("d1", Some(-1)),
    ("d2", Some(DAY_MS)),
    ("US", Some(1)),
    ("DK", Some(0)),
    ("5411", None),
    ("atm", None),
    ("", None),
];
/// The values of entries in the lists topic, each with the milliseconds from now until which its entry
/// is active.
pub const NOTICES: &[(&str, &[&str], Option<i64>)] = &[
    ("shop", &["DK", "shop", "5411"], None),
    ("clinic", &["US", "d1"], Some(1)),
    ("ACME 24", &["US", "DK", "NO", "shop", "clinic"], Some(0)),
    ("US", &["shop", "d2", "atm"], Some(DAY_MS)),
    ("d1", &["clinic", "0742"], None),
];
const CITIES: &[&str] = &["Århus", "New York", "ACME"];
/// Ages of charges at which windows end.
const EDGES_MS: &[i64] = &[0, 90_000, 10 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS, DAY_MS, 7 * DAY_MS];

/// A card at the time of a transaction; charges and refunds oldest first.
pub struct History {
    pub tx: Transaction<'static>,
    pub charges: Vec<Transaction<'static>>,
    pub refunds: Vec<Transaction<'static>>,
}

impl History {
    pub fn random(rng: &mut ChaCha8Rng, charges_max: usize) -> Self {
        // Which fields are present differs from source to source, and by transaction.
        let known = [0.6, 0.9, 0.98][rng.random_range(0..3)];
        let charges = rng.random_range(0..=charges_max);
        let refunds = rng.random_range(0..=2);
        Self {
            tx: random(rng, NOW, known),
            charges: past(rng, charges, known),
            refunds: past(rng, refunds, known),
        }
    }
}

/// The newest label of a remembered charge; about half of them have none. Ids are random numbers.
pub fn label_of(tx: &Transaction<'_>) -> Option<LabelValue> {
    match tx.id.bytes().last()? {
        b'0' | b'1' => Some(LabelValue::Fraud),
        b'2' | b'3' => Some(LabelValue::Genuine),
        b'4' => Some(LabelValue::Suspected),
        b'5' => Some(LabelValue::Unknown),
        _ => None,
    }
}

fn past(rng: &mut ChaCha8Rng, count: usize, known: f64) -> Vec<Transaction<'static>> {
    let reach = [2 * HOUR_MS, 2 * DAY_MS, 30 * DAY_MS - 1][rng.random_range(0..3)];
    let mut ages_ms: Vec<i64> = (0..count).map(|_| ago(rng, reach)).collect();
    ages_ms.sort_unstable_by(|a, b| b.cmp(a));
    ages_ms.into_iter().map(|ago| random(rng, Time(NOW.millis() - ago), known)).collect()
}

fn ago(rng: &mut ChaCha8Rng, reach: i64) -> i64 {
    if rng.random_bool(0.2) {
        let edge = EDGES_MS[rng.random_range(0..EDGES_MS.len())];
        return (edge + rng.random_range(-1..=1)).max(0);
    }
    // Spread evenly over orders of magnitude, so that short windows are not empty.
    (reach as f64).powf(rng.random_range(0.6..1.0)) as i64
}

fn one_of<T: Copy>(rng: &mut ChaCha8Rng, all: &[T]) -> T {
    all[rng.random_range(0..all.len())]
}

fn wire<T: WireName + Copy + 'static>(rng: &mut ChaCha8Rng) -> T {
    one_of(rng, T::NAMES).0
}

fn random(rng: &mut ChaCha8Rng, time: Time, known: f64) -> Transaction<'static> {
    let mut tx = transaction(time);
    tx.id = rng.random::<u64>().to_string().into();
    tx.amount.minor = rng.random_range(0..30_000);
    tx.merchant.id = one_of(rng, MERCHANTS).into();
    macro_rules! perhaps {
        ($($place:expr => $value:expr;)+) => {
            $($place = if rng.random_bool(known) { $value } else { None };)+
        };
    }
    perhaps! {
        tx.base_amount => Some(amount(rng));
        tx.card.last4 => Some(one_of(rng, &["0042", "1234"]).into());
        tx.card.brand => Some(one_of(rng, &["visa", "mastercard"]).into());
        tx.card.funding => Some(wire(rng));
        tx.card.country => Country::parse(one_of(rng, COUNTRIES));
        tx.card.status => Some(wire(rng));
        tx.card.expiry => Some(one_of(rng, &["e1", "e2"]).into());
        tx.cardholder.id => Some(one_of(rng, DEVICES).into());
        tx.cardholder.account_id => Some(one_of(rng, DEVICES).into());
        tx.cardholder.country => Country::parse(one_of(rng, COUNTRIES));
        tx.cardholder.place => place(rng);
        tx.merchant.name => Some(one_of(rng, MERCHANTS).into());
        tx.merchant.mcc => Some(one_of(rng, MCCS));
        tx.merchant.country => Country::parse(one_of(rng, COUNTRIES));
        tx.merchant.city => Some(one_of(rng, CITIES).into());
        tx.merchant.place => place(rng);
        tx.terminal_id => Some(one_of(rng, DEVICES).into());
        tx.channel => Some(wire(rng));
        tx.card_present => Some(rng.random());
        tx.card_on_file => Some(rng.random());
        tx.recurring => Some(rng.random());
        tx.checks.cvv => Some(wire(rng));
        tx.checks.address => Some(wire(rng));
        tx.checks.pin => Some(wire(rng));
        tx.checks.three_d_secure => Some(wire(rng));
        tx.response.approved => Some(rng.random_bool(0.6));
        tx.response.reason => Some(wire(rng));
        tx.device.id => Some(one_of(rng, DEVICES).into());
        tx.device.ip => Some(one_of(rng, DEVICES).into());
        tx.ship_to.country => Country::parse(one_of(rng, COUNTRIES));
        tx.ship_to.key => Some(one_of(rng, DEVICES).into());
        tx.original_id => Some(one_of(rng, DEVICES).into());
    }
    tx
}

/// A common amount, a round amount, or any amount.
fn amount(rng: &mut ChaCha8Rng) -> i64 {
    match rng.random_range(0..4) {
        0 => one_of(rng, &[0, 100, 200, 2_000, 5_000]),
        1 => 100 * rng.random_range(0..200),
        _ => rng.random_range(0..20_000),
    }
}

fn place(rng: &mut ChaCha8Rng) -> Option<Place> {
    let (latitude, longitude) = one_of(rng, &[(55.68, 12.57), (40.71, -74.01), (-33.87, 151.21)]);
    Place::from_degrees(latitude + rng.random_range(0.0..0.5), longitude)
}

/// A field that is never set would be compared only while it is absent.
#[test]
fn random_transactions_have_every_field_that_rules_read() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let missing: Vec<_> = (0..200).map(|_| missing_fields(&random(&mut rng, NOW, 0.6))).collect();
    let always_missing = missing.iter().fold(missing[0].clone(), |all, one| &all & one);
    assert_eq!(always_missing, BTreeSet::new());
}
