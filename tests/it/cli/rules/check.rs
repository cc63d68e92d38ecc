//! Tests `redcard rules check`.

use super::{CommandResult, Workspace, rule, ruleset};
use serde_json::{Value, json};
use std::os::unix::fs::symlink;

const UNKNOWN: &str = "amuont > 5.00";

fn check(workspace: &Workspace, more: &[&str]) -> CommandResult {
    workspace.run(&[&["rules", "check", "rules"], more].concat())
}

/// A folder `rules` with these files.
fn folder(files: &[(&str, &str)]) -> Workspace {
    let workspace = Workspace::new();
    std::fs::create_dir(workspace.path("rules")).unwrap();
    files.iter().for_each(|(name, text)| workspace.write(&format!("rules/{name}"), text));
    workspace
}

#[test]
fn a_valid_ruleset_is_reported_as_valid() {
    let workspace = folder(&[("a.toml", &ruleset(&rule("big", "amount > 5.00")))]);
    let result = check(&workspace, &[]).expect(0);
    assert_eq!(result.stdout, "rules: tried 1, 1 rule: no errors, no warnings\n");
    assert_eq!(result.stderr, "");
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/config/rules");
    let result = workspace.run(&["rules", "check", shipped, "--deny", "warnings"]).expect(0);
    assert!(result.stdout.contains("rules: no errors, no warnings"), "{}", result.stdout);
}

#[test]
fn all_errors_of_all_files_are_shown_in_one_run() {
    let workspace = folder(&[
        ("a.toml", &ruleset(&rule("big", UNKNOWN))),
        ("b.toml", &rule("big", "amount >")),
        ("c.toml", "this is not TOML"),
    ]);
    let result = check(&workspace, &[]).expect(2);
    for part in [
        "error: nothing is named `amuont`\n  --> rules/a.toml:10:9\n",
        "^^^^^^ unknown",
        "= help: did you mean `amount`?",
        "error: the expression ends too early\n --> rules/b.toml:4:17\n",
        "error: there are two rules `big`\n --> rules/b.toml:2:6\n",
        "::: rules/a.toml:8:6\n",
        "^^^^^ the second",
        "----- the first",
        " --> rules/c.toml:1:6\n",
        "\nrules: 4 errors\n",
    ] {
        assert!(result.stdout.contains(part), "no {part:?} in:\n{}", result.stdout);
    }
    assert!(!result.stdout.contains('\u{1b}'), "{}", result.stdout);
}

/// `rules check` covers tests too, so that a reload does not refuse a ruleset that passed the
/// check.
#[test]
fn tests_are_checked_with_the_rules_even_if_the_rules_are_invalid() {
    for (condition, errors) in [("amount > 5.00", 6), (UNKNOWN, 7)] {
        let text = ruleset(&rule("big", condition))
            + "[[test]]\nname = 'one'\nactoin = 'x'\ntransactions = [\n\
               { time = '10:00:00', amont = 5.00, expect = { fired = ['bog'], features = { q = 1 } } },\n\
               { time = '10:00:00', amount = 5.00, expect = { actoin = 'review' } },\n]\n\
               [[test]]\nname = 'two'\ntransactions = []\n";
        let workspace = folder(&[("a.toml", &text)]);
        let result = check(&workspace, &[]).expect(2);
        for part in [
            "error: unknown key `actoin` in [[test]]\n  --> rules/a.toml:18:1\n",
            "error: unknown key `amont` in a transaction\n  --> rules/a.toml:20:22\n",
            "= help: did you mean `amount`?",
            "error: the ruleset has no rule `bog`\n",
            "^^^^^ unknown",
            "= help: did you mean `big`?",
            "error: the ruleset has no feature `q` whose value can be read\n",
            "error: unknown key `actoin` in `expect`\n",
            "= help: did you mean `action`?",
            "error: a test without transactions tests nothing\n",
            &format!("rules: {errors} errors\n"),
        ] {
            assert!(result.stdout.contains(part), "no {part:?} in:\n{}", result.stdout);
        }
        let result = check(&workspace, &["--format", "json"]).expect(2);
        assert_eq!(result.stdout.lines().count(), errors, "{}", result.stdout);
    }
}

