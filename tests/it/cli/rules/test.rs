//! Tests `redcard rules test`.

use super::{Workspace, rule, ruleset};
use serde_json::{Value, json};

fn cases() -> String {
    let features = "[features]\nearlier = 'card.last(\"1h\").size()'\n\n";
    ruleset(
        &(features.to_owned()
            + &rule("big", "amount > 5.00 && earlier >= 2")
            + &rule("known", r#"card.status == "active""#)
            + "[[test]]\nname = 'the third is big'\ntransactions = [\n  \
               { time = '10:00:00', amount = 6.00, repeat = { count = 2, every = '1m' }, expect = { not_fired = ['big'] } },\n  \
               { time = '10:05:00', amount = 6.00, expect = { fired = ['big'], features = { earlier = 2 } } },\n]\n\n\
               [[test]]\nname = 'so is the second'\ntransactions = [\n  \
               { time = '10:00:00', amount = 6.00, repeat = { count = 2, every = '1m' } },\n  \
               { time = '10:05:00', amount = 1.00, expect = { fired = ['big'], action = 'decline', undecided = ['big'] } },\n]\n"),
    )
}

#[test]
fn a_failed_case_shows_the_outcome_of_each_transaction() {
    let workspace = Workspace::new();
    workspace.write("rules.toml", cases());
    let result = workspace.run(&["rules", "test", "rules.toml"]).expect(2);
    let expected = "\
ok     rules.toml:29: the third is big
FAILED rules.toml:36: so is the second
       transaction 2: `big` did not fire; fired: none
       transaction 2: `big` is not undecided; undecided: known
       transaction 2: action is approve (score 0), not decline; fired: none
       outcome:
       1 (1 to 2 of 2): approve, score 0; undecided: known
     > 2: approve, score 0; undecided: known
           earlier = 2
1 of 2 tests failed
";
    assert_eq!(result.stdout, expected);
    assert_eq!(result.stderr, "");
}

#[test]
fn a_case_of_hundreds_of_copies_shows_the_first_and_the_last_of_them() {
    let workspace = Workspace::new();
    let graded = rule("many", "card.last(\"1d\").size() >= 3")
        .replace("points = 120", "points = 'card.last(\"1d\").size()'");
    let case = "[[test]]\nname = 'many'\ntransactions = [\n  \
        { time = '00:00:00', amount = 6.00, repeat = { count = 200, every = '1m' }, expect = { score = 0 } },\n]\n";
    workspace.write("rules.toml", ruleset(&(graded + case)));
    let result = workspace.run(&["rules", "test", "rules.toml"]).expect(2);
    let lines: Vec<&str> = result.stdout.lines().collect();
    assert!(lines.len() < 40, "{}{}", result.stdout, result.stderr);
    for shown in [
        "       transaction 1 (4 of 200): score is 3, not 0; fired: many",
        "       and 177 more",
        "       1 (1 to 3 of 200): approve, score 0",
        "         … 190 further outcomes of its copies",
    ] {
        assert!(lines.contains(&shown), "{shown}\n{}{}", result.stdout, result.stderr);
    }
    assert!(result.stdout.contains("> 1 (200 of 200): review, score 199"), "{}", result.stdout);
}

/// Otherwise a test could fail after a change of `rollout`, depending on the hash of its card's name,
/// and the files would be refused.
#[test]
fn a_case_runs_a_rule_on_its_card_whatever_the_rollout() {
    let workspace = Workspace::new();
    for rollout in ["100", "1", "0"] {
        let whole = cases().replace("undecided = ['big']", "undecided = []");
        let whole = whole.replace("amount = 1.00, expect", "amount = 7.00, expect");
        let narrowed = whole.replace("reason = ", &format!("rollout = {rollout}\nreason = "));
        workspace.write("rules.toml", narrowed.replace(", action = 'decline'", ""));
        let result = workspace.run(&["rules", "test", "rules.toml"]).expect(0);
        assert!(result.stdout.ends_with("2 tests passed\n"), "{rollout}: {}", result.stdout);
    }
}

#[test]
fn a_filter_runs_some_cases_and_counts_the_others() {
    let workspace = Workspace::new();
    workspace.write("rules.toml", cases());
    let test = |text: &str| workspace.run(&["rules", "test", "rules.toml", "--filter", text]);
    let result = test("third").expect(0);
    assert_eq!(
        result.stdout,
        "ok     rules.toml:29: the third is big\n1 test passed, 1 left out\n"
    );
    let result =
        test("fourth").expect(2).expect_stderr("none of the ruleset's 2 tests has `fourth`");
    assert_eq!(result.stdout, "");
}

#[test]
fn json_output_has_one_object_per_case() {
    let workspace = Workspace::new();
    workspace.write("rules.toml", cases());
    let result = workspace.run(&["rules", "test", "rules.toml", "--format", "json"]).expect(2);
    let lines: Vec<Value> =
        result.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        lines[0],
        json!({
            "name": "the third is big", "file": "rules.toml", "line": 29, "passed": true,
            "differences": [],
        })
    );
    assert_eq!(lines[1]["passed"], false);
    assert_eq!(lines[1]["differences"][0], "transaction 2: `big` did not fire; fired: none");
    assert_eq!(result.stderr, "1 of 2 tests failed\n");
}

