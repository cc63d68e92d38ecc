//! Tests questions besides the rules: their answers for one transaction and one past.

use super::support::*;
use crate::memory::{Event, Recall};
use crate::rules::{EXPRESSION, Evaluation, QuestionType, Questions};
use crate::transaction::*;

const FEATURES: &str = "[features]\nsmall = 'card.last(\"3h\").count(t, t.amount < 5)'\nrecent = 'card.last(\"1h\")'\nunused = 'amount * 2'\n";

fn past() -> Vec<Event> {
    vec![
        charge(2 * HOUR_MS, |tx| {
            tx.base_amount = Some(150);
            tx.merchant.country = Country::parse("DK");
        }),
        charge(30 * MINUTE_MS, |tx| {
            tx.base_amount = None;
            tx.merchant.country = Country::parse("SE");
        }),
        charge(MINUTE_MS, |tx| {
            tx.base_amount = Some(1_010);
            tx.merchant.country = Country::parse("DK");
        }),
    ]
}

fn answer(expression: &str, past: &Recall<'_>) -> String {
    let questions = Questions { expressions: &[(EXPRESSION, expression)], ..Questions::default() };
    let compiled = sources(&ruleset_text(FEATURES)).compile_with_queries(environment(), questions);
    let (ruleset, _) = compiled.unwrap_or_else(|errors| panic!("{errors}"));
    let mut evaluation = Evaluation::default();
    ruleset.evaluate(&transaction(NOW), past, &mut evaluation);
    ruleset.answer(EXPRESSION, &evaluation).unwrap().to_string()
}

#[test]
fn an_expression_of_any_kind_is_answered() {
    let events = past();
    let past = recall(&events, &[]);
    for (expression, expected) in [
        ("1 + 2", "3"),
        ("1.0 * 2.0", "2.0"),
        ("\"a\" + \"b\"", "\"ab\""),
        ("amount", "50.00"),
        ("unused", "100.0"),
        ("small + 1", "2"),
        ("now", "2026-01-05T10:00:00.000Z"),
        ("now - card.previous.time", "1m"),
        ("channel", "absent"),
        ("ship_to.?country", "absent"),
        ("ship_to.?country.orValue(\"US\")", "\"US\""),
        ("[1, 2 + 3]", "[1, 5]"),
        ("[amount, 1.5].map(x, x * 2)", "[100.0, 3.0]"),
        ("[channel]", "absent"),
        ("card.last(\"3h\").map(t, t.amount)", "[1.50, 10.10]"),
        ("card.last(\"3h\").map(t, now - t.time)", "[2h, 30m, 1m]"),
        ("card.last(\"3h\").map(t, t.amount > 5 || t.declined)", "[false, true]"),
        ("card.last(\"3h\").distinct(t, t.merchant.country)", "[\"DK\", \"SE\"]"),
        ("card.countries", "[\"DK\", \"SE\"]"),
        (
            "recent",
            "[the charge of 2026-01-05T09:30:00.000Z, the charge of 2026-01-05T09:59:00.000Z]",
        ),
        ("recent.filter(t, t.amount > 1)", "[the charge of 2026-01-05T09:59:00.000Z]"),
        ("card.previous", "the charge of 2026-01-05T09:59:00.000Z"),
        ("card.last(\"1s\").latest()", "absent"),
        ("card.refunds(\"7d\")", "[]"),
        ("card.last(\"1s\").avg(t, t.amount)", "absent"),
    ] {
        assert_eq!(answer(expression, &past), expected, "{expression}");
    }
}

#[test]
fn saturated_is_distinguished_from_absent() {
    let events = past();
    let lost = Some(Time(NOW.millis() - 3 * HOUR_MS));
    let past = Recall { cut: lost, unknown_until: lost, ..recall(&events, &[]) };
    for (expression, expected) in [
        ("card.last(\"4h\").size()", "at least 3"),
        ("card.last(\"2h1m\").size()", "3"),
        ("10 - card.last(\"4h\").size()", "at most 7"),
        ("card.last(\"4h\").size() > 3", "saturated"),
        ("card.last(\"4h\").size() > 2", "true"),
        ("card.last(\"4h\").size() > 3 && true", "saturated"),
        ("card.last(\"4h\").size() > 3 || channel == \"atm\"", "saturated"),
        ("card.last(\"4h\").size() > 3 && false", "false"),
        ("channel == \"atm\" && card.last(\"4h\").size() > 2", "absent"),
        ("true ? channel : string(card.last(\"4h\").size())", "absent"),
        ("string(card.last(\"4h\").size())", "saturated"),
        ("card.last(\"4h\").avg(t, t.amount)", "saturated"),
        ("card.last(\"4h\").first()", "saturated"),
        ("card.last(\"4h\").map(t, t.merchant.country)", "at least [\"DK\", \"SE\", \"DK\"]"),
        ("[1, card.last(\"4h\").size()]", "saturated"),
        ("card.countries", "at least [\"DK\", \"SE\"]"),
        ("\"NO\" in card.countries", "saturated"),
    ] {
        assert_eq!(answer(expression, &past), expected, "{expression}");
    }
}

