//! Tests attempts, amounts, identity and cooldown with the inputs of public bug reports
//! (`tests/cases/`) and with lines in every order.

use super::{CommandResult, Workspace};
use serde_json::{Value, json};

/// A message as a line of JSON: type, id, amount in minor units, time of day, and more fields.
fn line(kind: &str, id: &str, amount: i64, time: &str, more: Value) -> String {
    let mut message = json!({
        "id": id, "type": kind, "time": format!("2026-03-02T{time}Z"), "card": {"token": "c_1"},
        "amount": amount, "currency": "USD", "merchant": {"id": "m_1"},
    });
    for (key, value) in more.as_object().unwrap() {
        message[key] = value.clone();
    }
    message.to_string()
}

fn of(original: &str) -> Value {
    json!({"original_id": original})
}

/// An authorization after all others, at which expressions are evaluated.
fn probe() -> String {
    line("authorization", "N", 1, "23:00:00", json!({"merchant": {"id": "elsewhere"}}))
}

/// The value of an expression at the last line.
#[track_caller]
fn at_the_end(file: &str, workspace: &Workspace, expression: &str) -> String {
    let result = workspace.run(&["rules", "eval", expression, "--input", file]).expect(0);
    result.stdout.lines().last().unwrap().to_owned()
}

#[track_caller]
fn check(lines: &[String], values: &[(&str, &str)]) {
    let workspace = Workspace::new();
    workspace.write("in.jsonl", lines.join("\n") + "\n" + &probe() + "\n");
    for (expression, expected) in values {
        let found = at_the_end("in.jsonl", &workspace, expression);
        assert_eq!(found, *expected, "{expression} after\n{}", lines.join("\n"));
    }
}

/// Checks the values for every order of the lines.
#[track_caller]
fn check_orders(lines: &[String], values: &[(&str, &str)]) {
    if lines.len() < 2 {
        return check(lines, values);
    }
    let mut orders = vec![vec![]];
    for line in lines {
        orders = orders
            .into_iter()
            .flat_map(|order: Vec<String>| {
                (0..=order.len()).map(move |at| {
                    let mut longer = order.clone();
                    longer.insert(at, line.clone());
                    longer
                })
            })
            .collect();
    }
    orders.iter().for_each(|order| check(order, values));
}

