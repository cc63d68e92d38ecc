//! Tests the language table by table: everything that an expression may read, call or write, once
//! each, on a transaction with every field set.

use super::support::*;
use crate::memory::{Event, Recall};
use crate::rules::{Evaluation, ListFile, Sources};
use crate::transaction::*;
use std::collections::BTreeSet;

/// A purchase at 10:00 on 5 January 2026, a Monday, with every field set.
fn full() -> Transaction<'static> {
    let place = |latitude, longitude| Place::from_degrees(latitude, longitude);
    let country = Country::parse;
    let mut tx = transaction(NOW);
    tx.id = "tx-1".into();
    tx.card.token = "tok".into();
    tx.card.last4 = Some("4242".into());
    tx.card.brand = Some("visa".into());
    tx.card.funding = Some(Funding::Debit);
    tx.card.country = country("US");
    tx.card.status = Some(CardStatus::Active);
    tx.card.expiry = Some("hash".into());
    tx.cardholder.id = Some("holder".into());
    tx.cardholder.account_id = Some("account".into());
    tx.cardholder.country = country("US");
    tx.cardholder.place = place(40.71, -74.01);
    tx.amount = Money { minor: 4_600, currency: Currency::parse("EUR").unwrap() };
    tx.merchant.name = Some("Ann's Gift Shop".into());
    tx.merchant.mcc = Some(742);
    tx.merchant.country = country("DK");
    tx.merchant.city = Some("København".into());
    tx.merchant.place = place(55.68, 12.57);
    tx.terminal_id = Some("t1".into());
    tx.channel = Some(Channel::Chip);
    tx.card_present = Some(true);
    tx.card_on_file = Some(false);
    tx.recurring = Some(false);
    tx.checks.cvv = Some(Check::Match);
    tx.checks.address = Some(Check::Mismatch);
    tx.checks.pin = Some(Check::Absent);
    tx.checks.three_d_secure = Some(ThreeDSecure::Attempted);
    tx.response = Response { approved: Some(false), reason: Some(DeclineReason::CvvMismatch) };
    (tx.device.id, tx.device.ip) = (Some("d1".into()), Some("192.0.2.1".into()));
    (tx.ship_to.country, tx.ship_to.key) = (country("NO"), Some("k1".into()));
    tx.original_id = Some("tx-0".into());
    tx
}

#[test]
fn the_full_transaction_has_every_field_that_rules_read() {
    assert_eq!(missing_fields(&full()), BTreeSet::new());
}

/// The same purchase half an hour earlier, and a different one two hours earlier.
fn past() -> [Event; 2] {
    let earlier = charge(2 * HOUR_MS, |tx| {
        tx.base_amount = Some(1_000);
        tx.merchant.place = Place::from_degrees(55.68, 12.57);
        tx.card_present = Some(true);
        tx.response.approved = Some(true);
    });
    let mut again = full();
    again.time = Time(NOW.millis() - 30 * MINUTE_MS);
    again.merchant.place = None;
    [earlier, Event::of(&again).with_label(Some(LabelValue::Genuine))]
}

fn evaluated(text: &str) -> Evaluation {
    let lists =
        ["shops", "shop\nbar\n", "old", "shop\t2026-01-05T10:00:00Z\nbar\t2027-01-01T00:00:00Z\n"];
    let file = |name: &str, text: &str| ListFile {
        name: name.into(),
        path: name.into(),
        text: Ok(text.into()),
    };
    let names = "[lists]\nshops = \"shops\"\nold = \"old\"\n";
    let sources = Sources {
        lists: lists.chunks(2).map(|list| file(list[0], list[1])).collect(),
        ..sources(&format!("{text}\n{names}"))
    };
    let (ruleset, _) = sources.compile(environment()).unwrap_or_else(|errors| panic!("{errors}"));
    let (events, refunds) = (past(), [charge(DAY_MS, |tx| tx.base_amount = Some(700))]);
    let mut evaluation = Evaluation::default();
    ruleset.evaluate(&full(), &recall(&events, &refunds), &mut evaluation);
    evaluation
}

fn check(conditions: &[&str]) {
    for condition in conditions {
        let evaluation = evaluated(&source(condition));
        assert_eq!(evaluation.fired.len(), 1, "{condition}: {:?}", evaluation.undecided);
    }
}

