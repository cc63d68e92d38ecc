//! Tests which transaction is explained, and the errors if it cannot be.

use super::{charge, explain, text, three, workspace};

#[test]
fn an_ambiguous_id_requires_a_line() {
    let mut refund = charge("spend", "11:00:00", 500);
    refund["type"] = "refund".into();
    let mut lines = three();
    lines.extend([refund, lines[1].clone()]);
    let workspace = workspace(&lines);
    explain(&workspace, "spend", &[]).expect(2).expect_stderr(
        "in.jsonl has several transactions `spend`; choose one with --line:\n  \
         in.jsonl:2: authorization of card c_1, 2026-01-05T10:05:00.000Z\n  \
         in.jsonl:4: refund of card c_1, 2026-01-05T11:00:00.000Z\n",
    );
    let explanation = |line: &str| explain(&workspace, "spend", &["--line", line]).expect(0).stdout;
    assert!(explanation("2").starts_with("transaction spend (in.jsonl:2)\n"));
    assert!(explanation("4").contains("type is \"refund\""));
    assert!(explanation("5").contains("\na duplicate: "), "{}", explanation("5"));
    explain(&workspace, "spend", &["--line", "1"])
        .expect(2)
        .expect_stderr("line 1 of in.jsonl is not transaction `spend`; it is here:");
    // An id that occurs once needs no `--line`.
    explain(&workspace, "probe", &[]).expect(0);
}

#[test]
fn a_message_that_runs_no_rules_says_so() {
    let mut reversal = charge("back", "10:10:00", 18_000);
    reversal["type"] = "reversal".into();
    reversal["original_id"] = "again".into();
    let mut lines = three();
    lines.push(reversal);
    let explanation = explain(&workspace(&lines), "back", &[]).expect(0).stdout;
    assert!(
        explanation.ends_with("alert: none, the action is approve\na reversal runs no rules\n"),
        "{explanation}"
    );
}

#[test]
fn explain_reports_errors() {
    let workspace = workspace(&three());
    explain(&workspace, "x", &[])
        .expect(2)
        .expect_stderr("in.jsonl has no transaction `x`; 3 lines were read");
    explain(&workspace, "again", &["--rule", "brst"])
        .expect(2)
        .expect_stderr("rules.toml has no rule `brst`; did you mean `burst`?");
    let run = |arguments: &[&str]| workspace.run(&[&["rules", "explain"], arguments].concat());
    run(&["rules.toml", "--input", "in.jsonl"]).expect(2).expect_stderr("--transaction <ID>");
    run(&["rules.toml", "--transaction", "x"]).expect(2).expect_stderr("--input <FILE>");
    run(&["none.toml", "--input", "in.jsonl", "--transaction", "x"])
        .expect(2)
        .expect_stderr("none.toml");
    run(&["rules.toml", "--input", "none.jsonl", "--transaction", "x"])
        .expect(3)
        .expect_stderr("cannot open none.jsonl");
    workspace.write("in.jsonl", format!("oops\n{}", text(&three())));
    let result =
        explain(&workspace, "again", &[]).expect(1).expect_stderr("in.jsonl:1: not_json: ");
    assert!(result.stdout.contains("\nrule burst: did not fire\n"), "{}", result.stdout);
}

#[test]
fn standard_input_is_read_once_so_that_charges_have_no_ids() {
    let workspace = workspace(&three());
    let command = ["rules", "explain", "rules.toml", "--input", "-", "--transaction", "again"];
    let result = workspace.feed(&command, text(&three()).as_bytes()).expect(0);
    let from_file = explain(&workspace, "again", &[]).expect(0).stdout;
    let without = from_file.replace(", id probe", "").replace(", id spend", "");
    assert_eq!(result.stdout, without.replace("in.jsonl:3", "stdin:3"));
}

#[test]
fn a_card_number_given_as_an_id_is_not_shown() {
    const NUMBER: &str = "4111111111111111";
    let workspace = workspace(&[charge(NUMBER, "10:00:00", 100)]);
    let found = explain(&workspace, NUMBER, &[]).expect(0);
    assert!(found.stdout.starts_with("transaction ") && !found.stdout.contains(NUMBER));
    workspace.write("in.jsonl", text(&three()));
    let missing = explain(&workspace, NUMBER, &[]).expect(2).expect_stderr("has no transaction `");
    assert!(!missing.stderr.contains(NUMBER), "{}", missing.stderr);
}
