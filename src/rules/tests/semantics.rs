//! Tests each line of the language's semantics, as a condition and its expected outcome.

use super::support::*;
use crate::memory::{Event, Recall};
use crate::rules::{Evaluation, Value};
use crate::transaction::*;

const UNDECIDED: Option<bool> = None;

fn past() -> Vec<Event> {
    vec![
        charge(3 * DAY_MS, |tx| tx.base_amount = Some(1_000)),
        charge(2 * HOUR_MS, |tx| {
            tx.base_amount = Some(150);
            tx.merchant.id = "clinic".into();
            tx.merchant.country = Country::parse("US");
        }),
        charge(30 * MINUTE_MS, |tx| {
            tx.base_amount = Some(2_000);
            tx.response.approved = Some(false);
            tx.response.reason = Some(DeclineReason::CvvMismatch);
        }),
        charge(10 * MINUTE_MS, |tx| {
            tx.base_amount = None;
            tx.channel = Some(Channel::Ecommerce);
        }),
        charge(MINUTE_MS, |tx| {
            tx.base_amount = Some(10);
            tx.card_present = Some(true);
            tx.merchant.place = Place::from_degrees(40.71, -74.01);
        }),
    ]
}

fn check(condition: &str, expected: Option<bool>) {
    let events = past();
    check_over(condition, &recall(&events, &[]), expected);
}

fn check_over(condition: &str, past: &Recall<'_>, expected: Option<bool>) {
    let ruleset = compiled(&source(condition));
    assert_eq!(verdict(&ruleset, &transaction(NOW), past), expected, "{condition}");
}

#[test]
fn absent_is_cels_error() {
    check("false && channel == \"atm\"", Some(false));
    check("channel == \"atm\" && false", Some(false));
    check("true || channel == \"atm\"", Some(true));
    check("channel == \"atm\" || true", Some(true));
    check("channel == \"atm\"", UNDECIDED);
    check("channel == \"atm\" && true", UNDECIDED);
    check("!(channel == \"atm\")", UNDECIDED);
    check("channel == \"atm\" ? true : true", UNDECIDED);
    check("has(tx.channel)", Some(false));
    check("has(merchant.id)", Some(true));
    check("ship_to.?country.orValue(\"US\") == \"US\"", Some(true));
    check("1 / 0 == 1", UNDECIDED);
    check("9223372036854775807 + 1 > 0", UNDECIDED);
    check("now + duration(\"2900000d\") > now", Some(true));
    check("now + duration(\"3000000d\") > now", UNDECIDED);
    check("now - duration(\"3000000d\") < now", UNDECIDED);
}

#[test]
fn a_charge_without_the_value_does_not_count() {
    check("card.last(\"1h\").count(t, t.channel == \"ecommerce\") == 1", Some(true));
    check("card.last(\"1h\").count(t, t.channel != \"ecommerce\") == 0", Some(true));
    check("card.last(\"1h\").all(t, t.channel == \"ecommerce\")", Some(true));
    check("card.last(\"1h\").sum(t, t.amount) == 20.10", Some(true));
    check("card.last(\"1h\").exists(t, t.merchant.country == merchant.country)", Some(false));
}

#[test]
fn a_window_ends_now_and_leaves_out_its_far_edge() {
    check("card.last(\"10m\").size() == 1", Some(true));
    check("card.last(\"601s\").size() == 2", Some(true));
    check("card.last(\"30d\").size() == 5", Some(true));
    check("card.last(\"1h\").filter(t, t.time > now - duration(\"5m\")).size() == 1", Some(true));
    check("card.last(\"1h\").count(t, now - t.time < duration(\"11m\")) == 2", Some(true));
}

#[test]
fn an_empty_list_has_no_extremes() {
    for (condition, expected) in [
        ("card.last(\"1s\").size() == 0", Some(true)),
        ("card.last(\"1s\").sum(t, t.amount) == 0.00", Some(true)),
        ("card.last(\"1s\").exists(t, true)", Some(false)),
        ("card.last(\"1s\").all(t, false)", Some(true)),
        ("card.last(\"1s\").avg(t, t.amount) > 0", UNDECIDED),
        ("card.last(\"1s\").min(t, t.amount) > 0", UNDECIDED),
        ("card.last(\"1s\").latest().amount > 0", UNDECIDED),
        ("card.last(\"1s\").first().amount > 0", UNDECIDED),
    ] {
        check(condition, expected);
    }
}