#[test]
fn the_shipped_tests_pass_and_a_ruleset_may_have_none() {
    let workspace = Workspace::new();
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/config/rules");
    let result = workspace.run(&["rules", "test", shipped]).expect(0);
    assert!(result.stdout.ends_with(" tests passed\n"), "{}", result.stdout);
    workspace.write("rules.toml", ruleset(&rule("big", "amount > 5.00")));
    let result = workspace.run(&["rules", "test", "rules.toml"]).expect(0);
    assert_eq!(result.stdout, "no tests\n");
}

#[test]
fn errors_in_rules_or_cases_are_reported_and_no_case_runs() {
    let check = |text: &str, expected: &str| {
        let workspace = Workspace::new();
        workspace.write("rules.toml", text);
        let result =
            workspace.run(&["rules", "test", "rules.toml"]).expect(2).expect_stderr(expected);
        assert_eq!(result.stdout, "");
    };
    check("[[test]", "rules.toml:1:8");
    check(&ruleset(&rule("big", "amuont > 5.00")), "nothing is named `amuont`");
    let expecting = |what: &str| cases().replace("expect = { fired = ['big'], action", what);
    check(&expecting("expect = { fired = ['bog'], action"), "did you mean `big`?");
    check(&expecting("expect = { fires = ['big'], action"), "unknown key `fires` in `expect`");
    check(
        &expecting("expect = { features = { later = 1 }, action"),
        "the ruleset has no feature `later`",
    );
    check(&cases().replace("10:05:00", "10:5"), "`10:5` is not a time");
}

#[test]
fn errors_in_a_case_are_reported_as_json_too() {
    let workspace = Workspace::new();
    workspace
        .write("rules.toml", cases().replace("fired = ['big'], action", "fired = ['bog'], action"));
    let result = workspace.run(&["rules", "test", "rules.toml", "--format", "json"]).expect(2);
    let line: Value = serde_json::from_str(&result.stdout).unwrap();
    assert_eq!(line["message"], "the ruleset has no rule `bog`");
    assert_eq!(line["help"], "did you mean `big`?");
    workspace.write("latin1.toml", b"name = '\xe9'");
    for path in ["nope", "latin1.toml"] {
        let result = workspace.run(&["rules", "test", path, "--format", "json"]).expect(2);
        let line: Value = serde_json::from_str(&result.stdout).unwrap();
        assert_eq!((&line["severity"], &line["file"]), (&"error".into(), &path.into()));
        let message = line["message"].as_str().unwrap();
        assert!(message.starts_with(&format!("cannot read {path}: ")), "{message}");
    }
}

/// A card number is masked in errors about a case, in the source line shown with them, in the
/// case's name, and in its outcomes.
#[test]
fn a_card_number_in_a_case_is_never_shown() {
    let number = "4111 1111 1111 1111";
    let case = |more: &str| {
        ruleset(&rule("big", "amount > 5.00"))
            + &format!(
                "[[test]]\nname = '{number}'\ntransactions = [\n  {{ time = '10:00:00', \
                 {more}, amount = 9.00, merchant.name = '4111111111111111' }},\n]\n"
            )
    };
    for (more, expected) in [
        (
            "card.number = '4111-1111-1111-1111', amont = 1",
            "error: unknown key `amont` in a transaction\n  --> rules.toml:19:",
        ),
        ("expect = { fired = ['4111111111111111'] }", "no rule `************1111`"),
        ("expect = { message = 'of 4111111111111111' }", "no rule says \"of ************1111\""),
    ] {
        let workspace = Workspace::new();
        workspace.write("rules.toml", case(more));
        for command in ["test", "check"] {
            for format in ["text", "json"] {
                let result = workspace.run(&["rules", command, "rules.toml", "--format", format]);
                let all = result.stdout.clone() + &result.stderr;
                assert!(
                    !all.contains("1111 1111")
                        && !all.contains("1111-")
                        && !all.contains("11111111"),
                    "{all}"
                );
                let is_of_a_run = more.contains("message") && command == "check";
                if format == "text" && !is_of_a_run {
                    assert!(all.contains(expected), "no {expected:?} in:\n{all}");
                }
            }
        }
    }
}
