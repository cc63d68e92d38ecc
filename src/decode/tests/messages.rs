//! Decodes valid messages, and checks the value of each field.

use super::*;
use crate::transaction::{
    CardStatus, Channel, Check, Country, Field, FieldType, Funding, Kind, Money, Place,
    ThreeDSecure,
};

fn country(code: &str) -> Option<Country> {
    Country::parse(code)
}

/// Decodes with these settings and passes the result to `look`.
pub(super) fn check_with(
    settings: DecodeSettings,
    json: &str,
    look: impl FnOnce(Transaction<'_>, Notes),
) {
    match Decoder::new(settings).decode(json.as_bytes(), None) {
        Ok((tx, notes)) => look(tx, notes),
        Err(rejection) => panic!("{rejection}: {json}"),
    }
}

pub(super) fn check(json: &str, look: impl FnOnce(Transaction<'_>, Notes)) {
    check_with(settings(), json, look);
}

#[test]
fn the_example_of_the_page_has_every_field() {
    let page = include_str!("../../../docs/reference/transaction.md");
    assert!(page.contains(EXAMPLE), "the page has another example than tests/fixtures");
    let example: serde_json::Value = serde_json::from_str(EXAMPLE).unwrap();
    for row in Field::ALL.iter().map(|field| field.row()) {
        let is_there = example.pointer(&format!("/{}", row.path.replace('.', "/"))).is_some();
        // They are read only with a key, and a message with a token needs neither.
        let needs_key = matches!(row.ty, FieldType::CardNumber | FieldType::Expiry);
        assert_eq!(is_there, !needs_key, "{}", row.path);
    }
}

#[test]
fn the_example_is_read_field_by_field() {
    check(EXAMPLE, |tx, notes| {
        assert_eq!(notes, Notes::default());
        assert_eq!(tx.id, "01JH8Z5Q7T");
        assert_eq!(tx.kind, Kind::Authorization);
        assert_eq!(tx.time, Time(1_767_608_130_123));
        assert_eq!(tx.card.token, "c_9f21");
        assert_eq!(tx.card.last4.as_deref(), Some("4242"));
        assert_eq!(tx.card.brand.as_deref(), Some("visa"));
        assert_eq!(tx.card.funding, Some(Funding::Debit));
        assert_eq!(tx.card.country, country("US"));
        assert_eq!(tx.card.status, Some(CardStatus::Active));
        assert_eq!(tx.card.expiry, None);
        assert_eq!(tx.cardholder.id.as_deref(), Some("u_17"));
        assert_eq!(tx.cardholder.account_id.as_deref(), Some("a_88"));
        assert_eq!(tx.cardholder.country, country("US"));
        assert_eq!(tx.cardholder.place, Place::from_degrees(40.71, -74.01));
        assert_eq!(tx.amount, Money { minor: 260_000, currency: Currency::parse("USD").unwrap() });
        assert_eq!(tx.base_amount, Some(260_000));
        assert_eq!(tx.merchant.id, "m_5531");
        assert_eq!(tx.merchant.name.as_deref(), Some("Strøget Mode"));
        assert_eq!(tx.merchant.mcc, Some(5651));
        assert_eq!(tx.merchant.country, country("DK"));
        assert_eq!(tx.merchant.city.as_deref(), Some("København"));
        assert_eq!(tx.merchant.place, Place::from_degrees(55.68, 12.57));
        assert_eq!(tx.terminal_id.as_deref(), Some("t_1"));
        assert_eq!(tx.channel, Some(Channel::Ecommerce));
        assert_eq!(tx.card_present, Some(false));
        assert_eq!(tx.card_on_file, Some(true));
        assert_eq!(tx.recurring, Some(false));
        assert_eq!(tx.checks.cvv, Some(Check::Match));
        assert_eq!(tx.checks.address, Some(Check::Mismatch));
        assert_eq!(tx.checks.pin, Some(Check::Absent));
        assert_eq!(tx.checks.three_d_secure, Some(ThreeDSecure::None));
        assert_eq!(tx.response.approved, Some(true));
        assert_eq!(tx.response.reason, None);
        assert_eq!(tx.device.id.as_deref(), Some("d_4"));
        assert_eq!(tx.device.ip.as_deref(), Some("203.0.113.9"));
        assert_eq!(tx.ship_to.country, country("US"));
        assert_eq!(tx.ship_to.key.as_deref(), Some("s_77"));
        assert_eq!(tx.original_id, None);
    });
}

#[test]
fn unescaped_texts_are_borrowed() {
    check(EXAMPLE, |tx, _| {
        assert!(matches!(tx.id, std::borrow::Cow::Borrowed(_)));
        assert!(matches!(tx.merchant.name, Some(std::borrow::Cow::Borrowed(_))));
    });
    check(&minimal("id", r#""\u0061\n\ud83d\ude00\/b""#), |tx, _| assert_eq!(tx.id, "a\n😀/b"));
}

#[test]
fn null_blank_and_missing_are_the_same_in_optional_fields() {
    let bare = minimal("", "");
    let decoder = Decoder::new(settings());
    let (expected, _) = decoder.decode(bare.as_bytes(), None).unwrap();
    for (field, value) in [
        ("cardholder", "null"),
        ("cardholder", "{}"),
        ("cardholder", r#"{"id":null,"country":"","latitude":null}"#),
        ("terminal", r#"{"id":""}"#),
        ("channel", "null"),
        ("channel", "\"\""),
        ("card_present", "null"),
        ("checks", r#"{"cvv":null,"pin":" "}"#),
        ("response", r#"{"reason":""}"#),
        ("device", r#"{"id":"\t"}"#),
        ("ship_to", "null"),
        ("original_id", "\" \""),
        ("card", r#"{"token":"c1","last4":"","expiry":null,"number":null,"brand":""}"#),
        ("merchant", r#"{"id":"m1","mcc":null,"country":null,"city":""}"#),
    ] {
        let json = minimal(field, value);
        let (tx, notes) = decoder.decode(json.as_bytes(), None).unwrap();
        assert_eq!((tx, notes), (expected.clone(), Notes::default()), "{json}");
    }
}

#[test]
fn decline_reasons_are_names_in_any_case_or_response_codes_as_text_or_number() {
    use crate::transaction::DeclineReason::*;
    for (value, reason, is_known) in [
        ("\"do_not_honor\"", DoNotHonor, true),
        ("\"DO_NOT_HONOR\"", DoNotHonor, true),
        ("\"05\"", DoNotHonor, true),
        ("5", DoNotHonor, true),
        ("51", InsufficientFunds, true),
        ("\"n7\"", CvvMismatch, true),
        ("\"91\"", Unavailable, true),
        ("\"unavailable\"", Unavailable, true),
        ("\"processor_unavailable\"", Other, false),
        ("\"99\"", Other, false),
        ("-5", Other, false),
        ("5.0", Other, false),
    ] {
        check(&minimal("response", &format!(r#"{{"reason":{value}}}"#)), |tx, notes| {
            assert_eq!(tx.response.reason, Some(reason), "{value}");
            assert_eq!(notes.count(Change::Unknown), u32::from(!is_known), "{value}");
        });
    }
}

#[test]
fn currencies_are_read_in_each_of_their_forms() {
    for (form, code) in
        [("\"eur\"", "EUR"), ("\"EUR\"", "EUR"), ("\"978\"", "EUR"), ("978", "EUR"), ("8", "ALL")]
    {
        check(&minimal("currency", form), |tx, _| assert_eq!(tx.amount.currency.code(), code));
    }
}

#[test]
fn times_are_read_as_the_source_says() {
    let at = Time(1_767_608_130_123);
    for (times, value) in [
        (Times::Rfc3339, "\"2026-01-05T10:15:30.123Z\""),
        (Times::Rfc3339NoColon, "\"2026-01-05T10:15:30.123+0000\""),
        (Times::UnixSeconds, "1767608130.123"),
        (Times::UnixSeconds, "\"1767608130.123\""),
        (Times::UnixMilliseconds, "1767608130123"),
        (Times::UnixMilliseconds, "\"1767608130123\""),
    ] {
        let settings = DecodeSettings { times, ..settings() };
        check_with(settings, &minimal("time", value), |tx, _| assert_eq!(tx.time, at, "{value}"));
    }
}

#[test]
fn countries_and_category_codes_are_read_in_each_of_their_forms() {
    for (form, expected) in [
        ("\"DK\"", "DK"),
        ("\"dnk\"", "DK"),
        ("\"208\"", "DK"),
        ("208", "DK"),
        ("8", "AL"),
        ("\"xk\"", "XK"),
    ] {
        let merchant = format!(r#"{{"id":"m1","country":{form}}}"#);
        check(&minimal("merchant", &merchant), |tx, _| {
            assert_eq!(tx.merchant.country, country(expected))
        });
    }
    for (form, expected) in [("\"5651\"", 5651), ("5651", 5651), ("\"0742\"", 742), ("742", 742)] {
        let merchant = format!(r#"{{"id":"m1","mcc":{form}}}"#);
        check(&minimal("merchant", &merchant), |tx, _| assert_eq!(tx.merchant.mcc, Some(expected)));
    }
}

#[test]
fn amounts_are_read_in_the_unit_that_the_source_states() {
    let major = || DecodeSettings { amounts: Amounts::Major, ..settings() };
    for (value, currency, minor, base) in [
        ("2600", "\"USD\"", 260_000, Some(260_000)),
        ("2600.5", "\"USD\"", 260_050, Some(260_050)),
        ("\"0.10\"", "\"EUR\"", 10, Some(12)),
        ("1000", "\"JPY\"", 1000, Some(1000)),
        ("1.234", "\"BHD\"", 1234, None),
    ] {
        let json = minimal("amount", value).replace("\"USD\"", currency);
        check_with(major(), &json, |tx, _| {
            assert_eq!((tx.amount.minor, tx.base_amount), (minor, base), "{json}");
        });
    }
    check(&minimal("amount", "0"), |tx, _| assert_eq!(tx.amount.minor, 0));
}

#[test]
fn the_sources_default_currency_replaces_a_missing_one() {
    let default_currency = Currency::parse("JPY");
    for currency in ["", "null"] {
        let settings = DecodeSettings { default_currency, ..settings() };
        check_with(settings, &minimal("currency", currency), |tx, _| {
            assert_eq!(Some(tx.amount.currency), default_currency);
        });
    }
}

#[test]
fn sensitive_fields_are_dropped_and_counted_at_any_depth_outside_checks() {
    for (field, value, count) in [
        ("cvv", "\"123\"", 1),
        ("CVV2", "123", 1),
        ("Pin_Block", "null", 1),
        ("track1", r#"{"a":[1,2]}"#, 1),
        ("x", r#"{"y":[{"pin":"1"},{"cvc":"2"}]}"#, 2),
        ("x", r#"{"p\u0069n":1,"pin\ud800":2,"y":"pin\":"}"#, 1),
        ("device", r#"[{"pin":"1"}]"#, 1),
        ("checks", r#"[{"pin":"1"}]"#, 0),
        ("card", r#"{"token":"c1","track2":";424=1"}"#, 1),
        ("checks", r#"{"cvv":"match","pin":"match","cvc":"match"}"#, 0),
        ("pinned", "1", 0),
    ] {
        check(&minimal(field, value), |_, notes| {
            assert_eq!(notes.sensitive_fields_dropped, count, "{value}");
        });
    }
}

#[test]
fn a_card_number_becomes_its_token_and_an_expiry_date_a_hash() {
    let mut tokens = Vec::new();
    for number in [
        "\"4242424242424242\"",
        "4242424242424242",
        "\"4242 4242-4242 4242\"",
        r#""\u0034242424242424242""#,
    ] {
        let json = minimal("card", &format!(r#"{{"number":{number},"expiry":"2029-12"}}"#));
        check_with(with_key(), &json, |tx, _| {
            assert_eq!(tx.card.last4.as_deref(), Some("4242"));
            assert!(tx.card.expiry.is_some_and(|hash| hash.starts_with("v1_") && hash.len() == 67));
            tokens.push(tx.card.token.into_owned());
        });
    }
    assert!(tokens[0].starts_with("v1_") && tokens[0].len() == 67);
    assert!(tokens.iter().all(|token| *token == tokens[0]));
    let json = minimal("card", r#"{"token":"4242 4242 4242 4242"}"#);
    check_with(with_key(), &json, |tx, notes| {
        assert_eq!((&*tx.card.token, notes.count(Change::CardNumber)), (&*tokens[0], 1));
        assert_eq!(tx.card.last4.as_deref(), Some("4242"));
    });
}

#[test]
fn a_token_wins_over_a_number() {
    let json = minimal("card", r#"{"token":"c1","number":"4242424242424242","last4":"1111"}"#);
    check_with(with_key(), &json, |tx, _| {
        assert_eq!((&*tx.card.token, tx.card.last4.as_deref()), ("c1", Some("4242")));
    });
}

#[test]
fn our_own_token_is_never_mistaken_for_a_card_number() {
    let token = format!("v1_4242424242424242{}", "a".repeat(48));
    check(&minimal("card", &format!(r#"{{"token":"{token}"}}"#)), |tx, notes| {
        assert_eq!((&*tx.card.token, notes), (&*token, Notes::default()));
    });
    assert!(!contains_card_number(token.as_bytes()));
    assert!(contains_card_number(format!("{token} ").replace('a', "-").as_bytes()));
}

#[test]
fn an_expiry_date_without_a_key_is_dropped() {
    check(&minimal("card", r#"{"token":"c1","expiry":"2029-12"}"#), |tx, _| {
        assert_eq!(tx.card.expiry, None);
    });
}

#[test]
fn ids_with_card_numbers_stay_distinct_with_a_key() {
    let id = |number: &str| {
        let json = minimal("id", &format!("\"order-{number}\""));
        let mut id = String::new();
        check_with(with_key(), &json, |tx, notes| {
            assert_eq!(notes.count(Change::CardNumber), 1);
            id = tx.id.into_owned();
        });
        id
    };
    assert_eq!(id("4242424242424242"), id("4242 4242 4242 4242"));
    assert_ne!(id("4242424242424242"), id("4000000000024242"));
}

#[test]
fn addresses_and_trusted_fields_are_not_searched() {
    for ip in ["4242:4242:4242:4242::", "2001:db8::4242:4242:4242:4242", "203.0.113.9"] {
        for settings in [settings(), with_key()] {
            let json = minimal("device", &format!(r#"{{"ip":" {ip} "}}"#));
            check_with(settings, &json, |tx, notes| {
                assert_eq!((tx.device.ip.as_deref(), notes), (Some(ip), Notes::default()));
            });
        }
    }
    let trusted = |fields: &[Field]| {
        let card_numbers = CardNumbers { trusted_fields: fields.into(), ..CardNumbers::default() };
        DecodeSettings { card_numbers, ..settings() }
    };
    let json = r#"{"id":"4242424242424242","type":"refund","time":"2026-01-05T10:15:30Z","amount":1,
        "currency":"USD","card":{"token":"c"},"merchant":{"id":"m","name":"4242 4242 4242 4242"},
        "original_id":"4000000000161234"}"#;
    check_with(trusted(&[Field::Id, Field::OriginalId]), json, |tx, notes| {
        assert_eq!(
            (&*tx.id, tx.original_id.as_deref()),
            ("4242424242424242", Some("4000000000161234"))
        );
        assert_eq!(tx.merchant.name.as_deref(), Some("************4242"));
        assert_eq!(notes.count(Change::CardNumber), 1);
    });
    check_with(
        trusted(&[Field::CardToken]),
        &minimal("card", r#"{"token":"4242424242424242"}"#),
        |tx, _| {
            assert_eq!((&*tx.card.token, tx.card.last4), ("4242424242424242", None));
        },
    );
    let settings = trusted(&[Field::Amount]);
    check_with(settings, &minimal("amount", "4242424242424242"), |tx, _| {
        assert_eq!(tx.amount.minor, 4_242_424_242_424_242);
    });
}

#[test]
fn an_id_to_look_up_is_normalised_as_in_decoding() {
    for text in ["a", " order-4242 4242 4242 4242 ", "４２４２４２４２４２４２４２４２"]
    {
        let settings = with_key();
        let id = settings.id_of(text).into_owned();
        check_with(settings, &minimal("id", &format!("\"{text}\"")), |tx, _| assert_eq!(tx.id, id));
    }
}

#[test]
fn a_time_ahead_of_its_record_by_no_more_than_the_skew_is_accepted() {
    let decoder = Decoder::new(settings());
    let json = minimal("", "");
    let at = Time::parse_rfc3339("2026-01-05T10:15:30Z").unwrap();
    assert!(decoder.decode(json.as_bytes(), Some(Time(at.0 - 60_000))).is_ok());
    let late = decoder.decode(json.as_bytes(), Some(Time(at.0 - 60_001))).unwrap_err();
    assert_eq!(late.reason, Reason::TimeAhead);
}
