//! The guarantees of the stream as a whole.

use super::*;
use crate::decode::{self, CardNumbers, Decoder, Prefix};
use crate::transaction::Time;
use crate::transaction::{BaseCurrency, Country, Currency, DAY_MS, Money};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

fn settings(seed: u64, cards: u32, fraud_rate: f64) -> GeneratorSettings {
    let start = Time::parse_rfc3339("2026-01-05T00:00:00Z").unwrap();
    GeneratorSettings {
        seed,
        population: Population::default(),
        cards,
        fraud_rate,
        start,
        fraud_from: start,
        card_numbers: false,
    }
}

fn stream(settings: GeneratorSettings, count: usize) -> (Vec<String>, Vec<Label>) {
    let mut generator = Generator::new(settings);
    let mut labels = Vec::new();
    let messages = (0..count).map(|_| {
        let mut bytes = Vec::new();
        let generated = generator.generate();
        generated.write_json(&mut bytes);
        labels.extend(generated.label());
        String::from_utf8(bytes).unwrap()
    });
    (messages.collect(), labels)
}

fn parsed(messages: &[String]) -> Vec<Value> {
    messages.iter().map(|text| serde_json::from_str(text).unwrap()).collect()
}

fn text<'v>(message: &'v Value, path: &str) -> &'v str {
    message.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

fn paths(value: &Value, under: &str, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| paths(value, &format!("{under}/{name}"), into));
        }
        _ => {
            into.insert(under.to_owned());
        }
    }
}

#[test]
fn a_seed_gives_these_bytes_and_no_others() {
    let (messages, _) = stream(settings(1, 50, 0.02), 2_000);
    let bytes = messages.join("\n");
    assert_eq!(format!("{:016x}", xxhash_rust::xxh3::xxh3_64(bytes.as_bytes())), GOLDEN);
    assert_eq!(messages, stream(settings(1, 50, 0.02), 2_000).0);
    assert_ne!(messages, stream(settings(2, 50, 0.02), 2_000).0);
}

/// Changes with every change to what is generated; so do the figures of docs/rules/detection.md.
const GOLDEN: &str = "6f3484160aa0afea";

/// Every id in a message, as text.
fn ids(value: &Value) -> Vec<&str> {
    let paths = [
        "/id",
        "/original_id",
        "/card/token",
        "/cardholder/id",
        "/cardholder/account_id",
        "/merchant/id",
        "/terminal/id",
        "/device/id",
        "/ship_to/key",
    ];
    paths.iter().filter_map(|path| value.pointer(path)?.as_str()).collect()
}

#[test]
fn ids_of_no_seed_can_read_as_card_numbers() {
    // Any 13 to 19 digits in whole groups, with any prefix and check digit.
    let prefixes = ("0123456789".chars()).map(|digit| Prefix::parse(&digit.to_string()).unwrap());
    let any = CardNumbers {
        prefixes_without_check_digit: prefixes.collect(),
        trusted_fields: Vec::new(),
    };
    assert!(any.contains(b"1-00034 10003 4000"));
    let random = || rand::TryRng::try_next_u64(&mut rand::rngs::SysRng).unwrap();
    let drawn = [random(), random(), random() >> 12, random() >> 32];
    let chosen =
        [0, 1, 424_242_424_242, 4_242_424_242_424_242, 4_242_424_242_424_242_424, u64::MAX];
    for seed in drawn.into_iter().chain(chosen) {
        let (messages, labels) = stream(settings(seed, 40, 0.05), 1_000);
        let mut checked = 0;
        for value in parsed(&messages) {
            for id in ids(&value) {
                assert!(!any.contains(id.as_bytes()), "seed {seed}: {id}");
                checked += 1;
            }
        }
        assert!(checked > 5_000, "seed {seed}: {checked}");
        for label in labels {
            let label = serde_json::to_value(label).unwrap();
            for field in ["transaction_id", "card", "episode"] {
                let id = label[field].as_str().unwrap();
                assert!(!any.contains(id.as_bytes()), "seed {seed}: {id}");
            }
        }
    }
}

#[test]
fn a_longer_stream_begins_like_a_shorter_one() {
    let (long, short) =
        (stream(settings(3, 20, 0.02), 900).0, stream(settings(3, 20, 0.02), 300).0);
    assert_eq!(long[..300], short[..]);
}

#[test]
fn a_card_has_the_same_messages_in_a_small_and_a_large_population() {
    let of_card_seven = |cards, count| {
        let mut messages = stream(settings(4, cards, 0.05), count).0;
        messages.retain(|message| message.contains("\"c_4s_00007\""));
        messages
    };
    let (few, many) = (of_card_seven(10, 2_000), of_card_seven(40, 2_000));
    assert!(many.len() > 20);
    assert_eq!(few[..many.len()], many[..]);
}

