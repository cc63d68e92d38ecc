//! Tests `redcard rules eval`.

use crate::cli::{CommandResult, Workspace};
use serde_json::{Value, json};
use std::io::Write;

const RULES: &str = r#"
[ruleset]
name = "features"
version = "1"
review = 300
decline = 600

[features]
small_1h = 'card.last("1h").count(t, t.attempted < 5)'
recent   = 'card.last("1h")'

[lists]
watched = "watched.txt"
"#;

fn transaction(id: &str, time: &str, amount: i64) -> Value {
    json!({
        "id": id, "type": "authorization", "time": format!("2026-01-05T{time}Z"),
        "card": {"token": "c_1"}, "amount": amount, "currency": "USD", "merchant": {"id": "m_1"},
    })
}

/// Two charges, a duplicate of the second, an invalid line, a blank line, a reversal of the second
/// charge, and a charge with a channel.
fn lines() -> String {
    let second = transaction("b", "10:30:00", 20_000);
    let mut reversal = transaction("b-r", "10:31:00", 20_000);
    reversal["type"] = "reversal".into();
    reversal["original_id"] = "b".into();
    let mut last = transaction("c", "10:45:00", 2_660);
    last["channel"] = "chip".into();
    let first = transaction("a", "10:00:00", 150);
    format!("{first}\n{second}\n{second}\noops\n\n{reversal}\n{last}\n")
}

fn workspace() -> Workspace {
    let workspace = Workspace::new();
    workspace.write("rules.toml", RULES);
    workspace.write("watched.txt", "m_1\n");
    workspace.write("in.jsonl", lines());
    workspace
}

fn eval(workspace: &Workspace, expression: &str, more: &[&str]) -> CommandResult {
    workspace.run(&[&["rules", "eval", expression], more].concat())
}

const FILE: &[&str] = &["--input", "in.jsonl", "--rules", "rules.toml"];

#[test]
fn each_transaction_gives_a_line_in_the_order_of_the_input() {
    let workspace = workspace();
    let none = r#"{"error":"no_rules"}"#;
    let absent = r#"{"error":"absent"}"#;
    for (expression, expected) in [
        ("amount", ["1.50", "200.00", none, "26.60"]),
        ("amount * 2", ["3.0", "400.0", none, "53.2"]),
        ("-amount", ["-1.50", "-200.00", none, "-26.60"]),
        ("small_1h", ["0", "1", none, "1"]),
        ("small_1h > 0 && amount > 100", ["false", "true", none, "false"]),
        ("channel", [absent, absent, none, "\"chip\""]),
        ("id", ["\"a\"", "\"b\"", none, "\"c\""]),
        ("now - card.previous.time", [absent, "\"30m\"", none, "\"15m\""]),
        (
            "card.previous.time",
            [absent, "\"2026-01-05T10:00:00.000Z\"", none, "\"2026-01-05T10:30:00.000Z\""],
        ),
        ("recent.map(t, t.amount)", ["[]", "[1.50]", none, "[1.50,0.00]"]),
        ("merchant.id in list(\"watched\")", ["true", "true", none, "true"]),
        ("[id, currency]", ["[\"a\",\"USD\"]", "[\"b\",\"USD\"]", none, "[\"c\",\"USD\"]"]),
    ] {
        let result = eval(&workspace, expression, FILE).expect(1);
        assert_eq!(result.stdout.lines().collect::<Vec<_>>(), expected, "{expression}");
        result
            .expect_stderr("in.jsonl:4: not_json: ")
            .expect_stderr("7 lines: 4 values, 1 duplicates, 1 malformed, 1 blank");
    }
}

#[test]
fn a_charge_is_an_object() {
    let result = eval(&workspace(), "card.previous", FILE).expect(1);
    let charge = r#"{"time":"2026-01-05T10:00:00.000Z","amount":1.50,"attempted":1.50,"country":null,"mcc":null,"channel":null,"reversed":false,"alerted":false,"declined":false}"#;
    assert_eq!(result.stdout.lines().nth(1), Some(charge));
}

