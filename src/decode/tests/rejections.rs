use super::*;
use std::collections::HashSet;

fn rejection(settings: Settings, bytes: &[u8]) -> Rejection {
    match Decoder::new(settings).decode(bytes, None) {
        Err(rejection) => rejection,
        Ok(_) => panic!("accepted: {}", String::from_utf8_lossy(bytes)),
    }
}

fn check(json: &str, reason: Reason) {
    assert_eq!(rejection(settings(), json.as_bytes()).reason, reason, "{json}");
}

/// The reason for the shortest good message with this field replaced, without and with a key.
fn check_field(field: &str, value: &str, reason: Reason) {
    check(&minimal(field, value), reason);
}

#[test]
fn what_is_no_json_object_is_rejected_with_its_reason() {
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
        ("{\"id\":\"\\ud800\"}", NotJson),
        ("{\"id\":\"\\ud800\\u0041\"}", NotJson),
        ("{\"id\":\"\\u12\"}", NotJson),
        ("{\"x\":\"\\udc00\"}", NotJson),
        ("{\"id\":\"a", NotJson),
        ("{\"amount\":\"\\udc00\"}", NotJson),
        ("{\"card\":{\"number\":\"\\ud800\"}}", NotJson),
        ("{\"x\":1e999}", NotJson),
        ("{\"x\":01}", NotJson),
        ("{\"x\":1.}", NotJson),
        ("{\"x\":-}", NotJson),
        ("{\"x\":nul}", NotJson),
        ("{\"x\":NaN}", NotJson),
        ("{\"id\":NaN}", NotJson),
        ("{\"x\":[1,]}", NotJson),
        ("{\"x\":{\"a\":1,}}", NotJson),
        ("{\"x\":[1}", NotJson),
        ("{/**/}", NotJson),
        (&format!("{good} x"), TrailingBytes),
        (&format!("{good}{good}"), TrailingBytes),
        (&minimal("x", &deep(16)), TooDeep),
        (&minimal("x", &deep(10_000)), TooDeep),
        (&minimal("x", &"{\"a\":".repeat(100)), TooDeep),
    ] {
        check(json, reason);
    }
    assert!(Decoder::new(settings()).decode(minimal("x", &deep(15)).as_bytes(), None).is_ok());
    assert_eq!(rejection(settings(), b"{\"id\":\"\xff\"}").reason, NotUtf8);
    let small = Settings { max_message_bytes: good.len() - 1, ..settings() };
    assert_eq!(rejection(small, good.as_bytes()).reason, TooLarge);
}

#[test]
fn a_key_twice_in_one_object_is_rejected_wherever_it_is() {
    for (field, value) in [
        ("x", r#"{"a":1,"a":2}"#),
        ("x", r#"[[{"b":1,"a":1,"c":2,"\u0061":2}]]"#),
        ("card", r#"{"token":"c1","token":"c1"}"#),
        ("card", r#"{"token":"c1","tok\u0065n":null}"#),
        ("checks", r#"{"cvv":null,"cvv":null}"#),
        ("pin", r#"{"a":1,"a":2}"#),
        ("x\":1,\"x", "2"),
        ("x\":1,\"y\":{\"x\":1},\"x", "2"),
        ("id", "\"a\",\"id\":\"a\""),
    ] {
        check_field(field, value, Reason::DuplicateKey);
    }
    assert!(
        Decoder::new(settings())
            .decode(minimal("x", r#"[{"a":1},{"a":1,"b":{"a":1}}]"#).as_bytes(), None)
            .is_ok()
    );
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
fn wrong_types_are_rejected_in_required_and_optional_fields_alike() {
    for (field, values) in [
        ("id", ["1", "true", "[]", "{}"]),
        ("type", ["1", "true", "[]", "{}"]),
        ("time", ["1767608130", "true", "[]", "{}"]),
        ("card", ["1", "\"c1\"", "[]", "true"]),
        ("amount", ["\"100\"", "true", "[]", "{}"]),
        ("currency", ["840", "true", "[]", "{}"]),
        ("channel", ["1", "true", "[]", "{}"]),
        ("card_present", ["1", "\"true\"", "[]", "{}"]),
        ("terminal", ["1", "\"t\"", "[]", "true"]),
        ("original_id", ["1", "true", "[]", "{}"]),
    ] {
        for value in values {
            check_field(field, value, Reason::WrongType);
        }
    }
    for value in ["true", "[]", "{}"] {
        for field in ["name", "mcc", "country", "latitude", "city"] {
            let merchant = format!(r#"{{"id":"m1","{field}":{value}}}"#);
            check_field("merchant", &merchant, Reason::WrongType);
        }
        check_field("card", &format!(r#"{{"number":{value}}}"#), Reason::WrongType);
        check_field("card", &format!(r#"{{"token":"c1","last4":{value}}}"#), Reason::WrongType);
    }
    check_field("merchant", r#"{"id":"m1","latitude":"55"}"#, Reason::WrongType);
}

#[test]
fn values_that_cannot_be_are_rejected_each_with_its_reason() {
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
        ("currency", "\"usd\"", UnknownCurrency),
        ("currency", "\"EURO\"", UnknownCurrency),
        ("currency", "\"XXX\"", UnknownCurrency),
        ("merchant", r#"{"id":"m1","mcc":"742"}"#, BadMcc),
        ("merchant", r#"{"id":"m1","mcc":"56511"}"#, BadMcc),
        ("merchant", r#"{"id":"m1","mcc":10000}"#, BadMcc),
        ("merchant", r#"{"id":"m1","mcc":-1}"#, BadMcc),
        ("merchant", r#"{"id":"m1","mcc":56.5}"#, BadMcc),
        ("merchant", r#"{"id":"m1","mcc":"+742"}"#, BadMcc),
        ("merchant", r#"{"id":"m1","latitude":200,"longitude":0}"#, BadPlace),
        ("merchant", r#"{"id":"m1","latitude":200}"#, BadPlace),
        ("merchant", r#"{"id":"m1","latitude":1e999}"#, BadPlace),
        ("cardholder", r#"{"longitude":-180.1}"#, BadPlace),
        ("card", r#"{"token":"c1","last4":"424"}"#, BadLast4),
        ("card", r#"{"token":"c1","last4":"424x"}"#, BadLast4),
        ("card", r#"{"token":"c1","expiry":"2029-13"}"#, BadExpiry),
        ("card", r#"{"token":"c1","expiry":"12/29"}"#, BadExpiry),
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
    let major = Settings { amounts: Amounts::Major, ..settings() };
    assert_eq!(rejection(major, minimal("amount", "1.005").as_bytes()).reason, AmountPlaces);
}

#[test]
fn a_message_says_what_where_and_what_to_do_and_nothing_of_the_record() {
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
             send the type that docs/transaction.md names",
        ),
        (
            &minimal("secret", r#"{"secret":1,"secret":2}"#),
            "the message has the same key twice in one object at line 1, column 161 (byte 160); \
             send each key once, since readers differ in which of the two they take",
        ),
    ] {
        assert_eq!(rejection(settings(), json.as_bytes()).to_string(), expected);
    }
}

#[test]
fn every_reason_has_a_code_of_its_own_in_snake_case() {
    let codes: HashSet<&str> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    assert_eq!(codes.len(), Reason::ALL.len());
    let is_snake =
        |code: &&str| code.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    assert!(codes.iter().all(is_snake));
}