#[test]
fn messages_are_in_time_order_with_unique_ids() {
    let messages = parsed(&stream(settings(5, 100, 0.02), 20_000).0);
    let times: Vec<&str> = messages.iter().map(|message| text(message, "/time")).collect();
    assert!(times.is_sorted());
    let ids: HashSet<&str> = messages.iter().map(|message| text(message, "/id")).collect();
    assert_eq!(ids.len(), messages.len());
}

#[test]
fn every_field_of_the_message_occurs() {
    let mut seen = BTreeSet::new();
    for card_numbers in [false, true] {
        let settings = GeneratorSettings { card_numbers, ..settings(6, 100, 0.02) };
        parsed(&stream(settings, 5_000).0).iter().for_each(|m| paths(m, "", &mut seen));
    }
    let expected = [
        "/id /type /time /amount /currency /channel /card_present /card_on_file /recurring /original_id",
        "/card/token /card/number /card/expiry /card/last4 /card/brand /card/funding /card/country /card/status",
        "/cardholder/id /cardholder/account_id /cardholder/country /cardholder/latitude /cardholder/longitude",
        "/merchant/id /merchant/name /merchant/mcc /merchant/country /merchant/city /merchant/latitude",
        "/merchant/longitude /terminal/id /checks/cvv /checks/address /checks/pin /checks/three_d_secure",
        "/response/approved /response/reason /device/id /device/ip /ship_to/country /ship_to/key",
    ];
    let expected: BTreeSet<String> =
        expected.iter().flat_map(|line| line.split(' ')).map(str::to_owned).collect();
    assert_eq!(seen, expected);
}

#[test]
fn the_proportions_are_those_of_everyday_spending() {
    let messages = parsed(&stream(settings(7, 200, 0.0), 20_000).0);
    let share = |path: &str, value: &str| {
        let hits = messages.iter().filter(|message| text(message, path) == value).count();
        hits as f64 / messages.len() as f64
    };
    for (path, value, range) in [
        ("/type", "authorization", 0.50..0.62),
        ("/type", "clearing", 0.37..0.48),
        ("/type", "reversal", 0.003..0.010),
        ("/type", "refund", 0.0006..0.010),
        ("/channel", "ecommerce", 0.20..0.40),
        ("/channel", "atm", 0.01..0.05),
        ("/response/reason", "insufficient_funds", 0.002..0.010),
        ("/card/funding", "debit", 0.5..0.7),
        ("/card/status", "active", 1.0..1.1),
    ] {
        assert!(range.contains(&share(path, value)), "{path} {value}: {}", share(path, value));
    }
}

#[test]
fn messages_after_an_authorization_refer_to_it_and_have_its_card() {
    let messages = parsed(&stream(settings(8, 60, 0.03), 20_000).0);
    let mut cards = HashMap::new();
    for message in &messages {
        cards.insert(text(message, "/id"), text(message, "/card/token"));
        match message.get("original_id").and_then(Value::as_str) {
            Some(original) => {
                assert_eq!(cards.get(original), Some(&text(message, "/card/token")), "{message}");
            }
            // Refunds without a sale are a fraud.
            None => assert!(matches!(text(message, "/type"), "authorization" | "refund")),
        }
    }
}

#[test]
fn labels_name_what_was_charged_or_refunded_and_every_kind_of_fraud_occurs() {
    let (messages, labels) = stream(settings(9, 200, 0.02), 25_000);
    let messages = parsed(&messages);
    let by_id: HashMap<&str, &Value> = messages.iter().map(|m| (text(m, "/id"), m)).collect();
    for label in &labels {
        let message = by_id[label.transaction_id.to_string().as_str()];
        assert_eq!(text(message, "/card/token"), label.card.to_string());
        assert_eq!(text(message, "/time"), label.time.to_string());
        let refunds = label.kind == FraudKind::RefundsWithoutSale;
        assert_eq!(text(message, "/type"), if refunds { "refund" } else { "authorization" });
    }
    let mut episodes = BTreeMap::<FraudKind, HashSet<Episode>>::new();
    for label in &labels {
        episodes.entry(label.kind).or_default().insert(label.episode);
    }
    assert_eq!(episodes.len(), FraudKind::ALL.len(), "{episodes:?}");
    let total: usize = episodes.values().map(HashSet::len).sum();
    let charges = messages.iter().filter(|m| text(m, "/type") == "authorization").count();
    let rate = total as f64 / charges as f64;
    assert!((0.008..0.022).contains(&rate), "{total} frauds among {charges} charges");
}

#[test]
fn no_fraud_begins_before_the_configured_time() {
    let from = Time(settings(10, 80, 0.05).start.millis() + 10 * DAY_MS);
    let (_, labels) =
        stream(GeneratorSettings { fraud_from: from, ..settings(10, 80, 0.05) }, 8_000);
    assert!(!labels.is_empty());
    assert!(labels.iter().all(|label| label.time > from));
}

