//! What is wrong with a case is said with its place. That cases run is shown by the shipped ruleset.

use super::case;
use super::message::json;
use crate::rules::SourceFile;

fn fields(toml: &str) -> toml::Table {
    toml::from_str(toml).unwrap()
}

fn check_message(toml: &str, later_ms: i64, expected: &str) {
    let message = json(&fields(toml), 7, later_ms).unwrap();
    let value: serde_json::Value = serde_json::from_str(&message).unwrap();
    let expected: serde_json::Value = serde_json::from_str(expected).unwrap();
    assert_eq!(value, expected, "{toml}");
}

#[test]
fn what_a_case_does_not_say_is_filled_in() {
    check_message(
        "time = '10:00:00'\namount = 1.5",
        0,
        r#"{"id": "test-7", "type": "authorization", "time": "2026-01-05T10:00:00.000Z", "amount": 1.5,
            "card": {"token": "card-1"}, "merchant": {"id": "merchant-1"}}"#,
    );
    check_message(
        "time = '3 00:00:01'\nid = 'x'\ntype = 'refund'\ncard.number = 'n'\nmerchant.country = 'DK'",
        60_000,
        r#"{"id": "x", "type": "refund", "time": "2026-01-07T00:01:01.000Z",
            "card": {"number": "n"}, "merchant": {"id": "merchant-1", "country": "DK"}}"#,
    );
}

#[test]
fn a_section_that_is_no_object_is_left_for_the_decoder_to_refuse() {
    check_message(
        "time = 2026-02-01T10:00:00Z\nmerchant = 'shop'",
        0,
        r#"{"id": "test-7", "type": "authorization", "time": "2026-02-01T10:00:00.000Z",
            "card": {"token": "card-1"}, "merchant": "shop"}"#,
    );
}

fn check_error(text: &str, expected: &str) {
    let file = SourceFile { name: "rules.toml".to_owned(), text: text.to_owned() };
    let error = case::read(&[file]).unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
}

#[test]
fn a_case_that_cannot_be_run_says_where_it_stands() {
    check_error("[[test]]\nname = 'empty'\n", "rules.toml:2: test \"empty\" has no transactions");
    check_error(
        "[[test]]\nname = 'late'\ntransactions = [{ time = '25:00:00' }]\n",
        "rules.toml:2: test \"late\": transaction 1: `25:00:00` is no time",
    );
    check_error(
        "[[test]]\nname = 'x'\ntransactions = [{ time = '10:00:00', repeat = { count = 0, every = '1d' } }]\n",
        "it can be repeated 1 to 10000 times, not 0",
    );
    check_error(
        "[[test]]\nname = 'x'\ntransactions = [{ time = '10:00:00', expect = { fires = ['a'] } }]\n",
        "unknown field `fires`",
    );
    check_error(
        "[[test]]\nname = 'x'\ntransactions = [{ time = '10:00:00', repeat = { count = 2, every = '1 day' } }]\n",
        "`1 day` is no duration",
    );
}
