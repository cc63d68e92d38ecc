//! Checks that the peers of `benches/peers` have the rules and the currencies that
//! redcard has in the comparison. Only the sources are read: to build and run the peers takes
//! minutes.

use super::read;
use regex::Regex;
use std::collections::BTreeSet;

const JAVA: &str = "benches/peers/fraud/src/main/java/redcard/peers/fraud";

#[test]
fn the_peers_have_the_six_rules_of_the_ruleset() {
    let ruleset: toml::Table = read("benches/peers/rules/peers.toml").parse().unwrap();
    let rules = ruleset["rule"].as_array().unwrap();
    let expected: Vec<&str> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert_eq!(expected.len(), 6);

    let java = read(&format!("{JAVA}/Rule.java"));
    let constant = Regex::new(r#"(?m)^    ([A-Z0-9_]+)\("([a-z0-9-]+)"\)[,;]$"#).unwrap();
    let named: Vec<_> = constant.captures_iter(&java).map(|found| found.extract().1).collect();
    let ids: Vec<&str> = named.iter().map(|[_, id]| *id).collect();
    assert_eq!(ids, expected);

    let evaluation = read(&format!("{JAVA}/Rules.java"));
    for [constant, id] in named {
        assert!(evaluation.contains(&format!("Rule.{constant}.bit()")), "{id} is not evaluated");
    }
}

#[test]
fn the_rates_of_the_peers_cover_the_generated_currencies() {
    let rates: toml::Table = read("benches/peers/rates.toml").parse().unwrap();
    let tables = read("src/generate/world/tables.rs");
    let country = Regex::new(r#"country\("[A-Z]{2}", "([A-Z]{3})""#).unwrap();
    let generated: BTreeSet<&str> =
        country.captures_iter(&tables).map(|found| found.extract::<1>().1[0]).collect();
    let covered: BTreeSet<&str> = rates.keys().map(String::as_str).collect();
    assert!(generated.len() >= 10, "{generated:?}");
    assert_eq!(covered, generated);
}
