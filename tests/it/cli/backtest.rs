//! Tests `redcard backtest`.

use super::labels::AFTER_FRAUD;
use super::{CommandResult, Workspace};
use crate::support::guard;
use serde_json::{Value, json};
use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

/// Reviews amounts from 10.00 and declines amounts from 100.00; a second rule adds nothing.
const RULES: &str = r#"
[ruleset]
name = "by-amount"
version = "1"
review = 100
decline = 500

[[rule]]
id = "amount"
description = "Ten or more."
when = 'amount >= 10.00'
points = 'amount >= 100.00 ? 500 : 100'
severity = "low"
reason = "AMOUNT"
message = "{amount}"

[[rule]]
id = "small"
description = "Nine or more."
when = 'amount >= 9.00'
points = 10
severity = "low"
reason = "SMALL"
message = "{amount}"

[[rule]]
id = "attempt"
description = "Every charge at a shop."
when = 'merchant.id == "m_2"'
points = 100
severity = "low"
mode = "shadow"
reason = "SHOP"
message = "shop"
"#;

/// A charge of `card` on a day of January 2026, at noon plus some minutes.
fn charge(id: &str, card: &str, (day, minute): (u32, u32), minor: u32) -> Value {
    json!({
        "id": id, "type": "authorization", "time": format!("2026-01-{day:02}T12:{minute:02}:00Z"),
        "card": {"token": card}, "amount": minor, "currency": "USD", "merchant": {"id": "m_1"},
    })
}

fn label(of: &str, card: &str, label: &str, known_at: &str) -> Value {
    json!({
        "transaction_id": of, "card": {"token": card}, "label": label, "known_at": known_at,
        "kind": if label == "fraud" { json!("counterfeit") } else { Value::Null },
    })
}

pub(super) fn lines(values: &[Value]) -> String {
    values.iter().map(|value| value.to_string() + "\n").collect()
}

/// A card with three fraud cases, of which the second is reviewed and the third declined; a card
/// with a genuine case that is reviewed; and one with cases that no label is about.
fn small_history() -> Workspace {
    let workspace = Workspace::new();
    workspace.write("rules.toml", RULES);
    let mut declined = charge("g2", "c_3", (1, 5), 50_000);
    declined["response"] = json!({"approved": false});
    let mut at_shop = charge("g3", "c_3", (2, 0), 100);
    at_shop["merchant"]["id"] = "m_2".into();
    let messages = [
        charge("f1", "c_1", (1, 0), 500),
        charge("f2", "c_1", (1, 10), 2_000),
        charge("f3", "c_1", (1, 40), 30_000),
        charge("g1", "c_2", (1, 0), 1_500),
        charge("r1", "c_3", (1, 0), 1_200),
        declined,
        at_shop,
        charge("late", "c_3", (20, 0), 4_000),
    ];
    workspace.write("in.jsonl", lines(&messages));
    let labels = ["f1", "f2", "f3"].map(|id| label(id, "c_1", "fraud", "2026-01-10T00:00:00Z"));
    let genuine = label("g1", "c_2", "genuine", "2026-02-15T00:00:00Z");
    workspace.write("labels.jsonl", lines(&[&labels[..], &[genuine]].concat()));
    workspace
}

pub(super) fn backtest(workspace: &Workspace, more: &[&str]) -> CommandResult {
    let always = ["backtest", "in.jsonl", "--labels", "labels.jsonl", "--rules", "rules.toml"];
    workspace.run(&[&always[..], more].concat())
}

/// The report as JSON.
#[track_caller]
pub(super) fn report(workspace: &Workspace, more: &[&str]) -> Value {
    let result = backtest(workspace, &[more, &["--json", "-"]].concat()).expect(0);
    serde_json::from_str(&result.stdout).unwrap()
}

#[track_caller]
fn has(value: &Value, expected: &Value) {
    for (key, expected) in expected.as_object().unwrap() {
        assert_eq!(&value[key], expected, "{key} of {value:#}");
    }
}

