//! Tests `redcard score`.

use super::{CommandResult, Workspace};
use crate::support::guard;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

/// Reviews amounts from 10.00 and declines amounts from 100.00, in the base currency.
const RULES: &str = r#"
[ruleset]
name = "by-amount"
version = "1"
review = 10
decline = 100

[[rule]]
id = "amount"
description = "Ten or more."
when = 'amount >= 10.00'
points = 'amount >= 100.00 ? 100 : 10'
severity = "low"
reason = "AMOUNT"
message = "{amount}"
"#;

fn transaction(id: &str, amount: Value) -> Value {
    json!({
        "id": id, "type": "authorization", "time": "2026-01-05T10:15:30Z",
        "card": {"token": "c_1"}, "amount": amount, "currency": "USD", "merchant": {"id": "m_1"},
    })
}

/// Three transactions: approved, reviewed and declined, in this order.
fn three() -> String {
    let amounts = [("a", 500), ("b", 1_000), ("c", 20_000)];
    amounts.map(|(id, minor)| transaction(id, minor.into()).to_string() + "\n").concat()
}

fn workspace(lines: &str) -> Workspace {
    let workspace = Workspace::new();
    workspace.write("rules.toml", RULES);
    workspace.write("in.jsonl", lines);
    workspace
}

/// Runs `redcard score FILE --rules rules.toml` with the arguments in `more`.
fn score(workspace: &Workspace, file: &str, more: &[&str]) -> CommandResult {
    workspace.run(&[&["score", file, "--rules", "rules.toml"], more].concat())
}

/// Id and action of each decision.
fn decisions(result: &CommandResult) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let lines = result.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.map(|d| (text(&d["transaction_id"]), text(&d["action"]))).collect()
}

#[track_caller]
fn check(result: &CommandResult, expected: &[(&str, &str)]) {
    let expected: Vec<_> =
        expected.iter().map(|(id, action)| (id.to_string(), action.to_string())).collect();
    assert_eq!(decisions(result), expected, "{}", result.stderr);
}

const THREE: [(&str, &str); 3] = [("a", "approve"), ("b", "review"), ("c", "decline")];

#[test]
fn each_transaction_gets_a_decision_in_the_order_of_the_input() {
    let result = score(&workspace(&three()), "in.jsonl", &[]).expect(0);
    check(&result, &THREE);
    result
        .expect_stderr("ruleset     by-amount 1 (")
        .expect_stderr("lines       3 in ")
        .expect_stderr("decisions   3 (approve 1, review 1, decline 1)")
        .expect_stderr("alerts      2\nduplicates  0\nmalformed   0");
}

#[test]
fn the_shipped_rules_are_built_in() {
    let result = workspace(&three()).run(&["score", "in.jsonl"]).expect(0);
    assert_eq!(result.stdout.lines().count(), 3);
}

#[test]
fn packed_input_and_standard_input_give_the_same_bytes() {
    let workspace = workspace(&three());
    let plain = score(&workspace, "in.jsonl", &[]).expect(0).stdout;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(three().as_bytes()).unwrap();
    workspace.write("in.jsonl.gz", gzip.finish().unwrap());
    workspace.write("in.jsonl.zst", zstd::encode_all(three().as_bytes(), 1).unwrap());
    for file in ["in.jsonl", "in.jsonl.gz", "in.jsonl.zst"] {
        assert_eq!(score(&workspace, file, &[]).expect(0).stdout, plain, "{file}");
    }
    let fed = workspace.feed(&["score", "-", "--rules", "rules.toml"], three().as_bytes());
    assert_eq!(fed.expect(0).stdout, plain);
}

#[test]
fn a_malformed_line_is_reported_and_the_others_are_scored() {
    let lines = format!("{{\"id\": \n\n{}{{}}\n \r\n{{\"id\":", three());
    let result = score(&workspace(&lines), "in.jsonl", &[]).expect(1);
    check(&result, &THREE);
    result
        .expect_stderr("in.jsonl:1: not_json: ")
        .expect_stderr("in.jsonl:6: missing_field: ")
        .expect_stderr("in.jsonl:8: not_json: ")
        .expect_stderr("malformed   3 (not_json 2, missing_field 1)")
        .expect_stderr("blank       2")
        .expect_stderr("lines       8 in ");
}

#[test]
fn strict_stops_at_the_first_malformed_line() {
    let workspace = workspace(&format!("{}oops\n{}", three(), transaction("d", 1.into())));
    let result = score(&workspace, "in.jsonl", &["--strict"])
        .expect(1)
        .expect_stderr("in.jsonl:4: not_json");
    check(&result, &THREE);
}

