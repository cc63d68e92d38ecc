//! Tests labels from files: `score --labels`, `rules explain --labels`, and `labels` of test cases.

use super::{CommandResult, Workspace};
use serde_json::{Value, json};

/// Declines a card with a charge that is known to be fraud.
pub(super) const AFTER_FRAUD: &str = r#"
[ruleset]
name = "after-fraud"
version = "1"
review = 10
decline = 100

[[rule]]
id = "after-fraud"
description = "The card has confirmed fraud."
when = 'card.last("30d").exists(t, t.fraud)'
points = 100
severity = "low"
reason = "FRAUD"
message = "after fraud"
"#;

fn transaction(id: &str) -> Value {
    json!({
        "id": id, "type": "authorization", "time": "2026-01-05T10:00:00Z",
        "card": {"token": "c_1"}, "amount": 500, "currency": "USD", "merchant": {"id": "m_1"},
    })
}

/// Runs `redcard score in.jsonl --rules rules.toml` with more arguments.
fn score(workspace: &Workspace, more: &[&str]) -> CommandResult {
    workspace.run(&[&["score", "in.jsonl", "--rules", "rules.toml"], more].concat())
}

#[track_caller]
fn prints(result: &CommandResult, text: &str) {
    assert!(result.stdout.contains(text), "no {text:?} in {}{}", result.stdout, result.stderr);
}

/// Id and action of each decision.
#[track_caller]
fn check(result: &CommandResult, expected: &[(&str, &str)]) {
    let decisions: Vec<Value> =
        result.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let decisions: Vec<_> =
        decisions.iter().map(|d| (text(&d["transaction_id"]), text(&d["action"]))).collect();
    let decisions: Vec<_> =
        decisions.iter().map(|(id, action)| (id.as_str(), action.as_str())).collect();
    assert_eq!(decisions, expected, "{}", result.stderr);
}

/// Transactions `a`, `b` and `c` at 10:00, 11:00 and 12:00.
fn hourly() -> Workspace {
    let workspace = Workspace::new();
    let line = |(id, hour): (&str, u32)| {
        let mut transaction = transaction(id);
        transaction["time"] = format!("2026-01-05T{hour}:00:00Z").into();
        transaction.to_string() + "\n"
    };
    workspace.write("rules.toml", AFTER_FRAUD);
    workspace.write("in.jsonl", [("a", 10), ("b", 11), ("c", 12)].map(line).concat());
    workspace
}

fn label(of: &str, label: &str, known_at: &str) -> Value {
    json!({
        "transaction_id": of, "card": {"token": "c_1"}, "label": label,
        "known_at": format!("2026-01-05T{known_at}Z"), "source": "cardholder",
    })
}

#[track_caller]
fn with_labels(labels: &[Value], expected: &[(&str, &str)]) -> CommandResult {
    let workspace = hourly();
    let lines: String = labels.iter().map(|label| label.to_string() + "\n").collect();
    workspace.write("labels.jsonl", lines);
    let result = score(&workspace, &["--labels", "labels.jsonl"]).expect(0);
    check(&result, expected);
    result
}

#[test]
fn a_label_changes_decisions_from_when_it_became_known() {
    let (approve, decline) = (|id| (id, "approve"), |id| (id, "decline"));
    for (known_at, expected) in [
        ("10:30:00", [approve("a"), decline("b"), decline("c")]),
        // At equal times, labels come first.
        ("11:00:00", [approve("a"), decline("b"), decline("c")]),
        ("11:00:01", [approve("a"), approve("b"), decline("c")]),
        ("12:00:01", [approve("a"), approve("b"), approve("c")]),
        ("09:00:00", [approve("a"), decline("b"), decline("c")]),
    ] {
        with_labels(&[label("a", "fraud", known_at)], &expected);
    }
    with_labels(&[label("a", "suspected", "10:30:00")], &["a", "b", "c"].map(approve));
}