#[test]
fn each_case_is_counted_by_its_outcome() {
    let workspace = small_history();
    let report = report(&workspace, &["--mature-after", "30d"]);
    assert_eq!(report["settings"]["as_of"], "2026-02-15T00:00:00.000Z");
    has(
        &report["cases"],
        &json!({
            "all": 8, "fraud": 3, "genuine": 1, "assumed_genuine": 2, "not_yet_known": 1,
            "declined": 1, "fraud_value": 325.0, "approved_fraud_value": 325.0, "fraud_cards": 1,
        }),
    );
    has(&report["input"], &json!({"records": 8, "cards": 3, "malformed": 0, "duplicates": 0}));
    has(&report["labels"], &json!({"read": 4, "fraud": 3, "genuine": 1, "unmatched": 0}));
}

#[test]
fn what_is_detected_is_measured() {
    let workspace = small_history();
    let report = report(&workspace, &["--mature-after", "30d"]);
    let ruleset = &report["rulesets"][0];
    let alerts = &ruleset["alerts"];
    has(
        alerts,
        &json!({
            "alerts": 6, "true_alerts": 2, "false_alerts": 2, "not_yet_known": 1, "declined": 1,
            "true_value": 320.0, "false_value": 27.0, "false_positive_ratio": 1.0,
            "value_saved": 300.0,
        }),
    );
    assert_eq!(alerts["precision"]["value"], 0.5);
    assert_eq!(alerts["recall"]["value"], 2.0 / 3.0);
    assert_eq!(alerts["recall_by_card"]["value"], 1.0);
    assert_eq!(alerts["recall_by_value"], 320.0 / 325.0);
    has(&alerts["delay"], &json!({"caught_cards": 1, "missed_cards": 0}));
    assert_eq!(alerts["delay"]["transactions"]["median"], 1.0);
    assert_eq!(alerts["delay"]["minutes"]["median"], 10.0);
    // The declined case is saved too.
    has(&ruleset["declines"], &json!({"alerts": 2, "true_alerts": 1, "value_saved": 300.0}));
    has(&ruleset["kinds"][0], &json!({"kind": "counterfeit", "cases": 3, "caught": 2}));
    assert_eq!(ruleset["days"].as_array().unwrap().len(), 20);
    has(&ruleset["days"][0], &json!({"day": "2026-01-01", "cases": 6, "true_alerts": 2}));
}

#[test]
fn each_rule_is_measured_and_idle_ones_are_named() {
    let workspace = small_history();
    let report = report(&workspace, &["--mature-after", "30d"]);
    let ruleset = &report["rulesets"][0];
    assert_eq!(ruleset["idle_rules"], json!(["small"]));
    let [amount, small, attempt] = &ruleset["rules"].as_array().unwrap()[..] else { panic!() };
    has(amount, &json!({"id": "amount", "mode": "live", "idle": false, "points": 500}));
    has(&amount["alerts"], &json!({"alerts": 6, "true_alerts": 2, "false_alerts": 2}));
    has(&amount["alone"], &json!({"true_alerts": 2, "false_alerts": 2, "true_value": 320.0}));
    has(&small["alone"], &json!({"true_alerts": 0, "false_alerts": 0}));
    has(attempt, &json!({"mode": "shadow", "idle": null}));
    has(&attempt["fired"], &json!({"all": 1, "genuine": 1}));
    has(&attempt["alone"], &json!({"true_alerts": 0, "false_alerts": 1}));
    has(&ruleset["overlap"][0], &json!({"rules": ["amount", "small"], "alerts": 6}));
    // The largest first; each with its decision.
    let counterexamples = amount["counterexamples"].as_array().unwrap();
    let ids: Vec<&Value> = counterexamples.iter().map(|case| &case["transaction_id"]).collect();
    assert_eq!(ids, ["g1", "r1"]);
    assert_eq!(counterexamples[0]["outcome"], "genuine");
    assert_eq!(counterexamples[1]["outcome"], "assumed_genuine");
    assert_eq!(counterexamples[0]["decision"]["rules"][0]["message"], "USD 15.00");
    has(&amount["cards_hit"][0], &json!({"card": "c_3", "hits": 3, "genuine": 4}));
    let examples = &ruleset["examples"];
    assert_eq!(examples["true_alerts"][0]["transaction_id"], "f3");
    assert_eq!(examples["missed_fraud"][0]["transaction_id"], "f1");
    assert_eq!(examples["missed_fraud"][0]["kind"], "counterfeit");
}

