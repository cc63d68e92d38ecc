//! Tests which entries of named lists match, and which are reported.

use super::support::*;
use crate::rules::{Diagnostics, ListFile, Ruleset};
use crate::transaction::*;

fn compiled_with(condition: &str, list: &str) -> (Ruleset, Diagnostics) {
    let text =
        source(condition).replace("points = 100", "points = 300") + "\n[lists]\nl = \"l.txt\"\n";
    let mut sources = sources(&text);
    let file = ListFile { name: "l.txt".into(), path: "x/l.txt".into(), text: Ok(list.into()) };
    sources.lists.push(file);
    sources.compile_as_of(environment(), NOW).unwrap_or_else(|errors| panic!("{errors}"))
}

/// A transaction with every field that a list may be compared with.
fn full() -> Transaction<'static> {
    let mut tx = transaction(NOW);
    tx.card.last4 = Some("0042".into());
    tx.card.country = Country::parse("US");
    tx.merchant.id = "m_1".into();
    tx.merchant.name = Some("Smith, Jones & Co #12".into());
    tx.merchant.mcc = Some(742);
    tx.merchant.country = Country::parse("DK");
    tx.channel = Some(Channel::Ecommerce);
    tx.response.reason = Some(DeclineReason::DoNotHonor);
    tx.device.ip = Some("203.0.113.9".into());
    tx
}

fn matches(condition: &str, list: &str) -> Option<bool> {
    let (ruleset, _) = compiled_with(condition, list);
    let past = [charge(MINUTE_MS, |tx| *tx = Transaction { time: tx.time, ..full() })];
    verdict(&ruleset, &full(), &recall(&past, &[]))
}

#[track_caller]
fn check(field: &str, list: &str, expected: bool) {
    let is = matches(&format!("{field} in list(\"l\")"), list);
    assert_eq!(is, Some(expected), "{field} in {list:?}");
}

#[test]
fn entries_are_read_in_every_form_that_messages_have() {
    for entry in ["DK", "dk", "DNK", "dnk", "208", " DK ", "\u{a0}DK\r"] {
        check("merchant.country", &format!("{entry}\n"), true);
    }
    for entry in ["0742", "742", "742\t"] {
        check("merchant.mcc", entry, true);
    }
    for entry in ["USD", "usd", "Usd", "840"] {
        check("currency", entry, true);
    }
    for entry in ["do_not_honor", "DO_NOT_HONOR", "05", "5"] {
        check("response.reason", entry, true);
    }
    for (field, entry) in [
        ("merchant.id", "m_1"),
        ("merchant.name", "Smith, Jones & Co #12"),
        ("card.last4", "0042"),
        ("channel", "ecommerce"),
        ("device.ip", "203.0.113.9"),
        ("response.reason", "do_not_honor"),
        ("string(merchant.country) + \"-\" + merchant.mcc", "DK-0742"),
        ("string(amount)", "50"),
    ] {
        check(field, &format!("# first\n\nother\n  {entry}  \n"), true);
        check(field, "", false);
    }
}

#[test]
fn an_entry_is_read_according_to_the_compared_field() {
    let list = "dk\nm_1\n742\n";
    check("merchant.country", list, true);
    check("merchant.mcc", list, true);
    check("merchant.id", list, true);
    let asked = "card.last(\"1h\").exists(t, t.merchant.country in list(\"l\")) \
                 && card.last(\"1h\").exists(t, t.merchant.id in list(\"l\")) \
                 && card.last(\"1h\").exists(t, t.merchant.mcc in list(\"l\")) \
                 && !card.last(\"1h\").exists(t, t.channel in list(\"l\"))";
    assert_eq!(matches(asked, list), Some(true));
}

#[test]
fn the_longest_valid_of_equal_entries_counts() {
    let (past, future) = ("2026-01-05T09:00:00Z", "2026-01-05T11:00:00Z");
    for (list, expected) in [
        (format!("m_1\t{past}\n"), false),
        (format!("m_1\t{future}\n"), true),
        (format!("m_1\t{future}\nm_1\t{past}\n"), true),
        (format!("m_1\t{past}\nm_1\t{future}\n"), true),
        (format!("m_1\nm_1\t{past}\n"), true),
        (format!("m_1\t{past}\nm_1\n"), true),
        (format!("m_1\t{past}\n m_1 \t{past}\n"), false),
        ("m_1\t9999-12-31T23:59:59Z\n".into(), true),
        ("m_1\t2200-01-01T00:00:00.000+01:00\n".into(), true),
        (format!("m_1\t{past}\nm_1\t9999-12-31T23:59:59.999Z\n"), true),
    ] {
        check("merchant.id", &list, expected);
        let asked = "card.last(\"1h\").exists(t, t.merchant.id in list(\"l\"))";
        assert_eq!(matches(asked, &list), Some(expected), "{list}");
    }
    check("merchant.country", &format!("DK\t{past}\ndnk\t{future}\n208\t{past}\n"), true);
}

