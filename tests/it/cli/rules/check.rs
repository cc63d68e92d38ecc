//! Tests `redcard rules check`.

use super::{Ended, Place, rule, ruleset};
use serde_json::{Value, json};
use std::os::unix::fs::symlink;

const UNKNOWN: &str = "amuont > 5.00";

fn check(place: &Place, more: &[&str]) -> Ended {
    place.run(&[&["rules", "check", "rules"], more].concat())
}

/// A folder `rules` with these files.
fn folder(files: &[(&str, &str)]) -> Place {
    let place = Place::new();
    std::fs::create_dir(place.path("rules")).unwrap();
    files.iter().for_each(|(name, text)| place.write(&format!("rules/{name}"), text));
    place
}

#[test]
fn a_valid_ruleset_is_reported_as_valid() {
    let place = folder(&[("a.toml", &ruleset(&rule("big", "amount > 5.00")))]);
    let ended = check(&place, &[]).expect(0);
    assert_eq!(ended.stdout, "rules: tried 1, 1 rule: no errors, no warnings\n");
    assert_eq!(ended.stderr, "");
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/config/rules");
    let ended = place.run(&["rules", "check", shipped, "--deny", "warnings"]).expect(0);
    assert!(ended.stdout.contains("rules: no errors, no warnings"), "{}", ended.stdout);
}

#[test]
fn all_errors_of_all_files_are_shown_in_one_run() {
    let place = folder(&[
        ("a.toml", &ruleset(&rule("big", UNKNOWN))),
        ("b.toml", &rule("big", "amount >")),
        ("c.toml", "this is not TOML"),
    ]);
    let ended = check(&place, &[]).expect(2);
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
        assert!(ended.stdout.contains(part), "no {part:?} in:\n{}", ended.stdout);
    }
    assert!(!ended.stdout.contains('\u{1b}'), "{}", ended.stdout);
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
        let place = folder(&[("a.toml", &text)]);
        let ended = check(&place, &[]).expect(2);
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
            assert!(ended.stdout.contains(part), "no {part:?} in:\n{}", ended.stdout);
        }
        let ended = check(&place, &["--format", "json"]).expect(2);
        assert_eq!(ended.stdout.lines().count(), errors, "{}", ended.stdout);
    }
}

#[test]
fn warnings_alone_fail_only_where_they_are_denied() {
    let over = rule("old", "amount > 5.00") + "mode = 'shadow'\nuntil = 2026-01-01T00:00:00Z\n";
    let place = folder(&[("a.toml", &ruleset(&over))]);
    let ended = check(&place, &[]).expect(0);
    for part in [
        "warning[rule-over]: the shadow rule `old` is over\n",
        "rules: tried 1, 1 rule: 1 warning\n",
    ] {
        assert!(ended.stdout.contains(part), "no {part:?} in:\n{}", ended.stdout);
    }
    check(&place, &["--deny", "warnings"]).expect(2);
    check(&place, &["--deny", "errors"]).expect(2).says("[possible values: warnings]");
}

#[test]
fn json_output_has_one_object_per_line() {
    let text = ruleset(&(rule("big", UNKNOWN) + &rule("big", "amount > 5.00")));
    let place = folder(&[("a.toml", &text)]);
    let ended = check(&place, &["--format", "json"]).expect(2).says("rules: 2 errors\n");
    let lines: Vec<Value> =
        ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
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
    let place = folder(&[("a.toml", &text)]);
    let ended = check(&place, &[]).expect(2);
    assert!(ended.stdout.contains("charges are remembered for 30d"), "{}", ended.stdout);
    // The command does not need the key file, so it may be missing.
    let config = "[memory]\nretention = '60d'\n[card_numbers]\nkey_file = 'none.toml'\n";
    place.write("redcard.toml", config);
    check(&place, &["--config", "redcard.toml"]).expect(0);
}

#[test]
fn unreadable_rules_are_reported_as_json() {
    let place = folder(&[]);
    std::fs::write(place.path("rules/a.toml"), b"[ruleset]\nname = '\xff'\n").unwrap();
    for (path, message) in [("nope", "cannot read nope"), ("rules", "line 2, column 9")] {
        let ended = place.run(&["rules", "check", path, "--format", "json"]).expect(2);
        let line: Value = serde_json::from_str(&ended.stdout).unwrap();
        assert!(line["message"].as_str().unwrap().contains(message), "{line}");
    }
}