#[test]
fn unlabelled_cases_have_an_outcome_only_once_they_are_mature() {
    let workspace = small_history();
    for (more, assumed, not_yet_known) in [
        (&["--mature-after", "0s"][..], 3, 0),
        (&["--mature-after", "30d"], 2, 1),
        (&["--mature-after", "60d"], 0, 3),
        (&["--mature-after", "30d", "--unlabelled", "unknown"], 0, 3),
        // A day is mature when all of it is old enough.
        (&["--mature-after", "1d", "--as-of", "2026-01-03T00:00:00Z"], 5, 2),
        (&["--mature-after", "1d", "--as-of", "2026-01-02T23:59:59Z"], 0, 7),
    ] {
        let found = report(&workspace, more);
        let expected = json!({"assumed_genuine": assumed, "not_yet_known": not_yet_known});
        has(&found["cases"], &expected);
    }
    // Labels that became known later do not count.
    let early = report(&workspace, &["--as-of", "2026-01-09T00:00:00Z"]);
    has(&early["cases"], &json!({"fraud": 0, "genuine": 0, "not_yet_known": 7}));
}

#[test]
fn the_tables_are_for_people() {
    let result = backtest(&small_history(), &[]).expect(0);
    for text in [
        "cases         8 of 3 cards, 2026-01-01 to 2026-01-20",
        "Ruleset by-amount 1 (",
        "By kind of fraud",
        "these rules can be left out, one of them at a time, without changing any action: small",
        "At a budget",
    ] {
        assert!(result.stdout.contains(text), "no {text:?} in {}", result.stdout);
    }
    result.expect_stderr("8 lines in ");
}

