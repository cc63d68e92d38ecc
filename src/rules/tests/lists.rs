//! Tests literal lists, and chains of macros over charges.

use super::support::*;
use crate::memory::Event;
use crate::transaction::*;

/// Charges of 10.00 in the US, of 20.00 in Denmark (declined), of an unknown amount in an unknown
/// country, and of 40.00 in Denmark.
fn past() -> Vec<Event> {
    let at = |minutes: i64, amount: Option<i64>, country: Option<&str>, approved: bool| {
        charge(minutes * MINUTE_MS, |tx| {
            tx.base_amount = amount;
            tx.merchant.country = country.and_then(Country::parse);
            tx.merchant.id = format!("m{}", minutes / 20).into();
            tx.response.approved = Some(approved);
        })
    };
    vec![
        at(50, Some(1_000), Some("US"), true),
        at(40, Some(2_000), Some("DK"), false),
        at(30, None, None, true),
        at(20, Some(4_000), Some("DK"), true),
    ]
}

fn check(condition: &str, expected: Option<bool>) {
    let events = past();
    let mut tx = transaction(NOW);
    tx.merchant.country = Country::parse("DK");
    let list = "card.last(\"1h\")";
    let condition = condition.replace("L.", &format!("{list}.")).replace("L[", &format!("{list}["));
    let ruleset = compiled(&source(&condition));
    assert_eq!(verdict(&ruleset, &tx, &recall(&events, &[])), expected, "{condition}");
}

#[test]
fn macros_over_lists_that_are_written_out() {
    for condition in [
        "[\"US\", \"DK\"].exists(c, c == merchant.country)",
        "![\"US\", \"SE\"].exists(c, c == merchant.country)",
        "[1, 2, amount].filter(x, x > 1).size() == 2 && [1, 2, amount].size() == 3",
        "[1, 2, 3].exists_one(x, x > 2) && ![1, 2, 3].exists_one(x, x > 1)",
        "[1, 2, 3].all(x, x < 4) && ![1, 2, 3].all(x, x < 3)",
        "[].all(x, x > 1) && ![].exists(x, x > 1) && [].size() == 0",
        "[1, 2, 3].count(x, x > 1) == 2 && [1, 2, 3].sum(x, x * x) == 14",
        "[1, 2, 3].map(x, x + 1).filter(x, x > 2).map(x, x * 2).max() == 8",
        "[1, 2, 3].avg(x, x) == 2.0 && [1, 2, 3].min(x, -x) == -3 && [1, 2, 3].stddev(x, x) == 1.0",
        "[2, 4, 4, 4, 5, 5, 7, 9].filter(x, x != 9).stddev() > 1.5",
        "[1, 1, 2].distinct().size() == 2 && [1, 1, 2].distinct(x, x).sum() == 3",
        "[1.5, 2].sum() == 3.5 && [amount, 2.5].max() == 50 && [amount, 0.5].sum(x, x) == 50.50",
        "[duration(\"1m\"), duration(\"2m\")].sum() == duration(\"3m\")",
        "[1, 2] + [3] == [1, 2, 3] && [1, 2] != [2, 1] && ([1] + [2]).size() == 2",
        "[\"a\", \"b\"][1] == \"b\" && [1, 2, 3].filter(x, x > 1)[0] == 2",
        "[10, 20, 30][size([1, 2])] == 30 && [5, 6].first() == 5 && [5, 6].latest() == 6",
        "[1, 2, 3].filter(x, x > 5).size() == 0 && 2 in [1, 2].filter(x, x > 1)",
        "!(1 in [1, 2].filter(x, x > 1)) && !(1 in [])",
        "math.greatest([1, 5, 3]) == 5 && math.least([amount, 3.5]) == 3.5 && math.greatest(4) == 4",
        "[[1, 2].size(), 3].sum() == 5 && [1, 2, 3].map(x, x > 1, x * 10).sum() == 50",
        "[1, 2].exists(x, [2, 3].exists(y, x == y))",
        "[0.50, 1, 49.50].exists(step, amount - step == 0.50)",
        "[\"1h\", \"2h\"].map(w, w + \"!\").exists(w, w == \"2h!\")",
    ] {
        check(condition, Some(true));
    }
}

#[test]
fn a_field_of_no_charge_is_neither_present_nor_missing() {
    check("has(L.filter(t, t.amount > 99).latest().amount)", None);
    check("L.filter(t, t.amount > 99).latest().?amount.hasValue()", None);
    check("L.filter(t, t.amount > 99).latest().?amount.orValue(3) == 3", None);
    check("has(card.previous) && has(card.previous.amount)", Some(true));
}

