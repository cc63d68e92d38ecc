//! Tests that a test case may name files with labels and entries of lists.

use crate::cli::{CommandResult, Workspace};

/// A charge abroad is reviewed unless it was announced, and declined after fraud.
const RULES: &str = r#"
[ruleset]
name = "abroad"
version = "1"
review = 100
decline = 500

[[rule]]
id = "abroad"
description = "A charge abroad that the cardholder did not announce."
when = 'merchant.country != "US" && !(merchant.country in list("travel_notices", card.token))'
points = 100
severity = "low"
reason = "ABROAD"
message = "abroad"

[[rule]]
id = "after-fraud"
description = "The card has confirmed fraud."
when = 'card.last("30d").exists(t, t.fraud)'
points = 500
severity = "high"
reason = "FRAUD"
message = "after fraud"

[[test]]
name = "with files"
labels = "cases/labels.jsonl"
lists = "cases/notices.jsonl"
transactions = [
  { id = "a", time = "10:00:00", amount = 5.00, merchant.country = "DK", expect = { not_fired = ["abroad"] } },
  { id = "b", time = "11:00:00", amount = 5.00, merchant.country = "US", expect = { fired = ["after-fraud"] } },
  { id = "c", time = "2 10:00:00", amount = 5.00, merchant.country = "DK", expect = { fired = ["abroad"], not_fired = ["after-fraud"] } },
]

[[test]]
name = "without files"
transactions = [
  { time = "10:00:00", amount = 5.00, merchant.country = "DK", expect = { fired = ["abroad"] } },
]
"#;

/// The withdrawal became known later, although it is written first.
const LABELS: &str = r#"{"transaction_id":"a","card":{"token":"card-1"},"label":"unknown","known_at":"2026-01-06T10:00:00Z"}

{"transaction_id":"a","card":{"token":"card-1"},"label":"fraud","known_at":"2026-01-05T11:00:00Z"}
"#;

const NOTICES: &str = r#"{"list":"travel_notices","entry":"card-1","values":["DK"],"until":"2026-01-06T00:00:00Z"}
"#;

fn workspace() -> Workspace {
    let workspace = Workspace::new();
    std::fs::create_dir_all(workspace.path("rules/cases")).unwrap();
    workspace.write("rules/rules.toml", RULES);
    workspace.write("rules/cases/labels.jsonl", LABELS);
    workspace.write("rules/cases/notices.jsonl", format!("\u{feff}{NOTICES}"));
    workspace
}

fn tested(workspace: &Workspace, path: &str) -> CommandResult {
    workspace.run(&["rules", "test", path])
}

#[test]
fn a_case_reads_labels_and_entries_of_lists_from_files_beside_the_rules() {
    let workspace = workspace();
    for path in ["rules", "rules/rules.toml"] {
        let result = tested(&workspace, path).expect(0);
        assert!(result.stdout.contains("2 tests passed"), "{}", result.stdout);
    }
    // Wherever a ruleset is loaded, its cases find the same files.
    workspace.run(&["check", "--rules", "rules"]).expect(0);
    workspace.run(&["rules", "check", "rules"]).expect(0);
}

#[test]
fn a_change_of_a_file_of_a_case_is_a_change_of_the_ruleset() {
    let workspace = workspace();
    let line = r#"{"id":"a","type":"authorization","time":"2026-01-05T10:00:00Z","card":{"token":"c"},"amount":1,"currency":"USD","merchant":{"id":"m"}}"#;
    workspace.write("in.jsonl", line);
    let hash = || {
        let result = workspace.run(&["score", "in.jsonl", "--rules", "rules"]).expect(0);
        let decision: serde_json::Value = serde_json::from_str(&result.stdout).unwrap();
        decision["ruleset"]["hash"].as_str().unwrap().to_owned()
    };
    let before = hash();
    workspace.write("rules/cases/labels.jsonl", format!("{LABELS}\n"));
    assert_ne!(hash(), before);
}

#[test]
fn a_line_of_a_file_that_is_not_valid_fails_the_case_with_its_place() {
    for (file, text, expected) in [
        (
            "labels.jsonl",
            LABELS.replace("\"fraud\"", "\"frud\""),
            "rules/cases/labels.jsonl:3: is not a valid label: `label` is none of the known labels",
        ),
        (
            "notices.jsonl",
            "\n{\"list\":\"travel_notices\"}\n".to_owned(),
            "rules/cases/notices.jsonl:2 is not valid: `entry` is missing",
        ),
    ] {
        let workspace = workspace();
        workspace.write(&format!("rules/cases/{file}"), text);
        let result = tested(&workspace, "rules").expect(2);
        assert!(result.stdout.contains(expected), "{}", result.stdout);
        workspace.run(&["check", "--rules", "rules"]).expect(2).expect_stderr(expected);
    }
}

#[test]
fn a_file_of_a_case_that_cannot_be_read_is_an_error_where_the_case_names_it() {
    let workspace = workspace();
    std::fs::remove_file(workspace.path("rules/cases/labels.jsonl")).unwrap();
    for command in ["test", "check"] {
        let result = workspace.run(&["rules", command, "rules"]).expect(2);
        let shown = format!("{}{}", result.stdout, result.stderr);
        for part in [
            "the file `cases/labels.jsonl` cannot be read: No such file or directory",
            "rules/rules.toml:28:10",
            "its path is relative to the ruleset",
        ] {
            assert!(shown.contains(part), "{command}: {part:?} in {shown}");
        }
    }
}