#[test]
fn values_limited_by_the_cap_are_shown_with_their_known_bounds() {
    let workspace = workspace();
    workspace.write("redcard.toml", "[memory]\nevents_per_card = 2\n");
    let lines =
        (0..4).map(|n| format!("{}\n", transaction(&n.to_string(), &format!("10:0{n}:00"), 100)));
    workspace.write("in.jsonl", lines.collect::<String>());
    let with = |expression| {
        let more = ["--input", "in.jsonl", "--config", "redcard.toml", "--quiet"];
        let result = eval(&workspace, expression, &more).expect(0);
        assert_eq!(result.stderr, "");
        result.stdout.lines().nth(3).unwrap().to_owned()
    };
    assert_eq!(with("card.last(\"1h\").size()"), r#"{"error":"saturated","at_least":2}"#);
    assert_eq!(with("5 - card.last(\"1h\").size()"), r#"{"error":"saturated","at_most":3}"#);
    assert_eq!(with("card.last(\"1h\").size() > 2"), r#"{"error":"saturated"}"#);
    assert_eq!(with("card.last(\"1h\").size() > 1"), "true");
    assert_eq!(with("card.last(\"2m\").size()"), "1");
}

#[test]
fn standard_input_and_packed_files_are_read() {
    let workspace = workspace();
    let plain = eval(&workspace, "amount", FILE).expect(1).stdout;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(lines().as_bytes()).unwrap();
    workspace.write("in.jsonl.gz", gzip.finish().unwrap());
    assert_eq!(eval(&workspace, "amount", &["--input", "in.jsonl.gz"]).expect(1).stdout, plain);
    let fed = workspace.feed(&["rules", "eval", "amount", "--input", "-"], lines().as_bytes());
    assert_eq!(fed.expect(1).expect_stderr("stdin:4: not_json").stdout, plain);
}

#[test]
fn a_constant_expression_needs_no_file() {
    let workspace = workspace();
    for (expression, value) in [
        ("1 + 2", "3"),
        ("math.least(400, 60 * 7)", "400"),
        ("-1 + 2.5 * 2.0", "4.0"),
        ("\"a\" + string(1)", "\"a1\""),
        ("duration(\"90m\")", "\"1h30m\""),
        ("timestamp(\"2026-01-05T10:00:00+01:00\")", "\"2026-01-05T09:00:00.000Z\""),
        ("[1, 2, 3].map(x, x * x)", "[1,4,9]"),
        ("1 / 0", r#"{"error":"absent"}"#),
    ] {
        let result = eval(&workspace, expression, &[]).expect(0);
        assert_eq!((result.stdout.as_str(), result.stderr.as_str()), (&*format!("{value}\n"), ""));
    }
}

#[test]
fn an_expression_that_needs_a_transaction_is_marked() {
    let result = eval(&workspace(), "1 + 1 > 3 || amount > 20.00", &[]).expect(2);
    assert_eq!(result.stdout, "");
    assert_eq!(
        result.stderr,
        "error: this needs a transaction, and there is none\n \
         --> <expression>:1:14\n  |\n\
         1 | 1 + 1 > 3 || amount > 20.00\n  |              ^^^^^^ known of a transaction only\n  |\n  \
         = help: name a file of transactions with `--input`\n\n"
    );
}

#[test]
fn errors_are_reported_before_any_input_is_read() {
    let workspace = workspace();
    eval(&workspace, "amont > 3", &["--input", "nowhere.jsonl"])
        .expect(2)
        .expect_stderr(" --> <expression>:1:1\n")
        .expect_stderr("did you mean `amount`?");
    eval(&workspace, "small_1h", &["--input", "in.jsonl"])
        .expect(2)
        .expect_stderr("nothing is named `small_1h`");
    eval(&workspace, "amount", &["--input", "nowhere.jsonl"])
        .expect(3)
        .expect_stderr("cannot open nowhere.jsonl");
    eval(&workspace, "amount", &["--rules", "nowhere.toml"])
        .expect(2)
        .expect_stderr("nowhere.toml");
    workspace.write("rules.toml", RULES.replace("t.attempted < 5", "t.amont < 5"));
    eval(&workspace, "amount", FILE)
        .expect(2)
        .expect_stderr("rules.toml:9:")
        .expect_stderr("did you mean `.amount`?");
}

#[test]
fn labels_and_entries_of_lists_come_from_files() {
    let workspace = workspace();
    let label = |of: &str, known_at: &str| {
        json!({
            "transaction_id": of, "card": {"token": "c_1"}, "label": "fraud",
            "known_at": format!("2026-01-05T{known_at}Z"),
        })
    };
    let labels = format!("{}\n{}\n", label("b", "10:45:00"), label("a", "10:30:00"));
    workspace.write("labels.jsonl", labels);
    let entry = r#"{"list":"seen","entry":"m_1","from":"2026-01-05T10:30:00Z"}"#;
    workspace.write("lists.jsonl", entry);
    for (expression, more, expected) in [
        ("card.last(\"1h\").count(t, t.fraud)", "--labels=labels.jsonl", ["0", "1", "2"]),
        ("card.last(\"1h\").count(t, t.fraud)", "--quiet", ["0", "0", "0"]),
        ("merchant.id in list(\"seen\")", "--lists=lists.jsonl", ["false", "true", "true"]),
    ] {
        let result = eval(&workspace, expression, &["--input", "in.jsonl", more]).expect(1);
        let lines: Vec<&str> = result.stdout.lines().collect();
        assert_eq!([lines[0], lines[1], lines[3]], expected, "{expression} {more}");
    }
    workspace.write("in.jsonl", transaction("a", "10:00:00", 150).to_string());
    workspace.write("labels.jsonl", "{}\n");
    eval(&workspace, "amount", &["--input", "in.jsonl", "--labels", "labels.jsonl"])
        .expect(1)
        .expect_stderr("labels.jsonl:1: ");
    eval(&workspace, "1 + 1", &["--labels", "labels.jsonl"]).expect(2).expect_stderr("--input");
}