#[test]
fn warnings_alone_fail_only_where_they_are_denied() {
    let over = rule("old", "amount > 5.00") + "mode = 'shadow'\nuntil = 2026-01-01T00:00:00Z\n";
    let workspace = folder(&[("a.toml", &ruleset(&over))]);
    let result = check(&workspace, &[]).expect(0);
    for part in [
        "warning[rule-over]: the shadow rule `old` is over\n",
        "rules: tried 1, 1 rule: 1 warning\n",
    ] {
        assert!(result.stdout.contains(part), "no {part:?} in:\n{}", result.stdout);
    }
    check(&workspace, &["--deny", "warnings"]).expect(2);
    check(&workspace, &["--deny", "errors"]).expect(2).expect_stderr("[possible values: warnings]");
}

#[test]
fn json_output_has_one_object_per_line() {
    let text = ruleset(&(rule("big", UNKNOWN) + &rule("big", "amount > 5.00")));
    let workspace = folder(&[("a.toml", &text)]);
    let result =
        check(&workspace, &["--format", "json"]).expect(2).expect_stderr("rules: 2 errors\n");
    let lines: Vec<Value> =
        result.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (unknown, second) = (text.find("amuont").unwrap(), text.rfind("'big'").unwrap());
    assert_eq!(
        lines,
        [
            json!({
                "severity": "error", "code": null, "message": "nothing is named `amuont`",
                "file": "rules/a.toml", "line": 10, "column": 9, "end_line": 10, "end_column": 15,
                "byte_start": unknown, "byte_end": unknown + 6,
                "label": "unknown", "help": "did you mean `amount`?", "related": [],
            }),
            json!({
                "severity": "error", "code": null, "message": "there are two rules `big`",
                "file": "rules/a.toml", "line": 17, "column": 6, "end_line": 17, "end_column": 11,
                "byte_start": second, "byte_end": second + 5,
                "label": "the second", "help": "rename one of them",
                "related": [{
                    "label": "the first", "file": "rules/a.toml", "line": 8, "column": 6,
                    "end_line": 8, "end_column": 11,
                    "byte_start": text.find("'big'").unwrap(),
                    "byte_end": text.find("'big'").unwrap() + 5,
                }],
            }),
        ]
    );
}