#[test]
fn a_duplicate_gets_no_line_and_is_counted() {
    let result = score(&workspace(&(three() + &three())), "in.jsonl", &[]).expect(0);
    check(&result, &THREE);
    result.expect_stderr("lines       6 in ").expect_stderr("duplicates  3");
}

#[test]
fn alerts_only_keeps_what_is_not_approved() {
    let result = score(&workspace(&three()), "in.jsonl", &["--alerts-only"]).expect(0);
    check(&result, &THREE[1..]);
    result.expect_stderr("decisions   3 (approve 1, review 1, decline 1)");
}

#[test]
fn major_amounts_are_the_same_money() {
    let workspace = workspace(&three());
    let minor = score(&workspace, "in.jsonl", &[]).expect(0).stdout;
    let amounts = [("a", json!(5)), ("b", json!("10.00")), ("c", json!(200.0))];
    workspace.write(
        "major.jsonl",
        amounts.map(|(id, major)| transaction(id, major).to_string() + "\n").concat(),
    );
    assert_eq!(score(&workspace, "major.jsonl", &["--amounts", "major"]).expect(0).stdout, minor);
}

#[test]
fn the_default_currency_replaces_a_missing_one() {
    let mut bare = transaction("a", 2_000.into());
    bare.as_object_mut().unwrap().remove("currency");
    let workspace = workspace(&bare.to_string());
    score(&workspace, "in.jsonl", &[]).expect(1).expect_stderr("missing_currency");
    // The yen becomes the base currency and has no minor unit, so 2000 is 2000 yen.
    let result = score(&workspace, "in.jsonl", &["--default-currency", "JPY"]).expect(0);
    check(&result, &[("a", "decline")]);
}

#[test]
fn a_configuration_file_is_honoured_and_arguments_win_over_it() {
    let workspace = workspace(&transaction("a", 2_000.into()).to_string());
    workspace.write("redcard.toml", "[source]\namounts = 'major'\n[rules]\npath = 'rules.toml'");
    let config = ["score", "in.jsonl", "--config", "redcard.toml"];
    check(&workspace.run(&config).expect(0), &[("a", "decline")]);
    let minor = [&config[..], &["--amounts", "minor"]].concat();
    check(&workspace.run(&minor).expect(0), &[("a", "review")]);
}

#[test]
fn a_line_too_long_is_reported_and_not_scored() {
    let long = transaction(&"x".repeat(70_000), 1.into());
    let result = score(&workspace(&format!("{long}\n{}", three())), "in.jsonl", &[]).expect(1);
    check(&result, &THREE);
    result.expect_stderr("in.jsonl:1: too_large: ");
}

#[test]
fn a_byte_order_mark_before_the_first_line_is_ignored() {
    check(&score(&workspace(&format!("\u{feff}{}", three())), "in.jsonl", &[]).expect(0), &THREE);
}

#[test]
fn quiet_reports_only_malformed_lines() {
    let result = score(&workspace(&(three() + "oops")), "in.jsonl", &["--quiet"]).expect(1);
    assert_eq!(result.stderr.lines().count(), 1, "{}", result.stderr);
    assert!(result.stderr.starts_with("in.jsonl:4: not_json: "), "{}", result.stderr);
}

#[test]
fn an_output_file_appears_when_it_is_complete() {
    let workspace = workspace(&three());
    let expected = score(&workspace, "in.jsonl", &[]).expect(0).stdout;
    let result = score(&workspace, "in.jsonl", &["--output", "out.jsonl"]).expect(0);
    assert_eq!(result.stdout, "");
    assert_eq!(workspace.read("out.jsonl"), Some(expected));
    assert_eq!(workspace.read("out.jsonl.partial"), None);
}

#[test]
fn an_incomplete_output_file_has_another_name() {
    let workspace = workspace(&(three() + "oops\n"));
    workspace.write("out.jsonl", "of yesterday");
    let result = score(&workspace, "in.jsonl", &["--strict", "--output", "out.jsonl"]).expect(1);
    result.expect_stderr("out.jsonl.partial");
    assert_eq!(workspace.read("out.jsonl").as_deref(), Some("of yesterday"));
    assert_eq!(workspace.read("out.jsonl.partial").unwrap().lines().count(), 3);
}

