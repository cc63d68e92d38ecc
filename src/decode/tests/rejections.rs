//! Checks which messages are rejected, and with which reason.

use super::*;
use std::collections::HashSet;

fn rejection(settings: DecodeSettings, bytes: &[u8]) -> Rejection {
    match Decoder::new(settings).decode(bytes, None) {
        Err(rejection) => rejection,
        Ok(_) => panic!("accepted: {}", String::from_utf8_lossy(bytes)),
    }
}

fn check(json: &str, reason: Reason) {
    assert_eq!(rejection(settings(), json.as_bytes()).reason, reason, "{json}");
}

/// Checks the reason for the shortest valid message with this field replaced, with and without a
/// key.
fn check_field(field: &str, value: &str, reason: Reason) {
    check(&minimal(field, value), reason);
}

#[test]
fn input_that_is_not_a_json_object_is_rejected() {
    use Reason::*;
    let good = minimal("", "");
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    for (json, reason) in [
        ("", Empty),
        (" ", NotJson),
        ("nonsense", NotJson),
        ("{", NotJson),
        ("{}", MissingField),
        ("[]", NotAnObject),
        ("null", NotAnObject),
        ("4242424242424242", NotAnObject),
        ("\u{feff}{}", ByteOrderMark),
        ("{\"id\":\"a\",}", NotJson),
        ("{id:\"a\"}", NotJson),
        ("{'id':'a'}", NotJson),
        ("{\"id\" \"a\"}", NotJson),
        ("{\"id\":\"a\" \"b\":1}", NotJson),
        ("{\"id\":\"a\nb\"}", NotJson),
        ("{\"id\":\"\\x\"}", NotJson),
        ("{\"id\":\"\\u12\"}", NotJson),
        ("{\"id\":\"a", NotJson),
        ("{\"x\":01}", NotJson),
        ("{\"x\":1.}", NotJson),
        ("{\"x\":-}", NotJson),
        ("{\"x\":nul}", NotJson),
        ("{\"x\":NaN}", NotJson),
        ("{\"id\":NaN}", NotJson),
        ("{\"x\":[1,]}", NotJson),
        ("{\"x\":{\"a\":1,}}", NotJson),
        ("{\"x\":[1}", NotJson),
        ("{\"x\":\"\\ud8\"}", NotJson),
        ("{\"\\ud8\":1}", NotJson),
        (&minimal("x", &"{\"a\":".repeat(100)), NotJson),
        ("{/**/}", NotJson),
        (&format!("{good} x"), TrailingBytes),
        (&format!("{good}{good}"), TrailingBytes),
        (&minimal("x", &deep(16)), TooDeep),
        (&minimal("device", &deep(16)), TooDeep),
        (&minimal("device", &format!("{{\"id\":{}}}", deep(15))), TooDeep),
        (&minimal("device", &format!("{{\"x\":{}}}", deep(15))), TooDeep),
        (&minimal("x", &deep(10_000)), TooDeep),
    ] {
        check(json, reason);
    }
    for (field, value) in [
        ("x", deep(15)),
        ("device", deep(15)),
        ("device", format!("{{\"id\":{}}}", deep(14))),
        ("device", format!("{{\"x\":{}}}", deep(14))),
    ] {
        assert!(Decoder::new(settings()).decode(minimal(field, &value).as_bytes(), None).is_ok());
    }
    assert_eq!(rejection(settings(), b"{\"id\":\"\xff\"}").reason, NotUtf8);
    let small = DecodeSettings { max_message_bytes: good.len() - 1, ..settings() };
    assert_eq!(rejection(small, good.as_bytes()).reason, TooLarge);
}

