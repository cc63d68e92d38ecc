//! Tests the message, place and help of errors.

mod calendar;

use super::support::*;

/// Checks the first error of a condition: the text that its caret marks, and a part of its message.
fn check(condition: &str, marked: &str, message: &str) {
    let text = source(condition);
    let Err(errors) = compile(&text) else { panic!("{condition} compiles") };
    let first = &errors.entries()[0];
    assert!(first.message.contains(message), "{condition}: {errors}");
    assert_eq!(&text[first.place.span.clone()], marked, "{condition}: {errors}");
    assert_eq!(first.place.line, 9, "{condition}: {errors}");
}

#[test]
fn an_error_is_reported_at_its_place() {
    check("amont > 3", "amont", "nothing is named `amont`");
    check("amount > \"x\"", "amount > \"x\"", "a decimal is never compared with a string");
    check("amount > 3 and true", "and", "CEL writes `&&`");
    check("amount = 3", "=", "a single `=`");
    check("card.last(1h).size() > 3", "1h", "a duration must be in quotes");
    check("card.last(\"1hour\").size() > 3", "\"1hour\"", "`1hour` is not a duration");
    check("card.last(\"31d\").size() > 3", "\"31d\"", "charges are remembered for 30d");
    check("channel == \"ecom\"", "\"ecom\"", "it is never `\"ecom\"`");
    check("merchant.country == \"Denmark\"", "\"Denmark\"", "it is never");
    check("amount", "amount", "a condition must be true or false");
    check("merchant == \"x\"", "merchant", "is a group of fields");
    check("merchant.last(\"10m\").declines > 3", "merchant.last(\"10m\")", "not supported yet");
    check("card.last(\"1h\").exists(amount, true)", "amount", "hides `amount`");
    check("card.last(\"1h\").count(t, t.amount) > 1", "t.amount", "true or false is needed");
    check("card.last(\"1h\").size() > 2.5", "card.last(\"1h\").size() > 2.5", "do not mix");
    check("amount > é", "é", "unexpected token `é`");
    check("amount > 3 && currency == \"US", "\"", "this string is never closed");
    check("b\"x\" == b\"x\"", "b\"x\"", "no bytes");
    check("1u == 1u", "1u", "no unsigned integers");
    check("{\"a\": 1}.size() == 1", "{", "no maps");
    check("has(channel)", "channel", "`has` needs a dotted path");
    check("merchant.id in list(\"x/y\")", "\"x/y\"", "there is no list `x/y`");
    check(
        "card.last(\"1h\").exists(t, t.merchant.id.startsWith(\"a\"))",
        "t.merchant.id.startsWith(\"a\")",
        "an id has no `startsWith`",
    );
}

