//! Damages messages at random, and puts card numbers wherever a message can hold text.

use super::*;
use crate::decode::card_number::test_numbers::{disguised, grouped};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use regex::Regex;
use std::sync::LazyLock;

const SEEDS: u64 = 40;
const MUTANTS_PER_SEED: usize = 500;

/// Fragments that JSON readers and validators often handle wrongly.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\\u0034",
    "\\ud83d",
    "\\ud83d\\ude00",
    "\\u0000",
    "null",
    "true",
    "-",
    "0",
    "1e400",
    "1.5",
    "01",
    " ",
    "\n",
    "\u{0}",
    "\u{1f}",
    "é",
    "😀",
    "\"a\":1,",
    "\"id\":\"x\",",
    "\"pin\":{\"pin\":1},",
    "[[[[[[[[[[[[[[[[[",
    "4242424242424242",
    "\"4242 4242 4242 4242\"",
    "5555-5555-5555-4444",
    "2026-02-30T10:15:30Z",
    "\u{feff}",
    "9223372036854775808",
];

pub(super) fn mutant(random: &mut impl Rng) -> Vec<u8> {
    let base = if random.random() {
        EXAMPLE.to_owned()
    } else {
        minimal("x", r#"{"a":["b",{"c":-1.5e3}]}"#)
    };
    let mut bytes = base.into_bytes();
    for _ in 0..random.random_range(1..4) {
        let at = random.random_range(0..bytes.len());
        let end = (at + random.random_range(0..12)).min(bytes.len());
        match random.random_range(0..6) {
            0 => bytes[at] = random.random(),
            1 => bytes.truncate(at.max(1)),
            2 => drop(bytes.drain(at..end)),
            3 => {
                let copied = bytes[at..end].to_vec();
                let to = random.random_range(0..bytes.len());
                drop(bytes.splice(to..to, copied));
            }
            _ => {
                let piece = PIECES[random.random_range(0..PIECES.len())].bytes();
                drop(bytes.splice(at..if random.random() { at } else { end }, piece));
            }
        }
        if bytes.is_empty() {
            bytes.push(b'{');
        }
    }
    bytes
}

/// Whether the text has a run of 13 or more digits.
fn has_long_digit_run(text: &str) -> bool {
    text.split(|char: char| !char.is_ascii_digit()).any(|run| run.len() >= 13)
}

#[test]
fn damaged_messages_never_panic_and_decode_as_in_the_naive_decoder() {
    let decoders = [Decoder::new(settings()), Decoder::new(with_key())];
    let (mut accepted, mut rejected) = (0, 0);
    for seed in 0..SEEDS {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        for _ in 0..MUTANTS_PER_SEED {
            let bytes = mutant(&mut random);
            let shown = String::from_utf8_lossy(&bytes);
            let value = serde_json::from_slice::<serde_json::Value>(&bytes);
            let keyed = random.random_range(0..2);
            match decoders[keyed].decode(&bytes, None) {
                Ok((tx, notes)) => {
                    if keyed == 0 {
                        let outcome = Ok((tx.clone(), oracle::noted(&notes)));
                        assert_eq!(outcome, oracle::naively(&shown), "seed {seed}: {shown}");
                    }
                    assert!(
                        !contains_card_number(format!("{tx:?}").as_bytes()),
                        "seed {seed}: {shown}"
                    );
                    accepted += 1;
                }
                Err(rejection) => {
                    let is_syntax = matches!(
                        rejection.reason,
                        Reason::NotJson | Reason::TrailingBytes | Reason::NotUtf8
                    );
                    assert!(!(is_syntax && value.is_ok()), "seed {seed}: {rejection}: {shown}");
                    assert!(
                        !has_long_digit_run(&format!("{rejection} {rejection:?}")),
                        "seed {seed}"
                    );
                    rejected += 1;
                }
            }
        }
    }
    assert!(accepted > 100 && rejected > 100, "{accepted} accepted, {rejected} rejected");
}

/// The example with one text replaced by a JSON value.
fn example_with(path: &str, value: &str) -> String {
    let mut message: serde_json::Value = serde_json::from_str(EXAMPLE).unwrap();
    let (object, name) = path.rsplit_once('.').unwrap_or(("", path));
    let object = match object {
        "" => &mut message,
        object => &mut message[object],
    };
    object[name] = "PLACEHOLDER".into();
    message.to_string().replace("\"PLACEHOLDER\"", value)
}

/// JSON values that contain the number.
fn disguises(number: &str, random: &mut impl Rng) -> Vec<String> {
    let escaped: String = number.bytes().map(|digit| format!("\\u{digit:04x}")).collect();
    let (head, tail) = number.split_at(7);
    let plain = [
        format!("\"{number}\""),
        number.to_owned(),
        format!("-{number}"),
        format!("{number}.5"),
        format!("[\"{number}\"]"),
        format!("{{\"{number}\":\"{number}\"}}"),
        format!("\"{}\"", grouped(number, " ")),
        format!("\"{}\"", grouped(number, "-")),
        format!("\"{}\"", grouped(number, ", ")),
        format!("\"{escaped}\""),
        format!("\"{escaped} \\ud83c\""),
        format!("\"{head}\\u002d{tail}\""),
        format!("\"x{number}y {number}\""),
        format!("\"%B{number}^NAME/A^2912\""),
        format!("\"{number}"),
        format!("\"{number}\\q\""),
        format!("\"{number}\",\"{number}\":\"{number}\""),
        format!("\"{}{number}\"", "x".repeat(245)),
    ];
    let random = (0..6).map(|_| format!("\"to {}.\"", disguised(number, random)));
    plain.into_iter().chain(random).collect()
}

/// Whether `{:?}` output contains the number, with anything between its digits and in any script.
pub(super) fn leaks(text: &str, number: &str) -> bool {
    static DIGIT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^\p{Nd}$").unwrap());
    static NO_DIGITS: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"%20|\\u\{[0-9a-f]+\}").unwrap());
    let is_digit = |code| {
        let char = char::from_u32(code);
        char.is_some_and(|char| DIGIT.is_match(char.encode_utf8(&mut [0; 4])))
    };
    let value = |char: char| {
        let code = u32::from(char);
        let before = (0..).take_while(|before| is_digit(code - before)).count();
        before.checked_sub(1).map(|before| char::from(b'0' + u8::try_from(before % 10).unwrap()))
    };
    let plain = NO_DIGITS.replace_all(text, "");
    let digits: String = plain
        .chars()
        .filter(|char| !char.is_ascii() || char.is_ascii_digit())
        .filter_map(value)
        .collect();
    digits.contains(number) || contains_card_number(plain.as_bytes())
}

