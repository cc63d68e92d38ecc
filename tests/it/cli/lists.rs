//! Tests entries of lists without Kafka: `score --lists`, `rules explain --lists`, test cases with
//! `lists`, and arguments of `redcard list` that are refused before anything is read.

use super::{CommandResult, Workspace};
use crate::support::{guard, wait_until};
use rustix::fs::{Mode, OFlags};
use serde_json::{Value, json};
use std::fs::File;
use std::io::Write;
use std::process::Command;

const RULES: &str = r#"
[ruleset]
name = "abroad"
version = "1"
review = 100
decline = 600

[[rule]]
id = "abroad"
description = "A charge abroad that the cardholder did not announce."
when = 'merchant.country != "US" && !(merchant.country in list("travel_notices", card.token))'
points = 100
severity = "low"
reason = "ABROAD"
message = "{amount}"
"#;

/// A second version of a notice replaces the first on the tenth; a snooze for a day.
const LISTS: &str = r#"{"list":"travel_notices","entry":"c_1","values":["SE"],"from":"2026-01-10T00:00:00Z"}

{"list":"travel_notices","entry":"c_1","values":["DK"],"until":"2026-01-12T00:00:00Z"}
{"list":"snoozes","entry":"c_2/abroad","from":"2026-01-05T00:00:00Z","until":"2026-01-06T00:00:00Z"}
"#;

fn charge(id: &str, card: &str, day: u32, country: &str) -> String {
    let charge = json!({
        "id": id, "type": "authorization", "time": format!("2026-01-{day:02}T10:00:00Z"),
        "card": {"token": card}, "amount": 500, "currency": "USD",
        "merchant": {"id": "m_1", "country": country},
    });
    format!("{charge}\n")
}

fn workspace() -> Workspace {
    let workspace = Workspace::new();
    workspace.write("rules.toml", RULES);
    workspace.write("lists.jsonl", LISTS);
    let lines = [
        charge("announced", "c_1", 5, "DK"),
        charge("snoozed", "c_2", 5, "DK"),
        charge("not-yet", "c_1", 6, "SE"),
        charge("over", "c_2", 6, "DK"),
        charge("replaced", "c_1", 10, "DK"),
        charge("second", "c_1", 11, "SE"),
    ];
    workspace.write("in.jsonl", lines.concat());
    workspace
}

fn score(workspace: &Workspace, more: &[&str]) -> CommandResult {
    workspace.run(&[&["score", "in.jsonl", "--rules", "rules.toml"], more].concat())
}

