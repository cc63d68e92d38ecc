//! Tests the control share through `redcard score` and `redcard rules`.

use super::{CommandResult, Workspace};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const CARDS: u32 = 2_000;
const WEEKS: u32 = 3;
const SHARE: f64 = 0.05;
/// A Monday, 00:00 UTC.
const FIRST_DAY: u32 = 5;

/// A ruleset that declines everything, with the control share in `control`, and these rules.
fn ruleset(control: &str, rules: &[(&str, &str)]) -> String {
    let header = format!(
        "[ruleset]\nname = \"all\"\nversion = \"1\"\nreview = 300\ndecline = 600\n{control}\n"
    );
    let rule = |(id, keys): &(&str, &str)| {
        format!(
            "[[rule]]\nid = \"{id}\"\ndescription = \"A rule.\"\nseverity = \"high\"\nreason = \"R\"\nmessage = \"{{amount}}\"\n{keys}\n"
        )
    };
    rules.iter().fold(header, |text, one| text + &rule(one))
}

/// The rule that declines everything.
const ALWAYS: (&str, &str) = ("always", "when = 'amount > 0.00'\npoints = 700");
const CONTROL: &str = "control = { share = 0.05, max_amount = 50.00 }";

/// Two transactions of each card in each week, on its first and its last day.
fn traffic() -> String {
    let mut lines = Vec::new();
    for week in 0..WEEKS {
        for day in [0, 6] {
            for card in 0..CARDS {
                let (day, at) =
                    (FIRST_DAY + 7 * week + day, if day == 0 { "00:00:00" } else { "23:59:59" });
                lines.push(transaction(card, day, at, 5_000));
            }
        }
    }
    lines.concat()
}

fn transaction(card: u32, day: u32, at: &str, cents: u32) -> String {
    let line = json!({
        "id": format!("{card}-{day}"), "type": "authorization", "time": format!("2026-01-{day:02}T{at}Z"),
        "card": {"token": format!("card_{card}"), "status": "active"}, "amount": cents, "currency": "USD",
        "merchant": {"id": "m_1"},
    });
    line.to_string() + "\n"
}

fn score(rules: &str, lines: &str, more: &[&str]) -> CommandResult {
    let workspace = Workspace::new();
    workspace.write("rules.toml", rules);
    workspace.write("blocked.txt", "m_1\n");
    workspace.write("allowed.txt", "m_2\n");
    workspace.write("in.jsonl", lines);
    let result = workspace.run(&[&["score", "in.jsonl", "--rules", "rules.toml"], more].concat());
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    result
}

