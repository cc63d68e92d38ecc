//! Tests warnings about literals that a field never equals, and about those that are probably mistakes.

use super::support::*;
use crate::rules::Diagnostics;

fn lints(condition: &str) -> Diagnostics {
    let text = source(condition).replace("points = 100", "points = 300");
    let compiled = sources(&text).compile_as_of(environment(), NOW);
    compiled.map_or_else(|errors| panic!("{errors}"), |(_, lints)| lints)
}

/// Checks the only warning about a condition: its code, and a part of its help.
#[track_caller]
fn warns(condition: &str, code: &str, help: &str) {
    let lints = lints(condition);
    let [lint] = lints.entries() else { panic!("{condition}: {lints}") };
    assert_eq!(lint.code, Some(code), "{condition}: {lints}");
    assert!(lint.help.as_deref().unwrap_or("").contains(help), "{condition}: {lints}");
}

#[test]
fn a_literal_that_its_field_never_equals_is_found() {
    let long = format!("\"{}\"", "x".repeat(257));
    for (field, literal, help) in [
        ("merchant.id", "\" m_1 \"", "did you mean `\"m_1\"`?"),
        ("device.id", "\"d_1\\t\"", "did you mean `\"d_1\"`?"),
        ("card.token", "\"\"", "ask with `has(…)`"),
        ("merchant.name", "\" \"", "ask with `has(…)`"),
        ("merchant.name", long.as_str(), "cut to 256 characters"),
        ("card.last4", "\"42\"", "four digits"),
        ("card.last4", "\"42424\"", "four digits"),
        ("card.last4", "\"4242 \"", "did you mean `\"4242\"`?"),
        ("card.expiry", "\"2029-12\"", "keyed hash"),
        ("currency", "\"usd\"", "did you mean `\"USD\"`?"),
        ("currency", "\" USD\"", "did you mean `\"USD\"`?"),
        ("currency", "\"840\"", "did you mean `\"USD\"`?"),
        ("currency", "\"XYZ\"", "as in `\"EUR\"`"),
        ("currency", "\"XAU\"", "with a minor unit"),
        ("type", "\"reversal\"", "runs no rules"),
        ("string(amount)", "\"12.50\"", "without zeros"),
    ] {
        warns(&format!("{field} == {literal}"), "never-true", help);
        warns(&format!("{literal} == {field}"), "never-true", help);
        if !matches!(field, "device.id" | "card.expiry") {
            warns(&format!("{field} != {literal}"), "always-true", help);
        }
        let in_list = if field == "type" { "dead-literal" } else { "never-true" };
        warns(&format!("{field} in [{literal}]"), in_list, help);
    }
    // Memory keeps only hashes of ids, so these comparisons are not certain to be false.
    for condition in [
        "card.last(\"1h\").exists(t, t.merchant.id == \"m_1 \")",
        "card.previous.merchant.id == \"m_1 \"",
    ] {
        warns(condition, "dead-literal", "did you mean `\"m_1\"`?");
    }
}

#[test]
fn a_literal_within_a_list_is_found_at_its_place() {
    for (condition, marked, code, message) in [
        ("currency in [\"USD\", \"XYZ\"]", "\"XYZ\"", "dead-literal", "`currency` is never `XYZ`"),
        ("currency in [\"usd\", \"EUR\"]", "\"usd\"", "dead-literal", "`currency` is never `usd`"),
        (
            "card.last4 in [\"4242\", \"42\"]",
            "\"42\"",
            "dead-literal",
            "`card.last4` is never `42`",
        ),
        (
            "merchant.id in [\"m_1\", \" m_2\"]",
            "\" m_2\"",
            "dead-literal",
            "`merchant.id` is never ` m_2`",
        ),
        (
            "card.last(\"1h\").exists(t, t.device.id in [\"d_1\", \"d_2 \"])",
            "\"d_2 \"",
            "dead-literal",
            "`device.id` is never `d_2 `",
        ),
        (
            "type in [\"refund\", \"reversal\"]",
            "\"reversal\"",
            "dead-literal",
            "`type` is never `reversal`",
        ),
        (
            "merchant.id in [\"m_1\", \"m_2,m_3\"]",
            "\"m_2,m_3\"",
            "odd-literal",
            "`merchant.id` is hardly ever `m_2,m_3`",
        ),
    ] {
        let text = source(condition).replace("points = 100", "points = 300");
        let (_, lints) = sources(&text).compile_as_of(environment(), NOW).unwrap();
        let [lint] = lints.entries() else { panic!("{condition}: {lints}") };
        assert_eq!((lint.code, lint.message.as_str()), (Some(code), message), "{lints}");
        assert_eq!(&text[lint.place.span.clone()], marked, "{lints}");
    }
    let unrolled = "[\"4242\", \"42\"].exists(x, card.last4 == x)";
    warns(unrolled, "dead-literal", "four digits");
    let two = lints("currency in [\"usd\", \"EUR\", \"dkk\"]");
    assert_eq!(two.entries().len(), 2, "{two}");
}

