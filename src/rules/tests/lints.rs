//! Tests which lints are reported and where, and that the shipped ruleset has none. `certainty` tests
//! that lints are never wrong.

mod certainty;
mod windows;

use super::support::*;
use crate::rules::{Diagnostics, Sources};
use crate::transaction::Time;

const TODAY: Time = NOW;

fn lints(text: &str) -> Diagnostics {
    sources(text).compile_as_of(environment(), TODAY).unwrap_or_else(|errors| panic!("{errors}")).1
}

/// Checks the lints of a ruleset: the name of each, and the text that its caret marks.
#[track_caller]
fn check_ruleset(text: &str, expected: &[(&str, &str)]) {
    let lints = lints(text);
    let found = lints.warnings().map(|lint| (lint.code.unwrap(), &text[lint.place.span.clone()]));
    assert_eq!(found.collect::<Vec<_>>(), expected, "{text}\n{lints}");
}

#[track_caller]
fn check(condition: &str, expected: &[(&str, &str)]) {
    check_ruleset(&source(condition).replace("points = 100", "points = 300"), expected);
}

#[test]
fn a_comparison_that_bounds_decide_is_found() {
    let size = |rest: &str| format!("card.last(\"1h\").size() {rest}");
    for (condition, code) in [
        (size("< 0"), "never-true"),
        (size(">= 0"), "always-true"),
        (size("== -1"), "never-true"),
        (size("!= -1"), "always-true"),
        (size("* 2 + 1 <= 0"), "never-true"),
        ("now.getHours() >= 24".into(), "never-true"),
        ("now.getDayOfWeek() == 7".into(), "never-true"),
        ("now.getMonth() < 12".into(), "always-true"),
        ("amount < 0".into(), "never-true"),
        ("travel.km < 0.0".into(), "never-true"),
        ("merchant.id.size() > -1".into(), "always-true"),
        ("merchant.country in []".into(), "never-true"),
        ("amount == amount".into(), "always-true"),
        ("merchant.country != merchant.country".into(), "never-true"),
        ("true".into(), "always-true"),
        ("card.last(\"1h\").sum(t, t.amount) >= 0".into(), "always-true"),
        ("1 + 1 == 3".into(), "never-true"),
        ("1 / 0 == 1".into(), "never-true"),
        ("math.least(5.00, amount) > 5".into(), "never-true"),
        // The cap is 256 charges per card.
        (size("> 256"), "never-true"),
        ("card.refunds(\"1h\").count(t, t.amount > 5) >= 257".into(), "never-true"),
        ("card.last(\"1h\").distinct(t, t.merchant.id).size() <= 256".into(), "always-true"),
        ("card.previous.time > now".into(), "never-true"),
        ("now < now.startOfDay()".into(), "never-true"),
        ("now.startOfMonth(\"Europe/Paris\") <= now".into(), "always-true"),
        ("card.previous.time.startOfWeek() > card.previous.time".into(), "never-true"),
        (
            "math.greatest(now, timestamp(\"2026-03-01T00:00:00Z\")).startOfDay() < timestamp(\"2026-02-26T00:00:00Z\")"
                .into(),
            "never-true",
        ),
        ("currency == \"usd\"".into(), "never-true"),
        ("\"XYZ\" != currency".into(), "always-true"),
        ("type == \"reversal\"".into(), "never-true"),
    ] {
        check(&condition, &[(code, &condition)]);
    }
    for condition in [
        size("> 0"),
        size("> 255"),
        "currency == \"USD\" && type != \"refund\"".into(),
        size("+ card.last(\"2h\").size() > 300"),
        "card.previous.time < now".into(),
        "now == now.startOfDay()".into(),
        "now.startOfDay(\"Europe/Paris\") > now.startOfDay()".into(),
        "card.last(\"1h\").sum(t, 1) > 300".into(),
        "now.getHours() > 22".into(),
        "amount > 0".into(),
        "card.last(\"1h\").exists(t, true)".into(),
        "has(checks.cvv) ? checks.cvv == \"mismatch\" : true".into(),
    ] {
        check(&condition, &[]);
    }
}

