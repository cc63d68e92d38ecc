//! Reproduces public bug reports about rules, with the inputs of the reports (`tests/cases/`).

use super::Workspace;
use serde_json::Value;
use std::path::PathBuf;

fn case(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases")).join(name)
}

#[test]
fn three_dollars_at_three_new_websites_within_two_minutes_are_at_least_a_review() {
    let file = case("three-probes.jsonl");
    let result = Workspace::new().run(&["score", file.to_str().unwrap()]).expect(0);
    let decisions: Vec<Value> =
        result.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (last, before) = decisions.split_last().unwrap();
    assert!(last["score"].as_i64().unwrap() >= 300, "{last}");
    assert_ne!(last["action"], "approve", "{last}");
    assert_eq!(last["rules"][0]["reason"], "CARD_TESTING", "{last}");
    assert_eq!(last["rules"][0]["charges"].as_array().unwrap().len(), 2, "{last}");
    for decision in before {
        assert_eq!(decision["action"], "approve", "{decision}");
    }
}

#[test]
fn amounts_beyond_what_a_double_holds_are_compared_exactly() {
    let file = case("L-big-numbers.jsonl");
    for (expression, expected) in [
        ("amount == 90071992547409.93", ["true", "true", "false"]),
        ("amount == 90071992547409.92", ["false", "false", "false"]),
        ("amount != 90071992547409.94", ["true", "true", "true"]),
        ("amount > 90071992547409.925", ["true", "true", "false"]),
        ("amount in [90071992547409.92, 0.01]", ["false", "false", "true"]),
        ("card.last(\"1h\").count(t, t.amount == 90071992547409.93)", ["0", "1", "2"]),
        ("card.last(\"1h\").count(t, t.amount <= 90071992547409.92)", ["0", "0", "0"]),
        ("card.last(\"1h\").sum(t, t.amount) == 180143985094819.86", ["false", "false", "true"]),
        ("string(amount)", ["\"90071992547409.93\"", "\"90071992547409.93\"", "\"0.01\""]),
        ("9007199254740993 == 9007199254740992.0", ["false", "false", "false"]),
    ] {
        let arguments = ["rules", "eval", expression, "--input", file.to_str().unwrap()];
        let result = Workspace::new().run(&arguments).expect(0);
        assert_eq!(result.stdout.lines().collect::<Vec<_>>(), expected, "{expression}");
    }
}

/// Each warning as `file:line: code: message`.
fn warnings(workspace: &Workspace, rules: &str) -> Vec<String> {
    let result = workspace.run(&["rules", "check", rules, "--format", "json"]).expect(0);
    let of = |line: &str| {
        let found: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| found[key].as_str().unwrap().to_owned();
        let file = text("file");
        let name = file.rsplit('/').next().unwrap();
        format!("{name}:{}: {}: {}", found["line"], text("code"), text("message"))
    };
    result.stdout.lines().map(of).collect()
}

#[test]
fn each_entry_of_a_list_that_never_matches_is_a_warning_with_file_and_line() {
    let rules = case("H-lists/rules.toml");
    let rules = rules.to_str().unwrap();
    assert_eq!(
        warnings(&Workspace::new(), rules),
        [
            "inline.txt:1: odd-entry: `merchant.id` is hardly ever `m_1   # casino on the pier`",
            "countries.txt:4: dead-entry: `merchant.country` is never `UK`",
            "countries.txt:5: dead-entry: `merchant.country` is never `Denmark`",
            "csv.txt:1: odd-entry: `merchant.id` is hardly ever `\"m_1\"`",
            "csv.txt:2: odd-entry: `merchant.id` is hardly ever `m_1,casino`",
            "channel.txt:1: dead-entry: `channel` is never `ECOM`",
            "spaces.txt:1: odd-entry: `merchant.id` is hardly ever `m_1    2026-12-01T00:00:00Z`",
        ]
    );
    let result = Workspace::new().run(&["rules", "check", rules]).expect(0);
    for part in [
        "warning[dead-entry]: `merchant.country` is never `UK`\n",
        "/H-lists/lists/countries.txt:4:1\n",
        "= help: did you mean `GB`?\n",
        "= help: did you mean `ecommerce`?\n",
        "= help: put a tab, not spaces, between the entry and the time until which it is valid\n",
    ] {
        assert!(result.stdout.contains(part), "no {part:?} in:\n{}", result.stdout);
    }
    Workspace::new().run(&["rules", "check", rules, "--deny", "warnings"]).expect(2);
}

#[test]
fn entries_in_other_forms_and_the_later_end_of_equal_ones_count() {
    let (rules, file) = (case("H-lists/rules.toml"), case("H-lists/in.jsonl"));
    let lists =
        "[in_crlf, in_bom, in_inline, in_dup, in_mcc, in_countries, in_csv, in_channel, in_spaces]";
    let arguments = ["rules", "eval", lists, "--input", file.to_str().unwrap()];
    let result = Workspace::new()
        .run(&[&arguments[..], &["--rules", rules.to_str().unwrap()]].concat())
        .expect(0);
    assert_eq!(
        result.stdout.lines().collect::<Vec<_>>(),
        [
            "[true,true,false,true,true,true,false,true,false]",
            "[false,false,false,false,true,true,false,true,false]",
        ]
    );
}

#[test]
fn a_check_of_the_configuration_shows_warnings_about_lists() {
    let workspace = Workspace::new();
    let rules = case("H-lists/rules.toml");
    workspace.write("redcard.toml", format!("[rules]\npath = '{}'\n", rules.display()));
    workspace
        .run(&["check", "--config", "redcard.toml"])
        .expect(0)
        .expect_stderr("warning[dead-entry]: `merchant.country` is never `Denmark`");
}