#[test]
fn every_macro_and_function_returns_its_documented_result() {
    for condition in [
        "card.last(\"30d\").min(t, t.amount) == 0.10 && card.last(\"30d\").max(t, t.amount) == 20",
        "card.last(\"30d\").avg(t, t.amount) == 7.9",
        "card.last(\"3h\").filter(t, t.approved).sum(t, t.amount) == 1.60",
        "card.last(\"30d\").distinct(t, t.merchant.id).size() == 2",
        "card.last(\"30d\").exists_one(t, t.merchant.id == \"clinic\")",
        "card.last(\"1h\").first().reason == \"cvv_mismatch\"",
        "card.last(\"1h\").filter(t, t.amount > 1).latest().declined",
        "card.last(\"30d\").map(t, t.amount).exists(a, a == 1.50)",
        "\"US\" in card.last(\"30d\").map(t, t.merchant.country)",
        "\"US\" in card.countries && !(\"DK\" in card.countries) && card.countries.size() == 1",
        "card.previous.amount == 0.10 && now - card.previous.time == duration(\"1m\")",
        "now - card.first_seen == duration(\"3d\")",
        "[1, 2, 3].exists(x, x == 2) && ![1, 2].all(x, x == 2) && 2 in [1, 2]",
        "math.greatest(1, 3, 2) == 3 && math.least(1.5, amount) == 1.5",
        "merchant.id.startsWith(\"sh\") && merchant.id.matches(\"^s.*p$\") && size(merchant.id) == 4",
        "string(3) + \"x\" == \"3x\" && int(2.9) == 2 && double(2) == 2.0 && int(\"7\") == 7",
        "string(duration(\"1h\")) == \"3600s\" && string(duration(\"500ms\")) == \"0.5s\"",
        "now.getHours() == 10 && now.getHours(\"Europe/Paris\") == 11 && now.getDayOfWeek() == 1",
        "now.getHours(\"+02:30\") == 12 && now.getMinutes(\"+02:30\") == 30",
        "distance_km(40.71, -74.01, 55.68, 12.57) > 6100.0",
        "amount == 50 && amount * 2 == 100 && amount + 0.50 == 50.50 && 7 % 4 == 3 && -amount < 0",
        "habit.amount.n == 3 && habit.amount.z > 0.0",
        "type == \"authorization\" && type in [\"authorization\", \"clearing\"]",
        "currency == \"USD\" && amount_original == 50.0",
    ] {
        check(condition, Some(true));
    }
}