#[test]
fn this_transaction() {
    check(&[
        "id == \"tx-1\" && type == \"authorization\" && time == now && original_id == \"tx-0\"",
        "card.token == \"tok\" && card.last4 == \"4242\" && card.brand == \"visa\"",
        "card.funding == \"debit\" && card.status == \"active\" && card.expiry == \"hash\"",
        "card.country == \"US\" && cardholder.country == card.country",
        "cardholder.id == \"holder\" && cardholder.account_id == \"account\"",
        "cardholder.latitude > 40.7 && cardholder.longitude < -74.0",
        "amount == 50 && amount == 50.0 && amount_original == 46.0 && currency == \"EUR\"",
        "merchant.id == \"shop\" && merchant.mcc == \"0742\" && merchant.mcc < \"0743\"",
        "merchant.name.startsWith(\"Ann\") && merchant.city == \"København\"",
        "merchant.country != \"US\" && merchant.latitude > 55.0 && merchant.longitude > 12.0",
        "terminal.id == \"t1\" && channel == \"chip\" && card_present && !card_on_file && !recurring",
        "checks.cvv == \"match\" && checks.address == \"mismatch\" && checks.pin == \"absent\"",
        "checks.three_d_secure == \"attempted\"",
        "!response.approved && response.reason == \"cvv_mismatch\"",
        "device.id == \"d1\" && device.ip == \"192.0.2.1\"",
        "ship_to.country == \"NO\" && ship_to.key == \"k1\"",
        "tx.amount == amount && has(tx.channel) && has(tx.merchant.id) && tx.merchant.id == merchant.id",
    ]);
}

#[test]
fn a_remembered_charge() {
    let last = |condition: &str| format!("card.last(\"1h\").exists(t, {condition})");
    let conditions = [
        "t.amount == amount && t.time == now - duration(\"30m\")",
        "t.merchant.id == merchant.id && t.merchant.country == merchant.country",
        "t.merchant.mcc == \"0742\" && t.merchant.mcc == merchant.mcc",
        "t.terminal.id == terminal.id && t.device.id == device.id && t.device.ip == device.ip",
        "t.ship_to.key == ship_to.key && t.ship_to.country == ship_to.country",
        "t.channel == channel && t.card_present && !t.card_on_file && !t.recurring",
        "t.genuine && !t.fraud && has(t.fraud) && t.genuine != t.fraud",
        "!t.approved && t.declined && t.reason == response.reason && t.reason == \"cvv_mismatch\"",
        "t.merchant.id in [\"bar\", \"shop\"] && t.merchant.id in list(\"shops\")",
        "!(t.merchant.id in list(\"old\")) && t.merchant.country in [\"DK\", \"SE\"]",
        "t.merchant.country in list(\"shops\") == false && t.device.id != \"d2\"",
        "has(t.channel) && !has(t.merchant.latitude) && t.?channel.orValue(\"atm\") == \"chip\"",
        "t.time.getHours() == 9 && t.time.getMinutes() == 30 && now - t.time < duration(\"31m\")",
        "t.time >= now.startOfDay() && t.time.startOfDay(\"Europe/Paris\") == now.startOfDay(\"Europe/Paris\")",
        "string(t.amount) == \"50\" && t.merchant.country.contains(\"K\")",
        "(t.declined ? t.amount : 0.00) == 50 && -t.amount < 0",
    ];
    let conditions: Vec<String> = conditions.iter().map(|condition| last(condition)).collect();
    check(&conditions.iter().map(String::as_str).collect::<Vec<_>>());
    check(&[
        "card.last(\"1d12h\").size() == 2 && card.last(\"90m\").size() == 1 && card.last(\"30m\").size() == 0",
        "card.last(\"7d\").size() == 2 && size(card.last(\"24h\")) == 2",
        "card.refunds(\"7d\").sum(t, t.amount) == 7 && card.refunds(\"1h\").size() == 0",
        "merchant.id in card.last(\"1d\").map(t, t.merchant.id)",
    ]);
}