#[test]
fn mutually_exclusive_parts_are_found() {
    for (condition, code, second) in [
        ("amount > 10 && amount < 5", "never-true", "amount < 5"),
        ("amount > 10 && channel == \"atm\" && amount <= 10.00", "never-true", "amount <= 10.00"),
        ("!(amount > 10) && 10.00 < amount", "never-true", "10.00 < amount"),
        ("travel.km > 5.0 && travel.km <= 5.0", "never-true", "travel.km <= 5.0"),
        ("home.km < -1.0 || home.km > -2.0", "never-true", "home.km < -1.0"),
        ("channel == \"atm\" && channel == \"moto\"", "never-true", "channel == \"moto\""),
        (
            "channel == \"atm\" && channel in [\"moto\", \"chip\"]",
            "never-true",
            "channel in [\"moto\", \"chip\"]",
        ),
        ("currency == \"USD\" && currency == \"EUR\"", "never-true", "currency == \"EUR\""),
        ("card_present && card_present == false", "never-true", "card_present == false"),
        ("channel != \"atm\" || channel != \"moto\"", "always-true", "channel != \"moto\""),
        ("currency != \"USD\" || currency != \"EUR\"", "always-true", "currency != \"EUR\""),
        ("amount <= 10 || amount > 5", "always-true", "amount > 5"),
        ("card_present || !card_present", "always-true", "!card_present"),
        ("now.getHours() > 22 && now.getHours() != 23", "never-true", "now.getHours() != 23"),
    ] {
        let expected = [(code, second)];
        let also = [(code, second), ("always-true", "home.km > -2.0")];
        let expected = if condition.starts_with("home") { &also[..] } else { &expected[..] };
        check(condition, expected);
    }
    for condition in [
        "amount > 10 && amount < 11",
        "travel.km >= 5.0 && travel.km <= 5.0",
        "channel != \"atm\" && channel != \"moto\"",
        "channel == \"atm\" || channel == \"moto\"",
        "amount < 5 || amount > 10",
        "card.last(\"1h\").exists(t, t.amount < 1) && card.last(\"1h\").exists(t, t.amount > 5)",
    ] {
        check(condition, &[]);
    }
}

#[test]
fn a_part_that_is_always_true_differs_from_a_rule_that_never_fires() {
    let say = |condition: &str| {
        lints(&source(condition).replace("= 100", "= 300")).entries()[0].message.clone()
    };
    assert_eq!(say("amount > 5 && amount < 3"), "the rule `r` can never fire");
    assert_eq!(say("amount > 5 || amount < -3"), "a part of this condition is never true");
    assert_eq!(say("amount > 5 && amount > -3"), "a part of this condition is always true");
    assert_eq!(
        say("amount >= 0 || card_present"),
        "the rule `r` fires whenever it is not undecided"
    );
    let inner = "card.last(\"1h\").exists(t, t.amount > 5 && t.amount < 3)";
    assert_eq!(say(inner), "the rule `r` can never fire");
    let counted = "card.last(\"1h\").count(t, t.amount > 5 && t.amount < 3) >= 1 || card_present";
    assert_eq!(say(counted), "a part of this condition is never true");
}

#[test]
fn a_predicate_that_no_charge_fulfils_is_reported_once() {
    let never = |second: &str| [("never-true", second.to_owned())];
    for (condition, second) in [
        ("card.last(\"1h\").exists(t, t.approved && t.declined)", "t.declined"),
        ("card.last(\"1h\").exists(t, t.declined && amount > 5 && t.approved)", "t.approved"),
        ("card.last(\"1h\").count(t, t.amount > 5 && t.amount < 3) >= 1", "t.amount < 3"),
        (
            "card.last(\"1h\").exists(t, card.last(\"2h\").exists(u, u.approved && u.declined && \
          u.amount > t.amount))",
            "u.declined",
        ),
        ("card.previous.approved && card.previous.declined", "card.previous.declined"),
        ("card.last(\"1h\").exists(t, t.amount > 5 && now < t.time)", "now < t.time"),
    ] {
        let condition = condition.split_whitespace().collect::<Vec<_>>().join(" ");
        let expected = never(second);
        let expected = expected.each_ref().map(|(code, marked)| (*code, marked.as_str()));
        check(&condition, &expected);
    }
    check(
        "card.last(\"1h\").all(t, t.approved || t.declined)",
        &[
            ("always-true", "card.last(\"1h\").all(t, t.approved || t.declined)"),
            ("always-true", "t.declined"),
        ],
    );
    check(
        "card.last(\"1h\").exists(t, t.approved) && card.last(\"1h\").exists(t, t.declined)",
        &[],
    );
}