fn decisions(result: &CommandResult) -> Vec<Value> {
    result.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn let_through(result: &CommandResult) -> usize {
    decisions(result).iter().filter(|decision| decision.get("control").is_some()).count()
}

/// A card that is chosen in one of the weeks, with the first day of that week.
fn chosen() -> (u32, u32) {
    let result = score(&ruleset(CONTROL, &[ALWAYS]), &traffic(), &[]);
    let decisions = decisions(&result);
    let decision = decisions.iter().find(|decision| decision.get("control").is_some()).unwrap();
    let (card, day) = decision["transaction_id"].as_str().unwrap().split_once('-').unwrap();
    (card.parse().unwrap(), day.parse().unwrap())
}

#[test]
fn a_share_of_the_cards_is_let_through_each_week_and_raises_no_alert() {
    let result = score(&ruleset(CONTROL, &[ALWAYS]), &traffic(), &[]);
    let mut by_card_and_week: BTreeMap<(String, u32), BTreeSet<bool>> = BTreeMap::new();
    for decision in decisions(&result) {
        let (card, day) = decision["transaction_id"].as_str().unwrap().split_once('-').unwrap();
        let week = (day.parse::<u32>().unwrap() - FIRST_DAY) / 7;
        let is_control = decision.get("control").is_some();
        by_card_and_week.entry((card.to_owned(), week)).or_default().insert(is_control);
        let action = if is_control { "approve" } else { "decline" };
        assert_eq!((&decision["action"], &decision["score"]), (&json!(action), &json!(700)));
        assert_eq!(decision["rules"][0]["id"], "always");
        if is_control {
            assert_eq!(decision["control"], json!({"propensity": 0.05, "action": "decline"}));
        }
    }
    // Both transactions of a card in a week are treated alike.
    assert!(by_card_and_week.values().all(|seen| seen.len() == 1));
    let chosen: Vec<&(String, u32)> = by_card_and_week
        .iter()
        .filter(|(_, seen)| seen.contains(&true))
        .map(|(of, _)| of)
        .collect();
    let share = chosen.len() as f64 / f64::from(CARDS * WEEKS);
    assert!((share - SHARE).abs() < 0.01, "{share}");
    // Each week chooses other cards.
    let cards: BTreeSet<&String> = chosen.iter().map(|(card, _)| card).collect();
    assert!(cards.len() as f64 > 0.9 * chosen.len() as f64, "{} of {}", cards.len(), chosen.len());
    let alerts = score(&ruleset(CONTROL, &[ALWAYS]), &traffic(), &["--alerts-only"]);
    assert_eq!(let_through(&alerts), 0);
    assert_eq!(decisions(&alerts).len() + 2 * chosen.len(), decisions(&result).len());
    let summary = format!("control     {} (declines that were let through)", 2 * chosen.len());
    assert!(result.stderr.contains(&summary), "{}", result.stderr);
}

#[test]
fn only_declines_by_points_are_let_through() {
    let (card, day) = chosen();
    let lists = "[lists]\nblocked = \"blocked.txt\"\nallowed = \"allowed.txt\"\n";
    let points = "points = 1";
    let lets_through = |condition: &str, points: &str| {
        let other = format!("when = '{condition}'\n{points}");
        let rules = ruleset(&format!("{CONTROL}\n{lists}"), &[ALWAYS, ("other", &other)]);
        let result = score(&rules, &transaction(card, day, "10:00:00", 5_000), &[]);
        let decisions = decisions(&result);
        assert_eq!(decisions[0]["rules"].as_array().unwrap().len(), 2, "{condition}");
        let_through(&result) == 1
    };
    assert!(lets_through("amount > 1.00", points));
    assert!(!lets_through("amount > 1.00", "points = 1\naction = \"decline\""));
    assert!(!lets_through("amount > 1.00", "points = 1\naction = \"review\""));
    assert!(!lets_through("merchant.id in list(\"blocked\")", points));
    assert!(!lets_through("amount > 1.00 && !!(merchant.id in list(\"blocked\"))", points));
    // An exception to a rule is not a reason for it.
    assert!(lets_through("!(merchant.id in list(\"allowed\"))", points));
    assert!(lets_through(
        "amount > 1.00 && !(merchant.id in list(\"allowed\") || amount > 99.00)",
        points
    ));
    assert!(!lets_through("card.status == \"active\"", points));
    assert!(!lets_through("!(card.status == \"lost\")", points));
    assert!(!lets_through("amount > 1.00", "points = 'merchant.id in list(\"blocked\") ? 2 : 1'"));
    // A rule that did not fire decided nothing.
    let idle = ("other", "when = 'card.status == \"lost\"'\npoints = 1\naction = \"decline\"");
    let rules = ruleset(CONTROL, &[ALWAYS, idle]);
    assert_eq!(let_through(&score(&rules, &transaction(card, day, "10:00:00", 5_000), &[])), 1);
}

#[test]
fn a_large_amount_or_one_without_a_rate_is_not_let_through() {
    let (card, day) = chosen();
    let rules = ruleset(CONTROL, &[("always", "when = 'type == \"authorization\"'\npoints = 700")]);
    let of = |line: &str| let_through(&score(&rules, line, &[]));
    let line = transaction(card, day, "10:00:00", 5_000);
    assert_eq!(of(&line), 1);
    assert_eq!(of(&transaction(card, day, "10:00:00", 5_001)), 0);
    // No rate is shipped for it.
    assert_eq!(of(&line.replace("USD", "ZWL")), 0);
}

#[test]
fn reviews_are_not_let_through_and_no_share_is_the_default() {
    let (card, day) = chosen();
    let line = transaction(card, day, "10:00:00", 5_000);
    let review = ("always", "when = 'amount > 0.00'\npoints = 400");
    assert_eq!(let_through(&score(&ruleset(CONTROL, &[review]), &line, &[])), 0);
    assert_eq!(let_through(&score(&ruleset("", &[ALWAYS]), &line, &[])), 0);
}

#[test]
fn cases_run_without_it() {
    let (card, _) = chosen();
    let test = format!(
        "[[test]]\nname = \"declined\"\ntransactions = [\n{}]\n",
        (0..40).map(|at| format!(
            "  {{ time = \"10:00:00\", id = \"t{at}\", card.token = \"card_{}\", amount = 5.00, expect = {{ action = \"decline\" }} }},\n",
            card + at
        )).collect::<String>()
    );
    let workspace = Workspace::new();
    workspace.write(
        "rules.toml",
        ruleset("control = { share = 0.5, max_amount = 50 }", &[ALWAYS]) + &test,
    );
    let result = workspace.run(&["rules", "test", "rules.toml"]);
    assert_eq!(result.code, Some(0), "{}{}", result.stdout, result.stderr);
}

#[test]
fn an_invalid_control_share_is_an_error_at_its_place() {
    for (control, message, place) in [
        ("control = 0.01", "`control` must be a table", "rules.toml:6:11"),
        ("control = { share = 0.01 }", "`control` lacks `max_amount`", "rules.toml:6:11"),
        ("control = { max_amount = 5 }", "`control` lacks `share`", "rules.toml:6:11"),
        (
            "control = { share = 1, max_amount = 5 }",
            "`share` must be a number above 0 and at most 0.5",
            "rules.toml:6:21",
        ),
        (
            "control = { share = 0, max_amount = 5 }",
            "`share` must be a number above 0 and at most 0.5",
            "rules.toml:6:21",
        ),
        (
            "control = { share = 0.1, max_amount = 0 }",
            "`max_amount` cannot be `0`",
            "rules.toml:6:39",
        ),
        (
            "control = { share = 0.1, max_amount = 1.005 }",
            "`max_amount` cannot be `1.005`",
            "rules.toml:6:39",
        ),
        (
            "control = { share = 0.1, max_amount = \"5\" }",
            "`max_amount` must be a number",
            "rules.toml:6:39",
        ),
        (
            "control = { share = 0.1, max_amount = 5, cap = 1 }",
            "unknown key `cap` in `control`",
            "rules.toml:6:42",
        ),
    ] {
        let workspace = Workspace::new();
        workspace.write("rules.toml", ruleset(control, &[ALWAYS]));
        let result = workspace.run(&["rules", "check", "rules.toml"]);
        assert_eq!(result.code, Some(2), "{control}: {}", result.stderr);
        let response = result.stdout + &result.stderr;
        assert!(response.contains(message) && response.contains(place), "{control}: {response}");
    }
}

/// Every fifth card is a thief's. What redcard declined was refused; what it let through was approved,
/// and labelled if it was fraud.
#[test]
fn a_backtest_estimates_the_precision_of_declines_from_those_that_were_let_through() {
    let rules = ruleset(CONTROL, &[ALWAYS, ("other", "when = 'amount > 49.00'\npoints = 1")]);
    let lines = traffic();
    let scored = decisions(&score(&rules, &lines, &[]));
    let is_fraud = |id: &str| id.split_once('-').unwrap().0.parse::<u32>().unwrap() % 5 == 0;
    let (mut history, mut labels, mut clusters) = (String::new(), String::new(), BTreeMap::new());
    for (line, decision) in lines.lines().zip(&scored) {
        let mut message: Value = serde_json::from_str(line).unwrap();
        let is_control = decision.get("control").is_some();
        message["response"] = json!({"approved": is_control});
        history += &(message.to_string() + "\n");
        let id = decision["transaction_id"].as_str().unwrap();
        if is_control {
            let (card, day) = id.split_once('-').unwrap();
            let week = (day.parse::<u32>().unwrap() - FIRST_DAY) / 7;
            let (declines, fraud) =
                clusters.entry((card.to_owned(), week)).or_insert((0_u64, 0_u64));
            *declines += 1;
            *fraud += u64::from(is_fraud(id));
            if is_fraud(id) {
                let label = json!({
                    "transaction_id": id, "card": {"token": decision["card"]}, "label": "fraud",
                    "known_at": "2026-02-20T00:00:00Z",
                });
                labels += &(label.to_string() + "\n");
            }
        }
    }
    let workspace = Workspace::new();
    workspace.write("rules.toml", &rules);
    workspace.write("history.jsonl", history);
    workspace.write("labels.jsonl", labels);
    let result = workspace.run(&[
        "backtest",
        "history.jsonl",
        "--labels",
        "labels.jsonl",
        "--rules",
        "rules.toml",
        "--json",
        "-",
        "--mature-after",
        "1d",
        "--as-of",
        "2026-03-01T00:00:00Z",
        "--quiet",
    ]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let report: Value = serde_json::from_str(&result.stdout).unwrap();
    let (declines, fraud) = clusters.values().fold((0, 0), |(n, x), (of, f)| (n + of, x + f));
    let control = &report["rulesets"][0]["control"];
    assert_eq!(control["eligible"], json!(scored.len()));
    assert_eq!(control["let_through"], json!(declines));
    assert_eq!((&control["known"], &control["fraud"]), (&json!(declines), &json!(fraud)));
    assert_eq!(control["rules"].as_array().unwrap().len(), 2);
    let number = |name: &str| control["precision"][name].as_f64().unwrap();
    assert!((number("value") - fraud as f64 / declines as f64).abs() < 1e-12);
    assert!(number("low") < 0.2 && 0.2 < number("high"), "{control}");
    assert!(control["declines_needed"].as_f64().unwrap() > 1_000.0);
    // The others have no outcome.
    assert_eq!(report["cases"]["declined"], json!(scored.len() as u64 - declines));
}
