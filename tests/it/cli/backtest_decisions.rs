//! Compares the decisions of `redcard backtest` with those of `redcard score`, and shows that nothing that
//! becomes known later changes an earlier one.

use super::Workspace;
use super::backtest::{lines, report};
use serde_json::{Value, json};

/// Generated traffic with late messages, duplicates, labels and lists, and rules that use them.
fn generated(seed: &str) -> Workspace {
    let workspace = Workspace::new();
    let simulate = ["simulate", "--seed", seed, "--count", "10000", "--cards", "300"];
    let files = ["--fraud-rate", "0.01", "--output", "all.jsonl", "--labels", "truth.jsonl"];
    workspace.run(&[&simulate[..], &files].concat()).expect(0);
    let mut random = Random(seed.parse().unwrap());
    let all = workspace.read("all.jsonl").unwrap();
    let mut messages: Vec<&str> = all.lines().collect();
    for at in 0..messages.len() {
        // Some come late, and some twice.
        let later = (at + random.below(2_000)).min(messages.len() - 1);
        match random.below(60) {
            0 => messages.swap(at, later),
            1 => messages[later] = messages[at],
            _ => {}
        }
    }
    workspace.write("in.jsonl", messages.join("\n"));
    let truth = workspace.read("truth.jsonl").unwrap();
    let label = |line: &str| {
        let truth: Value = serde_json::from_str(line).unwrap();
        let value = ["fraud", "fraud", "genuine", "suspected"][random.below(4)];
        let source = ["cardholder", "chargeback"][random.below(2)];
        let mut label = json!({
            "transaction_id": truth["transaction_id"], "card": {"token": truth["card"]},
            "label": value, "source": source,
            "time": truth["time"],
        });
        let day = 6 + random.below(20);
        label["known_at"] = format!("2026-01-{day:02}T0{}:00:00Z", random.below(10)).into();
        label
    };
    let labels: Vec<Value> = truth.lines().map(label).collect();
    workspace.write("labels.jsonl", lines(&labels));
    let entry = |day: u32, merchant: &str| {
        json!({
            "list": "watched", "entry": merchant, "from": format!("2026-01-{day:02}T00:00:00Z"),
            "reason": "test", "by": "test",
        })
    };
    let entries: Vec<Value> = (6..12).map(|day| entry(day, &format!("m_{day:04x}"))).collect();
    workspace.write("lists.jsonl", lines(&entries));
    workspace
}

/// A few numbers in no order (Knuth's generator).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

/// Uses the past, labels, snoozes and cooldowns.
const PAST_RULES: &str = r#"
[ruleset]
name = "past"
version = "1"
review = 100
decline = 300
alert_cooldown = "6h"

[[rule]]
id = "many"
description = "Several charges in an hour."
when = 'card.last("1h").size() >= 3'
points = 'card.last("1d").size() * 30'
severity = "medium"
reason = "MANY"
message = "{card.last(\"1h\").size()} charges"

[[rule]]
id = "after-fraud"
description = "The card has confirmed fraud."
when = 'card.last("30d").exists(t, t.fraud)'
points = 200
severity = "high"
reason = "FRAUD"
message = "after fraud"

[[rule]]
id = "alerted"
description = "An alert in the last day."
when = 'card.last("1d").exists(t, t.alerted) && amount > 50.00'
points = 40
severity = "low"
reason = "ALERTED"
message = "alerted"

[[rule]]
id = "watched"
description = "A merchant on the list."
when = 'merchant.id in list("watched")'
points = 150
severity = "low"
reason = "WATCHED"
message = "watched"
"#;

#[test]
fn decisions_are_those_of_score_on_any_number_of_threads() {
    for seed in ["3", "4"] {
        let workspace = generated(seed);
        workspace.write("rules.toml", PAST_RULES);
        let with_lists = ["--lists", "lists.jsonl"];
        let score = ["score", "in.jsonl", "--rules", "rules.toml", "--labels", "labels.jsonl"];
        let expected = workspace.run(&[&score[..], &with_lists].concat()).expect(0).stdout;
        assert!(expected.contains(r#""action":"decline""#));
        let mut reports = Vec::new();
        for threads in ["1", "2", "7"] {
            let more = ["--threads", threads, "--decisions", "out.jsonl"];
            reports.push(report(&workspace, &[&with_lists[..], &more].concat()));
            let decisions = workspace.read("out.jsonl").unwrap();
            let differs = expected.lines().zip(decisions.lines()).find(|(one, other)| one != other);
            assert_eq!(differs, None, "seed {seed}");
            assert!(expected == decisions, "seed {seed}, {threads} threads");
        }
        assert_eq!(reports[0], reports[1], "seed {seed}");
        assert_eq!(reports[0], reports[2], "seed {seed}");
        assert!(reports[0]["input"]["duplicates"].as_u64() > Some(50));
    }
}

#[test]
fn labels_that_become_known_later_change_no_earlier_decision() {
    for seed in ["5", "6", "7"] {
        let workspace = generated(seed);
        workspace.write("rules.toml", PAST_RULES);
        let decisions = || {
            report(&workspace, &["--decisions", "out.jsonl"]);
            workspace.read("out.jsonl").unwrap()
        };
        let before = decisions();
        let labels = workspace.read("labels.jsonl").unwrap();
        let cut = "2026-01-07T12:00:00Z";
        let (early, mut late): (Vec<&str>, Vec<&str>) = labels.lines().partition(|line| {
            let label: Value = serde_json::from_str(line).unwrap();
            label["known_at"].as_str().unwrap() < cut
        });
        // The later ones are shuffled, and say something else.
        late.reverse();
        let late =
            late.join("\n").replace("\"fraud\"", "\"genuine\"").replace("chargeback", "cardholder");
        workspace.write("labels.jsonl", early.join("\n") + "\n" + &late);
        let after = decisions();
        assert_ne!(before, after, "seed {seed}: no later decision changed");
        // Also of messages that come after later ones.
        let earlier = |decisions: &str| {
            let is_earlier = |line: &&str| {
                let decision: Value = serde_json::from_str(line).unwrap();
                decision["time"].as_str().unwrap() < cut
            };
            decisions.lines().filter(is_earlier).map(str::to_owned).collect::<Vec<_>>()
        };
        let (before, after) = (earlier(&before), earlier(&after));
        assert!(before.len() > 500, "{}", before.len());
        let differs = before.iter().zip(&after).find(|(one, other)| one != other);
        assert_eq!(differs, None, "seed {seed}");
    }
}