#[test]
fn a_late_transaction_does_not_see_a_label_that_became_known_after_it() {
    let workspace = hourly();
    let lines: Vec<String> =
        workspace.read("in.jsonl").unwrap().lines().map(str::to_owned).collect();
    workspace.write("in.jsonl", [&*lines[0], &lines[2], &lines[1]].join("\n"));
    for (known_at, b) in [("11:30:00", "approve"), ("10:30:00", "decline")] {
        workspace.write("labels.jsonl", label("a", "fraud", known_at).to_string());
        let result = score(&workspace, &["--labels", "labels.jsonl"]).expect(0);
        check(&result, &[("a", "approve"), ("c", "decline"), ("b", b)]);
    }
}

#[test]
fn labels_of_a_file_need_not_be_in_order() {
    let labels = [label("a", "unknown", "11:30:00"), label("a", "fraud", "10:30:00")];
    let expected = [("a", "approve"), ("b", "decline"), ("c", "approve")];
    with_labels(&labels, &expected).expect_stderr("\nlabels      2 (of remembered charges 2)");
}

#[test]
fn the_summary_says_what_became_of_labels() {
    let of_other_card = |mut label: Value| {
        label["card"]["token"] = "c_2".into();
        label
    };
    let mut unknown_kind = label("c", "genuine", "10:30:00");
    unknown_kind["kind"] = "odd".into();
    let labels = [
        label("a", "genuine", "10:30:00"),
        label("a", "genuine", "10:30:00"),
        unknown_kind,
        of_other_card(label("a", "fraud", "10:30:00")),
    ];
    let expected = ["a", "b", "c"].map(|id| (id, "approve"));
    with_labels(&labels, &expected)
        .expect_stderr(
            "\nlabels      4 (of remembered charges 1, waiting for their transaction 1, of cards \
             that are not remembered 1, repeated 1)",
        )
        .expect_stderr("\n1 of labels: unknown names or codes were treated as missing");
}

#[test]
fn a_malformed_label_is_reported_with_its_line() {
    let workspace = hourly();
    let good = label("a", "fraud", "10:30:00");
    workspace.write("labels.jsonl", format!("{good}\n\n{}\n", label("a", "frud", "10:30:00")));
    let arguments = ["--labels", "labels.jsonl"];
    let result = score(&workspace, &arguments).expect(1);
    check(&result, &[("a", "approve"), ("b", "decline"), ("c", "decline")]);
    result
        .expect_stderr("labels.jsonl:3: unknown_label: `label` is none of the known labels; send")
        .expect_stderr("\nlabels      2 (of remembered charges 1, malformed 1)");
    let strict = score(&workspace, &["--labels", "labels.jsonl", "--strict"]).expect(1);
    check(&strict, &[]);
    score(&workspace, &["--labels", "none.jsonl"])
        .expect(3)
        .expect_stderr("cannot open none.jsonl");
}

#[test]
fn a_card_number_in_a_label_is_the_same_card_as_in_a_transaction() {
    let workspace = hourly();
    let number = |mut value: Value| {
        value["card"] = json!({"number": "4242424242424242"});
        value.to_string() + "\n"
    };
    let mut later = transaction("b");
    later["time"] = "2026-01-05T11:00:00Z".into();
    workspace.write("in.jsonl", number(transaction("a")) + &number(later));
    workspace.write("labels.jsonl", number(label("a", "fraud", "10:30:00")));
    let result = score(&workspace, &["--labels", "labels.jsonl"]).expect(0);
    check(&result, &[("a", "approve"), ("b", "decline")]);
}

