//! Tests input with encoding errors, values that mean "unknown" (such as 0, 0 for a place) and unusual
//! formats. `redcard score` scores every charge and reports what it ignored or replaced.

use super::{CommandResult, Workspace};
use serde_json::{Value, json};

/// A file of tests/cases/.
pub(super) fn case(name: &str) -> String {
    let path = format!("{}/tests/cases/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub(super) fn workspace(lines: &str) -> Workspace {
    let workspace = Workspace::new();
    workspace.write("in.jsonl", lines);
    workspace
}

/// Scores the lines with the shipped rules.
pub(super) fn score(lines: &str, variables: &[(&str, &str)]) -> CommandResult {
    workspace(lines).run_with(&["score", "in.jsonl"], variables)
}

pub(super) fn decisions(result: &CommandResult) -> Vec<Value> {
    result.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn of_id<'d>(decisions: &'d [Value], id: &str) -> &'d Value {
    decisions.iter().find(|decision| decision["transaction_id"] == id).unwrap()
}

fn fired(decision: &Value) -> Vec<&str> {
    decision["rules"].as_array().unwrap().iter().map(|rule| rule["id"].as_str().unwrap()).collect()
}

/// The value of an expression at the last transaction, as JSON.
pub(super) fn value_at_end(lines: &str, expression: &str) -> String {
    let result =
        workspace(lines).run(&["rules", "eval", expression, "--input", "in.jsonl"]).expect(0);
    result.stdout.lines().last().unwrap().to_owned()
}

pub(super) fn charge(id: &str) -> Value {
    json!({
        "id": id, "type": "authorization", "time": "2026-01-05T10:15:30Z",
        "card": {"token": "c_1"}, "amount": 1_250, "currency": "EUR", "merchant": {"id": "m_1"},
    })
}

#[test]
fn half_a_surrogate_pair_in_text_never_prevents_a_decision() {
    let lines = case("I-half-surrogates.jsonl");
    let result = score(&lines, &[]).expect(0);
    assert_eq!(decisions(&result).len(), lines.lines().count());
    result
        .expect_stderr("malformed   0")
        .expect_stderr("\n2 texts had unpaired surrogates, which were replaced (merchant.name 2)")
        .expect_stderr("\n2 fields that redcard does not know were ignored: ");
}

#[test]
fn fields_that_redcard_does_not_know_are_named_without_card_numbers_and_escaped() {
    let mut odd = charge("a");
    for name in ["chanel", "extra", "foo\u{202e}", "to 4242 4242 4242 4242"] {
        odd[name] = json!({"inner": 1});
    }
    odd["card"]["numbr"] = json!(1);
    let lines = format!("{odd}\n{}\n", odd.to_string().replace("\"a\"", "\"b\""));
    let result = score(&lines, &[]).expect(0).expect_stderr(
        "\n10 fields that redcard does not know were ignored: card.numbr, chanel, extra, \
         foo\\u{202e}, to ************4242\n",
    );
    assert!(!format!("{result:?}").contains("4242 4242"), "{result:?}");
}

#[test]
fn a_time_in_another_format_is_an_error_that_names_the_configured_one() {
    for (format, says) in [
        ("rfc3339", "RFC 3339 with an offset, as in `2026-01-05T10:15:30.123Z`"),
        ("rfc3339_no_colon", "as in `2026-01-05T10:15:30.123+0000`"),
        ("unix_seconds", "seconds since 1970, as in `1767608130` or `1767608130.123`"),
        ("unix_milliseconds", "milliseconds since 1970, as in `1767608130123`"),
    ] {
        let mut odd = charge("a");
        odd["time"] = json!("yesterday");
        score(&odd.to_string(), &[("REDCARD__SOURCE__TIME", format)])
            .expect(1)
            .expect_stderr("bad_time: `time` is not written as `source.time` says: it should be ")
            .expect_stderr(says)
            .expect_stderr(&format!("(`source.time` is \"{format}\")"));
    }
}