#[test]
fn an_output_that_is_not_a_regular_file_is_written_in_place() {
    score(&workspace(&three()), "in.jsonl", &["--output", "/dev/null"]).expect(0);
    assert!(!std::fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
fn files_that_cannot_be_read_or_written_are_named() {
    let workspace = workspace(&three());
    score(&workspace, "none.jsonl", &[]).expect(3).expect_stderr("error: cannot open none.jsonl: ");
    score(&workspace, ".", &[]).expect(3).expect_stderr("cannot read .");
    score(&workspace, "in.jsonl", &["--output", "no/out"])
        .expect(3)
        .expect_stderr("cannot create no/out.partial");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    gzip.write_all(three().repeat(500).as_bytes()).unwrap();
    let packed = gzip.finish().unwrap();
    workspace.write("cut.gz", &packed[..packed.len() / 2]);
    let result = score(&workspace, "cut.gz", &["--output", "out"]).expect(3);
    result.expect_stderr("cannot read cut.gz after line ").expect_stderr("out.partial");
    assert_eq!(workspace.read("out"), None);
}

#[test]
fn a_closed_output_pipe_ends_score_quietly() {
    let line = |n: u32| transaction(&format!("t{n}"), 1.into()).to_string() + "\n";
    let workspace = workspace(&(0..20_000).map(line).collect::<String>());
    let mut command = workspace.command(&["score", "in.jsonl", "--rules", "rules.toml"]);
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("{\"transaction_id\":\"t0\""), "{line}");
    let result = CommandResult::of(child.wait_with_output().unwrap()).expect(0);
    assert_eq!(result.stderr, "");
}

#[test]
fn a_decision_does_not_wait_for_more_input_and_an_interrupt_keeps_what_is_scored() {
    let workspace = workspace("");
    let mut command = workspace.command(&["score", "-", "--rules", "rules.toml"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdin.write_all(three().as_bytes()).unwrap();
    // If decisions waited for the end of the input, the second and third would never arrive.
    for (id, _) in THREE {
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert!(line.starts_with(&format!("{{\"transaction_id\":\"{id}\"")), "{line}");
    }
    stdin.write_all(b"{\"id\": \"half a li").unwrap();
    guard::signal(&child, "INT");
    let result = CommandResult::of(child.wait_with_output().unwrap()).expect(130);
    result.expect_stderr("decisions   3").expect_stderr("malformed   0");
}

#[test]
fn with_two_keys_a_known_card_keeps_its_token_and_a_new_one_gets_the_current_key() {
    const TWICE: &str = "[ruleset]\nname = 'twice'\nversion = '1'\nreview = 1\ndecline = 100\n\
        [[rule]]\nid = 'again'\nwhen = 'card.last(\"1d\").size() >= 1'\npoints = 1\n\
        severity = 'low'\nreason = 'AGAIN'\nmessage = 'again'\n";
    let line = |id: &str, card: Value| {
        let mut line = transaction(id, 100.into());
        line["card"] = card;
        line.to_string() + "\n"
    };
    let by_number = |id: &str, number: &str| line(id, json!({"number": number}));
    let workspace = workspace(&by_number("a", "4242424242424242"));
    workspace.write("rules.toml", TWICE);
    workspace.write("redcard.toml", "[card_numbers]\nkey_file = 'keys.toml'\n");
    let keys = format!("[keys]\n1 = '{}'\n2 = '{}'\n", "11".repeat(32), "22".repeat(32));
    let score = |current: &str| {
        workspace.write("keys.toml", format!("{current}\n{keys}"));
        score(&workspace, "in.jsonl", &["--config", "redcard.toml"]).expect(0)
    };
    let cards = |result: &CommandResult| -> Vec<(String, String)> {
        let lines = result.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        lines.map(|d| (text(&d["card"]), text(&d["action"]))).collect()
    };
    let former = cards(&score("current = 1"))[0].0.clone();
    assert!(former.starts_with("v1_"), "{former}");
    let lines = [
        line("a", json!({"token": former})),
        by_number("b", "4242424242424242"),
        by_number("c", "5555555555554444"),
        by_number("d", "5555555555554444"),
    ];
    workspace.write("in.jsonl", lines.concat());
    let found = cards(&score("current = 2\nprevious = 1"));
    let actions: Vec<&str> = found.iter().map(|(_, action)| &**action).collect();
    assert_eq!(actions, ["approve", "review", "approve", "review"]);
    assert_eq!((&found[0].0, &found[1].0), (&former, &former));
    assert!(found[2].0.starts_with("v2_") && found[2].0 == found[3].0, "{found:?}");
}