#[test]
fn an_error_suggests_a_similar_name_or_a_fix() {
    for (condition, help) in [
        ("card.lst(\"1h\").size() > 1", "did you mean `card.last`?"),
        ("card.last(\"1h\").exsts(t, t.declined)", "did you mean `exists`?"),
        ("merchant.cuntry == \"DK\"", "did you mean `merchant.country`?"),
        ("card.last(\"1h\").exists(t, t.country == \"DK\")", "did you mean `.merchant.country`?"),
        ("card.last(\"1h\").exists(t, t.merchant.name == \"x\")", "it is not remembered"),
        ("math.max(1, 2) > 1", "did you mean `math.greatest`?"),
        ("merchant.name.startWith(\"a\")", "did you mean `startsWith`?"),
        ("now.getHour() < 6", "write `now.getHours()`"),
        ("sze(merchant.id) > 3", "did you mean `size`?"),
        ("response.reason == \"cvv_mismach\"", "did you mean `\"cvv_mismatch\"`?"),
        ("merchant.mcc == 5411", "category codes are in quotes"),
        ("amount > \"3\"", "write a number without quotes"),
        ("card_present == \"true\"", "without quotes"),
        ("now - card.previous.time < \"5m\"", "`duration(\"5m\")`"),
        ("now > \"2026-01-05T10:00:00Z\"", "`timestamp("),
        ("ship_to.?country == \"US\"", "`.orValue(…)`"),
        ("ship_to.country.orValue(\"US\") == \"US\"", "follows `.?`"),
        ("amount > 3 or amount < 1", "write `||`"),
        ("not card_present", "write `!`"),
        ("amount <> 3", "write `!=`"),
        ("has(channel)", "tx.channel"),
        ("merchant.country == null", "write `!has(merchant.country)`"),
        ("null != merchant.country", "write `has(merchant.country)`"),
        ("channel == null", "write `!has(tx.channel)`"),
        ("card.previous == nil", "write `!has(card.previous)`"),
        ("card.last(\"1h\").exists(t, t.merchant.country == null)", "`!has(t.merchant.country)`"),
        ("amount * 2 == null", "with `has(…)`"),
        ("merchant.country in [null]", "a missing field is absent"),
        ("merchant.country is null", "`!has(merchant.country)`"),
        ("merchant.country IS NOT NULL", "write `has(merchant.country)`"),
        ("merchant.country not in [\"RU\"]", "`!(merchant.country in"),
        ("merchant.country NOT IN [\"RU\"]", "`!(merchant.country in"),
        ("merchant.country !in [\"RU\"]", "`!(merchant.country in"),
        ("merchant.name like \"ACME%\"", "`.startsWith(\"ACME\")`"),
        ("merchant.name NOT LIKE \"ACME%\"", "`!merchant.name.contains("),
        ("merchant.name.like(\"ACME%\")", "write `.startsWith(…)`"),
        ("amount between 10 and 20", "write `amount >= 10 && amount <= 20`"),
        ("card.last(\"1h\").isEmpty()", "write `.size() == 0`"),
        ("!card.last(\"1h\").is_empty()", "write `.size() == 0`"),
        ("isEmpty(merchant.name)", "write `.size() == 0`"),
        ("merchant.name.isEmpty()", "write `.size() == 0`"),
        ("card.last(\"1h\").isNotEmpty()", "write `.size() > 0`"),
        ("card.last(\"1h\").any(t, t.declined)", "write `.exists(t, …)`"),
        ("card.last(\"1h\").length() > 3", "write `.size()`"),
        ("len(card.last(\"1h\")) > 3", "write `.size()`"),
        ("merchant.name.toLowerCase() == \"acme\"", "`.matches(\"(?i)^acme\")`"),
        ("merchant.name.lowerAscii() == \"acme\"", "`.matches(\"(?i)^acme\")`"),
        ("upper(merchant.country) == \"DK\"", "`.matches(\"(?i)^acme\")`"),
        ("channel.toLowerCase() == \"atm\"", "have one form each"),
        ("now.startOfDay(\"Mars/Base\") < now", "IANA names such as \"Europe/Paris\""),
        ("duration(\"1h\").startOfDay() < now", "as in `now.startOfDay(\"Europe/Paris\")`"),
        ("now.startOfDays() < now", "did you mean `startOfDay`?"),
        ("now.start_of_month() < now", "write `now.startOfMonth()`"),
        ("startOfWeek(now) < now", "write `now.startOfWeek()`"),
        ("date_trunc(\"day\", now) < now", "write `now.startOfDay()`"),
        ("date_trunc(\"month\", card.previous.time) < now", "`card.previous.time.startOfMonth()`"),
        ("now.getHours(\"UTC\", 1) < 5", "write `time.getHours(\"Europe/Paris\")`"),
    ] {
        let errors = compile(&source(condition)).unwrap_err();
        let helps = errors.entries()[0].help.clone().unwrap_or_default();
        assert!(helps.contains(help), "{condition}: {errors}");
    }
}

#[test]
fn unsupported_parts_of_cel_are_named() {
    for (condition, what) in [
        ("b\"x\" == b\"x\"", "no bytes"),
        ("bytes(\"x\") == bytes(\"x\")", "no bytes"),
        ("1u == 1u", "no unsigned integers"),
        ("uint(1) == uint(1)", "no unsigned integers"),
        ("{\"a\": 1}[\"a\"] == 1", "no maps"),
        ("Message{a: 1} == 1", "no message types"),
        ("merchant.country == null", "no null"),
        ("type(amount) == double", "no types as values"),
    ] {
        let errors = compile(&source(condition)).unwrap_err().to_string();
        assert!(errors.contains(what), "{condition}: {errors}");
    }
}

