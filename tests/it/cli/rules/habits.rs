//! Tests expressions that people carry over from SQL and other languages: each is an error whose
//! help names the equivalent CEL.

use super::{Workspace, ruleset};
use serde_json::Value;

/// Checks that each expression, used as a feature, has one error with the given help.
#[track_caller]
fn check(cases: &[(&str, &str)]) {
    let workspace = Workspace::new();
    let features = cases.iter().enumerate();
    let features = features.map(|(at, (expression, _))| format!("f{at} = '''{expression}'''\n"));
    let lists = "[lists]\nwatched = 'l.txt'\n[features]\n";
    let text = ruleset(&(lists.to_owned() + &features.collect::<String>()));
    workspace.write("r.toml", &text);
    workspace.write("l.txt", "m_1\n");
    let first_line = text.lines().position(|line| line == "[features]").unwrap() + 2;
    let result = workspace.run(&["rules", "check", "r.toml", "--format", "json"]).expect(2);
    let found: Vec<Value> =
        result.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (at, (expression, help)) in cases.iter().enumerate() {
        let is_of_it = |error: &&Value| error["line"] == first_line + at;
        let errors: Vec<&Value> = found.iter().filter(is_of_it).collect();
        let [error] = errors[..] else { panic!("{expression}: {errors:?}") };
        assert_eq!(error["severity"], "error", "{expression}: {error}");
        assert!(error["help"].as_str().unwrap_or("").contains(help), "{expression}: {error}");
    }
}