#[test]
fn shorthands_and_distances() {
    check(&[
        "card.previous.amount == 50 && card.previous.declined && card.previous.merchant.id == merchant.id",
        "now - card.previous.time == duration(\"30m\") && has(card.previous.amount)",
        "now - card.first_seen == duration(\"2h\") && \"DK\" in card.countries",
        "card.countries.size() == 1 && !(\"US\" in card.countries) && merchant.country in card.countries",
        "travel.km < 0.001 && travel.kmh < 0.001 && home.km > 6180.0 && home.km < 6200.0",
        "habit.amount.n == 1 && habit.amount.mean == 10.0 && amount > 3 * habit.amount.mean",
        "distance_km(merchant.latitude, merchant.longitude, 55.68, 12.57) < 0.1",
        "distance_km(0, 0, 0, 180) > 20000.0",
    ]);
}

#[test]
fn times_and_durations() {
    check(&[
        "now.getHours() == 10 && now.getHours(\"Europe/Paris\") == 11 && now.getHours(\"-05:00\") == 5",
        "now.getHours(\"America/New_York\") == 5 && now.getMinutes(\"Asia/Kolkata\") == 30",
        "now.getFullYear() == 2026 && now.getMonth() == 0 && now.getDate() == 5 && now.getDayOfMonth() == 4",
        "now.getDayOfWeek() == 1 && now.getDayOfYear() == 4 && now.getSeconds() == 0 && now.getMilliseconds() == 0",
        "now.startOfDay(\"Europe/Paris\") == timestamp(\"2026-01-04T23:00:00Z\") && now.startOfDay() == now - duration(\"10h\")",
        "now.startOfWeek() == now.startOfDay() && now.startOfMonth(\"+02:00\") == timestamp(\"2025-12-31T22:00:00Z\")",
        "(now - duration(\"1d\")).startOfWeek() == now - duration(\"7d10h\") && time.startOfDay() == now.startOfDay()",
        "timestamp(\"2026-01-05T12:00:00+02:00\") == now && now > timestamp(\"2026-01-05T09:59:59Z\")",
        "now - duration(\"1h\") < now && now + duration(\"1d\") > now && duration(\"1d12h\") == duration(\"36h\")",
        "duration(\"90m\").getHours() == 1 && duration(\"90m\").getMinutes() == 90 && duration(\"1m\").getSeconds() == 60",
        "duration(\"1h\") + duration(\"30m\") == duration(\"90m\") && duration(\"1h\") - duration(\"2h\") == -duration(\"1h\")",
        "int(now) == 1767607200 && string(now) == \"2026-01-05T10:00:00Z\"",
        "math.greatest(now, card.previous.time) == now && math.least(duration(\"1h\"), duration(\"2m\")) == duration(\"2m\")",
    ]);
}

#[test]
fn operators_and_functions() {
    check(&[
        "1 + 2 * 3 - 4 / 2 % 3 == 5 && 7 / 2 == 3 && -7 / 2 == -3 && 7.0 / 2.0 == 3.5 && -7 % 3 == -1",
        "amount * 2 == 100 && amount / 4 == 12.5 && amount + 0.25 == 50.25 && 2 * amount - 50 == amount",
        "1 < 2 && 2 <= 2 && 3 > 2 && 3 >= 3 && 1 != 2 && \"a\" < \"b\" && true != false && !(1.5 == 2.5)",
        "(amount > 20 ? \"big\" : \"small\") == \"big\" && (false ? 1 : 2) == 2",
        "has(checks.cvv) && !has(card.previous.merchant.latitude)",
        "ship_to.?country.orValue(\"US\") == \"NO\" && tx.?channel.orValue(\"atm\") == \"chip\"",
        "size(\"København\") == 9 && merchant.city.size() == 9 && merchant.city.endsWith(\"havn\")",
        "merchant.name.contains(\"Gift\") && merchant.name.matches(\"(?i)gift\") && !merchant.name.matches(\"^gift\")",
        "string(1) == \"1\" && string(true) == \"true\" && string(2.5) == \"2.5\" && string(amount) == \"50\"",
        "int(2.9) == 2 && int(-2.9) == -2 && int(\"42\") == 42 && int(amount) == 50 && double(1) == 1.0",
        "double(\"1.5\") == 1.5 && double(amount) == 50.0 && \"a\" + \"b\" + currency == \"abEUR\"",
        "math.greatest(1, amount, 60) == 60 && math.least(1.5, 2, amount) == 1.5 && math.greatest([1, 2]) == 2",
        "merchant.id in list(\"shops\") && !(merchant.id in list(\"old\")) && \"bar\" in list(\"old\")",
        "merchant.country in [\"RU\", \"DK\"] && !(merchant.country in [\"RU\", \"NG\"]) && 2 in [1, 2]",
        "merchant.mcc in [\"0742\", \"4829\"] && currency in [\"USD\", \"EUR\"] && channel in [\"chip\"]",
        "amount > 3 && amount > 3.00 && amount >= 50 && 49.99 < amount && amount != 50.01",
        "100 * card.last(\"1d\").size() == 200 && double(card.last(\"1d\").size()) * 1.5 == 3.0",
    ]);
}