#[test]
fn a_list_of_which_an_item_is_absent_is_absent() {
    check("[\"atm\", channel].exists(c, c == \"atm\")", None);
    check("\"atm\" in [\"atm\", channel]", None);
    check("[1, 1 / 0].size() == 2", None);
    check("[1, 2][2] == 1", None);
    check("[1, 2].filter(x, x > 5)[0] == 1", None);
    check("[1, 2].filter(x, x > 5).max() > 1", None);
    check("[1, 2].filter(x, x > 1).stddev() > 1.0", None);
    check("channel in []", None);
    check("[0, 1].map(x, 1 / x).size() == 2", None);
    check("[0, 1].filter(x, x > 0).map(x, 1 / x).size() == 1", Some(true));
    // An absent predicate is an error in CEL. Another item may still decide `exists` or `all`.
    check("[0, 1].exists(x, 1 / x == 1)", Some(true));
    check("[0, 1].exists(x, 1 / x == 2)", None);
    check("[0, 1].exists_one(x, 1 / x == 1)", None);
    check("[0, 1].all(x, 1 / x == 2)", Some(false));
}

#[test]
fn chains_over_charges() {
    for condition in [
        "L.map(t, t.amount).max() == 40 && L.map(t, t.amount).size() == 3",
        "L.filter(t, t.approved).map(t, t.amount).sum() == 50 && L.map(t, t.amount).avg() > 23.3",
        "L.filter(t, t.merchant.country == \"DK\").count(t, t.declined) == 1",
        "L.filter(t, t.declined).first().merchant.country == \"DK\"",
        "L.filter(t, t.amount > 5).filter(t, t.amount < 30).size() == 2",
        "L.map(t, t.amount).filter(a, a > 15).map(a, a * 2).max() == 80.0",
        "L.map(t, t.amount).first() == 10 && L.map(t, t.amount * 2).latest() == 80.0",
        "L.map(t, t.amount)[0] == 10 && L[0].merchant.country == \"US\"",
        "L.map(t, t.merchant.country).exists(c, true) && L.map(t, t.merchant.country).size() == 3",
        "L.map(t, t.merchant.country).exists_one(c, c == \"US\")",
        "L.distinct(t, t.merchant.country).size() == 2 && \"DK\" in L.distinct(t, t.merchant.country)",
        "L.distinct(t, t.merchant.country).filter(c, c != \"DK\").size() == 1",
        "L.distinct(t, t.merchant.country).exists_one(c, c == \"DK\")",
        "L.map(t, t.merchant.country).distinct().count(c, c == \"DK\") == 1",
        "L.distinct(t, t.amount).max() == 40 && L.distinct(t, t.amount).min(a, -a) == -40",
        "L.distinct(t, t.merchant.country + \"!\").size() == 2",
        "L.map(t, t.declined).exists(d, d) && !L.map(t, t.declined).all(d, d)",
        "L.map(t, t.approved, t.amount).sum() == 50",
        "L.map(t, t).size() == 4 && L.map(t, t.time).max() == now - duration(\"20m\")",
        "merchant.country in L.map(t, t.merchant.country) && !(\"SE\" in L.map(t, t.merchant.country))",
        "math.greatest(L.map(t, t.amount)) == 40 && L.all(t, t.merchant.country in card.countries)",
        "L.filter(t, t.declined).latest().?amount.orValue(3) == 20",
        "has(L.latest().amount) && L.latest().?amount.hasValue()",
        "[10.00, 40.00].all(x, L.exists(t, t.amount == x))",
        "L.exists(t, [\"SE\", \"DK\"].exists(c, c == t.merchant.country))",
        "L.count(t, [t.amount, 15.00].max() > 15) == 2",
    ] {
        check(condition, Some(true));
    }
}

#[test]
fn a_list_may_have_a_name() {
    let text = ruleset_text(
        "[features]\nnear = '[\"DK\", \"SE\"]'\nrecent = 'card.last(\"1h\").filter(t, t.approved)'\nspent = 'recent.map(t, t.amount)'\n\n[[rule]]\nid = \"r\"\nwhen = '''merchant.country in near && spent.sum() == 50 && recent.exists(a, recent.exists(b, b.amount > a.amount)) && card.last(\"1h\").count(a, spent.exists(x, x > a.amount)) == 2'''\npoints = 1\nseverity = \"low\"\nreason = \"R\"\nmessage = \"m\"\n",
    );
    let mut tx = transaction(NOW);
    tx.merchant.country = Country::parse("DK");
    let events = past();
    assert_eq!(verdict(&compiled(&text), &tx, &recall(&events, &[])), Some(true));
}