#[test]
fn tests_for_missing_fields_in_other_forms_have_their_cel_form_in_the_help() {
    check(&[
        (r#"coalesce(merchant.country, "US") == "US""#, r#"`merchant.?country.orValue("US")`"#),
        (r#"NVL(channel, "atm") == "atm""#, r#"`tx.?channel.orValue("atm")`"#),
        (r#"merchant.country ?? "US" == "US""#, r#"`merchant.?country.orValue("US")`"#),
        (r#"(recurring ?: false) == false"#, "`tx.?recurring.orValue(false)`"),
        (r#"device.id.orElse("x") == "x""#, r#"`device.?id.orValue("x")`"#),
        (r#"device?.id == "x""#, "`device.?id.orValue(…)`"),
        ("isNull(device.id)", "`!has(device.id)`"),
        ("device.id.isNull()", "`!has(device.id)`"),
        ("is_null(channel)", "`!has(tx.channel)`"),
        ("device.id.isPresent()", "`has(device.id)`"),
        ("exists(device.id)", "`has(device.id)`"),
        ("exists(channel)", "`has(tx.channel)`"),
        ("device.id IS NULL", "`!has(device.id)`"),
        ("device.id is not null", "`has(device.id)`"),
        ("channel IS NULL", "`!has(tx.channel)`"),
        ("device.id is None", "`!has(device.id)`"),
        ("device.id NOTNULL", "`has(device.id)`"),
        (r#"card.last("1h").exists(t, t.device.id is null)"#, "`!has(t.device.id)`"),
        ("merchant.city == None", "`!has(merchant.city)`"),
        ("merchant.city != NULL", "`has(merchant.city)`"),
        ("merchant.city == nil", "`!has(merchant.city)`"),
        ("merchant.city in [None]", "a missing field is absent"),
    ]);
}

#[test]
fn numbers_in_other_forms_have_their_cel_form_in_the_help() {
    check(&[
        ("amount > 1,000.00", "write `1000.00`"),
        ("amount > 1,000", "write `1000`"),
        ("amount > 1.000,00", "write `1000.00`"),
        ("amount > 12,50", "write `12.50`"),
        ("amount > 1_000", "write `1000`"),
        ("amount > 1_000_000.50", "write `1000000.50`"),
        ("amount > 1 000", "write `1000`"),
        ("amount > 1000.", "write `1000.0`"),
        ("amount > 20k", "write `20000`"),
        ("amount > $20", "leave the `$` out"),
        ("amount > 20 USD", "leave the currency out"),
        (r#""a" + 1 == "a1""#, r#"`"a" + string(1)`"#),
        (r#"amount - "1" > 5"#, "write a number without quotes"),
    ]);
}

#[test]
fn lists_in_other_forms_have_their_cel_form_in_the_help() {
    check(&[
        (r#"merchant.country in ("DK", "SE")"#, r#"write `in ["DK", "SE"]`"#),
        (r#"merchant.country in {"DK", "SE"}"#, r#"write `in ["DK", "SE"]`"#),
        (r#"merchant.country in ("DK")"#, r#"write `merchant.country in ["DK"]`"#),
        (r#"!merchant.country in ["DK"]"#, r#"write `!(merchant.country in ["DK"])`"#),
        (r#"!merchant.id in list("watched")"#, r#"write `!(merchant.id in list("watched"))`"#),
        (r#"merchant.country not_in ["DK"]"#, "`!(merchant.country in"),
        (r#"merchant.country == ["DK", "SE"]"#, r#"write `merchant.country in ["DK", "SE"]`"#),
        (r#"merchant.country == "DK" || "SE""#, r#"write `merchant.country in ["DK", "SE"]`"#),
        (r#"count(card.last("1h")) > 1"#, r#"write `card.last("1h").size()`"#),
        ("count(list) > 1", "or `.size()`"),
        (r#"sum(card.last("1h").map(t, t.amount)) > 1"#, r#"t.amount).sum()`"#),
        (r#"any(card.last("1h"))"#, r#"write `card.last("1h").exists(t, t.declined)`"#),
        (r#"card.last("1h").size > 1"#, "write `.size()`"),
        (r#"card.last("1h").filter(t => t.declined).size() > 1"#, "write `(t, …)`"),
        ("merchant.id in @watched", r#"write `list("watched")`"#),
        ("merchant.id in $watched", r#"write `list("watched")`"#),
        ("merchant.id in watched", r#"write `list("watched")`"#),
        ("merchant.id in list(watched)", r#"write `list("watched")`"#),
        (r#"merchant.id in "watched""#, r#"write `merchant.id in list("watched")`"#),
        (r#"merchant.id.in(list("watched"))"#, r#"`merchant.id in list("name")`"#),
        (r#""ACME" in merchant.name"#, r#"write `merchant.name.contains("ACME")`"#),
    ]);
}

#[test]
fn operators_and_names_in_other_forms_have_their_cel_form_in_the_help() {
    check(&[
        (r#"merchant.name =~ "^ACME""#, r#"write `merchant.name.matches("^ACME")`"#),
        (r#"merchant.name !~ "^ACME""#, r#"write `!merchant.name.matches("^ACME")`"#),
        (r#"merchant.name contains "ACME""#, r#"write `merchant.name.contains("ACME")`"#),
        (r#"contains(merchant.name, "x")"#, r#"write `merchant.name.contains("x")`"#),
        (r#"startsWith(merchant.name, "a")"#, r#"write `merchant.name.startsWith("a")`"#),
        (r#"merchant.name.starts_with("a")"#, r#"write `merchant.name.startsWith("a")`"#),
        ("len(merchant.name) > 5", "write `.size()`"),
        ("merchant.name.length > 5", "write `merchant.name.size()`"),
        ("card_present == True", "write `true`"),
        ("card_present == False", "write `false`"),
        ("card_present && TRUE", "write `true`"),
        ("amount <> 5", "write `!=`"),
        ("amount > 5 and card_present", "write `&&`"),
        ("amount > 5 or card_present", "write `||`"),
        ("not card_present", "write `!`"),
        ("not (card_present)", "write `!`"),
        (r#"merchant.id ==='m'"#, "write `==`"),
        ("amount = 5", "write `==`"),
        ("amount => 5", "write `>=`"),
        ("amount =< 5", "write `<=`"),
        ("amount ≥ 5", "write `>=`"),
        ("amount between 5 and 10", "write `amount >= 5 && amount <= 10`"),
        ("amount not between 5 and 10", "write `!(amount >= 5 && amount <= 10)`"),
        ("between(amount, 5, 10)", "write `amount >= 5 && amount <= 10`"),
        ("5 < amount < 10", "write `5 < amount && amount < 10`"),
        ("max(amount, 5) > 5", "write `math.greatest(…)`"),
        ("hour(now) > 5", "write `now.getHours()`"),
        ("now.hour > 5", "write `now.getHours()`"),
        (r#"$merchant.id == "x""#, "write `merchant.id`"),
        ("${amount} > 5", "write `amount`"),
        ("AMOUNT > 5", "did you mean `amount`?"),
        ("merchant.country == DK", r#"`"DK"`"#),
        ("channel == ecommerce", r#"`"ecommerce"`"#),
        ("merchant.name == “ACME”", r#"`"ACME"`"#),
        ("amount > 5 # large", "a comment begins with `//`"),
    ]);
}

/// An expression that parses, or that fails for another reason, does not get the help for such a
/// habit.
#[test]
fn expressions_that_only_look_like_a_habit_have_their_own_error() {
    check(&[
        ("amount in [1,200] and card_present", "write `&&`"),
        ("math.greatest(1,200) > 5 or card_present", "write `||`"),
        (r#"merchant.name == "a = b, 1,000" and card_present"#, "write `&&`"),
        ("amount > 5 and card_present // it's 1,000 or more", "write `&&`"),
    ]);
    let workspace = Workspace::new();
    let valid = "[features]\na = 'card_present ?.5 : 1.0'\nb = '!card_present == false'\n\
                 c = '!(amount > 5) == card_present'\nnone = 'amount'\nd = 'none == 5'\n";
    workspace.write("r.toml", ruleset(valid));
    workspace.run(&["rules", "check", "r.toml"]).expect(0);
}
