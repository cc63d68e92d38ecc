//! Tests `redcard rules list`.

use super::{CommandResult, Workspace, rule, ruleset};
use serde_json::{Value, json};

fn list(more: &[&str]) -> CommandResult {
    let workspace = Workspace::new();
    let features = "[features]\nearlier = 'card.last(\"1h\").size()'\n\n";
    let rules = rule("big", "amount > 5.00")
        + &rule("many", r#"earlier > 3 && card.last("1d12h").exists(t, t.declined)"#)
            .replace("points = 120", "points = 'math.least(400, 50 * earlier)'")
        + &rule("out", "earlier > 9").replace("severity", "mode = 'off'\nseverity");
    workspace.write("rules.toml", ruleset(&(features.to_owned() + &rules)));
    workspace.run(&[&["rules", "list", "rules.toml"], more].concat())
}

#[test]
fn a_rule_is_listed_with_what_it_uses() {
    let result = list(&["--no-cost"]).expect(0);
    let expected = "\
ID    MODE  POINTS    SEVERITY  COST (ns)  WINDOWS    FEATURES
big   live  120       low       -
many  live  0 to 400  low       -          1h, 1d12h  earlier
out   off   120       low       -          1h         earlier
";
    assert_eq!(result.stdout, expected);
    assert_eq!(result.stderr, "");
}

#[test]
fn json_output_has_one_object_per_rule_with_its_cost() {
    let result = list(&["--format", "json"]).expect(0).expect_stderr("all rules together: ");
    let lines: Vec<Value> =
        result.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    let many = &lines[1];
    assert!(many["cost_ns"].as_f64().unwrap() >= 0.0 && many["cost_noise_ns"].is_number());
    let mut rest = many.clone();
    rest.as_object_mut().unwrap().retain(|key, _| !key.starts_with("cost"));
    assert_eq!(
        rest,
        json!({
            "id": "many", "mode": "live", "points": { "least": 0, "most": 400 },
            "severity": "low", "reason": "IT", "windows": ["1h", "1d12h"], "features": ["earlier"],
        })
    );
    // A rule that is off costs nothing and is not measured.
    assert_eq!(lines[2]["cost_ns"], Value::Null);
}

#[test]
fn the_most_expensive_rules_come_first_if_requested() {
    let workspace = Workspace::new();
    // A rule that is off has no cost, so it comes last although it is the first of the file.
    let rules = rule("out", "amount > 9.00").replace("severity", "mode = 'off'\nseverity")
        + &rule("big", "amount > 5.00")
        + &rule("many", r#"card.last("1h").size() > 3"#);
    workspace.write("rules.toml", ruleset(&rules));
    let result = workspace.run(&["rules", "list", "rules.toml", "--sort", "cost"]);
    let result = result.expect(0).expect_stderr("that remember 64 charges each");
    let rows: Vec<Vec<&str>> =
        result.stdout.lines().skip(1).map(|row| row.split_whitespace().collect()).collect();
    // The figure before ±. Which rule is the most expensive depends on how busy the machine is.
    let cost = |row: &[&str]| {
        let noise = row.iter().position(|cell| cell.starts_with('±'))?;
        Some(row[noise - 1].parse::<f64>().unwrap())
    };
    let costs: Vec<_> = rows.iter().map(|row| cost(row)).collect();
    assert!(costs[0] >= costs[1] && costs[1].is_some(), "{}", result.stdout);
    assert_eq!((costs.len(), costs[2], rows[2][0]), (3, None, "out"), "{}", result.stdout);
}

#[test]
fn invalid_rules_are_reported_and_not_listed() {
    let workspace = Workspace::new();
    workspace.write("rules.toml", ruleset(&rule("big", "amuont > 5.00")));
    let result = workspace
        .run(&["rules", "list", "rules.toml"])
        .expect(2)
        .expect_stderr("did you mean `amount`?");
    assert_eq!(result.stdout, "");
    list(&["--sort", "age"]).expect(2).expect_stderr("[possible values: file, cost]");
}

#[test]
fn costs_are_not_measured_if_no_card_remembers_enough() {
    let workspace = Workspace::new();
    workspace.write("rules.toml", ruleset(&rule("big", "amount > 5.00")));
    workspace.write("redcard.toml", "[memory]\nretention = '1d'\n");
    let result =
        workspace.run(&["rules", "list", "rules.toml", "--config", "redcard.toml"]).expect(0);
    assert!(result.stdout.contains("big  live  120     low       -"), "{}", result.stdout);
    result.expect_stderr("warning: nothing was measured");
}