/// The ids of the transactions on which the rule fired.
fn fired(result: &CommandResult) -> Vec<String> {
    let decisions = result.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let fired = decisions.filter(|decision| !decision["rules"].as_array().unwrap().is_empty());
    fired.map(|decision| decision["transaction_id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_entry_of_a_file_is_applied_when_transactions_reach_its_time() {
    let workspace = workspace();
    let without = fired(&score(&workspace, &[]).expect(0));
    assert_eq!(without.len(), 6);
    let with = score(&workspace, &["--lists", "lists.jsonl"]).expect(0);
    assert_eq!(fired(&with), ["not-yet", "over", "replaced"]);
}

#[test]
fn a_file_of_entries_with_a_wrong_line_is_refused_with_its_place() {
    let workspace = workspace();
    let lines =
        "{\"list\":\"l\",\"entry\":\"e\"}\n\n{\"list\":\"l\"}\n{\"list\":\"l\",\"entry\":7}\n";
    workspace.write("wrong.jsonl", lines);
    let result = score(&workspace, &["--lists", "wrong.jsonl"]).expect(2);
    for line in ["wrong.jsonl:3: `entry` is missing", "wrong.jsonl:4: `entry` has the wrong type"] {
        assert!(result.stderr.contains(line), "{}", result.stderr);
    }
    assert_eq!(result.stdout, "");
    let result = score(&workspace, &["--lists", "gone.jsonl"]).expect(3);
    assert!(result.stderr.contains("cannot open gone.jsonl"), "{}", result.stderr);
}

#[test]
fn a_file_of_entries_may_be_compressed_and_begin_with_a_byte_order_mark() {
    let workspace = workspace();
    let expected = score(&workspace, &["--lists", "lists.jsonl"]).expect(0);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(LISTS.as_bytes()).unwrap();
    workspace.write("lists.jsonl.gz", gzip.finish().unwrap());
    workspace.write("lists.zst", zstd::encode_all(LISTS.as_bytes(), 1).unwrap());
    workspace.write("marked.jsonl", format!("\u{feff}{LISTS}"));
    for name in ["lists.jsonl.gz", "lists.zst", "marked.jsonl"] {
        let result = score(&workspace, &["--lists", name]).expect(0);
        assert_eq!(result.stdout, expected.stdout, "{name}");
    }
    workspace.write("cut.gz", b"\x1f\x8b\x08");
    let result = score(&workspace, &["--lists", "cut.gz"]).expect(3);
    assert!(result.stderr.contains("cannot read cut.gz"), "{}", result.stderr);
}

#[test]
fn entries_are_read_from_standard_input_too() {
    let workspace = workspace();
    let expected = score(&workspace, &["--lists", "lists.jsonl"]).expect(0);
    let arguments = ["score", "in.jsonl", "--rules", "rules.toml", "--lists", "-"];
    let result = workspace.feed(&arguments, LISTS.as_bytes()).expect(0);
    assert_eq!(result.stdout, expected.stdout);
    for other in ["--lists", "--labels"] {
        let result = workspace.feed(&["score", "-", "--rules", "rules.toml", other, "-"], b"");
        result
            .expect(2)
            .expect_stderr("error: only one of the files can be standard input (`-`)\n");
    }
}

#[test]
fn an_interrupt_ends_a_command_that_waits_for_entries_from_a_pipe() {
    let rules = ["--rules", "rules.toml"];
    let features = ["features", "in.jsonl", "--output", "out.csv"];
    let explain =
        ["rules", "explain", "rules.toml", "--input", "in.jsonl", "--transaction", "over"];
    let lists = ["--lists", "pipe"];
    let topic = ["--topic", "lists", "--brokers", "127.0.0.1:1"];
    for arguments in [
        [&["score", "in.jsonl"], &rules[..], &lists].concat(),
        [&["rules", "eval", "amount", "--input", "in.jsonl"], &rules[..], &lists].concat(),
        [&explain[..], &lists].concat(),
        [&features, &rules[..], &lists].concat(),
        [&["list", "import", "pipe"], &topic[..]].concat(),
    ] {
        let workspace = workspace();
        let path = workspace.path("pipe");
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        let child = workspace.command(&arguments).spawn().unwrap();
        // Without a reader, opening it fails.
        let pipe = wait_until("the command reads the pipe", || {
            rustix::fs::open(&path, OFlags::WRONLY | OFlags::NONBLOCK, Mode::empty()).ok()
        });
        File::from(pipe.try_clone().unwrap()).write_all(b"{\"list\":\"travel_n").unwrap();
        guard::signal(&child, "INT");
        let result = CommandResult::of(child.wait_with_output().unwrap()).expect(130);
        assert_eq!((&*result.stdout, &*result.stderr), ("", "error: interrupted\n"));
    }
}

#[test]
fn a_list_that_a_rule_names_and_that_has_no_entries_is_a_warning() {
    let workspace = workspace();
    workspace.write("other.jsonl", r#"{"list":"travel_notice","entry":"c_1","values":["DK"]}"#);
    let missing =
        "the list `travel_notices`, which has no file under [lists] and no entry in other.jsonl";
    let explain =
        ["rules", "explain", "rules.toml", "--input", "in.jsonl", "--transaction", "over"];
    let eval = ["rules", "eval", "amount", "--rules", "rules.toml", "--input", "in.jsonl"];
    for command in [&["score", "in.jsonl", "--rules", "rules.toml"][..], &explain, &eval] {
        let run = |file: &str| workspace.run(&[command, &["--lists", file]].concat()).expect(0);
        assert!(run("other.jsonl").stderr.contains(missing), "{command:?}");
        assert!(!run("lists.jsonl").stderr.contains("which has no file"), "{command:?}");
    }
    let quiet = score(&workspace, &["--lists", "other.jsonl", "--quiet"]).expect(0);
    assert_eq!(quiet.stderr, "");
    workspace.write("without.toml", "");
    workspace.write("with.toml", "[topics]\nlists = \"lists\"\n");
    for command in [&["check", "--rules", "rules.toml"][..], &["rules", "check", "rules.toml"]] {
        let warns = |config: &[&str]| {
            let result = workspace.run(&[command, config].concat()).expect(0);
            let shown = format!("{}{}", result.stdout, result.stderr);
            shown.contains("warning[no-entries]: the list `travel_notices` has no entries")
        };
        assert!(warns(&["--config", "without.toml"]), "{command:?}");
        assert!(!warns(&["--config", "with.toml"]), "{command:?}");
    }
    // Without a configuration, it is not known whether there is a topic.
    let result = workspace.run(&["rules", "check", "rules.toml"]).expect(0);
    assert!(!result.stdout.contains("no-entries"), "{}", result.stdout);
}

#[test]
fn explain_shows_a_snooze_and_the_values_of_an_entry() {
    let workspace = workspace();
    let explain = |id: &str, more: &[&str]| {
        let arguments = ["rules", "explain", "rules.toml", "--input", "in.jsonl"];
        let lists = ["--lists", "lists.jsonl", "--transaction", id];
        workspace.run(&[&arguments[..], &lists, more].concat()).expect(0).stdout
    };
    let snoozed = explain("snoozed", &[]);
    assert!(
        snoozed.contains("rule abroad: snoozed for this card until 2026-01-06T00:00:00.000Z"),
        "{snoozed}"
    );
    let json: Value = serde_json::from_str(&explain("snoozed", &["--format", "json"])).unwrap();
    assert_eq!(json["rules"][0]["outcome"], "snoozed", "{json}");
    let announced = explain("announced", &[]);
    assert!(announced.contains("rule abroad: did not fire"), "{announced}");
    let part = "merchant.country in list(\"travel_notices\", card.token) is true";
    assert!(announced.contains(part), "{announced}");
    assert!(explain("over", &[]).contains("rule abroad: fired"));
}

const CASES: &str = r#"
[[test]]
name = "announced, for a time"
lists = [
  { list = "travel_notices", entry = "card-1", values = ["DNK"], from = "2 00:00:00", until = "3 00:00:00" },
]
transactions = [
  { time = "1 10:00:00", amount = 5.00, merchant.country = "DK", expect = { fired = ["abroad"] } },
  { time = "2 10:00:00", amount = 5.00, merchant.country = "DK", expect = { not_fired = ["abroad"] } },
  { time = "3 10:00:00", amount = 5.00, merchant.country = "DK", expect = { fired = ["abroad"] } },
]

[[test]]
name = "snoozed by card number"
lists = [{ list = "snoozes", entry = "4242424242424242/abroad/m_1" }]
transactions = [
  { time = "10:00:00", amount = 5.00, card.number = "4242424242424242", merchant.id = "m_1", merchant.country = "DK", expect = { not_fired = ["abroad"] } },
  { time = "11:00:00", amount = 5.00, card.number = "4242424242424242", merchant.id = "m_2", merchant.country = "DK", expect = { fired = ["abroad"] } },
]
"#;

#[test]
fn a_test_case_may_have_entries_of_lists() {
    let workspace = workspace();
    workspace.write("rules.toml", format!("{RULES}{CASES}"));
    workspace.run(&["rules", "test", "rules.toml"]).expect(0);
    for (wrong, expected) in [
        ("lists = [{ list = \"l\", entry = \"e\", untill = \"x\" }]", "did you mean `until`?"),
        ("lists = [{ list = \"l\" }]", "entry 1 of `lists` is not valid: `entry` is missing"),
        ("lists = [{ list = \"l\", entry = \"e\", until = \"soon\" }]", "`until` is not a time"),
        ("lists = 1", "`lists` must be an array of tables, or the name of a file"),
    ] {
        let case = format!(
            "{RULES}\n[[test]]\nname = \"n\"\n{wrong}\ntransactions = [{{ time = \"10:00:00\", amount = 1.00 }}]\n"
        );
        workspace.write("rules.toml", case);
        let result = workspace.run(&["rules", "test", "rules.toml"]);
        assert_ne!(result.code, Some(0), "{wrong}");
        let shown = format!("{}{}", result.stdout, result.stderr);
        assert!(shown.contains(expected), "{wrong}: {shown}");
    }
}

#[test]
fn arguments_that_do_not_fit_are_refused_before_anything_is_read() {
    let workspace = workspace();
    workspace.write("entries.txt", "m_1\n");
    let remark = ["--reason", "r", "--by", "b"];
    let topic = ["--topic", "lists", "--brokers", "127.0.0.1:1"];
    let later = ["--from", "2026-02-01T00:00:00Z", "--until", "2026-01-01T00:00:00Z"];
    let number = "4242424242424242";
    for (arguments, expected) in [
        (vec!["add", "l", "e"], "--reason <TEXT>"),
        ([&["add", "l", "e"], &remark[..]].concat(), "`topics.lists` is not set"),
        (
            [&["add", "l", "e"], &remark[..], &topic, &later].concat(),
            "--from is not before --until",
        ),
        ([&["add", "a/b", "e"], &remark[..], &topic].concat(), "`list` is not a name of a list"),
        ([&["add", "snoozes", "e"], &remark[..], &topic].concat(), "is not `CARD/RULE`"),
        ([&["add", "l", number], &remark[..], &topic].concat(), "no key is configured"),
        ([&["remove", "l", number], &remark[..], &topic].concat(), "no key is configured"),
        (
            [&["add", "l", "e", "--values", number], &remark[..], &topic].concat(),
            "`values` has a card",
        ),
        ([&["add", "l", "e", "--until", "soon"], &remark[..], &topic].concat(), "not RFC 3339"),
        ([&["import", "entries.txt"], &topic[..]].concat(), "name it with --list"),
        ([&["import", "entries.txt.gz"], &topic[..]].concat(), "name it with --list"),
        ([&["import", "entries.txt", "--list", "l"], &topic[..]].concat(), "add --reason and --by"),
        (
            [&["import", "in.jsonl", "--list", "l"], &topic[..]].concat(),
            "--list is only for list files",
        ),
        (["add", "l", "e", "--by", "b", "--reason", " "].to_vec(), "is blank: say why"),
        (["remove", "l", "e", "--reason", "r", "--by", ""].to_vec(), "is blank: say why"),
        (vec!["import", "in.jsonl", "--by", "\t"], "is blank: say why"),
        (vec!["show", "--topic", "a b"], "is not a name of a topic"),
        (vec!["show", "--topic", "transactions"], "are both \"transactions\""),
        (vec!["show", "--topic", "lists", "--brokers", "kafka:0"], "kafka:0"),
    ] {
        let result = workspace.run(&[&["list"], &arguments[..]].concat()).expect(2);
        assert!(result.stderr.contains(expected), "{arguments:?}: {}", result.stderr);
        assert!(!result.stderr.contains(number), "{}", result.stderr);
    }
    // Wrong lines are found before anything is written.
    let result = workspace.run(&[&["list", "import", "in.jsonl"], &topic[..]].concat()).expect(1);
    assert!(result.stderr.contains("in.jsonl:1: the entry has a field"), "{}", result.stderr);
    let lines = [
        r#"{"list":"l","entry":"e","reason":"r","by":"b"}"#,
        r#"{"list":"l","entry":"f","by":"b"}"#,
        r#"{"list":"l","entry":"f","reason":"r","by":" "}"#,
    ];
    workspace.write("remarks.jsonl", lines.join("\n"));
    let import = ["list", "import", "remarks.jsonl"];
    let result = workspace.run(&[&import, &topic[..]].concat()).expect(1);
    for line in ["remarks.jsonl:2: `reason` is missing", "remarks.jsonl:3: `by` is missing"] {
        assert!(result.stderr.contains(line), "{}", result.stderr);
    }
    let piped = [&["list", "import", "-"], &topic[..]].concat();
    workspace
        .feed(&piped, lines.join("\n").as_bytes())
        .expect(1)
        .expect_stderr("stdin:2: `reason` is missing");
    let result = workspace.run(&[&import, &topic[..], &["--reason", "r"]].concat()).expect(1);
    assert!(!result.stderr.contains(":2:") && result.stderr.contains(":3:"), "{}", result.stderr);
}

#[test]
fn a_card_number_among_the_arguments_is_not_shown() {
    let workspace = workspace();
    let number = "4242424242424242";
    let spaced = "4242 4242 4242 4242";
    let remark = ["--reason", "r", "--by", "b"];
    let topic = ["--topic", "lists", "--brokers", "127.0.0.1:1"];
    let path = format!("--config={number}.toml");
    let unreachable = format!("{number}:0");
    for (arguments, code) in [
        ([&["list", "add", "l", "e", "--until", number], &remark[..], &topic].concat(), 2),
        ([&["list", "add", "l", "e", number], &remark[..], &topic].concat(), 2),
        ([&["list", "add", "l", "e", spaced], &remark[..], &topic].concat(), 2),
        ([&["list", "remove", "l", "e\u{200b}", number], &remark[..]].concat(), 2),
        (vec!["list", number], 2),
        ([&["list", "show", number], &topic[..]].concat(), 2),
        (vec!["list", "show", "--topic", "lists", "--brokers", &unreachable], 2),
        (vec!["list", "show", &path], 2),
        (vec![number], 2),
        (vec!["score", "in.jsonl", number], 2),
        (vec!["memory", "--card", number], 2),
        (vec!["rules", "check", number], 2),
    ] {
        let result = workspace.run(&arguments).expect(code);
        let shown = format!("{}{}", result.stdout, result.stderr);
        assert!(!shown.is_empty(), "{arguments:?}");
        for part in [number, spaced] {
            assert!(!shown.contains(part), "{arguments:?}: {shown}");
        }
    }
}