fn case(name: &str) -> String {
    format!("{}/tests/cases/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn decisions(result: &CommandResult) -> Vec<Value> {
    result.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn reversed_probes_count_as_much_as_kept_ones() {
    let last = |name: &str| {
        let result = Workspace::new().run(&["score", &case(name)]).expect(0);
        decisions(&result).pop().unwrap()
    };
    let (kept, voided) = (last("A-probes-kept.jsonl"), last("A-probes-reversed.jsonl"));
    assert_eq!(kept["action"], "decline", "{kept}");
    assert_eq!(voided["action"], "decline", "{voided}");
    assert!(voided["score"].as_i64() >= kept["score"].as_i64(), "{voided}");
    let file = case("A-probes-reversed.jsonl");
    for (expression, expected) in [
        ("card.last(\"10m\").size()", "6"),
        ("card.last(\"10m\").sum(t, t.amount)", "0.00"),
        ("card.last(\"10m\").count(t, t.reversed)", "6"),
        ("card.last(\"10m\").count(t, t.attempted == 1.00)", "6"),
        ("card.last(\"10m\").exists(t, t.declined)", "false"),
    ] {
        assert_eq!(at_the_end(&file, &Workspace::new(), expression), expected, "{expression}");
    }
}

#[test]
fn averages_and_habits_of_amounts_leave_reversed_charges_out() {
    let lines = [
        line("authorization", "A", 1_000, "10:00:00", json!({})),
        line("authorization", "B", 3_000, "11:00:00", json!({})),
        line("reversal", "R", 3_000, "11:01:00", of("B")),
    ];
    check(
        &lines,
        &[
            ("card.last(\"24h\").size()", "2"),
            ("card.last(\"24h\").avg(t, t.amount)", "10.0"),
            ("card.last(\"24h\").median(t, t.amount)", "10.0"),
            ("card.last(\"24h\").map(t, t.amount).percentile(100)", "10.0"),
            ("card.last(\"24h\").percentile(t, t.attempted, 100)", "30.0"),
            ("card.last(\"24h\").min(t, t.amount)", "10.00"),
            ("card.last(\"24h\").max(t, t.amount)", "10.00"),
            ("card.last(\"24h\").map(t, t.amount).min()", "10.00"),
            ("card.last(\"24h\").min(t, double(t.amount))", "10.0"),
            ("card.last(\"24h\").max(t, t.attempted)", "30.00"),
            ("card.last(\"24h\").max(t, t.attempted - t.amount)", "30.00"),
            ("card.last(\"24h\").avg(t, t.amount < 1.0 ? 1.0 : 0.0)", "0.5"),
            ("card.last(\"24h\").distinct(t, t.amount).min()", "0.00"),
            ("card.last(\"24h\").sum(t, t.amount)", "10.00"),
            ("habit.amount.mean", "10.0"),
            ("habit.amount.n", "1"),
            ("card.last(\"24h\").distinct(t, t.merchant.id).size()", "1"),
        ],
    );
}

#[test]
fn the_remaining_amount_of_a_charge_does_not_depend_on_the_order_of_arrival() {
    let files = ["B-capture-then-release.jsonl", "B-release-then-capture.jsonl"];
    for name in files {
        let found =
            at_the_end(&case(name), &Workspace::new(), "card.last(\"7d\").sum(t, t.amount)");
        assert_eq!(found, "60.00", "{name}");
    }
    let hold = || line("authorization", "A", 10_000, "10:00:00", json!({}));
    let one = |amount| [("card.last(\"24h\").size()", "1"), ("card.previous.amount", amount)];
    let capture = |amount| line("clearing", "C", amount, "12:00:00", of("A"));
    let release = |amount| line("reversal", "R", amount, "13:00:00", of("A"));
    check_orders(&[hold(), capture(6_000), release(4_000)], &one("60.00"));
    check_orders(&[hold(), capture(3_500), release(10_000)], &one("35.00"));
    check_orders(&[hold(), capture(10_000), release(10_000)], &one("100.00"));
    check_orders(&[hold(), release(10_000)], &one("0.00"));
    check_orders(&[hold(), release(9_899)], &one("1.01"));
    check_orders(&[hold(), release(9_900)], &one("0.00"));
    let given_back = line("reversal", "G", 2_000, "14:00:00", of("C"));
    check_orders(&[hold(), capture(6_000), given_back], &one("40.00"));
    let found = at_the_end(
        &case("B-fuel-pump.jsonl"),
        &Workspace::new(),
        "card.last(\"30d\").sum(t, t.amount)",
    );
    assert_eq!(found, "35.00");
}

#[test]
fn a_charge_without_a_rate_stays_and_its_amount_is_absent() {
    let file = case("B-no-rate.jsonl");
    assert_eq!(at_the_end(&file, &Workspace::new(), "card.last(\"1h\").size()"), "1");
    let amount = at_the_end(&file, &Workspace::new(), "card.previous.amount");
    assert!(amount.contains("absent"), "{amount}");
}

#[test]
fn an_approved_increment_raises_its_charge_and_a_declined_one_is_an_attempt() {
    let file = case("B-incremental.jsonl");
    assert_eq!(at_the_end(&file, &Workspace::new(), "card.last(\"7d\").size()"), "1");
    assert_eq!(at_the_end(&file, &Workspace::new(), "card.previous.amount"), "250.00");
    let result = Workspace::new().run(&["score", &file]).expect(0);
    let ids: Vec<_> = decisions(&result).iter().map(|d| d["transaction_id"].clone()).collect();
    assert_eq!(ids, ["A", "A2", "C", "N"]);

    let hold = || line("authorization", "A", 5_000, "10:00:00", json!({}));
    let more = |more: Value| {
        let mut fields = of("A");
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        line("authorization", "B", 20_000, "11:00:00", fields)
    };
    let size_and_sum = |size, sum| {
        [("card.last(\"24h\").size()", size), ("card.last(\"24h\").sum(t, t.amount)", sum)]
    };
    check_orders(&[hold(), more(json!({}))], &size_and_sum("1", "250.00"));
    check_orders(&[hold(), more(json!({"recurring": true}))], &size_and_sum("2", "250.00"));
    check_orders(&[hold(), more(json!({"merchant": {"id": "m_2"}}))], &size_and_sum("2", "250.00"));
    check_orders(
        &[hold(), more(json!({"response": {"approved": false}}))],
        &[("card.last(\"24h\").size()", "2"), ("card.last(\"24h\").count(t, t.declined)", "1")],
    );
    // After a capture, an authorization that names `A` is a separate charge, in every order of
    // arrival.
    let captured = line("clearing", "C", 5_000, "10:30:00", of("A"));
    check_orders(&[hold(), captured, more(json!({}))], &size_and_sum("2", "250.00"));
    // A capture that names the increment applies to the charge that the increment raised.
    let captured = line("clearing", "C", 25_000, "12:00:00", of("B"));
    check_orders(&[hold(), more(json!({})), captured], &size_and_sum("1", "250.00"));
}

#[test]
fn an_id_that_is_used_again_is_another_transaction_and_counted() {
    let result = Workspace::new().run(&["score", &case("C-id-reused.jsonl")]).expect(0);
    assert_eq!(decisions(&result).len(), 3);
    result.expect_stderr("reused ids  1").expect_stderr("duplicates  0");
}

#[test]
fn duplicates_are_recognised_by_identity_and_conflicting_ones_are_reported() {
    let workspace = Workspace::new();
    let first = line("authorization", "A", 5_000, "10:00:00.100", json!({}));
    let lines = [
        first.clone(),
        first,
        line("authorization", "A", 6_000, "10:00:00.900", json!({})),
        line("authorization", "A", 5_000, "10:00:01", json!({})),
    ];
    workspace.write("in.jsonl", lines.join("\n") + "\n");
    let result = workspace.run(&["score", "in.jsonl"]).expect(0);
    assert_eq!(decisions(&result).len(), 2);
    result
        .expect_stderr("duplicates  2 (conflicting 1)")
        .expect_stderr("reused ids  1")
        .expect_stderr("warning: 1 of 2 duplicates have the type, id, merchant and second");
}

/// Its response is applied, so it must not be reported as a duplicate that was dropped.
#[test]
fn an_outcome_that_differs_in_more_than_the_response_is_reported_as_an_outcome() {
    let workspace = Workspace::new();
    let declined = json!({"response": {"approved": false}});
    let lines = [
        line("authorization", "A", 10_000, "10:00:00", json!({})),
        line("authorization", "A", 700, "10:00:00", declined.clone()),
        line("authorization", "B", 5_000, "11:00:00.100", json!({})),
        line("authorization", "B", 5_000, "11:00:00.900", declined.clone()),
        line("authorization", "C", 2_000, "12:00:00", json!({})),
        line("authorization", "C", 2_000, "12:00:00", declined),
    ];
    workspace.write("in.jsonl", lines.join("\n") + "\n");
    let result = workspace.run(&["score", "in.jsonl"]).expect(0);
    assert_eq!(decisions(&result).len(), 6);
    assert!(!result.stderr.contains("not decided"), "{}", result.stderr);
    result
        .expect_stderr("duplicates  0\n")
        .expect_stderr("responses   3 (conflicting 2)\n")
        .expect_stderr("warning: 2 of 3 separate responses")
        .expect_stderr("the response was applied and the rest was dropped");
    check(
        &lines,
        &[
            ("card.last(\"24h\").count(t, t.declined)", "3"),
            ("card.last(\"24h\").sum(t, t.attempted)", "170.00"),
        ],
    );
}

#[test]
fn what_the_cap_evicts_while_it_waits_is_in_the_summary() {
    let workspace = Workspace::new();
    let waiting = |n: i64| {
        let time = format!("10:00:{n:02}");
        line("reversal", &format!("r{n}"), 100, &time, of("unknown"))
    };
    let lines: Vec<_> = (0..10).map(waiting).collect();
    workspace.write("in.jsonl", lines.join("\n") + "\n");
    workspace.write("redcard.toml", "[memory]\nevents_per_card = 1\n");
    let result = workspace.run(&["score", "in.jsonl", "--config", "redcard.toml"]).expect(0);
    result.expect_stderr(
        "\n2 clearings, reversals and labels were evicted because of memory.events_per_card",
    );
    let result = workspace.run(&["score", "in.jsonl"]).expect(0);
    assert!(!result.stderr.contains("evicted"), "{}", result.stderr);
}

#[test]
fn charges_that_share_an_id_are_all_shown_as_evidence() {
    let workspace = Workspace::new();
    let probe = |merchant: &str, time: &str| {
        line("authorization", "1", 100, time, json!({"merchant": {"id": merchant}}))
    };
    let lines = [probe("p1", "10:00:00"), probe("p2", "10:10:00"), probe("p3", "10:20:00"), {
        line("authorization", "N", 5_000, "10:40:00", json!({"merchant": {"id": "shop"}}))
    }];
    workspace.write("in.jsonl", lines.join("\n") + "\n");
    workspace.write(
        "rules.toml",
        "[ruleset]\nname = \"probes\"\nversion = \"1\"\nreview = 1\ndecline = 1000\n\n[[rule]]\n\
         id = \"three\"\nwhen = 'card.last(\"1h\").count(t, t.attempted <= 2.00) >= 3'\npoints = 1\n\
         severity = \"low\"\nreason = \"X\"\nmessage = \"x\"\n",
    );
    let result = workspace.run(&["score", "in.jsonl", "--rules", "rules.toml"]).expect(0);
    let last = decisions(&result).pop().unwrap();
    assert_eq!(last["rules"][0]["charges"].as_array().unwrap().len(), 3, "{last}");
    let amounts = at_the_end("in.jsonl", &workspace, "card.last(\"1h\").map(t, t.amount)");
    assert_eq!(amounts, "[1.00,1.00,1.00]");
    let explain =
        |more: &[&str]| workspace.run(&[&["rules", "explain", "rules.toml"], more].concat());
    let several = explain(&["--transaction", "1", "--input", "in.jsonl"]).expect(2);
    several.expect_stderr("several transactions `1`").expect_stderr("in.jsonl:2");
}

#[test]
fn a_duplicate_that_refers_to_another_charge_is_conflicting() {
    let workspace = Workspace::new();
    let increment = |original: &str| line("authorization", "i", 300, "11:00:00", of(original));
    let foreign =
        |amount: i64| line("authorization", "z", amount, "12:00:00", json!({"currency": "ZWL"}));
    for (first, again) in [
        (increment("a"), increment("b")),
        (increment("nothing"), line("authorization", "i", 300, "11:00:00", json!({}))),
        (foreign(1_000), foreign(2_000)),
    ] {
        let lines = [
            line("authorization", "a", 1_000, "10:00:00", json!({})),
            line("authorization", "b", 1_000, "10:01:00", json!({})),
            first.clone(),
            first,
            again,
        ];
        workspace.write("in.jsonl", lines.join("\n") + "\n");
        let result = workspace.run(&["score", "in.jsonl"]).expect(0);
        result.expect_stderr("duplicates  2 (conflicting 1)");
    }
}

#[test]
fn a_response_that_arrives_later_is_the_outcome_of_its_message() {
    let asked = line("authorization", "A", 5_000, "10:00:00", json!({}));
    let declined = json!({"response": {"approved": false, "reason": "insufficient_funds"}});
    let answered = line("authorization", "A", 5_000, "10:00:00", declined);
    check(
        &[asked.clone(), answered.clone()],
        &[
            ("card.last(\"24h\").size()", "1"),
            ("card.last(\"24h\").count(t, t.declined && t.reason == \"insufficient_funds\")", "1"),
        ],
    );
    let workspace = Workspace::new();
    workspace.write("in.jsonl", [asked, answered.clone(), answered].join("\n") + "\n");
    let result = workspace.run(&["score", "in.jsonl"]).expect(0);
    let all = decisions(&result);
    assert_eq!(all.len(), 2, "{all:?}");
    assert_eq!((&all[1]["action"], &all[1]["score"]), (&json!("approve"), &json!(0)));
    result.expect_stderr("duplicates  1");
}

#[test]
fn the_cooldown_looks_both_ways_in_event_time() {
    let alerts = |file: &str| {
        let rules = case("D-cooldown.toml");
        Workspace::new().run(&["score", file, "--rules", &rules, "--alerts-only"]).expect(0)
    };
    let late = alerts(&case("D-cooldown.jsonl"));
    let ids: Vec<_> = decisions(&late).iter().map(|d| d["transaction_id"].clone()).collect();
    assert_eq!(ids, ["now", "late0"]);

    let workspace = Workspace::new();
    let text = std::fs::read_to_string(case("D-cooldown.jsonl")).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_by_key(|line| serde_json::from_str::<Value>(line).unwrap()["time"].to_string());
    workspace.write("sorted.jsonl", lines.join("\n") + "\n");
    let sorted = alerts(workspace.path("sorted.jsonl").to_str().unwrap());
    assert_eq!(decisions(&sorted).len(), 2);
}

#[test]
fn explain_shows_what_a_voided_charge_asked_for() {
    let workspace = Workspace::new();
    let lines = [
        line("authorization", "A", 10_000, "10:00:00", json!({})),
        line("reversal", "R", 10_000, "10:01:00", of("A")),
        line("authorization", "B", 500, "10:02:00", json!({})),
    ];
    workspace.write("in.jsonl", lines.join("\n"));
    workspace.write(
        "rules.toml",
        "[ruleset]\nname='r'\nversion='1'\nreview=1\ndecline=2\n[[rule]]\nid='large'\ndescription='d'\n\
         when='card.last(\"1h\").exists(t, t.attempted >= 50.00)'\npoints=1\nseverity='low'\nreason='R'\nmessage='m'\n",
    );
    let explain = ["rules", "explain", "rules.toml", "--input", "in.jsonl", "--transaction", "B"];
    let result = workspace.run(&explain).expect(0);
    assert!(
        result.stdout.contains("USD 0.00 of 100.00") && result.stdout.contains("reversed, id A"),
        "{}",
        result.stdout
    );
}
