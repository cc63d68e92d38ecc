//! Tests how `explain` shows the parts of a condition, and a rule that is not evaluated.

use super::{RULES, charge, explain, three, workspace};
use serde_json::Value;

/// The explanation of one rule with this condition, for the last of the three transactions.
fn of_condition(condition: &str, more: &str) -> String {
    let workspace = workspace(&three());
    let (header, _) = RULES.split_once("[features]").unwrap();
    workspace.write(
        "rules.toml",
        format!(
            "{header}[[rule]]\nid = \"r\"\ndescription = \"It.\"\nwhen = '''{condition}'''\npoints = 1\n\
             severity = \"low\"\nreason = \"R\"\nmessage = \"m\"\n{more}\n"
        ),
    );
    let result = explain(&workspace, "again", &["--rule", "r"]).expect(0);
    result.stdout.split_once("\nrule r: ").unwrap().1.to_owned()
}

#[track_caller]
fn check(condition: &str, outcome: &str, lines: &[&str]) {
    let explanation = of_condition(condition, "");
    assert_eq!(explanation.lines().next(), Some(outcome), "{explanation}");
    let explanation: Vec<&str> = explanation.lines().map(str::trim_start).collect();
    for line in lines {
        assert!(explanation.contains(line), "no {line:?} in {explanation:#?}");
    }
    // A part that does not depend on charges shows none.
    let shown = explanation.iter().filter(|line| line.starts_with("- ")).count();
    assert_eq!(
        shown,
        lines.iter().filter(|line| line.starts_with("- ")).count(),
        "{explanation:#?}"
    );
}

const PROBE: &str = "- 2026-01-05T10:00:00.000Z: USD 1.00 in US, category 8099, ecommerce, declined (cvv_mismatch), id probe";
const SPEND: &str = "- 2026-01-05T10:05:00.000Z: USD 180.00 in US, id spend";

#[test]
fn a_value_lists_the_charges_that_contributed_to_it() {
    check(
        "card.last(\"1h\").count(t, t.declined) >= 1",
        "fired, 1 points",
        &["card.last(\"1h\").count(t, t.declined) is 1", PROBE],
    );
    check("card.last(\"1h\").all(t, !t.declined)", "did not fire", &[PROBE]);
    check(
        "card.last(\"1h\").sum(t, t.amount) > 100",
        "fired, 1 points",
        &["card.last(\"1h\").sum(t, t.amount) is 181.00", PROBE, SPEND],
    );
    check(
        "card.previous.amount == amount",
        "fired, 1 points",
        &["card.previous.amount is 180.00", SPEND],
    );
    check("now - card.first_seen < duration(\"1d\")", "fired, 1 points", &[PROBE]);
    check("habit.amount.mean == 180.0", "fired, 1 points", &["habit.amount.mean is 180.0", SPEND]);
    let above_mean =
        "card.last(\"1h\").exists(t, double(t.amount) > card.last(\"1d\").avg(u, u.amount))";
    let mean = "card.last(\"1d\").avg(u, u.amount) is 90.5";
    check(above_mean, "fired, 1 points", &[SPEND, mean, PROBE, SPEND]);
    check(
        "!card.last(\"1h\").exists(t, t.declined)",
        "did not fire",
        &["card.last(\"1h\").exists(t, t.declined) is true", PROBE],
    );
    check(
        "card.last(\"1h\").exists(t, card.last(\"1h\").exists(u, u.declined && u.amount < t.amount))",
        "fired, 1 points",
        &[SPEND, PROBE],
    );
    check("[100, 200].exists(x, amount > double(x))", "fired, 1 points", &["amount is 180.00"]);
}

/// Where a calendar window begins, and the charges in it. In this zone, midnight was at 10:03 UTC.
#[test]
fn a_calendar_window_shows_its_start_and_its_charges() {
    check(
        "card.last(\"1d\").filter(t, t.time >= now.startOfDay(\"+13:57\")).sum(t, t.amount) > 100",
        "fired, 1 points",
        &[
            "card.last(\"1d\").filter(t, t.time >= now.startOfDay(\"+13:57\")).sum(t, t.amount) is 180.00",
            "now.startOfDay(\"+13:57\") is 2026-01-05T10:03:00.000Z",
            SPEND,
        ],
    );
    check(
        "now - now.startOfWeek(\"Europe/Paris\") > duration(\"11h\")",
        "fired, 1 points",
        &["now - now.startOfWeek(\"Europe/Paris\") is 11h6m"],
    );
}