/// Checks the warnings about a list that is compared with a field: line, code, and a part of the label
/// or help.
#[track_caller]
fn warns(field: &str, list: &str, expected: &[(usize, &str, &str)]) {
    let (_, lints) = compiled_with(&format!("{field} in list(\"l\")"), list);
    let about_list = lints.warnings().filter(|lint| lint.place.file == "x/l.txt");
    let found: Vec<_> = about_list.collect();
    assert_eq!(found.len(), expected.len(), "{field} in {list:?}\n{lints}");
    for (lint, (line, code, part)) in found.iter().zip(expected) {
        let printed = format!("{} {}", lint.label, lint.help.as_deref().unwrap_or(""));
        assert_eq!((lint.place.line, lint.code), (*line, Some(*code)), "{lints}");
        assert!(printed.contains(part), "{part}: {lints}");
    }
}

#[test]
fn an_entry_that_nothing_equals_is_found() {
    let dead = |entry: &str, part: &'static str, field: &str| {
        warns(field, &format!("# one\n{entry}\n"), &[(2, "dead-entry", part)]);
    };
    for entry in ["Denmark", "D", "XX", "DKK", "0208", "999", "*"] {
        dead(entry, "codes of ISO 3166-1", "merchant.country");
        dead(entry, "", "card.last(\"1h\").map(t, t.merchant.country).first()");
    }
    dead("uk", "`GB`", "card.country");
    for entry in ["grocery", "58*", "5811-5814", "58111", "5,814"] {
        dead(entry, "", "merchant.mcc");
    }
    for entry in ["US", "Dollar", "XYZ", "$"] {
        dead(entry, "codes of ISO 4217", "currency");
    }
    dead("ECOM", "did you mean `ecommerce`?", "channel");
    dead("Ecommerce", "did you mean `ecommerce`?", "channel");
    dead("web", "it is one of: chip,", "channel");
    dead("reversal", "runs no rules", "type");
    dead("insufficient funds", "", "response.reason");
    dead("42", "four digits", "card.last4");
    dead("2029-12", "keyed hash", "card.expiry");
    dead("12.50", "without zeros", "string(amount)");
    dead("lunch", "number", "string(amount)");
    dead("yes", "`true` or `false`", "string(card_present)");
}

#[test]
fn a_probably_mistaken_entry_is_reported() {
    for (entry, part) in [
        ("m_1   # on the pier", "comment"),
        ("m_1 #pier", "comment"),
        ("m_1 // pier", "comment"),
        ("m_1    2026-12-01T00:00:00Z", "a tab, not spaces"),
        ("m_1 2026-12-01T00:00:00+01:00", "a tab, not spaces"),
        ("m_1 2026-12-01", "a tab, not spaces"),
        ("\"m_1\"", "quotes"),
        ("'m_1'", "quotes"),
        ("\"m_1", "quotes"),
        ("m_1,casino", "one entry"),
        ("m_1;casino", "one entry"),
        ("m_1,", "one entry"),
        ("m_1 casino", "white space"),
        ("4242424242424242", "card number"),
        ("4242 4242 4242 4242", "card number"),
        ("m_1|casino", "one entry"),
        ("m_1|7995|casino", "one entry"),
        ("m_1|", "one entry"),
        ("m_1#c", "comment"),
        ("m_1//pier", "comment"),
        ("[m_1]", "brackets"),
        ("(m_1)", "brackets"),
        ("[", "brackets"),
        ("«m_1»", "quotes"),
        ("“m_1”", "quotes"),
        ("„m_1“", "quotes"),
        ("‘m_1’", "quotes"),
        ("m_1\\t2026-12-01T00:00:00Z", "a tab, not spaces"),
        ("---", "no letter and no digit"),
        ("m\u{200b}_1", "invisible"),
        ("m_1\u{7}", "invisible"),
    ] {
        for field in ["merchant.id", "card.token", "device.id"] {
            warns(field, entry, &[(1, "odd-entry", part)]);
        }
        if !matches!(part, "card number" | "no letter and no digit") {
            warns("merchant.country", entry, &[(1, "dead-entry", part)]);
        }
    }
    warns("merchant.name", "Smith Ltd,casino", &[(1, "odd-entry", "one entry")]);
    warns("merchant.name", "\"Smith\"", &[(1, "odd-entry", "quotes")]);
    warns("merchant.name", "Smith # on the pier", &[(1, "odd-entry", "comment")]);
    let plain = "Smith, Jones & Co\nSHELL #1234\nJoe's\n'S Hertogenbosch\nWashington, D.C.\n";
    warns("merchant.name", plain, &[]);
    warns("merchant.id", "m_1\r\nm-2\t2026-02-01T00:00:00Z\r\n  # comment\n\n#x\nmé\n", &[]);
    // Plausible ids, although they contain separators.
    let ids =
        "acq1|m22\nshop#12\n#\nhttps://shop.example/a#top\nurn:shop:royal\n12/34\na-b_c.d\nYWJj=\n";
    warns("merchant.id", ids, &[]);
    warns("merchant.name", "A|X Armani Exchange\n(RED)\nTESCO#STORES\n", &[]);
    warns("merchant.name + merchant.id", "a,b\n", &[(1, "odd-entry", "one entry")]);
    warns("merchant.name + merchant.id", "a b\n", &[]);
}