#[test]
fn a_cut_window_gives_a_lower_bound() {
    let events = past();
    let lost = Some(Time(NOW.millis() - 4 * DAY_MS));
    let cut = Recall { cut: lost, unknown_until: lost, ..recall(&events, &[]) };
    for (condition, expected) in [
        ("card.last(\"30d\").size() >= 5", Some(true)),
        ("card.last(\"30d\").size() >= 6", UNDECIDED),
        ("card.last(\"30d\").size() < 5", Some(false)),
        ("card.last(\"30d\").size() < 6", UNDECIDED),
        ("card.last(\"30d\").size() == 4", Some(false)),
        ("card.last(\"3d12h\").size() == 5", Some(true)),
        ("2 * card.last(\"30d\").size() - 1 >= 9", Some(true)),
        ("10 - card.last(\"30d\").size() > 5", Some(false)),
        ("math.least(400, 100 * card.last(\"30d\").size()) == 400", Some(true)),
        ("card.last(\"30d\").exists(t, t.declined)", Some(true)),
        ("card.last(\"30d\").exists(t, t.amount > 1000)", UNDECIDED),
        ("card.last(\"30d\").all(t, t.amount < 15)", Some(false)),
        ("card.last(\"30d\").all(t, t.amount < 1000)", UNDECIDED),
        ("card.last(\"30d\").sum(t, t.amount) > 30", Some(true)),
        ("card.last(\"30d\").sum(t, t.amount) > 40", UNDECIDED),
        ("card.last(\"30d\").sum(t, t.amount - 0.05) > 1", UNDECIDED),
        ("card.last(\"1h\").exists(t, card.last(\"30d\").size() >= 5)", Some(true)),
        ("card.last(\"1h\").exists(t, card.last(\"30d\").size() > 6)", UNDECIDED),
        (
            "card.last(\"1h\").count(t, t.amount < card.last(\"30d\").sum(u, u.amount)) == 2",
            Some(true),
        ),
        (
            "card.last(\"1h\").count(t, t.amount * 9 > card.last(\"30d\").sum(u, u.amount)) < 2",
            UNDECIDED,
        ),
        ("card.last(\"1h\").all(t, t.amount < double(card.last(\"30d\").size()))", UNDECIDED),
        (
            "card.last(\"1h\").filter(t, t.amount > 30 * double(card.last(\"30d\").size())).latest().declined",
            UNDECIDED,
        ),
        (
            "card.last(\"1h\").max(t, t.amount + double(card.last(\"30d\").size())) >= 1.0",
            UNDECIDED,
        ),
        ("card.last(\"1h\").exists(t, card.last(\"30d\").first().amount > 0)", UNDECIDED),
        ("card.last(\"30d\").first().?amount.orValue(3) == 3", UNDECIDED),
        ("card.last(\"30d\").avg(t, t.amount) > 0", UNDECIDED),
        ("card.last(\"30d\").max(t, t.amount) >= 20", Some(true)),
        ("card.last(\"30d\").first().amount > 0", UNDECIDED),
        ("card.last(\"30d\").latest().amount > 0", Some(true)),
        ("now - card.first_seen >= duration(\"3d\")", Some(true)),
        ("\"US\" in card.countries", Some(true)),
        ("\"DK\" in card.countries", UNDECIDED),
    ] {
        check_over(condition, &cut, expected);
    }
    let countries = [(Country::parse("DK").unwrap(), Time(NOW.millis() - 4 * DAY_MS))];
    let known = Recall { cut_countries: &countries, unknown_until: None, ..cut };
    check_over("\"DK\" in card.countries", &known, Some(true));
    check_over("\"SE\" in card.countries", &known, Some(false));
    check_over("card.countries.size() == 2", &known, Some(true));
    let partly = Recall { cut_countries: &countries, ..cut };
    check_over("\"DK\" in card.countries", &partly, Some(true));
    check_over("\"SE\" in card.countries", &partly, UNDECIDED);
}

#[test]
fn a_decimal_that_fits_in_64_bits_becomes_an_int() {
    for (condition, expected) in [
        ("int(9.2e18) == 9200000000000000000", Some(true)),
        ("int(9223372036854774784.0) == 9223372036854774784", Some(true)),
        ("int(-9223372036854774784.0) == -9223372036854774784", Some(true)),
        ("int(9223372036854775807.0) > 0", UNDECIDED),
        ("int(-9223372036854775808.0) < 0", UNDECIDED),
        ("int(1e300) > 0", UNDECIDED),
    ] {
        check(condition, expected);
    }
}

#[test]
fn the_negative_of_the_least_int_is_absent_and_no_rule_vanishes() {
    check("-(-9223372036854775808) > 0", UNDECIDED);
    check("-(-9223372036854775807 - 1) > 0", UNDECIDED);
    let rule = |id: &str, points: &str| {
        source("true").split_once("[[rule]]").map(|(_, rule)| {
            let rule = rule.replace("id = \"r\"", &format!("id = \"{id}\""));
            format!("[[rule]]{}\n", rule.replace("points = 100", &format!("points = {points}")))
        })
    };
    let overflows = "'-(-9223372036854775808) > 0 ? 5 : 6'";
    let rules = [("first", "1"), ("overflows", overflows), ("last", "3")];
    let text: String = rules.iter().filter_map(|(id, points)| rule(id, points)).collect();
    let ruleset = compiled(&ruleset_text(&text));
    let mut evaluation = Evaluation::default();
    ruleset.evaluate(&transaction(NOW), &recall(&[], &[]), &mut evaluation);
    let named = |rule: usize| ruleset.rules()[rule].id.as_str();
    let fired: Vec<_> = evaluation.fired.iter().map(|it| (named(it.rule), it.points)).collect();
    assert_eq!(fired, [("first", 1), ("last", 3)]);
    assert_eq!(
        evaluation.undecided.iter().map(|rule| named(*rule)).collect::<Vec<_>>(),
        ["overflows"]
    );
}

