//! Tests the warnings of `redcard rules check` about texts in rules and lists that a field can
//! never equal, or that are probably mistakes.

use super::{Workspace, rule, ruleset};
use serde_json::Value;

/// Checks the warnings for one rule with the list `l`: file, line, code and message of each.
#[track_caller]
fn check(condition: &str, list: &str, expected: &[&str]) {
    let workspace = Workspace::new();
    let lists = "[lists]\nl = 'l.txt'\n\n";
    workspace.write("r.toml", ruleset(&(lists.to_owned() + &rule("r", condition))));
    workspace.write("l.txt", list);
    let result = workspace.run(&["rules", "check", "r.toml", "--format", "json"]).expect(0);
    let warning = |line: &str| {
        let found: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| found[key].as_str().unwrap().to_owned();
        format!("{}:{}: {}: {}", text("file"), found["line"], text("code"), text("message"))
    };
    let found: Vec<String> = result.stdout.lines().map(warning).collect();
    assert_eq!(found, expected, "{condition}: {}", result.stdout);
}

#[test]
fn an_entry_is_dead_only_if_no_field_that_the_list_is_compared_with_can_equal_it() {
    let mixed = "DK\nEUR\n4242\nm_1\n";
    let country = r#"merchant.country in list("l")"#;
    check(
        country,
        mixed,
        &[
            "l.txt:2: dead-entry: `merchant.country` is never `EUR`",
            "l.txt:3: dead-entry: `merchant.country` is never `4242`",
            "l.txt:4: dead-entry: `merchant.country` is never `m_1`",
        ],
    );
    check(
        &format!(r#"{country} && (card.last4 in list("l") || currency in list("l"))"#),
        mixed,
        &["l.txt:4: dead-entry: `merchant.country`, `card.last4` and `currency` are never `m_1`"],
    );
    check(&format!(r#"{country} && merchant.id in list("l")"#), mixed, &[]);
}

#[test]
fn mistakes_in_the_format_of_a_list_are_warnings_with_file_and_line() {
    let list = "m_0\nm_1|casino\nm_1#c\n[m_1]\n«m_1»\n“m_1”\nacq1|m22\nshop#12\n";
    let odd =
        |(line, entry)| format!("l.txt:{line}: odd-entry: `merchant.id` is hardly ever `{entry}`");
    let expected = [(2, "m_1|casino"), (3, "m_1#c"), (4, "[m_1]"), (5, "«m_1»"), (6, "“m_1”")];
    let expected = expected.map(odd);
    check(r#"merchant.id in list("l")"#, list, &expected.each_ref().map(String::as_str));
    // Short numbers on consecutive lines are not a card number, so no line is masked.
    check(
        r#"merchant.mcc in list("l")"#,
        "5411\n5422\n5441\n5451\n5499\nfuel\n5532\n",
        &["l.txt:6: dead-entry: `merchant.mcc` is never `fuel`"],
    );
    check(
        r#"merchant.id in list("l")"#,
        "m_1\t2027-12-01T00:00:00Z # until the end of the year\n",
        &["l.txt:1: odd-entry: there is a comment after the time"],
    );
    check(
        r#"response.reason in list("l") || merchant.id in list("l")"#,
        "5\t9999-12-31T23:59:59Z\n",
        &[],
    );
    check(
        r#"device.ip in list("l")"#,
        "203.0.113.9\n203.0.113.0/24\nm_1\n",
        &[
            "l.txt:2: odd-entry: `device.ip` is hardly ever `203.0.113.0/24`",
            "l.txt:3: odd-entry: `device.ip` is hardly ever `m_1`",
        ],
    );
}

#[test]
fn literals_are_checked_as_entries_of_lists_are() {
    let used = r#"merchant.id in list("l") && "#;
    for (condition, expected) in [
        (r#"merchant.id == " m_1 ""#, "never-true: the rule `r` can never fire"),
        (r#"card.last4 == "42""#, "never-true: the rule `r` can never fire"),
        (r#"currency == "usd""#, "never-true: the rule `r` can never fire"),
        (r#"currency in ["XYZ", "EUR"]"#, "dead-literal: `currency` is never `XYZ`"),
        (
            r#"merchant.id == "4242424242424242""#,
            "odd-literal: `merchant.id` is hardly ever `************4242`",
        ),
    ] {
        let expected = format!("r.toml:13: {expected}");
        check(&format!("{used}{condition}"), "m_1\n", &[&expected]);
    }
    let workspace = Workspace::new();
    workspace.write("r.toml", ruleset(&rule("r", r#"currency == "usd""#)));
    let result = workspace.run(&["rules", "check", "r.toml"]).expect(0);
    assert!(result.stdout.contains("= help: did you mean `\"USD\"`?"), "{}", result.stdout);
}