#[test]
fn an_address_in_a_list_is_one_ip_address() {
    for (entry, part) in [
        ("203.0.113.0/24", "`device.ip.startsWith(\"203.0.113.\")`"),
        ("2001:db8::/32", "one address"),
        ("203.0.113.*", "one address"),
        ("203.0.113.1-203.0.113.9", "one address"),
        ("203.0.113.9:443", "leave the port out"),
        ("[2001:db8::1]", "brackets"),
        ("203.0.113", "not an IP address"),
        ("203.0.113.256", "not an IP address"),
        ("proxy.example", "not an IP address"),
    ] {
        warns("device.ip", entry, &[(1, "odd-entry", part)]);
        let asked = "card.last(\"1h\").map(t, t.device.ip).first()";
        warns(asked, entry, &[(1, "odd-entry", part)]);
    }
    warns("device.ip", "203.0.113.9\n2001:db8::1\n::ffff:203.0.113.9\n", &[]);
}

#[test]
fn an_entry_longer_than_what_is_kept_of_a_name_matches_nothing() {
    let (kept, longer) = ("é".repeat(256), "é".repeat(257));
    let list = format!("{kept}\n{longer}\n");
    for field in ["merchant.name", "merchant.city", "card.brand"] {
        warns(field, &list, &[(2, "dead-entry", "cut to 256 characters")]);
    }
    warns("merchant.id", &list, &[]);
}

/// Checks the warnings about the list `l`, which also has the name `also`: lines and messages.
#[track_caller]
fn doubtful_entries(condition: &str, list: &str, expected: &[(usize, &str)]) {
    let text = source(condition).replace("points = 100", "points = 300")
        + "\n[lists]\nl = \"l.txt\"\nalso = \"l.txt\"\n";
    let mut sources = sources(&text);
    let file = ListFile { name: "l.txt".into(), path: "x/l.txt".into(), text: Ok(list.into()) };
    sources.lists.push(file);
    let (_, lints) = sources.compile_as_of(environment(), NOW).unwrap();
    let about_list = lints.warnings().filter(|lint| lint.place.file == "x/l.txt");
    let found: Vec<_> = about_list.map(|lint| (lint.place.line, lint.message.as_str())).collect();
    assert_eq!(found, expected, "{condition}: {lints}");
}

#[test]
fn an_entry_that_one_of_the_compared_fields_can_equal_is_not_in_doubt() {
    let mixed = "DK\n4242\nEUR\nm_1\nDenmark\n";
    let country = "merchant.country in list(\"l\")";
    doubtful_entries(
        &format!("{country} && card.last4 in list(\"l\")"),
        mixed,
        &[
            (3, "`merchant.country` and `card.last4` are never `EUR`"),
            (4, "`merchant.country` and `card.last4` are never `m_1`"),
            (5, "`merchant.country` and `card.last4` are never `Denmark`"),
        ],
    );
    doubtful_entries(
        &format!("{country} || card.last4 in list(\"also\") || currency in list(\"also\")"),
        mixed,
        &[
            (4, "`merchant.country`, `card.last4` and `currency` are never `m_1`"),
            (5, "`merchant.country`, `card.last4` and `currency` are never `Denmark`"),
        ],
    );
    doubtful_entries(&format!("{country} || merchant.id in list(\"l\")"), mixed, &[]);
    // An entry that is only odd for one of the fields may match, so it is not called dead.
    doubtful_entries(
        &format!("{country} || merchant.id in list(\"l\")"),
        "m_1|casino\n",
        &[(1, "`merchant.id` is hardly ever `m_1|casino`")],
    );
    let of_a_charge = "card.last(\"1h\").exists(t, t.merchant.id in list(\"also\"))";
    doubtful_entries(&format!("{country} || {of_a_charge}"), mixed, &[]);
}

