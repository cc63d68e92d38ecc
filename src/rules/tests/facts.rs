//! Tests what is known about a rule before any transaction.

use super::support::{compile, compiled, ruleset_text, source};
use crate::rules::{Outcome, RuleFacts};
use crate::transaction::DAY_MS;

fn facts(condition: &str) -> RuleFacts {
    compiled(&source(condition)).facts().rules[0].clone()
}

#[test]
fn constants_are_folded() {
    for (condition, outcome) in [
        ("2 + 3 * 4 == 14 && 7 / 2 == 3", Outcome::Always),
        (
            "\"ab\" + \"c\" == \"abc\" && \"abc\".matches(\"^a\") && size(\"abc\") == 3",
            Outcome::Always,
        ),
        ("timestamp(\"2026-01-05T10:00:00Z\").getHours(\"Europe/Paris\") == 11", Outcome::Always),
        ("int(\"7\") == 7 && string(1.5) == \"1.5\" && -(-3) == 3", Outcome::Always),
        ("math.greatest(1, 2, 3) == 3 ? true : amount > 3", Outcome::Always),
        ("amount > 3 || true", Outcome::Always),
        ("card.last(\"1h\").all(t, true)", Outcome::Always),
        ("card.last(\"1h\").size() >= 0", Outcome::Always),
        ("now.getHours() < 24", Outcome::Always),
        ("amount > 3 && false", Outcome::Never),
        ("card.last(\"1h\").exists(t, t.declined && 1 > 2)", Outcome::Never),
        ("card.last(\"1h\").count(t, t.declined) < 0", Outcome::Never),
        ("1 / 0 == 1 && amount > 3", Outcome::Never),
        ("math.least(10, card.last(\"1h\").size()) > 10", Outcome::Never),
        ("now.getHours() > 24 && amount > 3", Outcome::Never),
        ("amount > 3", Outcome::Varies),
        ("card.last(\"1h\").size() > 0", Outcome::Varies),
        ("habit.amount.z > 3.0 || now.getHours() == 23", Outcome::Varies),
        ("amount - 3 * habit.amount.mean > 0.0", Outcome::Varies),
    ] {
        assert_eq!(facts(condition).outcome, outcome, "{condition}");
    }
}

#[test]
fn equal_conditions_are_recognised() {
    let rule = |id: &str, when: &str| {
        format!(
            "[[rule]]\nid = \"{id}\"\nwhen = '{when}'\npoints = 1\nseverity = \"low\"\nreason = \"R\"\nmessage = \"m\"\n"
        )
    };
    let text = format!(
        "[features]\nbig = 'amount > 100'\n{}{}{}",
        rule("a", "amount > 100"),
        rule("b", "big && true"),
        rule("c", "amount > 101"),
    );
    let ruleset = compiled(&ruleset_text(&text));
    let of = |at: usize| ruleset.facts().rules[at].condition;
    assert_eq!(of(0), of(1));
    assert_ne!(of(0), of(2));
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