#[test]
fn has_of_a_field_that_is_always_present_is_found() {
    for path in ["merchant.id", "tx.currency", "card.token", "tx.type"] {
        let asked = format!("has({path})");
        check(&format!("{asked} && amount > 5"), &[("always-true", &asked)]);
    }
    check(
        "card.last(\"1h\").exists(t, has(t.time) && t.amount > 5)",
        &[("always-true", "has(t.time)")],
    );
    // `amount` is absent if its currency has no rate, `card.previous` if there was no charge.
    check("has(tx.amount) && amount > 5", &[]);
    check("has(card.previous.time) && amount > 5", &[]);
}

#[test]
fn a_ruleset_without_a_rule_is_found() {
    check_ruleset(&ruleset_text("[features]\n"), &[("no-rule", "\"t\"")]);
}

/// Nothing is certain about a condition with an error: what looks odd may result from the error.
#[test]
fn a_condition_with_an_error_has_no_lints() {
    let errors = compile(&source("amount > \"20\" || amount >= 0")).unwrap_err();
    assert_eq!((errors.errors().count(), errors.warnings().count()), (1, 0), "{errors}");
}

#[test]
fn a_repeated_condition_is_found_in_every_form() {
    check("amount > 5 && card_present && 5.00 < amount", &[("said-twice", "5.00 < amount")]);
    check("card_present || card_present", &[("said-twice", "card_present")]);
    check(
        "amount > 5 || !(amount <= 5 || card_present) || (!card_present && amount > 5)",
        &[("said-twice", "!card_present && amount > 5")],
    );
}

#[test]
fn not_equal_on_an_often_absent_field_needs_has() {
    let wrong = "device.id != \"x\"";
    check(wrong, &[("often-absent", wrong)]);
    check(
        "amount > 5 && ship_to.country != card.country",
        &[("often-absent", "ship_to.country != card.country")],
    );
    check("recurring != true", &[("often-absent", "recurring != true")]);
    check("has(ship_to.key) && device.id != \"x\"", &[("often-absent", wrong)]);
    let previous = "card.previous.device.id != \"x\"";
    check(previous, &[("often-absent", previous)]);
    check(
        "card.last(\"1h\").all(t, t.terminal.id != \"x\")",
        &[("often-absent", "t.terminal.id != \"x\"")],
    );
    check("has(device.id) || device.id != \"x\"", &[("often-absent", wrong)]);
    for condition in [
        "has(device.id) && device.id != \"x\"",
        "device.id != \"x\" && amount > 5 && has(device.id)",
        "!has(device.id) || device.id != \"x\"",
        "has(device.id) ? device.id != \"x\" : amount > 5",
        "has(tx.recurring) && recurring != true",
        "tx.?recurring.orValue(false) != true",
        "merchant.country != card.country",
        "device.id == \"x\"",
        "has(card.previous.device.id) && card.previous.device.id != \"x\"",
        "card.previous.channel != \"atm\"",
        // These skip the charges without a device id.
        "card.last(\"1h\").exists(t, t.device.id != device.id)",
        "card.last(\"1h\").count(t, t.device.id != \"x\") > 2",
        "card.last(\"1h\").all(t, has(t.device.id) && t.device.id != \"x\")",
    ] {
        check(condition, &[]);
    }
}

/// A rule to append to a ruleset.
fn rule(id: &str, when: &str, rest: &str) -> String {
    format!(
        "[[rule]]\nid = \"{id}\"\nwhen = '''{when}'''\nseverity = \"low\"\nreason = \"R\"\nmessage = \"m\"\n{rest}\n"
    )
}

#[test]
fn equivalent_rules_are_found() {
    let two = |second: &str, more: &str, other: &str| {
        ruleset_text(
            &(rule("a", "amount > 5 && card_present", &format!("points = 300\n{other}"))
                + &rule("b", second, &format!("points = 300\n{more}"))),
        )
    };
    for same in ["amount > 5 && card_present", "card_present && 5.00 < amount"] {
        check_ruleset(&two(same, "", ""), &[("same-rule", same)]);
    }
    let same = "!(amount <= 5 || !card_present)";
    let text = two(same, "", "");
    check_ruleset(&text, &[("same-rule", same)]);
    let (place, label) = lints(&text).entries()[0].related[0].clone();
    assert_eq!((&text[place.span.clone()], &*label), ("amount > 5 && card_present", "here first"));
    check_ruleset(&two("amount > 5 || card_present", "", ""), &[]);
    check_ruleset(&two(same, "mode = \"shadow\"", ""), &[]);
    check_ruleset(&two(same, "mode = \"off\"", ""), &[]);
    let (from, until) = ("from = 2026-06-01T00:00:00Z", "until = 2026-06-01T00:00:00Z");
    check_ruleset(&two(same, from, until), &[]);
    check_ruleset(&two(same, from, from), &[("same-rule", same)]);
}