#[test]
fn features_may_use_each_other_up_to_a_limit() {
    let chain = |length: usize, step: &str| {
        let feature =
            |n: usize| format!("f{n} = '{}'\n", step.replace('f', &format!("f{}", n - 1)));
        let features: String = (1..=length).map(feature).collect();
        let condition = format!("f{length} > 0 || f{length} <= 0");
        let text =
            source(&condition) + "\n[features]\nf0 = 'card.last(\"1h\").size()'\n" + &features;
        compile(&text)
    };
    chain(60, "f + f").unwrap_or_else(|errors| panic!("{errors}"));
    chain(40, "f > 0 ? f : f + f").unwrap_or_else(|errors| panic!("{errors}"));
    let errors = chain(2_000, "f + 1").unwrap_err().to_string();
    assert!(errors.contains("nests too deep"), "{errors}");
    let long = |items: usize| format!("[{}].sum() > 1", vec!["amount"; items].join(", "));
    assert!(compile(&source(&long(450))).unwrap_err().to_string().contains("nests too deep"));
    let longest = compile(&source(&long(390))).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(verdict(&longest, &transaction(NOW), &recall(&[], &[])), Some(true));
}

#[test]
fn unsupported_list_operations_are_explained() {
    let nested = "card.last(\"1h\").exists(a, card.last(\"1h\").exists(b, card.last(\"1h\").exists(c, card.last(\"1h\").exists(d, a.amount + b.amount + c.amount == d.amount))))";
    check(nested, nested, "look at each other's charges more than 3 deep");
    check("card.last(\"1h\")[3].amount > 1", "card.last(\"1h\")[3]", "not read by its place");
    check("[1, \"a\"].size() == 2", "[1, \"a\"]", "cannot be combined in one operation");
    check("[\"a\"][\"b\"] == \"a\"", "\"b\"", "a place in a list is an int");
    check("[1].frist() == 1", "[1].frist()", "a list has no `frist`");
    check("[\"a\"].sum(x, x) == 1", "x", "`sum` is for numbers, and this is a string");
    check(
        "card.last(\"1h\").distinct(t, t.amount).sum() > 1",
        "card.last(\"1h\").distinct(t, t.amount).sum()",
        "over different values is not known",
    );
    let long = |n: usize| format!("[{}]", vec!["1"; n].join(","));
    let unrolled = format!("{}.exists(x, {}.exists(y, x == y))", long(200), long(200));
    check(
        &unrolled,
        &unrolled[12..][unrolled[12..].find('[').unwrap()..unrolled.len() - 13],
        "more than 10000",
    );
}

#[test]
fn a_multibyte_character_at_an_error_is_shown_whole() {
    for text in [
        source("amount > é"),
        source("amount > 3 && é"),
        source("x").replace("'''x'''", "\"amount > é\""),
        source("x").replace("'''x'''", "\"merchant.name == \\\"x\\\" && é\""),
        source("true").replace("\"m\"", "\"{amét}\""),
        source("true").replace("\"m\"", "\"\\t{é}\""),
    ] {
        let errors = compile(&text).unwrap_err();
        assert!(errors.render(false).contains('é'), "{text}");
    }
}

#[test]
fn all_errors_of_a_file_are_reported_in_one_run() {
    let text = ruleset_text(
        "[features]\nf = 'amont'\n\n[[rule]]\nid = \"a\"\nwhen = 'amount > \"x\"'\npoint = 3\npoints = 3\nseverity = \"hgh\"\nreason = \"R\"\nmessage = \"{nope}\"\n",
    );
    let errors = compile(&text).unwrap_err();
    let printed = errors.to_string();
    for part in [
        "a decimal is never compared",
        "`nope`",
        "unknown key `point`",
        "did you mean `points`?",
        "did you mean `high`?",
        "t.toml:",
    ] {
        assert!(printed.contains(part), "{part}: {printed}");
    }
    assert!(errors.errors().count() >= 3, "{printed}");
}