#[test]
fn the_configuration_says_how_long_a_card_is_remembered() {
    let text = ruleset(&rule("many", r#"card.last("45d").size() > 100"#));
    let workspace = folder(&[("a.toml", &text)]);
    let result = check(&workspace, &[]).expect(2);
    assert!(result.stdout.contains("charges are remembered for 30d"), "{}", result.stdout);
    // The command does not need the key file, so it may be missing.
    let config = "[memory]\nretention = '60d'\n[card_numbers]\nkey_file = 'none.toml'\n";
    workspace.write("redcard.toml", config);
    check(&workspace, &["--config", "redcard.toml"]).expect(0);
}

#[test]
fn unreadable_rules_are_reported_as_json() {
    let workspace = folder(&[]);
    std::fs::write(workspace.path("rules/a.toml"), b"[ruleset]\nname = '\xff'\n").unwrap();
    for (path, message) in [("nope", "cannot read nope"), ("rules", "line 2, column 9")] {
        let result = workspace.run(&["rules", "check", path, "--format", "json"]).expect(2);
        let line: Value = serde_json::from_str(&result.stdout).unwrap();
        assert!(line["message"].as_str().unwrap().contains(message), "{line}");
    }
}

#[test]
fn a_list_that_cannot_be_read_says_why() {
    let text = ruleset(&rule("big", "amount > 5.00"))
        + "[lists]\nlatin = 'latin1.txt'\nmissing = 'none.txt'\nfolder = 'more'\n";
    let workspace = folder(&[("a.toml", &text)]);
    std::fs::write(workspace.path("rules/latin1.txt"), b"shop\ncaf\xe9\n").unwrap();
    std::fs::create_dir(workspace.path("rules/more")).unwrap();
    let result = check(&workspace, &[]).expect(2);
    for part in [
        "error: the list file `latin1.txt` cannot be read: it is not UTF-8 from line 2, column 4 on",
        "error: the list file `none.txt` cannot be read: No such file or directory",
        "error: the list file `more` cannot be read: Is a directory",
        "--> rules/a.toml:17:9\n",
    ] {
        assert!(result.stdout.contains(part), "no {part:?} in:\n{}", result.stdout);
    }
}

#[test]
fn a_byte_order_mark_before_the_first_entry_of_a_list_is_ignored() {
    let text = ruleset("")
        + "[lists]\nseen = 'seen.txt'\n"
        + &rule("listed", "merchant.id in list(\"seen\")")
        + "[[test]]\nname = 'it'\ntransactions = [{ time = '10:00:00', amount = 1.00, \
           merchant.id = 'shop', expect = { fired = ['listed'] } }]\n";
    let workspace = folder(&[("a.toml", &text), ("seen.txt", "\u{feff}shop\n")]);
    workspace.run(&["rules", "test", "rules"]).expect(0);
}

/// Editors, file systems and Kubernetes leave such files next to the rules.
#[test]
fn files_that_are_not_rules_files_are_skipped_in_a_folder() {
    let tested = ruleset(&rule("big", "amount > 5.00"))
        + "[[test]]\nname = 'it'\ntransactions = [{ time = '10:00:00', amount = 9.00, \
           expect = { fired = ['big'] } }]\n";
    let workspace = folder(&[
        ("a.toml", &tested),
        (".a.toml.swp", "b0VIM"),
        (".hidden.toml", "this is not TOML"),
        ("._a.toml", "Mac OS X"),
        ("a.toml~", "this is not TOML"),
        ("#a.toml#", "this is not TOML"),
    ]);
    symlink("user@host.4711", workspace.path("rules/.#a.toml")).unwrap();
    std::fs::create_dir(workspace.path("rules/archive.toml")).unwrap();
    std::fs::create_dir(workspace.path("rules/..2026_03_01")).unwrap();
    std::fs::write(workspace.path("rules/..2026_03_01/old.toml"), "this is not TOML").unwrap();
    for command in ["check", "test", "list"] {
        workspace.run(&["rules", command, "rules"]).expect(0);
    }
    assert!(check(&workspace, &[]).stdout.contains("1 rule: no errors, no warnings"));
}

#[test]
fn the_links_of_a_config_map_are_followed() {
    let workspace = folder(&[]);
    std::fs::create_dir(workspace.path("rules/..2026_03_01")).unwrap();
    workspace.write("rules/..2026_03_01/a.toml", ruleset(&rule("big", "amount > 5.00")));
    symlink("..2026_03_01", workspace.path("rules/..data")).unwrap();
    symlink("..data/a.toml", workspace.path("rules/a.toml")).unwrap();
    let result = check(&workspace, &[]).expect(0);
    assert_eq!(result.stdout, "rules: tried 1, 1 rule: no errors, no warnings\n");
}

#[test]
fn a_dangling_link_and_a_folder_without_rules_are_reported() {
    let workspace = folder(&[("a.toml", &ruleset(&rule("big", "amount > 5.00")))]);
    symlink("gone/b.toml", workspace.path("rules/b.toml")).unwrap();
    check(&workspace, &[])
        .expect(2)
        .expect_stderr("rules/b.toml: it is a symbolic link to gone/b.toml, which does not exist");
    let workspace = folder(&[(".a.toml", "this is not TOML"), ("notes.txt", "")]);
    check(&workspace, &[])
        .expect(2)
        .expect_stderr("cannot read rules: this folder has no rules file (`*.toml`");
}
