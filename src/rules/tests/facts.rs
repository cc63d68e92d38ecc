//! Tests what is known about a rule before any transaction.

use super::support::{compile, compiled, environment, ruleset_text, source, sources};
use crate::transaction::DAY_MS;

/// The names of a ruleset's lints.
fn lints(text: &str) -> Vec<&'static str> {
    let compiled = sources(text).compile(environment());
    let (_, lints) = compiled.unwrap_or_else(|errors| panic!("{errors}"));
    lints.warnings().filter_map(|lint| lint.code).collect()
}

#[test]
fn constants_are_folded() {
    for (condition, expected) in [
        ("2 + 3 * 4 == 14 && 7 / 2 == 3", Some("always-true")),
        (
            "\"ab\" + \"c\" == \"abc\" && \"abc\".matches(\"^a\") && size(\"abc\") == 3",
            Some("always-true"),
        ),
        (
            "timestamp(\"2026-01-05T10:00:00Z\").getHours(\"Europe/Paris\") == 11",
            Some("always-true"),
        ),
        (
            "timestamp(\"2026-01-05T10:00:00Z\").startOfDay(\"Europe/Paris\") == timestamp(\"2026-01-04T23:00:00Z\")",
            Some("always-true"),
        ),
        ("int(\"7\") == 7 && string(1.5) == \"1.5\" && -(-3) == 3", Some("always-true")),
        ("math.greatest(1, 2, 3) == 3 ? true : amount > 3", Some("always-true")),
        ("amount > 3 || true", Some("always-true")),
        ("card.last(\"1h\").all(t, true)", Some("always-true")),
        ("card.last(\"1h\").size() >= 0", Some("always-true")),
        ("now.getHours() < 24", Some("always-true")),
        ("amount > 3 && false", Some("never-true")),
        ("card.last(\"1h\").exists(t, t.declined && 1 > 2)", Some("never-true")),
        ("card.last(\"1h\").count(t, t.declined) < 0", Some("never-true")),
        ("1 / 0 == 1 && amount > 3", Some("never-true")),
        ("math.least(10, card.last(\"1h\").size()) > 10", Some("never-true")),
        ("now.getHours() > 24 && amount > 3", Some("never-true")),
        ("amount > 3", None),
        ("card.last(\"1h\").size() > 0", None),
        ("habit.amount.z > 3.0 || now.getHours() == 23", None),
        ("amount - 3 * habit.amount.mean > 0.0", None),
    ] {
        let certain = |lint: &&str| ["always-true", "never-true"].contains(lint);
        let found = lints(&source(condition)).into_iter().find(certain);
        assert_eq!(found, expected, "{condition}");
    }
}

#[test]
fn equal_conditions_are_recognised() {
    let rule = |id: &str, when: &str| {
        format!(
            "[[rule]]\nid = \"{id}\"\nwhen = '{when}'\npoints = 1\nseverity = \"low\"\nreason = \"R\"\nmessage = \"m\"\n"
        )
    };
    let is_repeated = |condition: &str| {
        let text = format!(
            "[features]\nbig = 'amount > 100'\n{}{}",
            rule("a", "amount > 100"),
            rule("b", condition),
        );
        lints(&ruleset_text(&text)).contains(&"same-rule")
    };
    assert!(is_repeated("big && true"));
    assert!(!is_repeated("amount > 101"));
}

#[test]
fn points_windows_and_used_fields_are_known() {
    let text = ruleset_text(
        "[features]\nused = 'card.last(\"1h\").size()'\nthrough = 'used + 1'\nunused = 'through'\n\n[[rule]]\nid = \"r\"\nwhen = 'through > 2 && card.last(\"1d\").exists(t, t.declined)'\npoints = 'math.least(400, 50 * used)'\nseverity = \"low\"\nreason = \"R\"\nmessage = \"m\"\n",
    );
    let ruleset = compile(&text).unwrap_or_else(|errors| panic!("{errors}"));
    let facts = ruleset.facts();
    assert_eq!(facts.rules[0].points, 0..=400);
    assert_eq!(facts.rules[0].windows_ms, [3_600_000, 86_400_000]);
    let implicit = compiled(&source("amount > card.previous.amount && travel.km > 1.0"));
    assert_eq!(implicit.facts().rules[0].windows_ms, [30 * DAY_MS]);
    let mut used: Vec<&String> = facts.used_features.iter().collect();
    used.sort();
    assert_eq!(used, ["through", "used"]);
    assert!(facts.used_lists.is_empty());
}