#[test]
fn half_a_surrogate_pair_in_an_id_is_malformed_because_ids_could_become_one() {
    let id = charge("HALF").to_string().replace("HALF", r"a\ud83c");
    let token = charge("a").to_string().replace("c_1", r"\udf5f");
    score(&format!("{id}\n{token}\n"), &[])
        .expect(1)
        .expect_stderr("in.jsonl:1: unpaired_surrogate: `id` has half of a UTF-16 surrogate pair")
        .expect_stderr("in.jsonl:2: unpaired_surrogate: `card.token` ")
        .expect_stderr("malformed   2 (unpaired_surrogate 2)");
}

#[test]
fn invalid_optional_fields_are_counted_by_field_and_the_charge_is_scored() {
    let mut wrong = charge("a");
    for (section, value) in [
        ("merchant", json!({"id": "m", "name": "x".repeat(300), "mcc": "12", "latitude": 91})),
        ("cardholder", json!(["Ann"])),
        ("card_present", json!("yes")),
        ("channel", json!("CARRIER PIGEON")),
        ("checks", json!({"cvv": "M", "pin": 1})),
        ("memo", json!({"a": {"b": null}})),
    ] {
        wrong[section] = value;
    }
    let line = wrong.to_string().replace("\"b\":null", "\"b\":1e999,\"b\":\"\\udc00\"");
    let result = score(&format!("{line}\n{}\n", charge("b")), &[]).expect(0);
    assert_eq!(decisions(&result).len(), 2);
    result
        .expect_stderr("\n1 fields that redcard does not know were ignored: memo")
        .expect_stderr("\n2 unknown names or codes were treated as missing")
        .expect_stderr("(channel 1, checks.cvv 1)")
        .expect_stderr(
            "\n5 invalid values of optional fields were treated as missing \
             (cardholder 1, merchant.mcc 1, merchant.latitude 1, card_present 1, checks.pin 1)",
        )
        .expect_stderr("\n1 texts were too long and were cut (merchant.name 1)");
}

#[test]
fn null_island_is_not_a_place_to_travel_to() {
    let lines = case("J-null-island.jsonl");
    let result = score(&lines, &[]).expect(0).expect_stderr("(merchant.latitude 1)");
    let decisions = decisions(&result);
    assert_eq!(decisions.len(), 3);
    for decision in &decisions {
        assert!(!fired(decision).contains(&"impossible-travel"), "{decision}");
    }
    // The rule fires on the same charges if the place is anywhere else that far away.
    let elsewhere =
        lines.replace("\"latitude\": 0, \"longitude\": 0", "\"latitude\": 1, \"longitude\": 0");
    let result = score(&elsewhere, &[]).expect(0);
    assert!(result.stdout.contains("impossible-travel"), "{}", result.stdout);
}

#[test]
fn a_single_coordinate_is_not_a_place_and_is_counted_by_field() {
    let with = |section: &str, value: Value| {
        let mut charge = charge(section);
        charge[section] = value;
        charge.to_string()
    };
    let lines = [
        with("merchant", json!({"id": "m_1", "latitude": 55.68})),
        with("cardholder", json!({"latitude": null, "longitude": 12.57})),
    ];
    score(&lines.join("\n"), &[]).expect(0).expect_stderr(
        "\n2 invalid values of optional fields were treated as missing \
         (cardholder.longitude 1, merchant.latitude 1)",
    );
}