#[test]
fn explain_shows_what_labels_say_of_the_charges_behind_a_value() {
    let workspace = hourly();
    let explain = |more: &[&str]| {
        let arguments = ["--input", "in.jsonl", "--transaction", "b"];
        let command = [&["rules", "explain", "rules.toml"], &arguments[..], more].concat();
        workspace.run(&command)
    };
    workspace.write("labels.jsonl", label("a", "fraud", "10:30:00").to_string() + "\n");
    let result = explain(&["--labels", "labels.jsonl"]).expect(0);
    prints(&result, "rule after-fraud: fired, 100 points");
    prints(&result, "- 2026-01-05T10:00:00.000Z: USD 5.00, fraud, id a");
    prints(&explain(&[]).expect(0), "rule after-fraud: did not fire");
    let result = explain(&["--labels", "labels.jsonl", "--format", "json"]).expect(0);
    prints(&result, r#""fraud":true,"genuine":false"#);
    workspace.write("labels.jsonl", "{}\n");
    explain(&["--labels", "labels.jsonl"])
        .expect(1)
        .expect_stderr("labels.jsonl:1: missing_field: `transaction_id` is missing");
    let of_service = ["--card", "c_1", "--transaction", "b", "--labels", "labels.jsonl"];
    let command = [&["rules", "explain", "rules.toml"][..], &of_service].concat();
    workspace.run(&command).expect(2).expect_stderr("--labels");
}

/// Reviews a charge of at least 5 dollars.
const LARGE: &str = r#"
[ruleset]
name = "large"
version = "1"
review = 10
decline = 100

[[rule]]
id = "large"
description = "A charge of at least 5 dollars."
when = 'amount >= 5.00'
points = 10
severity = "low"
reason = "LARGE"
message = "large"
"#;

#[test]
fn score_and_explain_show_what_the_cardholder_snoozed() {
    let (approve, review) = (|id| (id, "approve"), |id| (id, "review"));
    for (known_at, expected) in [
        ("10:30:00", [review("a"), approve("b"), review("c")]),
        ("11:00:00", [review("a"), approve("b"), review("c")]),
        ("11:00:01", [review("a"), review("b"), approve("c")]),
        ("12:00:01", [review("a"), review("b"), review("c")]),
    ] {
        let workspace = hourly();
        workspace.write("rules.toml", LARGE);
        workspace.write("labels.jsonl", label("a", "genuine", known_at).to_string());
        let result = score(&workspace, &["--labels", "labels.jsonl"]).expect(0);
        check(&result, &expected);
    }
    let workspace = hourly();
    workspace.write("rules.toml", LARGE);
    workspace.write("labels.jsonl", label("a", "genuine", "10:30:00").to_string());
    let arguments = ["--input", "in.jsonl", "--transaction", "b", "--labels", "labels.jsonl"];
    let result = workspace.run(&[&["rules", "explain", "rules.toml"], &arguments[..]].concat());
    let text = "rule large: snoozed for this card until 2026-01-05T11:30:00.000Z";
    prints(&result.expect(0), text);
}

/// Labels, entries of lists and transactions of the same millisecond: a transaction sees both, and of
/// several labels or entries of that time the last line counts. One a millisecond earlier sees neither.
#[test]
fn at_equal_times_labels_and_lists_come_before_transactions() {
    const LISTED_AFTER_FRAUD: &str = r#"when = 'card.last("30d").exists(t, t.fraud) && merchant.id in list("watched", card.token)'"#;
    let workspace = hourly();
    let condition = r#"when = 'card.last("30d").exists(t, t.fraud)'"#;
    workspace.write("rules.toml", AFTER_FRAUD.replace(condition, LISTED_AFTER_FRAUD));
    let at = |id: &str, time: &str| {
        let mut transaction = transaction(id);
        transaction["time"] = format!("2026-01-05T{time}Z").into();
        transaction.to_string() + "\n"
    };
    let lines = [
        at("a", "10:00:00"),
        at("before", "10:59:59.999"),
        at("same", "11:00:00.000"),
        at("after", "11:00:00.001"),
    ];
    workspace.write("in.jsonl", lines.concat());
    let entry = |values: &[&str]| {
        json!({
            "list": "watched", "entry": "c_1", "values": values, "from": "2026-01-05T11:00:00.000Z",
        })
    };
    let known = "11:00:00.000";
    let (approve, decline) = (|id| (id, "approve"), |id| (id, "decline"));
    let before = [approve("a"), approve("before")];
    for (labels, entries, expected) in [
        (["genuine", "fraud"], [&[][..], &["m_1"]], [decline("same"), decline("after")]),
        (["fraud", "genuine"], [&[][..], &["m_1"]], [approve("same"), approve("after")]),
        (["genuine", "fraud"], [&["m_1"][..], &[]], [approve("same"), approve("after")]),
    ] {
        let labels = labels.map(|it| label("a", it, known).to_string());
        workspace.write("labels.jsonl", labels.join("\n"));
        workspace.write("lists.jsonl", entries.map(|it| entry(it).to_string()).join("\n"));
        let files = ["--labels", "labels.jsonl", "--lists", "lists.jsonl"];
        let result = score(&workspace, &files).expect(0);
        check(&result, &[before, expected].concat());
    }
    // One file alone decides nothing.
    for one in ["--labels=labels.jsonl", "--lists=lists.jsonl"] {
        let expected = ["a", "before", "same", "after"].map(approve);
        check(&score(&workspace, &[one]).expect(0), &expected);
    }
}

fn tested(labels: &str, expect: &str) -> Workspace {
    let workspace = Workspace::new();
    let case = format!(
        "[[test]]\nname = 'labelled'\nlabels = {labels}\ntransactions = [\n  \
         {{ time = '10:00:00', id = 'a', amount = 5.00 }},\n  \
         {{ time = '2 10:00:00', amount = 5.00, expect = {expect} }},\n]\n"
    );
    workspace.write("rules.toml", AFTER_FRAUD.to_owned() + &case);
    workspace
}

#[test]
fn a_test_case_has_labels_with_the_times_of_its_transactions() {
    for (labels, expect) in [
        ("[{ transaction_id = 'a', label = 'fraud', known_at = '12:00:00' }]", "fired"),
        ("[{ transaction_id = 'a', label = 'fraud', known_at = '2 10:00:00' }]", "fired"),
        ("[{ transaction_id = 'a', label = 'fraud', known_at = '2 10:00:01' }]", "not_fired"),
        ("[{ transaction_id = 'a', label = 'fraud', known_at = '2026-01-05T12:00:00Z' }]", "fired"),
        ("[{ transaction_id = 'test-1', label = 'fraud', known_at = '12:00:00' }]", "not_fired"),
        (
            "[{ transaction_id = 'a', card.token = 'other', label = 'fraud', known_at = '12:00:00' }]",
            "not_fired",
        ),
        (
            "[{ transaction_id = 'a', label = 'unknown', known_at = '13:00:00' }, \
              { transaction_id = 'a', label = 'fraud', known_at = '12:00:00', time = '10:00:00' }]",
            "not_fired",
        ),
    ] {
        let workspace = tested(labels, &format!("{{ {expect} = ['after-fraud'] }}"));
        workspace.run(&["rules", "test", "rules.toml"]).expect(0);
    }
}

#[test]
fn a_mistake_in_the_label_of_a_test_case_is_reported_with_its_place() {
    for (labels, message) in [
        ("[{ transaction_id = 'a', label = 'fraud' }]", "label 1: lacks `known_at`, a string"),
        (
            "[{ transaction_id = 'a', label = 'fraud', known_at = '25:00:00' }]",
            "label 1: `25:00:00` is not a time",
        ),
        (
            "[{ transaction = 'a', label = 'fraud', known_at = '12:00:00' }]",
            "unknown key `transaction` in a label",
        ),
        (
            "[{ transaction_id = 'a', card.tokn = 'c', label = 'fraud', known_at = '12:00:00' }]",
            "unknown key `tokn` in `card` of a label",
        ),
        ("{}", "`labels` must be an array of tables, or the name of a file"),
        ("['a']", "a label must be a table"),
    ] {
        let workspace = tested(labels, "{}");
        let result = workspace.run(&["rules", "test", "rules.toml"]).expect(2);
        result.expect_stderr(message).expect_stderr("rules.toml:18:");
    }
    let labels = "[{ transaction_id = 'a', label = 'frud', known_at = '12:00:00' }]";
    let result = tested(labels, "{}").run(&["rules", "test", "rules.toml"]).expect(2);
    prints(&result, "label 1: is not a valid label: `label` is none of the known labels");
}