#[test]
fn an_unknown_value_is_explained() {
    for (condition, line) in [
        (
            "card.last(\"1s\").avg(t, t.amount) > 1.0",
            "card.last(\"1s\").avg(t, t.amount) is absent (no such charge is remembered)",
        ),
        (
            "card.last(\"1s\").latest().amount > 1",
            "card.last(\"1s\").latest().amount is absent (no such charge is remembered)",
        ),
        (
            "amount / (amount - amount) > 1.0",
            "amount / (amount - amount) is absent (the calculation has no result)",
        ),
    ] {
        check(condition, "undecided", &[line]);
    }
    for (condition, line, charges) in [
        (
            "card.last(\"1h\").filter(t, t.amount > 100).max(t, t.merchant.mcc == \"8099\" ? 1 : 2) > 1",
            "card.last(\"1h\").filter(t, t.amount > 100).max(t, t.merchant.mcc == \"8099\" ? 1 : 2) is absent (these charges have no `merchant.mcc`)",
            &[SPEND][..],
        ),
        (
            "card.last(\"1h\").avg(t, t.amount * amount / cardholder.latitude) > 1.0",
            "cardholder.latitude is absent (the message has no `cardholder.latitude`)",
            &[PROBE, SPEND],
        ),
        (
            "card.last(\"1h\").filter(t, t.device.id == device.id).avg(t, t.amount) > 1.0",
            "device.id is absent (the message has no `device.id`)",
            &[],
        ),
    ] {
        check(condition, "undecided", &[&[line], charges].concat());
    }
    check(
        "habit.amount.sd > 1.0",
        "undecided",
        &["habit.amount.sd is absent (fewer than two such charges are remembered)", SPEND],
    );
    check(
        "card.previous.channel == \"chip\"",
        "undecided",
        &["card.previous.channel is absent (that charge has no `channel`)", SPEND],
    );
}

#[test]
fn a_rule_that_is_not_run_says_why() {
    for (more, outcome) in [
        ("mode = \"off\"", "off"),
        ("rollout = 0", "outside its rollout, 0 % of cards"),
        ("from = \"2026-01-06T00:00:00Z\"", "not active before 2026-01-06T00:00:00.000Z"),
        ("until = \"2026-01-05T10:06:00Z\"", "no longer active since 2026-01-05T10:06:00.000Z"),
        ("rollout = 100", "fired, 1 points"),
        ("mode = \"shadow\"", "fired in shadow, 1 points"),
    ] {
        assert_eq!(of_condition("amount > 1", more).lines().next(), Some(outcome), "{more}");
    }
}

#[test]
fn only_the_newest_ten_charges_are_shown() {
    let lines: Vec<Value> =
        (0..13).map(|n| charge(&format!("n{n}"), &format!("10:{n:02}:00"), 100)).collect();
    let explanation = explain(&workspace(&lines), "n12", &["--rule", "burst"]).expect(0).stdout;
    let (when, _) = explanation.split_once("  points ").unwrap();
    assert_eq!(when.matches(", id n").count(), 10, "{explanation}");
    assert!(when.contains(", id n11\n") && when.contains("- and 2 more\n"), "{explanation}");
}

/// Plain fields of the message template are not repeated, and neither are values that the condition
/// shows.
#[test]
fn values_that_only_the_message_shows_are_explained_too() {
    let workspace = workspace(&three());
    let (header, _) = RULES.split_once("[features]").unwrap();
    workspace.write(
        "rules.toml",
        format!(
            "{header}[features]\nmost = 'card.last(\"1h\").max(t, t.amount)'\n\
             n = 'card.last(\"1h\").size()'\n\n[[rule]]\nid = \"r\"\nwhen = 'n >= 1'\npoints = 1\n\
             severity = \"low\"\nreason = \"R\"\nmessage = \"{{amount}} after {{n}}, at most {{most}}\"\n"
        ),
    );
    let explanation = explain(&workspace, "again", &["--rule", "r"]).expect(0).stdout;
    let (_, explanation) = explanation.split_once("\n  message ").unwrap();
    let expected = format!(
        "most is 180.00\n    = card.last(\"1h\").max(t, t.amount) is 180.00\n      {SPEND}\n      {PROBE}\n"
    );
    assert_eq!(explanation, expected);
}