#[test]
fn decline_reasons_are_read_from_response_codes_and_unknown_ones_count_as_other() {
    let lines = case("J-reasons.jsonl");
    for (reason, count) in
        [("do_not_honor", "2"), ("other", "2"), ("cvv_mismatch", "1"), ("unavailable", "0")]
    {
        let expression = format!(r#"card.last("1h").count(t, t.reason == "{reason}")"#);
        assert_eq!(value_at_end(&lines, &expression), count, "{reason}");
    }
    score(&lines, &[]).expect(0).expect_stderr("decline reasons as `other` (response.reason 2)");
    let unavailable = lines.replace("processor_unavailable", "91");
    let expression = r#"card.last("1h").count(t, t.reason == "unavailable")"#;
    assert_eq!(value_at_end(&unavailable, expression), "1");
}

#[test]
fn kosovo_is_a_country_like_any_other_that_is_new_to_the_card() {
    let lines = case("J-kosovo.jsonl");
    let kosovo = decisions(&score(&lines, &[]).expect(0));
    let albania = decisions(&score(&lines.replace("XK", "AL"), &[]).expect(0));
    assert_eq!(of_id(&kosovo, "x0")["action"], "decline");
    for id in ["x0", "x1"] {
        let (kosovo, albania) = (of_id(&kosovo, id), of_id(&albania, id));
        assert_eq!(fired(kosovo), fired(albania));
        assert_eq!(kosovo["score"], albania["score"]);
    }
}

#[test]
fn every_form_of_a_currency_is_the_same_money() {
    let with = |currency: Value| {
        let mut charge = charge("a");
        charge["currency"] = currency;
        score(&charge.to_string(), &[]).expect(0).stdout
    };
    let expected = with("EUR".into());
    for form in [json!("eur"), json!("Eur"), json!("978"), json!(978)] {
        assert_eq!(with(form.clone()), expected, "{form}");
    }
}

#[test]
fn each_format_of_times_gives_the_same_decisions_and_a_missing_colon_is_named() {
    let with = |time: Value, format: &str| {
        let mut charge = charge("a");
        charge["time"] = time;
        score(&charge.to_string(), &[("REDCARD__SOURCE__TIME", format)])
    };
    let expected = with("2026-01-05T10:15:30.123Z".into(), "rfc3339").expect(0).stdout;
    assert!(expected.contains("2026-01-05T10:15:30.123Z"));
    for (time, format) in [
        (json!("2026-01-05T10:15:30.123+0000"), "rfc3339_no_colon"),
        (json!("2026-01-05T11:15:30.123+01:00"), "rfc3339_no_colon"),
        (json!(1_767_608_130.123), "unix_seconds"),
        (json!("1767608130.123"), "unix_seconds"),
        (json!(1_767_608_130_123_u64), "unix_milliseconds"),
        (json!("1767608130123"), "unix_milliseconds"),
    ] {
        assert_eq!(with(time.clone(), format).expect(0).stdout, expected, "{time}");
    }
    with("2026-01-05T10:15:30.123+0000".into(), "rfc3339")
        .expect(1)
        .expect_stderr("time_without_colon: `time` has an offset without a colon; write `+00:00`")
        .expect_stderr("rfc3339_no_colon");
    with(json!(1_767_608_130), "rfc3339").expect(1).expect_stderr("`source.time`");
    with(json!(1_767_608_130_123_u64), "unix_seconds").expect(1).expect_stderr("time_out_of_range");
    with(json!(0), "unix")
        .expect(2)
        .expect_stderr("REDCARD__SOURCE__TIME")
        .expect_stderr("\"unix_milliseconds\"");
}

#[test]
fn large_amounts_are_read_exactly_in_either_unit() {
    let minor = case("L-big-numbers.jsonl");
    let result = score(&minor, &[]).expect(0);
    assert_eq!(decisions(&result).len(), 3);
    let major = minor
        .replace("9007199254740993", "90071992547409.93")
        .replace("\"amount\":1,", "\"amount\":0.01,");
    let in_major = score(&major, &[("REDCARD__SOURCE__AMOUNTS", "major")]).expect(0);
    assert_eq!(in_major.stdout, result.stdout);
}

#[test]
fn too_many_decimal_places_are_not_an_overflow_and_a_currency_without_minor_unit_is_named() {
    let major = |text: &str| charge("a").to_string().replace("1250", text);
    let zeros = "0".repeat(60);
    let lines = [
        major(&format!("12.50{zeros}1")),
        major(&format!("\"12.50{zeros}1\"")),
        major(&format!("12.50{zeros}")),
        major(&format!("1250{zeros}")),
        charge("b").to_string().replace("EUR", "XAU"),
        charge("c").to_string().replace("\"EUR\"", "959"),
    ];
    score(&lines.join("\n"), &[("REDCARD__SOURCE__AMOUNTS", "major")])
        .expect(1)
        .expect_stderr("in.jsonl:1: amount_places: ")
        .expect_stderr("in.jsonl:2: amount_places: ")
        .expect_stderr("decisions   1 ")
        .expect_stderr("in.jsonl:4: amount_overflow: ")
        .expect_stderr(
            "in.jsonl:5: no_minor_unit: `currency` is a code of ISO 4217 without a minor unit",
        )
        .expect_stderr("in.jsonl:6: no_minor_unit: ");
}
