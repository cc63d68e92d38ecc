//! Checks that invalid optional values are dropped or repaired without rejecting the message.

use super::messages::check;
use super::*;

/// Checks what was noted about a field of an accepted message.
#[track_caller]
fn check_noted(field: &str, value: &str, path: &str, change: Change) {
    let expected = vec![(Field::from_path(path).unwrap(), change, 1)];
    check(&minimal(field, value), |_, notes| {
        assert_eq!(notes.changes().collect::<Vec<_>>(), expected, "{value}");
    });
}

#[test]
fn unknown_names_and_codes_are_noted_and_treated_as_missing() {
    for (field, value, path) in [
        ("channel", "\"pigeon\"", "channel"),
        ("channel", "\"chip\\ud83c\"", "channel"),
        ("checks", r#"{"cvv":"maybe"}"#, "checks.cvv"),
        ("response", r#"{"reason":"mood"}"#, "response.reason"),
        ("card", r#"{"token":"c1","status":"melted"}"#, "card.status"),
        ("card", r#"{"token":"c1","country":"XX"}"#, "card.country"),
        ("merchant", r#"{"id":"m1","country":1000000}"#, "merchant.country"),
        ("merchant", r#"{"id":"m1","country":-1}"#, "merchant.country"),
        ("ship_to", r#"{"country":"Denmark"}"#, "ship_to.country"),
    ] {
        check_noted(field, value, path, Change::Unknown);
    }
}

#[test]
fn invalid_values_of_optional_fields_are_noted_and_treated_as_missing() {
    for (field, value, path) in [
        ("cardholder", "\"Ann\"", "cardholder"),
        ("cardholder", r#"{"latitude":"55"}"#, "cardholder.latitude"),
        ("cardholder", r#"{"longitude":-180.1}"#, "cardholder.longitude"),
        ("cardholder", r#"{"account_id":12}"#, "cardholder.account_id"),
        ("merchant", r#"{"id":"m1","latitude":200,"longitude":0}"#, "merchant.latitude"),
        ("merchant", r#"{"id":"m1","latitude":1e999}"#, "merchant.latitude"),
        ("merchant", r#"{"id":"m1","latitude":0,"longitude":0}"#, "merchant.latitude"),
        ("merchant", r#"{"id":"m1","latitude":-0.0,"longitude":0.00000001}"#, "merchant.latitude"),
        ("cardholder", r#"{"latitude":0.0,"longitude":0}"#, "cardholder.latitude"),
        ("merchant", r#"{"id":"m1","latitude":12}"#, "merchant.latitude"),
        ("merchant", r#"{"id":"m1","latitude":0}"#, "merchant.latitude"),
        ("merchant", r#"{"id":"m1","latitude":null,"longitude":12}"#, "merchant.longitude"),
        ("merchant", r#"{"id":"m1","latitude":12,"longitude":"12"}"#, "merchant.longitude"),
        ("cardholder", r#"{"latitude":12}"#, "cardholder.latitude"),
        ("cardholder", r#"{"longitude":12}"#, "cardholder.longitude"),
        ("merchant", r#"{"id":"m1","mcc":"742"}"#, "merchant.mcc"),
        ("merchant", r#"{"id":"m1","mcc":"56511"}"#, "merchant.mcc"),
        ("merchant", r#"{"id":"m1","mcc":10000}"#, "merchant.mcc"),
        ("merchant", r#"{"id":"m1","mcc":-1}"#, "merchant.mcc"),
        ("merchant", r#"{"id":"m1","mcc":56.5}"#, "merchant.mcc"),
        ("merchant", r#"{"id":"m1","mcc":"+742"}"#, "merchant.mcc"),
        ("merchant", r#"{"id":"m1","mcc":[5651]}"#, "merchant.mcc"),
        ("merchant", r#"{"id":"m1","name":["A","B"]}"#, "merchant.name"),
        ("merchant", r#"{"id":"m1","name":1e999}"#, "merchant.name"),
        ("merchant", r#"{"id":"m1","country":true}"#, "merchant.country"),
        ("terminal", r#""t""#, "terminal"),
        ("terminal", r#"{"id":1}"#, "terminal.id"),
        ("card", r#"{"token":"c1","last4":"424"}"#, "card.last4"),
        ("card", r#"{"token":"c1","last4":"424x"}"#, "card.last4"),
        ("card", r#"{"token":"c1","last4":4242}"#, "card.last4"),
        ("card", r#"{"token":"c1","expiry":"2029-13"}"#, "card.expiry"),
        ("card", r#"{"token":"c1","expiry":"12/29"}"#, "card.expiry"),
        ("card", r#"{"token":"c1","expiry":202912}"#, "card.expiry"),
        ("card", r#"{"token":"c1","funding":1}"#, "card.funding"),
        ("channel", "1", "channel"),
        ("checks", "\"none\"", "checks"),
        ("checks", r#"{"pin":true}"#, "checks.pin"),
        ("response", r#"{"reason":true}"#, "response.reason"),
        ("card_present", "\"true\"", "card_present"),
        ("recurring", "1", "recurring"),
        ("ship_to", "[]", "ship_to"),
        ("device", r#"{"ip":{"v4":"203.0.113.9"}}"#, "device.ip"),
    ] {
        check_noted(field, value, path, Change::Dropped);
    }
}

#[test]
fn descriptive_text_is_repaired_and_cut_and_never_makes_a_dead_letter() {
    let name = |name: &str| minimal("merchant", &format!(r#"{{"id":"m1","name":"{name}"}}"#));
    for (text, expected, change) in [
        (r"Fries \ud83c", "Fries \u{fffd}", Some(Change::Repaired)),
        (r"\udf5f Fries", "\u{fffd} Fries", Some(Change::Repaired)),
        (r"\udf5f\ud83c", "\u{fffd}\u{fffd}", Some(Change::Repaired)),
        (r"Fries \ud83c\udf5f", "Fries 🍟", None),
        (r"Ca\u0000fe", "Ca\0fe", None),
        (r"\u202eefaC", "\u{202e}efaC", None),
        (r"Caf\u00e9\u001b[31m", "Café\u{1b}[31m", None),
        (&"é".repeat(256), &*"é".repeat(256), None),
        (&"é".repeat(257), &*"é".repeat(256), Some(Change::Truncated)),
    ] {
        let field = Field::MerchantName;
        let expected_notes: Vec<_> = change.map(|change| (field, change, 1)).into_iter().collect();
        check(&name(text), |tx, notes| {
            assert_eq!(tx.merchant.name.as_deref(), Some(expected));
            assert_eq!(notes.changes().collect::<Vec<_>>(), expected_notes, "{text}");
        });
    }
}

#[test]
fn text_is_not_cut_within_a_card_number_nor_into_one() {
    let masked = format!("{}************4242", "x".repeat(250));
    let whole = format!("{}4242424242424242", "x".repeat(250));
    let run = format!("{}4242424242424242424242", "x".repeat(240));
    for (name, expected) in [
        (whole, masked.chars().take(256).collect()),
        (run, format!("{}************4242", "x".repeat(240))),
    ] {
        let json = minimal("merchant", &format!(r#"{{"id":"m1","name":"{name}"}}"#));
        check(&json, |tx, notes| {
            assert_eq!(tx.merchant.name.as_deref(), Some(&*expected));
            assert_eq!((notes.count(Change::CardNumber), notes.count(Change::Truncated)), (1, 1));
        });
    }
}

#[test]
fn white_space_around_ids_is_removed() {
    let message = r#"{"id":" a ","type":"reversal","time":"2026-01-05T10:15:30Z","amount":1,
        "currency":"USD","card":{"token":"c1\t"},"merchant":{"id":"\u00a0m 1 "},
        "device":{"id":" d"},"original_id":" o\n"}"#;
    check(message, |tx, notes| {
        let ids = [&tx.id, &tx.card.token, &tx.merchant.id];
        assert_eq!(ids.map(|id| &**id), ["a", "c1", "m 1"]);
        assert_eq!((tx.device.id.as_deref(), tx.original_id.as_deref()), (Some("d"), Some("o")));
        assert_eq!(notes, Notes::default());
    });
}

#[test]
fn unlisted_fields_are_ignored_and_counted() {
    for (field, value, count) in [
        ("metadata", r#"{"a":[1,-2.5e+3,true,false,null,"\"\u00e9",{}],"b":{"a":[]}}"#, 1),
        ("note", r#""x \ud83c""#, 1),
        (r"memo \ud83c", "\"x\"", 1),
        ("x", r#"{"a\udc00":1e999,"a":1,"a":2}"#, 1),
        ("x\":1,\"x", "2", 2),
        ("x", "-1e-999", 1),
        ("merchant", r#"{"id":"m1","nmae":"x","county":[]}"#, 2),
        ("checks", r#"{"avs":"match"}"#, 1),
        ("device", r#"[{"id":1,"id":2}]"#, 0),
    ] {
        check(&minimal(field, value), |tx, notes| {
            assert_eq!((&*tx.id, notes.unlisted_fields), ("t1", count), "{field}: {value}");
            assert_eq!(notes.count(Change::Dropped), u32::from(field == "device"));
        });
    }
}