#[test]
fn a_literal_that_is_probably_a_mistake_is_found() {
    for (condition, help) in [
        ("merchant.id == \"4242424242424242\"", "write the token"),
        ("card.token == \"4242 4242 4242 4242\"", "write the token"),
        ("merchant.name == \"SHOP 4242424242424242\"", "are masked"),
        ("merchant.id == \"m_1,m_2\"", "write `in ["),
        ("merchant.id == \"m_1|casino\"", "write `in ["),
        ("merchant.id == \"'m_1'\"", "leave them out"),
        ("merchant.id == \"[m_1]\"", "leave the brackets out"),
        ("merchant.id == \"m\u{200b}1\"", "type it again"),
        ("device.ip == \"203.0.113.0/24\"", "device.ip.startsWith"),
        ("device.ip == \"203.0.113\"", "as in `203.0.113.9`"),
        ("card.last(\"1h\").exists(t, t.device.ip == \"localhost\")", "as in `203.0.113.9`"),
    ] {
        warns(condition, "odd-literal", help);
    }
    for condition in [
        "merchant.id == \"m_1\"",
        "merchant.id == \"m 1\"",
        "merchant.id == \"acq1|m22\"",
        "merchant.name == \" ACME, Inc. #12\"",
        "merchant.name == \"A|X\"",
        "device.ip == \"203.0.113.9\" || device.ip == \"2001:db8::1\"",
        "card.last4 in [\"0042\", \"4242\"]",
        "currency in [\"USD\", \"EUR\"]",
        "device.?id.orValue(\" \") == \" \"",
        "(amount > 5 ? \"none \" : merchant.id) == \"none \"",
        "merchant.id + \" \" == \"m_1 \"",
        "merchant.id.startsWith(\" \")",
    ] {
        let lints = lints(condition);
        assert!(lints.is_empty(), "{condition}: {lints}");
    }
}

#[test]
fn the_help_for_an_unknown_code_names_the_form_that_is_kept() {
    for (condition, help) in [
        ("merchant.country == \"dk\"", "did you mean `\"DK\"`?"),
        ("merchant.country == \"DNK\"", "did you mean `\"DK\"`?"),
        ("merchant.country in [\"SE\", \"208\"]", "did you mean `\"DK\"`?"),
        ("merchant.country == \"UK\"", "did you mean `\"GB\"`?"),
        ("merchant.mcc == \"742\"", "did you mean `\"0742\"`?"),
        ("response.reason == \"05\"", "did you mean `\"do_not_honor\"`?"),
        ("response.reason == \"Do_Not_Honor\"", "did you mean `\"do_not_honor\"`?"),
        ("channel == \"ECOM\"", "did you mean `\"ecommerce\"`?"),
        ("channel == \" atm\"", "did you mean `\"atm\"`?"),
        ("merchant.country == \"\"", "ask with `has(…)`"),
        ("merchant.country == \"RU,NG\"", "write `in ["),
    ] {
        let errors = compile(&source(condition)).unwrap_err();
        let [error] = errors.entries() else { panic!("{condition}: {errors}") };
        let found = error.help.as_deref().unwrap_or("");
        assert!(found.contains(help), "{condition}: {errors}");
    }
}

#[test]
fn an_unknown_code_within_a_list_is_marked_at_its_place() {
    let text = source("merchant.country in [\"SE\", \"dk\"]");
    let errors = compile(&text).unwrap_err();
    assert_eq!(&text[errors.entries()[0].place.span.clone()], "\"dk\"", "{errors}");
}