#[test]
fn a_label_without_a_time_becomes_known_after_a_drawn_delay() {
    let workspace = Workspace::new();
    workspace.write("rules.toml", AFTER_FRAUD);
    let charges: Vec<Value> =
        (1..=20).map(|day| charge(&format!("t{day}"), "c_1", (day, 0), 500)).collect();
    workspace.write("in.jsonl", lines(&charges));
    let mut undated = label("t1", "c_1", "fraud", "");
    undated.as_object_mut().unwrap().remove("known_at");
    let mut timed = undated.clone();
    timed["time"] = charges[0]["time"].clone();
    for label in [undated, timed] {
        workspace.write("labels.jsonl", lines(&[label]));
        for (delay, expected) in [("0%=3d,100%=3d", 17), ("0%=0,100%=0", 19), ("100%=95d", 0)] {
            let more = ["--label-delay", delay, "--decisions", "out.jsonl"];
            let found = report(&workspace, &more);
            has(&found["labels"], &json!({"read": 1, "fraud": 1, "drawn_delay": 1}));
            let decisions = workspace.read("out.jsonl").unwrap();
            let declined = decisions.matches(r#""action":"decline""#).count();
            // A delay of 95 days at most: whatever was drawn for this transaction.
            assert!(declined == expected || delay == "100%=95d", "{delay}: {declined}");
            assert_eq!(decisions, {
                report(&workspace, &more);
                workspace.read("out.jsonl").unwrap()
            });
        }
    }
    backtest(&workspace, &["--label-delay", "50%=3d"]).expect(2).expect_stderr("the last part");
}

#[test]
fn two_rulesets_are_compared_case_by_case() {
    let workspace = small_history();
    workspace.write("other.toml", RULES.replace("amount >= 10.00", "amount <= 14.00"));
    let found = report(&workspace, &["--mature-after", "30d", "--against", "other.toml"]);
    assert_eq!(found["rulesets"].as_array().unwrap().len(), 2);
    let comparison = &found["comparison"];
    has(&comparison["only_first"], &json!({"fraud": 2, "fraud_value": 320.0, "genuine": 1}));
    has(&comparison["only_second"], &json!({"fraud": 1, "fraud_cards": 1, "genuine": 1}));
    has(&comparison["both"], &json!({"fraud": 0, "genuine": 1}));
    has(&comparison["neither"], &json!({"fraud": 0}));
    let examples = &comparison["only_first"]["fraud_examples"];
    assert_eq!(examples[0]["transaction_id"], "f3");
    assert_eq!(comparison["only_second"]["fraud_examples"][0]["transaction_id"], "f1");
    assert_eq!(comparison["only_first"]["genuine_examples"][0]["transaction_id"], "g1");
    let same = report(&workspace, &["--against", "rules.toml"]);
    has(&same["comparison"]["only_first"], &json!({"fraud": 0, "genuine": 0}));
    assert_eq!(same["rulesets"][0], same["rulesets"][1]);
    backtest(&workspace, &["--against", "shipped"]).expect(0);
    backtest(&workspace, &["--against", "missing.toml"]).expect(2).expect_stderr("missing.toml");
}

#[test]
fn a_sweep_varies_a_number() {
    let workspace = small_history();
    let more = ["--mature-after", "30d", "--budget", "25%,1/day"];
    let sweep = |target: &str| report(&workspace, &[&more[..], &["--sweep", target]].concat());
    let found = sweep("rules.amount.when:10.00=5,10,20.01,400");
    let points = found["sweep"]["points"].as_array().unwrap();
    let alerts: Vec<&Value> = points.iter().map(|point| &point["alerts"]).collect();
    assert_eq!(alerts, [7, 6, 3, 1]);
    assert_eq!(found["sweep"]["current"], 10.0);
    has(&points[1], &json!({"value": 10.0, "true_alerts": 2, "false_alerts": 2}));
    // A quarter of eight cases: only the last point raises few enough alerts.
    has(&found["sweep"]["best"][0], &json!({"share": 0.25, "alerts_max": 2, "point": 3}));
    has(&found["sweep"]["best"][1], &json!({"per_day": 1, "alerts_max": 20, "point": 0}));
    // A threshold is varied without another run, with the same result.
    let found = sweep("ruleset.review=0..700/50");
    for (value, at) in [(100, 2), (150, 3), (550, 11)] {
        workspace.write(
            "rules.toml",
            RULES
                .replace("review = 100", &format!("review = {value}"))
                .replace("decline = 500", "decline = 600"),
        );
        let variant = report(&workspace, &more);
        let (point, alerts) = (&found["sweep"]["points"][at], &variant["rulesets"][0]["alerts"]);
        if value < 500 {
            for key in ["alerts", "true_alerts", "false_alerts", "recall", "precision"] {
                assert_eq!(point[key], alerts[key], "{key} at {value}");
            }
        }
        workspace.write("rules.toml", RULES);
    }
}

#[test]
fn a_wrong_sweep_is_an_error_that_says_what_there_is() {
    let workspace = small_history();
    for (sweep, expected) in [
        ("ruleset.review", "not of the form NUMBER=VALUES"),
        ("ruleset.review=x", "neither a list"),
        ("ruleset.review=2000", "from 0 to 1000"),
        ("ruleset.decline=500", "changes no alert"),
        ("rules.amounts.points=1", "did you mean `amount`?"),
        ("rules.amount.points=1", "several numbers (100.00, 500, 100)"),
        ("rules.amount.when:11=1", "there are 10.00"),
        ("rules.amount.when=1..1000", "at most 50"),
        ("rules.small.points=-2000", "with rules.small.points = -2000 the ruleset is not valid"),
    ] {
        backtest(&workspace, &["--sweep", sweep]).expect(2).expect_stderr(expected);
    }
}

#[test]
fn malformed_lines_are_reported_like_those_of_score() {
    let workspace = small_history();
    let good = workspace.read("in.jsonl").unwrap();
    workspace.write("in.jsonl", format!("\n{{\"id\":1}}\n{good}not JSON\n\n"));
    let score = workspace.run(&["score", "in.jsonl", "--rules", "rules.toml"]).expect(1);
    let result = backtest(&workspace, &["--json", "out.json"]).expect(1);
    let reports = |result: &CommandResult| {
        let lines = result.stderr.lines().filter(|line| line.starts_with("in.jsonl:"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(reports(&result), reports(&score));
    assert_eq!(reports(&result).len(), 2);
    let found: Value = serde_json::from_str(&workspace.read("out.json").unwrap()).unwrap();
    has(&found["input"], &json!({"records": 12, "blank": 2, "malformed": 2}));
    workspace.write("labels.jsonl", "{}");
    workspace.write("in.jsonl", good);
    backtest(&workspace, &[]).expect(1).expect_stderr("labels.jsonl:1: missing_field");
}

#[test]
fn a_file_that_is_no_transactions_is_recognised() {
    let workspace = small_history();
    workspace.write("in.jsonl", "id,type,time\n1,authorization,2026-01-05T10:15:30Z\n");
    let score = workspace.run(&["score", "in.jsonl", "--rules", "rules.toml"]).expect(1);
    let hint = score.stderr.lines().find(|line| line.starts_with("error: ")).unwrap().to_owned();
    backtest(&workspace, &[]).expect(1).expect_stderr(&hint);
}

#[test]
fn wrong_arguments_are_errors() {
    let workspace = small_history();
    for (more, expected) in [
        (&["--budget", "5"][..], "0.5% nor a number a day"),
        (&["--as-of", "yesterday"], "not RFC 3339"),
        (&["--mature-after", "soon"], "not a length of time"),
        (&["--unlabelled", "fraud"], "genuine, unknown"),
        (&["--threads", "0"], "not in 1..=512"),
    ] {
        backtest(&workspace, more).expect(2).expect_stderr(expected);
    }
    workspace.run(&["backtest", "in.jsonl"]).expect(2).expect_stderr("--labels");
    workspace.run(&["backtest", "none.jsonl", "--labels", "labels.jsonl"]).expect(3);
    workspace.run(&["backtest", "in.jsonl", "--labels", "none.jsonl"]).expect(3);
}

#[test]
fn an_interrupt_ends_the_run_and_leaves_the_decisions_so_far() {
    let workspace = small_history();
    let arguments = ["backtest", "-", "--labels", "labels.jsonl", "--decisions", "out.jsonl"];
    let mut child = workspace.command(&arguments).stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(workspace.read("in.jsonl").unwrap().as_bytes()).unwrap();
    // It waits for more input.
    std::thread::sleep(Duration::from_millis(500));
    guard::signal(&child, "INT");
    let result = CommandResult::of(child.wait_with_output().unwrap()).expect(130);
    assert_eq!(result.stdout, "");
    drop(input);
    assert!(workspace.read("out.jsonl").is_none());
    assert!(workspace.read("out.jsonl.partial").is_some());
}

#[test]
fn the_page_has_the_report() {
    let workspace = small_history();
    backtest(&workspace, &["--html", "report.html", "--quiet"]).expect(0);
    let page = workspace.read("report.html").unwrap();
    for text in ["by-amount", "counterfeit", "<svg", "m_1"] {
        assert!(page.contains(text), "no {text}");
    }
}

#[test]
fn a_label_about_a_refund_counts_for_it() {
    let workspace = Workspace::new();
    let message = |id: &str, kind: &str, card: &str| {
        json!({
            "id": id, "type": kind, "time": "2026-01-05T10:15:30Z", "card": {"token": card},
            "amount": 20_000, "currency": "USD", "merchant": {"id": "m_1"},
        })
    };
    let label = |id: &str, label: &str| {
        json!({
            "transaction_id": id, "card": {"token": "c_1"}, "label": label, "kind": "other",
            "known_at": "2026-01-06T00:00:00Z",
        })
    };
    let lines = [
        message("r1", "refund", "c_1"),
        message("r2", "refund", "c_1"),
        message("r3", "refund", "c_2"),
    ];
    workspace.write("in.jsonl", lines.map(|line| line.to_string() + "\n").concat());
    let labels = [label("r1", "fraud"), label("r2", "genuine"), label("nothing", "fraud")];
    workspace.write("labels.jsonl", labels.map(|line| line.to_string() + "\n").concat());
    let arguments = ["--labels", "labels.jsonl", "--json", "-", "--as-of", "2026-06-01T00:00:00Z"];
    let result = workspace.run(&[&["backtest", "in.jsonl"], &arguments[..]].concat());
    let report: Value = serde_json::from_str(&result.stdout).unwrap();
    let cases = &report["cases"];
    assert_eq!((&cases["fraud"], &cases["genuine"]), (&json!(1), &json!(1)), "{report}");
    assert_eq!((&cases["assumed_genuine"], &report["labels"]["unmatched"]), (&json!(1), &json!(1)));
    assert_eq!(report["rulesets"][0]["kinds"][0]["kind"], "other");
}