#[test]
fn honest_people_never_travel_faster_than_a_plane() {
    for population in Population::ALL.iter().filter(|population| population.missing_fields == 0.0) {
        let settings = GeneratorSettings { population: *population, ..settings(11, 100, 0.0) };
        check_speeds(&parsed(&stream(settings, 20_000).0));
    }
}

fn check_speeds(messages: &[Value]) {
    let mut last = HashMap::<&str, (Time, f64, f64)>::new();
    for message in messages {
        if text(message, "/type") != "authorization" || message["card_present"] != true {
            continue;
        }
        let at = Time::parse_rfc3339(text(message, "/time")).unwrap();
        let degrees = |name: &str| message["merchant"][name].as_f64().unwrap();
        let here = (at, degrees("latitude"), degrees("longitude"));
        if let Some(before) = last.insert(text(message, "/card/token"), here) {
            let km = crate::transaction::distance_km(before.1, before.2, here.1, here.2);
            let hours = (at.millis() - before.0.millis()) as f64 / 3.6e6;
            assert!(km < 30.0 || km / hours < 900.0, "{km} km in {hours} h: {message}");
        }
    }
}

const KEY_FILE: &str = "current = \"1\"\n[keys]\n\
    1 = \"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\"";

#[test]
fn every_message_is_read_by_the_decoder_with_nothing_dropped_or_unknown() {
    let usd = Currency::parse("USD").unwrap();
    let decoder = Decoder::new(decode::DecodeSettings {
        tokenizer: Some(decode::Tokenizer::from_toml(KEY_FILE).unwrap()),
        ..decode::DecodeSettings::new(BaseCurrency::with_shipped_rates(usd))
    });
    for card_numbers in [false, true] {
        let settings = GeneratorSettings { card_numbers, ..settings(13, 100, 0.03) };
        for message in stream(settings, 4_000).0 {
            let (tx, notes) = decoder.decode(message.as_bytes(), None).expect(&message);
            assert_eq!(notes, decode::Notes::default(), "{message}");
            assert!(tx.base_amount.is_some(), "{message}");
            assert_eq!(tx.card.last4.as_ref().map(|digits| digits.len()), Some(4));
        }
    }
}

#[test]
fn an_acquirer_leaves_out_the_same_fields_in_every_message_and_the_barest_all_that_are_optional() {
    let fields = |population: &str, of_merchant: Option<&str>| {
        let population = *Population::named(population).unwrap();
        let settings = GeneratorSettings { population, ..settings(14, 100, 0.02) };
        let mut seen = BTreeSet::new();
        for message in parsed(&stream(settings, 6_000).0) {
            let merchant = text(&message, "/merchant/id");
            if of_merchant.is_none_or(|wanted| wanted == merchant) {
                paths(&message, "", &mut seen);
            }
        }
        seen
    };
    let bare = "/amount /card/brand /card/last4 /card/token /currency /id /merchant/id /time /type";
    assert_eq!(fields("bare", None).into_iter().collect::<Vec<_>>().join(" "), bare);
    let (all, terse) = (fields("stalked", None), fields("terse", None));
    assert_eq!(all, terse, "each field occurs");
    let said_by_one = fields("terse", Some("m_0510"));
    assert!((5..all.len() - 3).contains(&said_by_one.len()), "{said_by_one:?}");
}

#[test]
fn presents_are_bought_in_december() {
    let gift_cards = |start: &str| {
        let start = Time::parse_rfc3339(start).unwrap();
        let settings = GeneratorSettings { start, fraud_from: start, ..settings(15, 300, 0.0) };
        let messages = parsed(&stream(settings, 20_000).0);
        messages.iter().filter(|m| text(m, "/merchant/mcc") == "5947").count()
    };
    let (june, december) = (gift_cards("2026-06-01T00:00:00Z"), gift_cards("2026-12-01T00:00:00Z"));
    assert!(december * 2 > june * 3, "{june} in June, {december} in December");
}

#[test]
fn a_dollars_worth_is_about_a_dollar_in_every_currency() {
    let base = BaseCurrency::with_shipped_rates(Currency::parse("USD").unwrap());
    for country in &world::tables::COUNTRIES {
        let currency = Currency::parse(country.currency).unwrap();
        let minor = (country.minor_per_dollar * 100.0) as i64;
        let cents = base.convert(Money { minor, currency }).unwrap();
        assert!((7_500..13_500).contains(&cents), "{}: {cents}", country.currency);
        assert!(Country::parse(country.code).is_some());
    }
}

#[test]
fn test_numbers_replace_tokens_if_requested() {
    let settings = GeneratorSettings { card_numbers: true, ..settings(12, 10, 0.0) };
    for message in parsed(&stream(settings, 200).0) {
        assert_eq!(text(&message, "/card/number").len(), 16);
        assert_eq!(text(&message, "/card/token"), "");
    }
}
