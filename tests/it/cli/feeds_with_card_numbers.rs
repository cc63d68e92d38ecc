//! Tests files of transactions with card numbers in ids and texts, in every disguise.

use super::Workspace;
use super::feeds::{case, charge, decisions, score, value_at_end, workspace};
use crate::support::card_numbers::{NUMBERS, card_number_in, disguised};
use crate::support::messages::text_fields;
use crate::support::rules;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

#[test]
fn numbers_with_a_listed_prefix_are_card_numbers_without_a_check_digit() {
    let workspace = Workspace::new();
    let mut by_number = charge("a");
    by_number["card"] = json!({"number": "6228480000000001"});
    by_number["merchant"]["name"] = json!("paid by 6228 4800 0000 0001");
    workspace.write("in.jsonl", by_number.to_string());
    workspace.run(&["card-key", "new", "keys.toml"]).expect(0);
    let key = ("REDCARD__CARD_NUMBERS__KEY_FILE", "keys.toml");
    workspace
        .run_with(&["score", "in.jsonl"], &[key])
        .expect(1)
        .expect_stderr("card_number_luhn: `card.number`");
    let prefixes = ("REDCARD__CARD_NUMBERS__PREFIXES_WITHOUT_CHECK_DIGIT", "622848, 9");
    let result = workspace.run_with(&["score", "in.jsonl"], &[key, prefixes]).expect(0);
    assert!(result.stdout.contains("\"card\":\"v1_"), "{}", result.stdout);
    result.expect_stderr("\n1 card numbers in other fields were replaced (merchant.name 1)");
    workspace.write(
        "redcard.toml",
        "[card_numbers]\nkey_file = \"keys.toml\"\nprefixes_without_check_digit = [\"622848\"]\n",
    );
    workspace.run(&["score", "in.jsonl", "--config", "redcard.toml"]).expect(0);
    workspace.write("redcard.toml", "[card_numbers]\nprefixes_without_check_digit = [\"62 28\"]\n");
    workspace
        .run(&["score", "in.jsonl", "--config", "redcard.toml"])
        .expect(2)
        .expect_stderr("redcard.toml:2:")
        .expect_stderr(
            "`card_numbers.prefixes_without_check_digit` must be a list of 1 to 12 digits each",
        );
}

#[test]
fn ids_that_read_as_card_numbers_stay_distinct_in_every_command_without_a_key() {
    let lines = case("C-ids-like-card-numbers.jsonl");
    let result =
        score(&lines, &[]).expect(0).expect_stderr("duplicates  0").expect_stderr("decisions   2");
    let ids: Vec<String> = decisions(&result)
        .iter()
        .map(|d| d["transaction_id"].as_str().unwrap().to_owned())
        .collect();
    assert!(ids[0] != ids[1] && ids.iter().all(|id| id.starts_with("v0_")), "{ids:?}");
    // Each run has a new random key.
    assert_ne!(score(&lines, &[]).stdout, result.stdout);
    assert_eq!(value_at_end(&lines, r#"card.last("1h").size()"#), "1");

    let trusted = [("REDCARD__CARD_NUMBERS__TRUSTED_FIELDS", "id, original_id")];
    let result = score(&lines, &trusted).expect(0);
    assert!(result.stdout.contains("\"4000000000081234\""), "{}", result.stdout);
    score(&lines, &[("REDCARD__CARD_NUMBERS__TRUSTED_FIELDS", "id, time")])
        .expect(2)
        .expect_stderr(
            "`card_numbers.trusted_fields` must be a list of fields out of `id`, `card.token`, ",
        )
        .expect_stderr("not \"time\"");
    for alone in ["id", "original_id"] {
        let result = score(&lines, &[("REDCARD__CARD_NUMBERS__TRUSTED_FIELDS", alone)]).expect(0);
        assert!(result.stdout.contains("\"4000000000081234\""), "{}", result.stdout);
    }

    let workspace = workspace(&lines);
    workspace
        .write("rules.toml", "[ruleset]\nname = \"r\"\nversion = \"1\"\nreview = 1\ndecline = 2\n");
    let explain = ["rules", "explain", "rules.toml", "--input", "in.jsonl", "--transaction"];
    workspace.run(&[&explain[..], &["4000000000161234"]].concat()).expect(0);
    workspace.run(&[&explain[..], &["4000000000241234"]].concat()).expect(2);
}

#[test]
fn an_expiry_date_is_dropped_without_a_configured_key_so_that_output_can_be_compared() {
    let mut charge = charge("a");
    charge["card"]["expiry"] = json!("2029-12");
    let lines = charge.to_string();
    let value = value_at_end(&lines, "card.expiry");
    assert_eq!(value, r#"{"error":"absent"}"#);
}

#[test]
fn no_command_that_reads_a_file_prints_a_disguised_card_number() {
    const SEED: u64 = 5;
    println!("seed {SEED}");
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let fields: Vec<String> =
        text_fields().chain(["note"]).map(|path| format!("/{}", path.replace('.', "/"))).collect();
    let mut lines = String::new();
    for (at, number) in NUMBERS.iter().cycle().take(40).enumerate() {
        for field in &fields {
            let mut message = charge(&format!("{at}{field}"));
            for section in ["terminal", "device", "ship_to", "cardholder"] {
                message[section] = json!({});
            }
            let (section, name) = field[1..].split_once('/').unwrap_or(("", &field[1..]));
            let object = if section.is_empty() { &mut message } else { &mut message[section] };
            object[name] = json!(format!("to {}!", disguised(number, &mut random)));
            lines.push_str(&format!("{message}\n"));
        }
    }
    let workspace = workspace(&lines);
    workspace.write("rules.toml", rules::QUOTING);
    let first = lines.lines().next().unwrap();
    let id = serde_json::from_str::<Value>(first).unwrap()["id"].as_str().unwrap().to_owned();
    let mut decided = 0;
    for arguments in [
        &["score", "in.jsonl", "--rules", "rules.toml"][..],
        &["rules", "eval", "[id, merchant.id, card.token]", "--input", "in.jsonl"],
        &["rules", "explain", "rules.toml", "--input", "in.jsonl", "--transaction", &id],
        &[
            "rules",
            "explain",
            "rules.toml",
            "--input",
            "in.jsonl",
            "--transaction",
            &id,
            "--format",
            "json",
        ],
    ] {
        // Lines whose time holds a card number are malformed.
        let result = workspace.run(arguments).expect(1);
        for text in [&result.stdout, &result.stderr] {
            assert_eq!(card_number_in(text.as_bytes()), None, "{arguments:?}: {text}");
        }
        decided += result.stdout.lines().count();
    }
    assert!(decided > 1_000, "{decided} lines");
}