#[test]
fn no_field_lets_a_card_number_through() {
    let decoders = [Decoder::new(settings()), Decoder::new(with_key())];
    let (mut accepted, mut rejected) = (0, 0);
    let mut random = ChaCha8Rng::seed_from_u64(7);
    for number in ["4242424242424242", "378282246310005", "6759649826438453", "4222222222222"] {
        // Whatever a field is for, a message can hold text there.
        for field in Field::ALL.iter().map(|field| field.path()) {
            for value in disguises(number, &mut random) {
                let json = example_with(field, &value);
                for decoder in &decoders {
                    let shown = match decoder.decode(json.as_bytes(), None) {
                        Ok((tx, _)) => {
                            accepted += 1;
                            format!("{tx:?}")
                        }
                        Err(rejection) => {
                            rejected += 1;
                            format!("{rejection} {rejection:?}")
                        }
                    };
                    assert!(!leaks(&shown, number), "{json}: {shown}");
                }
            }
        }
    }
    assert!(accepted > 500 && rejected > 500, "{accepted} accepted, {rejected} rejected");
}

#[test]
fn a_masked_or_tokenized_number_is_counted() {
    for field in ["id", "card.brand", "merchant.name", "device.id", "ship_to.key"] {
        let json = example_with(field, "\"4242 4242 4242 4242 and 5555555555554444\"");
        let decoder = Decoder::new(with_key());
        let (_, notes) = decoder.decode(json.as_bytes(), None).unwrap();
        assert_eq!(notes.count(Change::CardNumber), 2, "{field}");
    }
}