#[test]
fn a_threshold_that_no_score_reaches_is_found() {
    let with = |points: &str| {
        ruleset_text(
            &(rule("a", "amount > 5", "points = 100") + &rule("b", "card_present", points)),
        )
    };
    for points in [
        "points = 199",
        "points = -500",
        "points = 'math.least(199, 50 * card.last(\"1h\").size())'",
    ] {
        check_ruleset(&with(points), &[("out-of-reach", "300")]);
    }
    for points in [
        "points = 200",
        "points = '50 * card.last(\"1h\").size()'",
        "points = 'amount > 7 ? 200 : 0'",
        "points = 1\naction = \"review\"",
    ] {
        check_ruleset(&with(points), &[]);
    }
    let alone = rule("a", "amount > 5", "points = 100\nmode = \"shadow\"");
    check_ruleset(&ruleset_text(&alone), &[]);
}

#[test]
fn unused_names_are_reported() {
    let text = ruleset_text(
        "[features]\nused = 'amount > 7'\nshown = 'amount'\npointed = '300'\nunused = 'alone > 1'\nalone = 'card.last(\"1h\").size()'\n\n",
    ) + &rule("a", "used", "points = 'pointed'").replace("\"m\"", "\"{shown}\"");
    check_ruleset(&text, &[("unused-feature", "unused"), ("unused-feature", "alone")]);
}

#[test]
fn an_unused_list_is_reported() {
    let text = ruleset_text("[lists]\nasked = \"a.txt\"\nidle = \"a.txt\"\n\n")
        + &rule("a", "merchant.id in list(\"asked\")", "points = 300");
    let mut sources = sources(&text);
    let file = crate::rules::ListFile {
        name: "a.txt".to_owned(),
        path: "a.txt".to_owned(),
        text: Ok(String::new()),
    };
    sources.lists.push(file);
    let (_, lints) = sources.compile_as_of(environment(), TODAY).unwrap();
    let [lint] = lints.entries() else { panic!("{lints}") };
    assert_eq!((lint.code, &text[lint.place.span.clone()]), (Some("unused-list"), "idle"));
}

#[test]
fn rules_without_an_effect_are_found() {
    let with = |rest: &str| ruleset_text(&rule("a", "amount > 5", rest));
    let past = "2026-01-05T10:00:00Z";
    assert_eq!(Time::parse_rfc3339(past), Some(TODAY));
    let until = |mode: &str| with(&format!("points = 300\nmode = \"{mode}\"\nuntil = {past}"));
    check_ruleset(&until("shadow"), &[("rule-over", past)]);
    check_ruleset(&until("live"), &[("rule-over", past)]);
    check_ruleset(&until("off"), &[]);
    check_ruleset(&with("points = 300\nuntil = 2026-01-05T10:00:01Z"), &[]);
    check_ruleset(&with("points = 300\nrollout = 0"), &[("no-card", "0")]);
    check_ruleset(&with("points = 300\nrollout = 0.1"), &[]);
    check_ruleset(&with("points = 0\nmode = \"shadow\""), &[("no-effect", "0")]);
    check_ruleset(&with("points = 0\naction = \"review\""), &[]);
}

#[test]
fn errors_and_certain_lints_are_reported_in_one_run() {
    let text = source("amount > 5 && amount < 3") + "\n[features]\nunused = 'amont'\n";
    let found = sources(&text).compile_as_of(environment(), TODAY).unwrap_err();
    assert_eq!((found.errors().count(), found.warnings().count()), (1, 1), "{found}");
}

#[test]
fn the_shipped_ruleset_has_no_lints() {
    let (_, lints) = Sources::shipped().compile_as_of(environment(), TODAY).unwrap();
    assert!(lints.is_empty(), "{lints}");
}
