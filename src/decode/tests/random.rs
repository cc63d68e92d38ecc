//! Decodes random messages, and compares the result with the oracle's reading of the same JSON.

use super::oracle::{naively, noted, sensitive_outside_checks};
use super::*;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

const SEEDS: u64 = 40;
const MESSAGES_PER_SEED: usize = 250;

/// Represents half a surrogate pair, which a Rust string cannot hold.
const HALF_PAIR: char = '\u{f8ff}';

/// Values for all kinds of fields. Each is valid for some of them.
fn pool() -> Vec<Value> {
    let words = "a match visa debit lost refund insufficient_funds chip US dnk 208 UK EUR JPY usd \
        5651 0742 4242 2029-12 2100-01 2029-13 2026-01-05T10:15:30Z 2026-02-30T10:15:30Z \
        2026-01-05 1066-10-14T10:15:30Z 4242424242424242 4242424242424241 55.68 2026-01-05T10:15:30+0000 \
        XK xkx XAU 959 840 05 n7 91 Do_Not_Honor OTHER";
    let long =
        ["x".repeat(300), "é".repeat(256), "7".repeat(270), "4242 4242 4242 4242 ".repeat(20)];
    let texts = words.split(' ').chain(["", " ", "\t\u{a0}", " a\u{a0}", "é\"\\/\n\u{1}😀"]);
    let texts = texts.chain(["\u{f8ff}", "a\u{f8ff}😀b", "\u{0}\u{202e}"]);
    let texts = texts.map(str::to_owned).chain(long);
    let others = json!([
        null, true, false, [], {}, [1, "a"], {"id": 1}, 0, 4, 208, 742, 9999, 10_000, 70_000,
        4_242_424_242_424_242_u64, 9_223_372_036_854_775_807_u64, 9_223_372_036_854_775_808_u64,
        -1, -90, 1.5, 55.68, -74.01, 90.5, 1e3, 181, -0.0, 1e-9, 5, 51, 959
    ]);
    texts.map(Value::from).chain(others.as_array().unwrap().iter().cloned()).collect()
}

/// A random value for an unlisted field.
fn unknown(random: &mut impl Rng, depth: usize) -> Value {
    match random.random_range(0..6) {
        0 | 1 if depth > 0 => {
            let names = ["a", "id", "CVV2", "pin", "card", "é", "b\u{f8ff}"];
            let members = (0..random.random_range(0..4)).map(|_| {
                let name = names[random.random_range(0..names.len())];
                (name.to_owned(), unknown(random, depth - 1))
            });
            Value::Object(members.collect())
        }
        2 if depth > 0 => Value::Array(
            (0..random.random_range(0..4)).map(|_| unknown(random, depth - 1)).collect(),
        ),
        3 if depth > 8 => {
            (0..random.random_range(10..16)).fold(json!(1), |value, _| json!([value]))
        }
        _ => pool()[random.random_range(0..pool().len())].clone(),
    }
}

/// The example with some fields replaced, removed or added.
fn message(random: &mut impl Rng) -> Value {
    let paths: Vec<&str> =
        documented::fields().iter().map(|row| documented::quoted(row[1])[0]).collect();
    let mut message: Value = serde_json::from_str(EXAMPLE).unwrap();
    for _ in 0..random.random_range(0..4) {
        let path = paths[random.random_range(0..paths.len())];
        let (section, name) = path.split_once('.').unwrap_or(("", path));
        let object = if section.is_empty() { Some(&mut message) } else { message.get_mut(section) };
        let Some(Value::Object(object)) = object else { continue };
        match random.random_range(0..8) {
            0 => drop(object.remove(name)),
            1 => drop(object.insert("x".into(), unknown(random, 9))),
            2 => drop(object.insert("Track2".into(), unknown(random, 2))),
            _ => drop(
                object.insert(name.into(), pool()[random.random_range(0..pool().len())].clone()),
            ),
        }
    }
    message
}

fn gap(json: &mut String, random: &mut impl Rng) {
    let gaps = [" ", "\n\t", "\r", "", "", "", "", ""];
    json.push_str(gaps[random.random_range(0..gaps.len())]);
}

/// Writes JSON with random white space and escapes where they are allowed.
fn write(random: &mut impl Rng, value: &Value, json: &mut String) {
    gap(json, random);
    match value {
        Value::Object(members) => {
            json.push('{');
            for (number, (name, value)) in members.iter().enumerate() {
                json.push_str(if number > 0 { "," } else { "" });
                gap(json, random);
                write_text(random, name, json);
                gap(json, random);
                json.push(':');
                write(random, value, json);
            }
            json.push('}');
        }
        Value::Array(values) => {
            json.push('[');
            for (number, value) in values.iter().enumerate() {
                json.push_str(if number > 0 { "," } else { "" });
                write(random, value, json);
            }
            json.push(']');
        }
        Value::String(text) => write_text(random, text, json),
        other => json.push_str(&other.to_string()),
    }
    gap(json, random);
}

fn write_text(random: &mut impl Rng, text: &str, json: &mut String) {
    let escapes = random.random_ratio(1, 8);
    json.push('"');
    for char in text.chars() {
        if matches!(char, '"' | '\\' | ..' ' | HALF_PAIR) || (escapes && random.random()) {
            if char == HALF_PAIR {
                json.push_str(["\\ud83c", "\\uDF5F"][random.random_range(0..2)]);
                continue;
            }
            let mut units = [0; 2];
            for unit in char.encode_utf16(&mut units) {
                json.push_str(&format!("\\u{unit:04X}"));
            }
        } else {
            json.push(char);
        }
    }
    json.push('"');
}

#[test]
fn random_messages_decode_as_in_the_naive_decoder() {
    let decoder = Decoder::new(settings());
    let (mut accepted, mut rejected) = (0, 0);
    for seed in 0..SEEDS {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        for _ in 0..MESSAGES_PER_SEED {
            let message = message(&mut random);
            let mut json = String::new();
            write(&mut random, &message, &mut json);
            match (decoder.decode(json.as_bytes(), None), naively(&json)) {
                (Ok((tx, notes)), Ok((expected, changes))) => {
                    let sensitive = sensitive_outside_checks(&json);
                    let counted = (noted(&notes), notes.sensitive_fields_dropped);
                    assert_eq!(
                        (tx, counted),
                        (expected, (changes, sensitive)),
                        "seed {seed}: {json}"
                    );
                    accepted += 1;
                }
                (Err(rejection), Err(wrong)) => {
                    assert!(wrong.contains(&rejection.reason), "seed {seed}: {rejection}: {json}");
                    rejected += 1;
                }
                (outcome, expected) => panic!("seed {seed}: {outcome:?}, not {expected:?}: {json}"),
            }
        }
    }
    assert!(accepted > 1000 && rejected > 1000, "{accepted} accepted, {rejected} rejected");
}