#[test]
fn every_feature_can_be_queried_whether_or_not_a_rule_uses_it() {
    let rule = source("amount > 1000").split_once("[[rule]]").unwrap().1.to_owned();
    let text = ruleset_text(&format!("{FEATURES}\n[[rule]]{rule}"));
    let questions = Questions { features: true, ..Questions::default() };
    let (ruleset, _) = sources(&text).compile_with_queries(environment(), questions).unwrap();
    let events = past();
    let mut evaluation = Evaluation::default();
    ruleset.evaluate(&transaction(NOW), &recall(&events, &[]), &mut evaluation);
    assert_eq!(ruleset.questions().collect::<Vec<_>>(), ["small", "recent", "unused"]);
    assert_eq!(ruleset.answer("small", &evaluation).unwrap().to_string(), "1");
    assert_eq!(ruleset.answer("unused", &evaluation).unwrap().to_string(), "100.0");
    assert_eq!(ruleset.answer("nothing", &evaluation), None);
    evaluation.clear();
    assert_eq!(ruleset.answer("small", &evaluation), None);
}

/// Checks the error of an expression, and the text that its caret marks.
fn check_error(expression: &str, constant: bool, marked: &str, message: &str) {
    let questions =
        Questions { expressions: &[(EXPRESSION, expression)], constant, ..Questions::default() };
    let compiled = sources(&ruleset_text(FEATURES)).compile_with_queries(environment(), questions);
    let Err(errors) = compiled else { panic!("{expression} compiles") };
    let first = &errors.entries()[0];
    assert_eq!((first.place.file.as_str(), first.place.line), (EXPRESSION, 1), "{errors}");
    assert!(first.message.contains(message), "{expression}: {errors}");
    assert_eq!(&expression[first.place.span.clone()], marked, "{expression}: {errors}");
}

#[test]
fn several_expressions_are_answered_in_their_order() {
    let expressions = &[("twice", "amount * 2"), ("few", "small < 3"), ("last", "recent")];
    let questions = Questions { features: true, expressions, ..Questions::default() };
    let compiled = sources(&ruleset_text(FEATURES)).compile_with_queries(environment(), questions);
    let (ruleset, _) = compiled.unwrap_or_else(|errors| panic!("{errors}"));
    let names: Vec<&str> = ruleset.questions().collect();
    assert_eq!(names, ["small", "recent", "unused", "twice", "few", "last"]);
    use QuestionType::{Bool, Double, Int, List};
    let types: Vec<QuestionType> = ruleset.question_types().collect();
    assert_eq!(types, [Int, List, Double, Double, Bool, List]);
    let events = past();
    let mut evaluation = Evaluation::default();
    ruleset.evaluate(&transaction(NOW), &recall(&events, &[]), &mut evaluation);
    assert_eq!(ruleset.answer("twice", &evaluation).unwrap().to_string(), "100.0");
    assert_eq!(ruleset.answer("few", &evaluation).unwrap().to_string(), "true");
}

#[test]
fn an_invalid_expression_is_marked_at_its_error() {
    check_error("amont + 1", false, "amont", "nothing is named `amont`");
    check_error("\"a\" + 1", false, "\"a\"", "a string cannot be calculated with");
    check_error(
        "card.last(\"1h\").map(t, t.device.id)",
        false,
        "card.last(\"1h\").map(t, t.device.id)",
        "compared, not read",
    );
    check_error("", false, "", "an expression is missing");
}

#[test]
fn the_part_that_needs_a_transaction_is_marked() {
    let needs = "needs a transaction";
    check_error("3 > amount", true, "amount", needs);
    check_error("small > 1 && unused > 3", true, "small", needs);
    check_error("card.last(\"1h\").size() > 2", true, "card.last(\"1h\").size()", needs);
    check_error("card.last(\"1h\")", true, "card.last(\"1h\")", needs);
    check_error(
        "[1, 2].exists(x, x > card.last(\"1h\").size())",
        true,
        "card.last(\"1h\").size()",
        needs,
    );
    for constant in ["1 + 2", "[1, 2].map(x, x * 2)", "duration(\"1h\")", "\"a\".matches(\"a\")"] {
        let expressions = &[(EXPRESSION, constant)];
        let questions = Questions { expressions, constant: true, ..Questions::default() };
        let compiled = sources(&ruleset_text("")).compile_with_queries(environment(), questions);
        assert!(compiled.is_ok());
    }
}