#[test]
fn a_list_that_cannot_be_read_says_why() {
    let text = ruleset(&rule("big", "amount > 5.00"))
        + "[lists]\nlatin = 'latin1.txt'\nmissing = 'none.txt'\nfolder = 'more'\n";
    let place = folder(&[("a.toml", &text)]);
    std::fs::write(place.path("rules/latin1.txt"), b"shop\ncaf\xe9\n").unwrap();
    std::fs::create_dir(place.path("rules/more")).unwrap();
    let ended = check(&place, &[]).expect(2);
    for part in [
        "error: the list file `latin1.txt` cannot be read: it is not UTF-8 from line 2, column 4 on",
        "error: the list file `none.txt` cannot be read: No such file or directory",
        "error: the list file `more` cannot be read: Is a directory",
        "--> rules/a.toml:17:9\n",
    ] {
        assert!(ended.stdout.contains(part), "no {part:?} in:\n{}", ended.stdout);
    }
}

#[test]
fn a_byte_order_mark_before_the_first_entry_of_a_list_is_ignored() {
    let text = ruleset("")
        + "[lists]\nseen = 'seen.txt'\n"
        + &rule("listed", "merchant.id in list(\"seen\")")
        + "[[test]]\nname = 'it'\ntransactions = [{ time = '10:00:00', amount = 1.00, \
           merchant.id = 'shop', expect = { fired = ['listed'] } }]\n";
    let place = folder(&[("a.toml", &text), ("seen.txt", "\u{feff}shop\n")]);
    place.run(&["rules", "test", "rules"]).expect(0);
}

/// Editors, file systems and Kubernetes leave such files next to the rules.
#[test]
fn files_that_are_not_rules_files_are_skipped_in_a_folder() {
    let tested = ruleset(&rule("big", "amount > 5.00"))
        + "[[test]]\nname = 'it'\ntransactions = [{ time = '10:00:00', amount = 9.00, \
           expect = { fired = ['big'] } }]\n";
    let place = folder(&[
        ("a.toml", &tested),
        (".a.toml.swp", "b0VIM"),
        (".hidden.toml", "this is not TOML"),
        ("._a.toml", "Mac OS X"),
        ("a.toml~", "this is not TOML"),
        ("#a.toml#", "this is not TOML"),
    ]);
    symlink("somebody@somewhere.4711", place.path("rules/.#a.toml")).unwrap();
    std::fs::create_dir(place.path("rules/archive.toml")).unwrap();
    std::fs::create_dir(place.path("rules/..2026_03_01")).unwrap();
    std::fs::write(place.path("rules/..2026_03_01/old.toml"), "this is not TOML").unwrap();
    for command in ["check", "test", "list"] {
        place.run(&["rules", command, "rules"]).expect(0);
    }
    assert!(check(&place, &[]).stdout.contains("1 rule: no errors, no warnings"));
}

#[test]
fn the_links_of_a_config_map_are_followed() {
    let place = folder(&[]);
    std::fs::create_dir(place.path("rules/..2026_03_01")).unwrap();
    place.write("rules/..2026_03_01/a.toml", ruleset(&rule("big", "amount > 5.00")));
    symlink("..2026_03_01", place.path("rules/..data")).unwrap();
    symlink("..data/a.toml", place.path("rules/a.toml")).unwrap();
    let ended = check(&place, &[]).expect(0);
    assert_eq!(ended.stdout, "rules: tried 1, 1 rule: no errors, no warnings\n");
}

#[test]
fn a_dangling_link_and_a_folder_without_rules_are_reported() {
    let place = folder(&[("a.toml", &ruleset(&rule("big", "amount > 5.00")))]);
    symlink("gone/b.toml", place.path("rules/b.toml")).unwrap();
    check(&place, &[])
        .expect(2)
        .says("rules/b.toml: it is a symbolic link to gone/b.toml, which does not exist");
    let place = folder(&[(".a.toml", "this is not TOML"), ("notes.txt", "")]);
    check(&place, &[]).expect(2).says("cannot read rules: this folder has no rules file (`*.toml`");
}
