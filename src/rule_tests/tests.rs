//! Tests that errors in cases are reported with their places, and differences in sentences.

mod shipped;

use super::message::json;
use super::read::read;
use crate::fixtures::environment;
use crate::rules::{Ruleset, SourceFile, Sources};
use std::sync::Arc;

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
fn fields_that_a_case_omits_have_defaults() {
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
fn a_section_that_is_not_an_object_is_reported_by_the_decoder() {
    check_message(
        "time = 2026-02-01T10:00:00Z\nmerchant = 'shop'",
        0,
        r#"{"id": "test-7", "type": "authorization", "time": "2026-02-01T10:00:00.000Z",
            "card": {"token": "card-1"}, "merchant": "shop"}"#,
    );
}

fn check_error(text: &str, expected: &str) {
    let file = SourceFile { name: "rules.toml".to_owned(), text: text.to_owned() };
    let sources = Sources { files: vec![file], lists: Vec::new() };
    let error = read(&sources).diagnostics.render(false);
    assert!(error.contains(expected), "{error}");
}

#[test]
fn a_case_that_cannot_run_is_reported_with_its_location() {
    check_error("[[test]]\nname = 'empty'\n", "[[test]] lacks `transactions`\n --> rules.toml:1:1");
    check_error(
        "[[test]]\nname = 'late'\ntransactions = [{ time = '25:00:00' }]\n",
        "transaction 1: `25:00:00` is not a time",
    );
    check_error(
        "[[test]]\nname = 'x'\ntransactions = [{ time = '10:00:00', repeat = { count = 0, every = '1d' } }]\n",
        "it can be repeated 1 to 10000 times, not 0",
    );
    check_error(
        "[[test]]\nname = 'x'\ntransactions = [{ time = '10:00:00', expect = { fires = ['a'] } }]\n",
        "unknown key `fires` in `expect`",
    );
    check_error(
        "[[test]]\nname = 'x'\ntransactions = [{ time = '10:00:00', repeat = { count = 2, every = '1 day' } }]\n",
        "`1 day` is not a duration",
    );
}

fn compiled(sources: &Sources) -> Arc<Ruleset> {
    let compiled = sources.compile(environment());
    Arc::new(compiled.map_err(|errors| errors.render(false)).unwrap().0)
}

const SMALL_RULESET: &str = r#"
[ruleset]
name = "small"
version = "1"
review = 100
decline = 500

[features]
earlier = 'card.last("1h").size()'
before_last = 'card.previous.amount'

[[rule]]
id = "large"
when = 'amount >= 100.00'
points = 120
severity = "low"
reason = "LARGE"
message = "large"

[[rule]]
id = "tried"
when = 'amount >= 100.00 && card.previous.amount < 5'
points = 50
severity = "low"
reason = "TRIED"
message = "tried"
mode = "shadow"

[[rule]]
id = "out"
when = 'amount >= 100.00'
points = 50
severity = "low"
reason = "OUT"
message = "out"
mode = "off"
"#;

fn small(transactions: &str) -> Sources {
    let case = format!("{SMALL_RULESET}\n[[test]]\nname = 'it'\ntransactions = {transactions}\n");
    let file = SourceFile { name: "small.toml".to_owned(), text: case };
    Sources { files: vec![file], lists: Vec::new() }
}

fn check_differences(expect: &str, expected: &[&str]) {
    let sources = small(&format!("[{{ time = '10:00:00', amount = 100.0, expect = {expect} }}]"));
    let results = super::run(&sources, &compiled(&sources), environment()).unwrap();
    assert_eq!(results[0].differences, expected);
}

#[test]
fn a_difference_names_the_actual_and_the_expected_value() {
    check_differences(
        "{ fired = ['large'], action = 'review', score = 120, message = 'large' }",
        &[],
    );
    check_differences(
        "{ not_fired = ['large'], undecided = ['large'] }",
        &[
            "transaction 1: `large` fired: \"large\"",
            "transaction 1: `large` is not undecided; undecided: tried",
        ],
    );
    check_differences(
        "{ action = 'decline', score = 7, message = 'huge' }",
        &[
            "transaction 1: action is review (score 120), not decline; fired: large",
            "transaction 1: score is 120, not 7; fired: large",
            "transaction 1: no rule says \"huge\"; what is said: large",
        ],
    );
    check_differences(
        "{ fired = ['out', 'tried'] }",
        &[
            "transaction 1: `out` is off; fired: large",
            "transaction 1: `tried` is undecided; fired: large",
        ],
    );
}

#[test]
fn features_that_no_rule_uses_have_values_too() {
    check_differences("{ features = { earlier = 0, before_last = { error = 'absent' } } }", &[]);
    check_differences(
        "{ features = { earlier = 2, before_last = 3 } }",
        &["transaction 1: `before_last` is absent, not 3", "transaction 1: `earlier` is 0, not 2"],
    );
}

#[test]
fn a_shadow_rule_is_tested_like_one_that_is_live() {
    let case = |expect: &str| {
        let sources = small(&format!(
            "[{{ time = '10:00:00', amount = 1.0 }}, {{ time = '10:01:00', amount = 100.0, expect = {expect} }}]"
        ));
        let results = super::run(&sources, &compiled(&sources), environment()).unwrap();
        (results[0].differences.clone(), results[0].steps[1].outcome.to_string())
    };
    let (differences, outcome) = case("{ fired = ['tried'], message = 'tried', score = 120 }");
    assert_eq!(differences, [""; 0]);
    assert_eq!(outcome, "review, score 120; fired: large (120); in shadow: tried (50)");
    let (differences, _) = case("{ not_fired = ['tried'] }");
    assert_eq!(differences, ["transaction 2: `tried` fired: \"tried\""]);
}

#[test]
fn names_that_the_ruleset_does_not_have_are_errors() {
    for (expect, error) in [
        ("{ fired = ['lrge'] }", "the ruleset has no rule `lrge`"),
        ("{ features = { erlier = 1 } }", "the ruleset has no feature `erlier`"),
        (
            "{ features = { earlier = { eror = 'absent' } } }",
            "write a value, `{ error = \"absent\" }`",
        ),
        ("{ features = 3 }", "invalid type: integer `3`, expected a map"),
    ] {
        let sources = small(&format!("[{{ time = '10:00:00', expect = {expect} }}]"));
        let printed =
            super::run(&sources, &compiled(&sources), environment()).unwrap_err().to_string();
        assert!(printed.contains(error), "{printed}");
    }
}