#[test]
fn an_invalid_rule_or_header_hides_no_other_error() {
    let check_errors = |text: &str, parts: &[&str]| {
        let errors = compile(text).unwrap_err();
        let all: Vec<&str> = errors.errors().map(|error| error.message.as_str()).collect();
        assert_eq!(all.len(), parts.len(), "{errors}");
        for part in parts {
            assert!(all.iter().any(|message| message.contains(part)), "{part}: {errors}");
        }
    };
    let condition = "foo(1) && barr > 2 && merchant.contry == \"US\"";
    let messages = [
        "`points` must be",
        "no function `foo`",
        "nothing is named `barr`",
        "nothing is named `merchant.contry`",
        "nothing is named `nope`",
        "this `{` is never closed",
    ];
    let text = source(condition).replace("= 100", "= 100000").replace("\"m\"", "'{nope} {amount'");
    check_errors(&text, &messages);
    check_errors(&text.replace("id = \"r\"\n", ""), &[&messages[..], &["lacks `id`"]].concat());
    let header = text.replace("review = 300", "review = -1\nalert_cooldown = \"x\"");
    let header = header.replace("version = \"1\"", "version = 1");
    let wrong = ["`review` must be", "`x` is not a duration", "`version` must be a string"];
    check_errors(&header, &[&messages[..], &wrong].concat());
    check_errors("review = 300\n", &["unknown key `review`", "no file has a [ruleset] table"]);
    check_errors(&source("true").replace("when = \'\'\'true\'\'\'\n", ""), &["lacks `when`"]);
    let twice = source("true").replace("[[rule]]", "[[rule]]\nid = \"r\"\n[[rule]]");
    let lacks = ["when", "points", "severity", "reason", "message"];
    let mut lacks: Vec<String> = lacks.iter().map(|key| format!("lacks `{key}`")).collect();
    lacks.push("there are two rules `r`".to_owned());
    check_errors(&twice, &lacks.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn a_time_out_of_range_is_not_reported_as_malformed() {
    let range = "outside the years 1970 to 2199";
    for line in ["until = \"9999-12-31T23:59:59Z\"", "from = \"1969-01-01T00:00:00Z\""] {
        let errors = compile(&(source("true") + line + "\n")).unwrap_err().to_string();
        assert!(errors.contains(range) && !errors.contains("RFC 3339"), "{errors}");
    }
    let marked = "\"2286-01-01T00:00:00Z\"";
    check(&format!("now < timestamp({marked})"), marked, range);
    check("now < timestamp(\"2026-02-30T00:00:00Z\")", "\"2026-02-30T00:00:00Z\"", "no such date");
}

#[test]
fn no_message_of_the_parser_library_is_shown_unchanged() {
    for (condition, message) in [
        ("amount === 3", "CEL writes `==`, not `===`"),
        ("amount !== 3", "CEL writes `!=`, not `!==`"),
        ("9223372036854775808 > 1", "does not fit in 64 bits"),
        ("1e999 > 1.0", "too large for a decimal"),
        ("for > 1", "`for` is a reserved word in CEL"),
        ("card_present ? 3", "a choice is written `condition ? a : b`"),
        ("true < card_present", "`true` and `false` have no order"),
    ] {
        let errors = compile(&source(condition)).unwrap_err();
        assert!(errors.entries()[0].message.contains(message), "{condition}: {errors}");
    }
}

#[test]
fn unknown_escapes_are_marked_and_known_ones_accepted() {
    for (string, marked) in [
        (r#""\777""#, r"\777"),
        (r#""ab\q""#, r"\q"),
        (r#""\\\q""#, r"\q"),
        (r#"'\ud800'"#, r"\ud800"),
        (r#""\u12""#, r"\u12"),
        (r#""é\é""#, r"\é"),
        (r#""\x4""#, r"\x4"),
        (r#""\8""#, r"\8"),
    ] {
        let message = format!("`{marked}` is an invalid escape sequence");
        check(&format!("currency == {string}"), marked, &message);
    }
    for string in [r#""\101\x41\u0041\U00000041\n\\\"'\'""#, r#"'\a\?\`'"#] {
        compiled(&source(&format!("currency == {string}")));
    }
    let errors = compile(&source(r#"currency == "a\"#)).unwrap_err();
    assert!(errors.to_string().contains("this string is never closed"), "{errors}");
}

/// An error in a definition is reported there, and not again where the name is used.
#[test]
fn a_name_with_an_invalid_definition_is_not_reported_as_unknown() {
    let rest = "[lists]\nw = 5\n[features]\nf = 5\ng = 'amount >'\n[[rule]]\nid = 'r'\n\
                when = 'f > 3 && g && merchant.id in list(\"w\")'\npoints = 'f'\n\
                severity = 'low'\nreason = 'R'\nmessage = '{g}'\n";
    let errors = compile(&ruleset_text(rest)).unwrap_err();
    let messages: Vec<&str> = errors.errors().map(|error| error.message.as_str()).collect();
    let expected =
        ["`w` must be a string", "`f` must be a string", "the expression ends too early"];
    assert_eq!(messages, expected, "{errors}");
}

#[test]
fn what_could_never_happen_is_an_error() {
    check("card.last(\"0s\").size() > 3", "\"0s\"", "a window of no length holds no charge");
    let approve = source("true") + "action = \"approve\"\n";
    let errors = compile(&approve).unwrap_err().to_string();
    for part in ["`action` cannot be `approve`", "t.toml:14:10", "it is one of: review, decline"] {
        assert!(errors.contains(part), "{part}: {errors}");
    }
    let decline = source("true").replace("decline = 600", "decline = 200");
    let errors = compile(&decline).unwrap_err();
    assert!(errors.to_string().contains("`decline` lies below `review`"), "{errors}");
    let times = "from = \"2026-01-02T00:00:00Z\"\nuntil = \"2026-01-02T00:00:00Z\"\n";
    let errors = compile(&(source("true") + times)).unwrap_err();
    assert!(errors.to_string().contains("over before it begins"), "{errors}");
}

#[test]
fn a_feature_that_refers_to_itself_is_an_error() {
    let text = ruleset_text("[features]\na = 'b'\nb = 'a'\n");
    assert!(compile(&text).unwrap_err().to_string().contains("made of itself"));
}

#[test]
fn expressions_that_would_exhaust_stack_or_time_are_rejected() {
    let refused = |text: &str, message: &str| {
        let Err(errors) = compile(text) else { panic!("{message}: compiles") };
        assert!(errors.to_string().contains(message), "{message}: {errors}");
    };
    refused(&source(&"amount".repeat(1_000)), "at most 4096 bytes");
    refused(&source(&format!("1{} > 0", " + 1".repeat(500))), "chains more than 256 operations");
    let features = |made_of: fn(usize) -> String| {
        let features = (0..40).map(|at| format!("f{at} = '{}'\n", made_of(at + 1)));
        let features: String = features.collect();
        ruleset_text(&format!("[features]\n{features}f40 = 'merchant.id'\n"))
    };
    refused(&features(|next| format!("f{next} + f{next}")), "this text is put together from more");
}

/// The stack size of threads, including the one that reloads rules.
const STACK_BYTES: usize = 2 << 20;

#[test]
fn no_chain_overflows_the_stack_however_long_it_is() {
    let chains: [(&str, &str, &str); 14] = [
        ("amount", "+amount", " > 1.0"),
        ("1", "/1", " > 1"),
        ("1", "-1", " > 1"),
        ("[1]", "[0]", " > 1"),
        ("a", ".a", " > 1"),
        ("a", ".?a", " > 1"),
        ("a", ".a()", " > 1"),
        ("true", " || amount > 1.0", ""),
        ("true", " && amount > 1.0", ""),
        ("\"a\"", "+\"a\"", " == currency"),
        ("", "!", "card_present"),
        ("", "-", "1 > 1"),
        ("", "true?true:", "true"),
        ("", "[", "1"),
    ];
    let compile_all = move || {
        for (first, step, last) in chains {
            let fitting = (4_096 - first.len() - last.len()) / step.len();
            for length in [50, 200, 255, 300, fitting, 1_000, 3_000, 10_000, 100_000] {
                let chain = format!("{first}{}{last}", step.repeat(length));
                let Err(errors) = compile(&source(&chain)) else { continue };
                assert!(length <= fitting || errors.to_string().contains("4096 bytes"), "{step}");
                assert_eq!(errors.entries()[0].place.line, 9, "{step}");
            }
        }
    };
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(compile_all).unwrap();
    thread.join().unwrap();
}

#[test]
fn no_feature_has_a_reserved_name() {
    for name in ["in", "true", "card", "tx"] {
        let errors = compile(&(source("true") + &format!("\n[features]\n{name} = 'amount'\n")));
        let errors = errors.unwrap_err().to_string();
        assert!(errors.contains(&format!("`{name}` hides a name of the language")), "{errors}");
    }
}