#[test]
fn numbers_and_points_and_what_a_rule_demands() {
    let points = |expression: &str| {
        let text = source("true").replace("points = 100", &format!("points = '{expression}'"));
        evaluated(&text).fired.first().map(|fired| fired.points)
    };
    assert_eq!(points("math.least(400, 50 * card.last(\"1d\").size())"), Some(100));
    assert_eq!(points("2.5"), Some(3));
    assert_eq!(points("-2.4"), Some(-2));
    assert_eq!(points("amount"), Some(50));
    assert_eq!(points("amount > 20 ? 300 : 0"), Some(300));
    assert_eq!(points("100000"), Some(1000));
    assert_eq!(points("1 / 0"), None);
    assert_eq!(points("habit.amount.z"), None);
}

#[test]
fn a_message_is_written_for_people() {
    for (message, expected) in [
        ("{amount} at {merchant.name}", "USD 50.00 at Ann's Gift Shop"),
        (
            "{amount * 1000} or {habit.amount.mean}, {amount / habit.amount.mean} times",
            "USD 50,000.00 or USD 10.00, 5 times",
        ),
        ("{home.km} from home", "6,189 km from home"),
        ("{travel.kmh}", "0 km/h"),
        ("{now}, {now - card.previous.time} later", "2026-01-05 10:00:00 UTC, 30m later"),
        ("{duration(\\\"1d12h\\\")}", "1d12h"),
        ("{card.last(\\\"1d\\\").size()} charges, {card_present}", "2 charges, yes"),
        ("{card.last(\\\"1d\\\").sum(t, t.amount)}", "USD 60.00"),
        ("{card.last(\\\"1d\\\").avg(t, t.amount)}", "USD 30.00"),
        ("{card.last(\\\"1d\\\").filter(t, t.approved).latest().amount}", "USD 10.00"),
        ("{merchant.country} {merchant.mcc} {channel}", "DK 0742 chip"),
        ("{amount_original}, {amount_original * 1000.0}", "EUR 46.00, EUR 46,000.00"),
        ("{1.0 / 3.0} of it", "0.33 of it"),
        ("{has(tx.channel) ? \\\"read by \\\" + channel : \\\"typed\\\"}", "read by chip"),
        ("{{braces}} and {\\\"}\\\"}", "{braces} and }"),
        ("{card.last(\\\"1m\\\").latest().amount} before", "unknown before"),
        ("{n} in a day", "2 in a day"),
    ] {
        let text = source("n == 2").replace("message = \"m\"", &format!("message = \"{message}\""));
        let text = text + "\n[features]\nn = 'card.last(\"1d\").size()'\n";
        assert_eq!(evaluated(&text).fired[0].message, expected, "{message}");
    }
}

#[test]
fn a_bound_is_shown_as_a_bound() {
    let text =
        source("true").replace("message = \"m\"", "message = \"{card.last(\\\"1d\\\").size()}\"");
    let events = past();
    let lost = Some(Time(NOW.millis() - 3 * HOUR_MS));
    let cut = Recall { cut: lost, unknown_until: lost, ..recall(&events, &[]) };
    let mut evaluation = Evaluation::default();
    compiled(&text).evaluate(&full(), &cut, &mut evaluation);
    assert_eq!(evaluation.fired[0].message, "at least 2");
}
