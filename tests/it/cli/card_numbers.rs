//! Tests the formats in which producers write `card.number`: every format of a number is the same
//! card.

use super::Workspace;
use crate::support::card_numbers::{NUMBERS, disguised};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

fn charge(id: &str, number: Value) -> String {
    json!({
        "id": id, "type": "authorization", "time": "2026-01-05T10:15:30Z",
        "card": {"number": number}, "amount": 1_250, "currency": "EUR", "merchant": {"id": "m_1"},
    })
    .to_string()
}

/// The tokens of the lines' cards, and the standard error of `score`.
#[track_caller]
fn tokens(lines: &[String], code: i32) -> (Vec<String>, String) {
    let workspace = Workspace::new();
    workspace.run(&["card-key", "new", "keys.toml"]).expect(0);
    workspace.write("in.jsonl", lines.join("\n"));
    let key = ("REDCARD__CARD_NUMBERS__KEY_FILE", "keys.toml");
    let result = workspace.run_with(&["score", "in.jsonl"], &[key]).expect(code);
    let card = |line: &str| {
        let decision: Value = serde_json::from_str(line).unwrap();
        decision["card"].as_str().unwrap_or_else(|| panic!("{line}")).to_owned()
    };
    (result.stdout.lines().map(card).collect(), result.stderr)
}

#[test]
fn a_number_in_any_format_gets_the_token_of_its_plain_digits() {
    let grouped = |number: &str, by: &str| {
        let digits: Vec<char> = number.chars().collect();
        digits.chunks(4).map(|c| c.iter().collect::<String>()).collect::<Vec<_>>().join(by)
    };
    for number in NUMBERS {
        let mut lines = vec![charge("plain", json!(number))];
        lines.push(charge("number", json!(number.parse::<u64>().unwrap())));
        for by in [" ", "-", ".", "/", "_", ",", ":", "|", "%20", "\u{a0}", ", ", " - ", "--"] {
            lines.push(charge(&format!("grouped {}", lines.len()), json!(grouped(number, by))));
        }
        let mut random = ChaCha8Rng::seed_from_u64(11);
        for at in 0..50 {
            let written = disguised(number, &mut random);
            // `%` before digits that begin with 20 can be read in two ways.
            if !written.contains('%') {
                lines.push(charge(&format!("disguise {at}"), json!(written)));
            }
        }
        let (tokens, _) = tokens(&lines, 0);
        assert_eq!(tokens.len(), lines.len());
        for (token, line) in tokens.iter().zip(&lines) {
            assert_eq!(*token, tokens[0], "{line}");
        }
    }
}

#[test]
fn an_invalid_card_number_is_malformed_with_the_right_reason() {
    for (number, says) in [
        (
            json!("4242....4242....4242....4242"),
            "card_number_length: `card.number` is not 12 to 19 digits, with spaces",
        ),
        (json!("424242******4242"), "card_number_length: "),
        (json!("4242424242424242.0"), "card_number_length: "),
        (json!(4_242_424_242_424_242.0), "card_number_length: "),
        (json!("4242.4242.4242.4241"), "card_number_luhn: `card.number` fails the Luhn check"),
    ] {
        let (tokens, stderr) = tokens(&[charge("a", number.clone())], 1);
        assert!(tokens.is_empty() && stderr.contains(says), "{number}: {stderr}");
        assert!(!stderr.contains("4242"), "{stderr}");
    }
}