#[test]
fn warnings_are_deduplicated_and_capped() {
    let twice = "merchant.country in list(\"l\") && amount > 5.00 || card.country in list(\"l\")";
    let (_, lints) = compiled_with(twice, "Denmark\n");
    assert_eq!(lints.entries().len(), 1, "{lints}");
    let (_, lints) = compiled_with("merchant.country in list(\"l\")", &"Denmark\n".repeat(5_000));
    assert_eq!(lints.entries().len(), 101, "{}", lints.entries().len());
    let last = lints.entries().last().unwrap();
    assert!(last.message.starts_with("4900 more entries"), "{}", last.message);
}

#[test]
fn a_line_that_cannot_be_read_is_an_error_at_its_place() {
    for (list, line, column, message) in [
        ("m_1\nm_2\tsoon\n", 2, 5, "`soon` after the tab is not a time"),
        ("m_1\t9999-12-32T00:00:00Z\n", 1, 5, "`9999-12-32T00:00:00Z` after the tab is not a time"),
        ("m_1\t1969-12-31T00:00:00Z\n", 1, 5, "is not a time"),
        ("m_1\t2026-12-01\n", 1, 5, "`2026-12-01` after the tab is not a time"),
        ("m_1\t2026-12-01T00:00:00Z\tcasino\n", 1, 5, "is not a time"),
        ("\t2026-12-01T00:00:00Z\n", 1, 2, "there is no entry before this tab"),
    ] {
        let text = source("merchant.id in list(\"l\")") + "\n[lists]\nl = \"l.txt\"\n";
        let mut sources = sources(&text);
        let text = Ok(list.into());
        sources.lists.push(ListFile { name: "l.txt".into(), path: "x/l.txt".into(), text });
        let errors = sources.compile(environment()).unwrap_err();
        let [error] = errors.entries() else { panic!("{errors}") };
        let place = &error.place;
        assert_eq!((place.file.as_str(), place.line, place.column), ("x/l.txt", line, column));
        assert!(error.message.contains(message), "{errors}");
    }
}

#[test]
fn a_card_number_in_a_list_is_not_shown() {
    let (_, lints) = compiled_with("merchant.id in list(\"l\")", "4242424242424242\n");
    // A trusted field is not searched for card numbers, so it can still equal the entry.
    let mut tx = full();
    tx.merchant.id = "4242424242424242".into();
    let (ruleset, _) = compiled_with("merchant.id in list(\"l\")", "4242424242424242\n");
    assert_eq!(verdict(&ruleset, &tx, &recall(&[], &[])), Some(true));
    let shown = lints.render(false);
    assert!(!shown.contains("42424242") && shown.contains("reads as a card number"), "{shown}");
}

#[test]
fn a_list_is_used_with_in_and_an_error_about_any_other_use_says_so() {
    let conditions = [
        r#"list("watched")"#,
        r#"!list("watched")"#,
        r#"list("watched") == "m_1""#,
        r#"list("watched").size() > 1"#,
        r#"size(list("watched")) > 1"#,
        r#"list("watched").exists(x, x == "m_1")"#,
        r#"list("watched").filter(x, x == "m_1").size() > 0"#,
        r#"list("watched")[0] == "m_1""#,
        r#"list("watched").contains("m_1")"#,
        r#"list("watched") in ["m_1"]"#,
        r#"[list("watched")].size() > 0"#,
        r#"list("watched", card.token) == "m_1""#,
        r#"list("watched", card.token).size() > 1"#,
        r#"list("watched", card.token).exists(x, x == "m_1")"#,
        r#"(amount > 1 ? list("watched") : list("other")) == "m_1""#,
    ];
    let unhelpful = conditions.iter().filter_map(|condition| {
        let Err(errors) = compile(&source(condition)) else { panic!("{condition} compiles") };
        let mut help = errors.errors().filter_map(|error| error.help.as_deref());
        (!help.any(|help| help.contains("in list"))).then(|| errors.to_string())
    });
    assert_eq!(unhelpful.collect::<Vec<_>>(), [""; 0]);
}