#[test]
fn refunds_are_in_no_other_list() {
    let refunds = [charge(HOUR_MS, |tx| tx.base_amount = Some(700))];
    let past = recall(&[], &refunds);
    check_over("card.refunds(\"7d\").sum(t, t.amount) == 7", &past, Some(true));
    check_over("card.refunds(\"7d\").latest().amount == 7", &past, Some(true));
    check_over("card.last(\"7d\").size() == 0", &past, Some(true));
}

#[test]
fn travel_is_measured_from_the_latest_place_with_the_card_present() {
    let events = past();
    let mut tx = transaction(NOW);
    tx.merchant.place = Place::from_degrees(55.68, 12.57);
    let ruleset = compiled(&source("travel.km > 6100.0 && travel.kmh > 300000.0"));
    assert_eq!(verdict(&ruleset, &tx, &recall(&events, &[])), Some(true));
    assert_eq!(verdict(&ruleset, &tx, &recall(&[], &[])), UNDECIDED);
}

#[test]
fn a_rule_that_fires_has_evidence() {
    let text = ruleset_text(
        "[features]\nsmall = 'card.last(\"3h\").count(t, t.amount < 5)'\n\n[[rule]]\nid = \"r\"\nwhen = 'small >= 2 && amount > 1 && merchant.id == \"shop\" || has(merchant.country)'\npoints = '10.4 * double(small)'\nseverity = \"low\"\nreason = \"R\"\nmessage = \"{amount} {{x}} {small} {merchant.country} {now} {travel.km}\"\n",
    );
    let events = past();
    let mut evaluation = Evaluation::default();
    compiled(&text).evaluate(&transaction(NOW), &recall(&events, &[]), &mut evaluation);
    let fired = &evaluation.fired[0];
    assert_eq!(fired.points, 21);
    assert_eq!(fired.message, "USD 50.00 {x} 2 unknown 2026-01-05 10:00:00 UTC unknown");
    let names: Vec<(&str, &Value)> = fired.evidence.iter().map(|(n, v)| (&**n, v)).collect();
    let dollars = Money { minor: 5_000, currency: Currency::parse("USD").unwrap() };
    let (amount, shop) = (Value::Money(dollars), Value::Text("shop".into()));
    assert_eq!(names, [("small", &Value::Int(2)), ("amount", &amount), ("merchant.id", &shop)]);
    let amounts: Vec<_> = fired.charges.iter().map(|event| event.amount()).collect();
    assert_eq!(amounts, [Some(10), Some(150)]);
}

#[test]
fn shadow_rules_and_times_of_validity() {
    let with = |line: &str| source("true").replace("points", &format!("{line}\npoints"));
    let run = |text: &str| {
        let mut evaluation = Evaluation::default();
        compiled(text).evaluate(&transaction(NOW), &recall(&[], &[]), &mut evaluation);
        (evaluation.fired.len(), evaluation.shadow.len())
    };
    assert_eq!(run(&with("mode = \"shadow\"")), (0, 1));
    assert_eq!(run(&with("mode = \"off\"")), (0, 0));
    assert_eq!(run(&with("from = 2026-01-05T10:00:00Z")), (1, 0));
    assert_eq!(run(&with("from = \"2026-01-05T10:00:01Z\"")), (0, 0));
    assert_eq!(run(&with("until = \"2026-01-05T10:00:00Z\"")), (0, 0));
}

#[test]
fn a_category_code_converts_to_a_number() {
    let mut tx = transaction(NOW);
    tx.merchant.mcc = Some(742);
    for condition in [
        "int(merchant.mcc) == 742 && double(merchant.mcc) < 742.5",
        "merchant.mcc == \"0742\" && string(merchant.mcc) + \"!\" == \"0742!\"",
        "size(merchant.mcc) == 4 && merchant.mcc.startsWith(\"07\")",
    ] {
        let ruleset = compiled(&source(condition));
        assert_eq!(verdict(&ruleset, &tx, &recall(&[], &[])), Some(true), "{condition}");
    }
}
