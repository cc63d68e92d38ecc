//! Tests which transaction is explained, and the errors if it cannot be.

use super::{charge, explain, place, text, three};

#[test]
fn an_ambiguous_id_requires_a_line() {
    let mut refund = charge("spend", "11:00:00", 500);
    refund["type"] = "refund".into();
    let mut lines = three();
    lines.extend([refund, lines[1].clone()]);
    let place = place(&lines);
    explain(&place, "spend", &[]).expect(2).says(
        "in.jsonl has several transactions `spend`; choose one with --line:\n  \
         in.jsonl:2: authorization of card c_1, 2026-01-05T10:05:00.000Z\n  \
         in.jsonl:4: refund of card c_1, 2026-01-05T11:00:00.000Z\n",
    );
    let told = |line: &str| explain(&place, "spend", &["--line", line]).expect(0).stdout;
    assert!(told("2").starts_with("transaction spend (in.jsonl:2)\n"));
    assert!(told("4").contains("type is \"refund\""));
    assert!(told("5").contains("\na duplicate: "), "{}", told("5"));
    explain(&place, "spend", &["--line", "1"])
        .expect(2)
        .says("line 1 of in.jsonl is not transaction `spend`; it is here:");
    // An id that occurs once needs no `--line`.
    explain(&place, "probe", &[]).expect(0);
}

#[test]
fn a_message_that_runs_no_rules_says_so() {
    let mut reversal = charge("back", "10:10:00", 18_000);
    reversal["type"] = "reversal".into();
    reversal["original_id"] = "again".into();
    let mut lines = three();
    lines.push(reversal);
    let told = explain(&place(&lines), "back", &[]).expect(0).stdout;
    assert!(
        told.ends_with("alert: none, the action is approve\na reversal runs no rules\n"),
        "{told}"
    );
}

#[test]
fn explain_reports_errors() {
    let place = place(&three());
    explain(&place, "x", &[]).expect(2).says("in.jsonl has no transaction `x`; 3 lines were read");
    explain(&place, "again", &["--rule", "brst"])
        .expect(2)
        .says("rules.toml has no rule `brst`; did you mean `burst`?");
    let run = |arguments: &[&str]| place.run(&[&["rules", "explain"], arguments].concat());
    run(&["rules.toml", "--input", "in.jsonl"]).expect(2).says("--transaction <ID>");
    run(&["rules.toml", "--transaction", "x"]).expect(2).says("--input <FILE>");
    run(&["none.toml", "--input", "in.jsonl", "--transaction", "x"]).expect(2).says("none.toml");
    run(&["rules.toml", "--input", "none.jsonl", "--transaction", "x"])
        .expect(3)
        .says("cannot open none.jsonl");
    place.write("in.jsonl", format!("oops\n{}", text(&three())));
    let ended = explain(&place, "again", &[]).expect(1).says("in.jsonl:1: not_json: ");
    assert!(ended.stdout.contains("\nrule burst: did not fire\n"), "{}", ended.stdout);
}

#[test]
fn standard_input_is_read_once_so_that_charges_have_no_ids() {
    let place = place(&three());
    let command = ["rules", "explain", "rules.toml", "--input", "-", "--transaction", "again"];
    let ended = place.feed(&command, text(&three()).as_bytes()).expect(0);
    let from_file = explain(&place, "again", &[]).expect(0).stdout;
    let without = from_file.replace(", id probe", "").replace(", id spend", "");
    assert_eq!(ended.stdout, without.replace("in.jsonl:3", "stdin:3"));
}

#[test]
fn a_card_number_given_as_an_id_is_not_shown() {
    const NUMBER: &str = "4111111111111111";
    let place = place(&[charge(NUMBER, "10:00:00", 100)]);
    let found = explain(&place, NUMBER, &[]).expect(0);
    assert!(found.stdout.starts_with("transaction ") && !found.stdout.contains(NUMBER));
    place.write("in.jsonl", text(&three()));
    let missing = explain(&place, NUMBER, &[]).expect(2).says("has no transaction `");
    assert!(!missing.stderr.contains(NUMBER), "{}", missing.stderr);
}