#[test]
fn a_listed_key_twice_is_rejected_even_with_an_escape_or_null() {
    for (field, value) in [
        ("card", r#"{"token":"c1","token":"c1"}"#),
        ("card", r#"{"token":"c1","tok\u0065n":null}"#),
        ("checks", r#"{"cvv":null,"cvv":null}"#),
        ("id", "\"a\",\"id\":\"a\""),
    ] {
        check_field(field, value, Reason::DuplicateKey);
    }
}

#[test]
fn every_known_field_twice_is_a_duplicate() {
    let fields = EXAMPLE.replace(['{', '}'], ",");
    for field in fields.split(',').filter_map(|member| member.trim().split_once(':')) {
        let name = field.0.trim().trim_matches('"');
        let doubled =
            EXAMPLE.replacen(&format!("\"{name}\":"), &format!("\"{name}\":null,\"{name}\":"), 1);
        let reason = rejection(settings(), doubled.as_bytes()).reason;
        assert_eq!(reason, Reason::DuplicateKey, "{name}");
    }
}

#[test]
fn a_required_field_that_is_missing_or_null_is_named() {
    for field in ["id", "type", "time", "card", "amount", "merchant"] {
        for value in ["", "null"] {
            let rejection = rejection(settings(), minimal(field, value).as_bytes());
            assert_eq!(rejection.reason, Reason::MissingField);
            assert!(rejection.message.contains(&format!("`{field}")), "{rejection}");
        }
    }
    check_field("card", "{}", Reason::MissingField);
    check_field("merchant", "{\"id\":null}", Reason::MissingField);
    check_field("currency", "", Reason::MissingCurrency);
}

#[test]
fn wrong_types_are_rejected_in_required_fields_and_those_that_memory_depends_on() {
    for (field, values) in [
        ("id", ["1", "true", "[]", "{}"]),
        ("type", ["1", "true", "[]", "{}"]),
        ("time", ["1767608130", "true", "[]", "{}"]),
        ("card", ["1", "\"c1\"", "[]", "true"]),
        ("merchant", ["1", "\"m1\"", "[]", "true"]),
        ("amount", ["\"100\"", "true", "[]", "{}"]),
        ("currency", ["[1]", "true", "[]", "{}"]),
        ("original_id", ["1", "true", "[]", "{}"]),
        ("response", ["1", "true", "[]", "\"approved\""]),
        (
            "response",
            [
                r#"{"approved":"true"}"#,
                r#"{"approved":1}"#,
                r#"{"approved":[]}"#,
                r#"{"approved":"\ud800"}"#,
            ],
        ),
    ] {
        for value in values {
            check_field(field, value, Reason::WrongType);
        }
    }
    for value in ["true", "[]", "{}"] {
        check_field("card", &format!(r#"{{"number":{value}}}"#), Reason::WrongType);
        check_field("card", &format!(r#"{{"token":{value}}}"#), Reason::WrongType);
        check_field("merchant", &format!(r#"{{"id":{value}}}"#), Reason::WrongType);
    }
}

#[test]
fn an_unpaired_surrogate_in_an_id_is_rejected_because_replacing_it_could_merge_two_ids() {
    for (field, value) in [
        ("id", r#""a\ud800""#),
        ("id", r#""\udf5f\ud83c""#),
        ("original_id", r#""\ud800\u0041""#),
        ("card", r#"{"token":"c\udfff"}"#),
        ("merchant", r#"{"id":"\ud83c"}"#),
        ("terminal", r#"{"id":"\ud83c"}"#),
        ("device", r#"{"id":"\ud83c"}"#),
        ("device", r#"{"ip":"\ud83c"}"#),
        ("ship_to", r#"{"key":"\ud83c"}"#),
        ("cardholder", r#"{"id":"\ud83c"}"#),
        ("cardholder", r#"{"account_id":"\ud83c"}"#),
    ] {
        check_field(field, value, Reason::UnpairedSurrogate);
    }
    check_field("type", r#""refund\ud83c""#, Reason::UnknownType);
    check_field("time", r#""\ud83c""#, Reason::BadTime);
    check_field("currency", r#""\ud83c""#, Reason::UnknownCurrency);
    check_field("card", r#"{"number":"\ud83c"}"#, Reason::CardNumberLength);
    let major = DecodeSettings { amounts: Amounts::Major, ..settings() };
    let reason = rejection(major, minimal("amount", r#""\udc00""#).as_bytes()).reason;
    assert_eq!(reason, Reason::BadAmount);
}

#[test]
fn impossible_values_are_rejected_each_with_its_reason() {
    use Reason::*;
    for (field, value, reason) in [
        ("id", "\"\"", EmptyText),
        ("id", "\" \\n\u{a0}\"", EmptyText),
        ("card", r#"{"token":""}"#, EmptyText),
        ("merchant", r#"{"id":""}"#, EmptyText),
        ("type", "\"purchase\"", UnknownType),
        ("type", "\"Authorization\"", UnknownType),
        ("time", "\"2026-01-05T10:15:30\"", BadTime),
        ("time", "\"yesterday\"", BadTime),
        ("time", "\"2026-02-30T10:15:30Z\"", NoSuchTime),
        ("time", "\"1066-10-14T10:15:30Z\"", TimeOutOfRange),
        ("amount", "1.5", BadAmount),
        ("amount", "1e3", BadAmount),
        ("amount", "-1", NegativeAmount),
        ("amount", "9223372036854775808", AmountOverflow),
        ("amount", "4242424242424242", CardNumberInAmount),
        ("currency", "\"euro\"", UnknownCurrency),
        ("currency", "1000000", UnknownCurrency),
        ("currency", "978.0", UnknownCurrency),
        ("currency", "\" \"", EmptyText),
        ("currency", "\"XAU\"", NoMinorUnit),
        ("currency", "\"xdr\"", NoMinorUnit),
        ("currency", "959", NoMinorUnit),
        ("time", "\"2026-01-05T10:15:30+0000\"", TimeWithoutColon),
        ("currency", "\"EURO\"", UnknownCurrency),
        ("currency", "\"XXX\"", NoMinorUnit),
        ("card", r#"{"number":"424242"}"#, CardNumberLength),
        ("card", r#"{"number":"4242424242424241"}"#, CardNumberLuhn),
        ("card", r#"{"number":4242424242424241}"#, CardNumberLuhn),
        ("card", r#"{"number":-4242424242424242}"#, WrongType),
        ("card", r#"{"number":"4242424242424242"}"#, NoKey),
        ("card", r#"{"number":4242424242424242}"#, NoKey),
        ("card", r#"{"token":"c1","number":4242424242424242}"#, NoKey),
        ("card", r#"{"token":"4242424242424242"}"#, CardNumberInToken),
        ("card", r#"{"token":"tok-4242-4242-4242-4242"}"#, CardNumberInToken),
    ] {
        check_field(field, value, reason);
    }
    let major = DecodeSettings { amounts: Amounts::Major, ..settings() };
    assert_eq!(rejection(major, minimal("amount", "1.005").as_bytes()).reason, AmountPlaces);
    for times in [Times::UnixSeconds, Times::UnixMilliseconds] {
        for (value, reason) in [
            ("true", WrongType),
            ("\"\"", EmptyText),
            ("1e15", TimeOutOfRange),
            ("null", MissingField),
        ] {
            let settings = DecodeSettings { times, ..settings() };
            assert_eq!(rejection(settings, minimal("time", value).as_bytes()).reason, reason);
        }
    }
}

#[test]
fn an_id_that_reads_as_a_card_number_is_rejected_without_a_key_never_merged_by_masking() {
    for (field, value) in [
        ("id", r#""4000000000081234""#),
        ("id", r#""order 4242.4242.4242.4242""#),
        ("id", r#""４２４２４２４２４２４２４２４２""#),
        ("original_id", r#""4000000000081234""#),
        ("merchant", r#"{"id":"4000000000081234"}"#),
        ("terminal", r#"{"id":"4000000000081234"}"#),
        ("device", r#"{"id":"4000000000081234"}"#),
        ("device", r#"{"ip":"4000000000081234"}"#),
        ("ship_to", r#"{"key":"4000000000081234"}"#),
        ("cardholder", r#"{"id":"4000000000081234"}"#),
        ("cardholder", r#"{"account_id":"4000000000081234"}"#),
    ] {
        check_field(field, value, Reason::CardNumberWithoutKey);
        assert!(Decoder::new(with_key()).decode(minimal(field, value).as_bytes(), None).is_ok());
    }
    let rejection = rejection(settings(), minimal("id", "\"4000000000081234\"").as_bytes());
    assert_eq!(
        rejection.message,
        "`id` reads as a card number, and no key is configured to tokenize it; set \
         `card_numbers.key_file` (`redcard card-key` makes a key), or list the field in \
         `card_numbers.trusted_fields` if it never holds one"
    );
}

#[test]
fn an_error_names_the_problem_its_place_and_the_fix_but_no_content_of_the_record() {
    for (json, expected) in [
        (
            "{\"id\":\"secret\"\n ,\"type\":secret}",
            "the message is not JSON at line 2, column 10 (byte 24); \
             check the producer's serializer against RFC 8259",
        ),
        (
            &minimal("type", "\"secret\""),
            "`type` is none of the known types; send `authorization`, `clearing`, `reversal` or `refund`",
        ),
        (
            &minimal("id", "12345"),
            "`id` has the wrong JSON type: it should be text at line 1, column 7 (byte 6); \
             send the type that docs/reference/transaction.md names",
        ),
        (
            &minimal("card", r#"{"token":"secret","token":2}"#),
            "`card.token` has the wrong JSON type: it should be text at line 1, column 98 (byte 97); \
             send the type that docs/reference/transaction.md names",
        ),
        (
            &minimal("time", "1767608130"),
            "`time` has the wrong JSON type: it should be text (for a number of seconds or \
             milliseconds set `source.time`) at line 1, column 42 (byte 41); \
             send the type that docs/reference/transaction.md names",
        ),
        (
            &minimal("time", "\"2026-01-05T10:15:30+0000\""),
            "`time` has an offset without a colon; write `+00:00`, not `+0000`, or set \
             `source.time = \"rfc3339_no_colon\"`",
        ),
        (
            &minimal("currency", "\"XAU\""),
            "`currency` is a code of ISO 4217 without a minor unit (metals, special drawing rights, \
             test codes); send the currency that the card was charged in",
        ),
    ] {
        assert_eq!(rejection(settings(), json.as_bytes()).to_string(), expected);
    }
}

#[test]
fn reason_codes_are_unique_and_snake_case() {
    let codes: HashSet<&str> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    assert_eq!(codes.len(), Reason::ALL.len());
    let is_snake =
        |code: &&str| code.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    assert!(codes.iter().all(is_snake));
}
